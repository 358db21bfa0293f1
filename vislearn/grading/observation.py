"""The half of an exercise's module that goes into the jail: how its inputs are drawn and answers observed.

A module of exercises is written in one piece, because whoever writes a mistake looks at the reference and at
what observes both. Here it is cut in two, outside of the jail: what leads to the inputs and to the observer
goes in, as text. References, mistakes, hints and tasks stay, so they never reach the memory of a process in
which learners' code runs.
"""

import ast
import inspect
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from types import FunctionType, ModuleType

from vislearn.errors import InputError
from vislearn.exercises import registry
from vislearn.exercises.registry import Exercise
from vislearn.grading.slicing import Names, reached

__all__ = ["load", "observation"]

_LESSONS = "vislearn.exercises.lessons"


def observation(exercise: Exercise) -> dict[str, str]:
    """Name and source of each module of lessons that has a part in drawing inputs and observing answers.

    One that others import from stands before them.

    Args:
        exercise: one of the course's.

    Raises:
        InputError: what draws or observes leads to a reference or a mistake, which would go in too.
    """
    looks = (exercise.draws, exercise.observer, exercise.reader)
    own = exercise.reference.__module__
    wanted = {own: {function.__name__ for function in looks if function is not None}}
    kept: dict[str, list[ast.stmt]] = {}
    waiting = [own]
    while waiting:
        name = waiting.pop()
        kept[name] = _kept(sys.modules[name], wanted[name], exercise)
        for other, imported in _imports(kept[name]).items():
            if not imported <= wanted.setdefault(other, set()):
                wanted[other] |= imported
                waiting.append(other)
    order = TopologicalSorter({name: _imports(statements) for name, statements in kept.items()})
    return {name: ast.unparse(ast.Module(kept[name], [])) for name in order.static_order()}


def load(modules: Mapping[str, str]) -> None:
    """Import these halves; from then on this process can import nothing else of `vislearn.exercises.lessons`.

    Args:
        modules: from `observation`; none, and only the door is shut.
    """
    for package in (_LESSONS, *(name.rpartition(".")[0] for name in modules)):
        sys.modules.setdefault(package, ModuleType(package)).__path__ = []
    for name, source in modules.items():
        module = sys.modules[name] = ModuleType(name)
        exec(compile(source, f"<{name}, as far as it observes>", "exec"), vars(module))


def _kept(module: ModuleType, wanted: set[str], exercise: Exercise) -> list[ast.stmt]:
    """The statements of a module that these names need."""
    body = ast.parse(inspect.getsource(module)).body
    statements = [cut for statement in body for cut in _without_answers(statement, module, exercise)]
    kept = [statements[number] for number in reached(list(map(Names.of, statements)), wanted)]
    looked_up = (_looked_up(statement) for statement in kept if not _is_definition(statement, module))
    for name in sorted(wanted.union(*looked_up)):
        if _is_answer(vars(module).get(name)):
            raise InputError(
                f"what observes {exercise.name!r}",
                "must do without references and mistakes",
                got=f"{name!r} in {module.__name__}",
                fix="Return what was seen: the check compares it with what is seen of the reference.",
            )
    return kept


def _imports(statements: list[ast.stmt]) -> dict[str, set[str]]:
    """The modules of lessons that these statements import from, and the names."""
    found: dict[str, set[str]] = defaultdict(set)
    for statement in statements:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith(f"{_LESSONS}."):
            found[str(statement.module)] |= {alias.name for alias in statement.names}
    return found


def _without_answers(statement: ast.stmt, module: ModuleType, exercise: Exercise) -> Iterator[ast.stmt]:
    """A statement as it may go in; an import once for each of its names, so that each can stay outside."""
    if isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            yield ast.fix_missing_locations(ast.ImportFrom(statement.module, [alias], statement.level))
    elif not isinstance(statement, ast.FunctionDef):
        yield statement
    elif _is_definition(statement, module):
        if vars(module)[statement.name].name == exercise.name:
            yield _stub(statement)
    elif not _is_answer(vars(module).get(statement.name)):
        statement.decorator_list = [
            each
            for each in statement.decorator_list
            if not isinstance(known := vars(module).get(_root(each)), Exercise) or known.name == exercise.name
        ]
        yield statement


def _is_definition(statement: ast.stmt, module: ModuleType) -> bool:
    """Is it the function that is an exercise: its reference?"""
    return isinstance(statement, ast.FunctionDef) and isinstance(vars(module).get(statement.name), Exercise)


def _stub(definition: ast.FunctionDef) -> ast.FunctionDef:
    """The exercise, with neither reference nor task nor hints."""
    for decorator in definition.decorator_list:
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "hints":
                keyword.value = ast.Tuple([], ast.Load())
    arguments = ast.arguments(
        posonlyargs=[], args=[], vararg=ast.arg("_args"), kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    body: list[ast.stmt] = [ast.Pass()]
    stub = ast.FunctionDef(definition.name, arguments, body, definition.decorator_list)
    return ast.fix_missing_locations(stub)


def _looked_up(statement: ast.stmt) -> set[str]:
    """The names that a statement looks up, but for those by which it is registered with its exercise."""
    if isinstance(statement, ast.FunctionDef):
        bare = ast.FunctionDef(statement.name, statement.args, statement.body, [], statement.returns)
        return set(Names.of(ast.fix_missing_locations(bare)).used)
    names = Names.of(statement)
    return set(names.bound | names.used)


def _is_answer(value: object) -> bool:
    """Is it an exercise, one of its mistakes, or something that leads to them?"""
    if isinstance(value, ModuleType):
        return value.__name__.startswith(_LESSONS)
    if not isinstance(value, FunctionType):
        return isinstance(value, Exercise)
    beside = vars(sys.modules.get(value.__module__, registry)).values()
    exercises = [each for each in beside if isinstance(each, Exercise)]
    leads = value.__module__ == registry.__name__ and value is not registry.exercise
    return leads or any(value is mistake.function for each in exercises for mistake in each.mistakes)


def _root(expression: ast.expr) -> str:
    """The name that a decorator begins with."""
    while isinstance(expression, ast.Attribute | ast.Call):
        expression = expression.func if isinstance(expression, ast.Call) else expression.value
    return expression.id if isinstance(expression, ast.Name) else ""
