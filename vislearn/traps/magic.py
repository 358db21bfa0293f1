"""``%%watch`` above a notebook's cell: a watch around its loop, without a line in it."""

import ast
import re
from contextlib import ExitStack
from typing import Any

from vislearn.errors import InputError

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext vislearn.traps`` calls: from then on ``%%watch model, optimizer`` watches a cell.

    Args:
        shell: of the notebook.
    """
    from IPython.core.magic import no_var_expand

    @no_var_expand
    def watch(line: str, cell: str) -> None:
        """Watch this cell's training: %%watch model, optimizer, scheduler."""
        _run_watched(shell, line, cell)

    shell.register_magic_function(watch, "cell", "watch")


def unload_ipython_extension(shell: Any) -> None:
    """What ``%unload_ext vislearn.traps`` calls.

    Args:
        shell: of the notebook.
    """
    shell.magics_manager.magics["cell"].pop("watch", None)


def _run_watched(shell: Any, line: str, cell: str) -> None:
    from IPython.core.error import UsageError

    from vislearn.traps.loop.watched import watch

    parts = [_named(shell.user_ns, name) for name in re.split(r"[\s,]+", line.strip()) if name]
    with ExitStack() as stack:
        try:
            stack.enter_context(watch(*parts))
        except InputError as error:  # one sentence, where a traceback would show how magics work
            raise UsageError(str(error)) from None
        _run(shell, cell)


def _named(names: dict[str, Any], name: str) -> Any:
    """What the notebook calls so; ``learner.model`` too."""
    from IPython.core.error import UsageError

    first, *rest = name.split(".")
    try:
        thing = names[first]
        for part in rest:
            thing = getattr(thing, part)
    except (KeyError, AttributeError):
        raise UsageError(
            f"%%watch knows no {name}. Make it in a cell before this one: model and optimizer must be there."
        ) from None
    return thing


def _run(shell: Any, cell: str) -> None:
    """The cell as the shell would run it: its last expression is shown, an error is the cell's own."""
    code = shell.transform_cell(cell)
    place = shell.compile.cache(code, shell.execution_count, raw_code=cell)  # for tracebacks
    lines = shell.transform_ast(ast.parse(code, place)).body
    shown = [lines.pop()] if lines and isinstance(lines[-1], ast.Expr) else []
    exec(compile(ast.Module(lines, []), place, "exec"), shell.user_ns)
    exec(compile(ast.Interactive(shown), place, "single"), shell.user_ns)
