"""What is wrong with a learner's file is told in the learner's language: every sentence is marked for it."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import vislearn

PACKAGE = Path(vislearn.__file__).parent
ROOMS = ("cli", "datasets", "io")
SENTENCES = {"ValueError": 0, "Problem": 1, "FileError": 1, "UnknownLabels": 1, "Refusal": 0, "Words": 0}  # from which argument
MARKS = {"_", "N_"}
ALLOWED = {
    # the texts of libraries, quoted; nobody reads them alone
}


def plain_sentences(source: str) -> list[tuple[int, str]]:
    """Lines and texts of sentences that no translator will ever see."""
    tree = ast.parse(source)
    return sorted({(node.lineno, _text(node)) for call in _calls(tree) for node in _unmarked(call, tree)})


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in SENTENCES:
            yield node


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _unmarked(call: ast.Call, tree: ast.Module) -> Iterator[ast.expr]:
    told = [*call.args[SENTENCES[_called(call)] :], *(k.value for k in call.keywords if k.arg == "fix")]
    for argument in told if _called(call) != "Words" else call.args[:1]:
        yield from _literals(argument, tree)


def _literals(node: ast.expr, tree: ast.Module) -> Iterator[ast.expr]:
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
    """What is assigned to a name anywhere in a module; two functions may both use it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            yield node.value


def _text(node: ast.expr) -> str:
    """The words of a literal, without the names of what fills it in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    text = str(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return "".join(part for part, *_rest in string.Formatter().parse(text)) if "{" in text else text


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_about_a_file_is_english_alone(room):
    found = {
        f"{path.relative_to(PACKAGE).as_posix()}:{line}: {text}"
        for path in sorted((PACKAGE / room).rglob("*.py"))
        for line, text in plain_sentences(path.read_text(encoding="utf-8"))
        if text not in ALLOWED
    }
    assert not found
