"""What is wrong with a learner's file is told in the learner's language: every sentence is marked for it."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import vislearn

PACKAGE = Path(vislearn.__file__).parent
ROOMS = ("cli", "datasets", "io")
# What takes sentences, from which argument on; a ValueError's text becomes part of a FileError's.
SENTENCES = {"Problem": 1, "FileError": 1, "UnknownLabels": 1, "Refusal": 0, "ValueError": 0, "Words": 0}


def plain_sentences(source: str) -> list[str]:
    """Line and text of each sentence that no translator will ever see."""
    tree = ast.parse(source)
    found = {(node.lineno, _text(node)) for call in _calls(tree) for node in _unmarked(call, tree)}
    return [f"{line}: {text}" for line, text in sorted(found)]


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in SENTENCES:
            yield node


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _unmarked(call: ast.Call, tree: ast.Module) -> Iterator[ast.expr]:
    by_name = [keyword.value for keyword in call.keywords if keyword.arg in {"what", "problem", "fix"}]
    for argument in [*call.args[SENTENCES[_called(call)] :], *by_name]:
        yield from _literals(argument, tree)


def _literals(node: ast.expr, tree: ast.Module) -> Iterator[ast.expr]:
    """Literals with words, behind a name or in one of two branches, too; ``_`` and ``N_`` hide theirs."""
    if isinstance(node, ast.Name):
        for value in _values_of(node.id, tree):
            yield from _literals(value, tree)
    elif isinstance(node, ast.IfExp):
        yield from (*_literals(node.body, tree), *_literals(node.orelse, tree))
    elif isinstance(node, ast.BinOp):
        yield from (*_literals(node.left, tree), *_literals(node.right, tree))
    elif isinstance(node, ast.Constant | ast.JoinedStr) and any(map(str.isalpha, _text(node))):
        yield node


def _values_of(name: str, tree: ast.Module) -> Iterator[ast.expr]:
    """What a name stands for anywhere in a module."""
    for node in ast.walk(tree):
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
    found = {
        path.relative_to(PACKAGE).as_posix(): plain
        for path in sorted((PACKAGE / room).rglob("*.py"))
        if (plain := plain_sentences(path.read_text(encoding="utf-8")))
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
    ],
)
def test_a_plain_sentence_is_found(source):
    assert len(plain_sentences(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        'Problem("a.png", _("is empty"), _("Delete it."))',
        'FileError(path, N_("has {count} lines"), fix=_FIX, count=3)\n_FIX = N_("Delete it.")',
        'Words("{first}; {second}", first=one, second=other)',
        'FileError(str(path), trouble.args[0], fix="")',
    ],
)
def test_a_marked_sentence_passes(source):
    assert plain_sentences(source) == []
