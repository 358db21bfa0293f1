"""Loader workers of a script that starts anew in each of them."""

import ast
from collections.abc import Iterable, Iterator

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.settings import arguments, settings
from vislearn.traps.text.source import Source, dotted, given
from vislearn.traps.trap import Trap

__all__ = ["NO_MAIN_GUARD"]

_LOADERS = ("torch.utils.data.DataLoader", "torch.utils.data.dataloader.DataLoader")
_PASSED_ON = ("cycle", "enumerate", "islice", "iter", "progress", "tqdm", "track", "zip")
_BAGS = (ast.Dict, ast.DictComp, ast.List, ast.ListComp)
_WORKERS = 5  # the place of num_workers among a loader's arguments


def _guard(source: Source) -> Problem | None:
    chosen = {"set_start_method", "get_context"}  # whoever names a way to start processes knows what they do
    if any(dotted(call.func).rpartition(".")[2] in chosen for call in source.calls()):
        return None
    on_import = list(_on_import(source))
    loaders = [node for node in on_import if _has_workers(source, node)]
    if not loaders:
        return None
    names = _names(source, on_import)
    if not any(_is_loader(source, _walked(node), *names) for node in on_import):
        return None
    return Problem(
        source.where(loaders),
        _("starts loader workers, and each of them would run the script from its first line again"),
        _("Put what runs below {line}.", line='`if __name__ == "__main__":`'),
    )


def _on_import(source: Source) -> Iterator[ast.AST]:
    """What runs when somebody, a worker for instance, imports the script: functions that are called, too."""
    functions = {one.name: one for one in source.tree.body if isinstance(one, ast.FunctionDef)}
    waiting: list[ast.AST] = [*source.tree.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            continue
        yield node
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = functions.pop(node.func.id, None)
            waiting += called.body if called else []


def _has_workers(source: Source, node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or source.full_name(node.func) not in _LOADERS:
        return False
    named = arguments(source, node)
    count = named.get("num_workers", node.args[_WORKERS] if len(node.args) > _WORKERS else None)
    return count is not None and "multiprocessing_context" not in named and _is_positive(source, count)


def _is_positive(source: Source, count: ast.expr) -> bool:
    if isinstance(count, ast.Constant):
        return isinstance(count.value, int) and count.value > 0
    if isinstance(count, ast.Call):
        return source.full_name(count.func) in ("os.cpu_count", "multiprocessing.cpu_count")
    values = source.values.get(dotted(count), []) or settings(source, count)
    return len(values) == 1 and not isinstance(values[0], ast.Name) and _is_positive(source, values[0])


def _walked(node: ast.AST) -> ast.expr | None:
    """What a loop takes its items from."""
    if isinstance(node, (ast.For, ast.comprehension)):
        return node.iter
    if isinstance(node, ast.Call) and node.args and dotted(node.func) in ("iter", "list"):
        return node.args[0]
    return None


def _names(source: Source, on_import: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """Names of loaders with workers, and of lists and dictionaries of them."""
    loaders: set[str] = set()
    bags: set[str] = set()
    for name, values in source.values.items():
        for value in values:
            if _has_workers(source, value):
                loaders.add(name)
            elif isinstance(value, _BAGS) and any(_has_workers(source, one) for one in ast.walk(value)):
                bags.add(name)
    functions = {one.name: one for one in source.tree.body if isinstance(one, ast.FunctionDef)}
    for call in [node for node in on_import if isinstance(node, ast.Call)]:
        function = functions.get(dotted(call.func))
        for name, value in given(function, call) if function else ():
            if dotted(value) in loaders:
                loaders.add(name)
            elif dotted(value) in bags:
                bags.add(name)
    return loaders, bags


def _is_loader(source: Source, walked: ast.expr | None, loaders: set[str], bags: set[str]) -> bool:
    if isinstance(walked, ast.Call) and dotted(walked.func).rpartition(".")[2] in _PASSED_ON:
        return any(_is_loader(source, one, loaders, bags) for one in walked.args)
    if isinstance(walked, ast.Subscript):
        return dotted(walked.value) in bags
    return walked is not None and (dotted(walked) in loaders or _has_workers(source, walked))


_SCRIPT = """from torch.utils.data import DataLoader
from torchvision.datasets import FakeData
from torchvision.transforms import ToTensor

def main():
    loader = DataLoader(FakeData(transform=ToTensor()), batch_size=8, num_workers=2)
    for images, labels in loader:
        print(images.shape)

{start}
"""

NO_MAIN_GUARD = Trap(
    "no_main_guard",
    "certain",
    section="13.6",
    broken=_SCRIPT.format(start="main()"),
    symptom=N_(
        "On Windows and macOS, and on Linux from Python 3.14 on, the script begins again and again, "
        "or ends with words about freeze_support."
    ),
    fixed=_SCRIPT.format(start='if __name__ == "__main__":\n    main()'),
    find=_guard,
)
