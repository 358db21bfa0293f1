"""Words that a cell's code writes into figures: titles, names of axes and curves, captions."""

import ast
import re
from collections.abc import Iterator

__all__ = ["figure_words"]

_KEYWORDS = {"title", "xlabel", "ylabel", "label", "labels", "caption", "legend", "positive", "suptitle"}
_DRAWING = {"viz", "widgets"}  # rooms whose functions take names as keys and in lists
_SETTERS = {"set_title", "set_xlabel", "set_ylabel", "suptitle"}  # of matplotlib: the first argument
_NOT_SHOWN = {"alt", "compared", "stored", "scale", "show", "band"}
_CODE = re.compile(r"\S*[\d_.]\S*")


def figure_words(code: str) -> list[str]:
    """The texts to translate, in order; an f-string is a template with ``{}`` for what it fills in.

    Taken are arguments named ``title``, ``xlabel``, ``ylabel``, ``label``, ``labels``, ``caption`` and
    ``legend`` of any call, and of calls like ``vl.viz.curves(…)`` keys of dicts and entries of lists that
    stand there; of ``Step(…)``, a stage of the stepper, title and note; of ``widgets.progress(…)`` what is
    being done. Numbers and names from code, such as ``v2.Resize`` or ``resnet18``, are no words.

    Args:
        code: of a cell; one that Python can't read has none.

    >>> figure_words('vl.viz.bars({"cat": 1, f"dog {number}": 2}, xlabel="pictures")')
    ['cat', 'dog {}', 'pictures']
    """
    try:
        tree = ast.parse("\n".join(line for line in code.split("\n") if not line.startswith(("%", "!"))))
    except SyntaxError:
        return []
    found = [text for call in _calls(tree) for text in _of_call(call)]
    return [text for text in dict.fromkeys(found) if _is_words(text)]


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    """In the order of the text; a call's arguments after itself."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield node
        yield from _calls(node)


def _of_call(call: ast.Call) -> Iterator[str]:
    draws = _is_drawing(call.func)
    if draws:
        shown = _text if getattr(call.func, "attr", "") == "progress" else _names
        for argument in call.args:
            yield from shown(argument)
    elif isinstance(call.func, ast.Name) and call.func.id == "Step":
        for argument in call.args:
            yield from _text(argument)
    elif isinstance(call.func, ast.Attribute) and call.func.attr in _SETTERS:
        yield from _texts(call.args[0]) if call.args else ()
    for keyword in call.keywords:
        if keyword.arg in _KEYWORDS:
            yield from _texts(keyword.value)
        elif draws and keyword.arg not in _NOT_SHOWN:
            yield from _names(keyword.value)


def _is_drawing(function: ast.expr) -> bool:
    """Is it ``vl.viz.name`` or ``viz.name``?"""
    if not isinstance(function, ast.Attribute):
        return False
    room = function.value
    return (room.attr if isinstance(room, ast.Attribute) else getattr(room, "id", "")) in _DRAWING


def _names(node: ast.expr) -> Iterator[str]:
    """Keys of dicts, also one inside another, and entries of lists; a text alone is no name."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield from _text(key)
            yield from _names(value)
    elif isinstance(node, ast.DictComp):
        yield from _text(node.key)
        yield from _names(node.value)
    elif isinstance(node, ast.List | ast.Tuple):
        for entry in node.elts:
            yield from _row(entry)
    elif isinstance(node, ast.ListComp):
        yield from _row(node.elt)


def _row(node: ast.expr) -> Iterator[str]:
    """Of a table, with the names of its columns; or any other entry of a list."""
    if isinstance(node, ast.Dict):
        for key in node.keys:
            yield from _text(key) if key is not None else ()
    yield from _texts(node)


def _texts(node: ast.expr) -> Iterator[str]:
    """A text, or the texts in a list or dict."""
    if isinstance(node, ast.List | ast.Tuple):
        for entry in node.elts:
            yield from _texts(entry)
    elif isinstance(node, ast.ListComp):
        yield from _texts(node.elt)
    elif isinstance(node, ast.Dict):
        for entry in node.values:
            yield from _texts(entry)
    else:
        yield from _text(node)


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _text(node.body)
        yield from _text(node.orelse)


def _is_words(text: str) -> bool:
    return any(letter.isalpha() for letter in text) and not _CODE.fullmatch(text)
