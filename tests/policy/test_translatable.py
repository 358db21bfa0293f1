"""What is wrong with a learner's file is told in the learner's language: every sentence is marked for it."""

import ast
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import vislearn

PACKAGE = Path(vislearn.__file__).parent
# What takes sentences, and from which argument on.
SENTENCES = {"Problem": 1, "FileError": 1, "UnknownLabels": 1, "Refusal": 0, "Words": 0}
CLAUSES = {"ValueError": 0}  # in datasets its text becomes part of a FileError's
OTHERS = {
    "course": "tells those who write lessons",
    "exercises": "orphans.py tells those who write exercises; verdicts are held by tests of their own",
    "metrics": "files.py judges results in COCO's form from Python, and is reached by no command",
}
ROOMS = sorted({path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py")} - OTHERS.keys())

Scope = ast.Module | ast.FunctionDef


def plain_sentences(source: str, takers: Mapping[str, int] = SENTENCES) -> list[str]:
    """Line and text of each sentence that no translator will ever see."""
    module = ast.parse(source)
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    inside = {call for function in functions for call in _calls(function)}
    told = [(call, function) for function in functions for call in _calls(function)]
    told += [(call, module) for call in _calls(module) - inside]
    found = {
        (node.lineno, _text(node))
        for call, scope in told
        for node in _unmarked(call, [scope, module], takers)
    }
    return [f"{line}: {text}" for line, text in sorted(found)]


def _calls(scope: Scope) -> set[ast.Call]:
    return {node for node in ast.walk(scope) if isinstance(node, ast.Call)}


def _unmarked(call: ast.Call, scopes: list[Scope], takers: Mapping[str, int]) -> Iterator[ast.expr]:
    called = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if called not in takers:
        return
    by_name = [keyword.value for keyword in call.keywords if keyword.arg in {"what", "problem", "fix"}]
    for argument in [*call.args[takers[called] :], *by_name]:
        yield from _literals(argument, scopes)


def _literals(node: ast.expr, scopes: list[Scope]) -> Iterator[ast.expr]:
    """Literals with words, behind a name or in one of two branches, too; ``_`` and ``N_`` hide theirs."""
    if isinstance(node, ast.Name):
        for value in _values_of(node.id, scopes):
            yield from _literals(value, scopes)
    elif isinstance(node, ast.IfExp):
        yield from (*_literals(node.body, scopes), *_literals(node.orelse, scopes))
    elif isinstance(node, ast.BinOp):
        yield from (*_literals(node.left, scopes), *_literals(node.right, scopes))
    elif isinstance(node, ast.Constant | ast.JoinedStr) and any(map(str.isalpha, _text(node))):
        yield node


def _values_of(name: str, scopes: list[Scope]) -> Iterator[ast.expr]:
    """What a name stands for in a function, or in its module."""
    function, module = scopes
    for node in (*ast.walk(function), *module.body):
        if isinstance(node, ast.Assign) and name in {getattr(target, "id", "") for target in node.targets}:
            yield node.value


def _text(node: ast.expr) -> str:
    """The words of a literal, without the names of what fills it in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return "".join(part[0] for part in string.Formatter().parse(text))


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_about_a_file_is_english_alone(room):
    """Translated where it is made, ``_("…")``, or marked there and translated later, ``N_("…")``."""
    takers = SENTENCES | (CLAUSES if room == "datasets" else {})
    files = [PACKAGE / room] if room.endswith(".py") else sorted((PACKAGE / room).rglob("*.py"))
    found = {
        path.relative_to(PACKAGE).as_posix(): plain
        for path in files
        if (plain := plain_sentences(path.read_text(encoding="utf-8"), takers))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        'Problem(where, "is empty", _("Delete it."))',
        'Problem(where, _("is empty"), f"Delete {name}.")',
        'FileError(path, "is empty")',
        'FileError(path, N_("is empty"), fix="Delete it.")',
        'FileError(path, N_("is empty") if one else "are empty")',
        'FileError(path, problem="is empty")',
        'what = f"is {kind}"\nerrors.FileError(path, what)',
        '_FIX = "Delete it."\nRefusal(N_("is empty"), _FIX)',
        'Words("line {line}", line=4)',
        'ValueError(N_("a line") + " without an end")',
        'def _read(path):\n    fix = "Delete it."\n    raise FileError(path, N_("is empty"), fix=fix)',
    ],
)
def test_a_plain_sentence_is_found(source):
    assert len(plain_sentences(source, SENTENCES | CLAUSES)) == 1


@pytest.mark.parametrize(
    "source",
    [
        'Problem("a.png", _("is empty"), _("Delete it."))',
        'FileError(path, N_("has {count} lines"), fix=_FIX, count=3)\n_FIX = N_("Delete it.")',
        'Words("{first}; {second}", first=one, second=other)',
        'FileError(str(path), trouble.args[0], fix="")',
        'def _one(fix):\n    FileError(path, N_("is odd"), fix=fix)\ndef _other():\n    fix = "Add it."',
    ],
)
def test_a_marked_sentence_passes(source):
    assert plain_sentences(source) == []
