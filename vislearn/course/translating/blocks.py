"""Markdown cut into what a translator translates: a paragraph, a list item, a heading, a table's row.

What isn't language stays where it is and never reaches the translator: list bullets, quote marks, code,
formulas on lines of their own, rows of dashes.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from vislearn.course.translating.markup import has_words

__all__ = ["Block", "blocks", "replace_blocks"]

_PARSER = MarkdownIt("commonmark").enable("table")
_FENCES_WITH_WORDS = {"", "text", "mermaid"}  # drawings in letters; any other fence is code


@dataclass(frozen=True)
class Block:
    """One message: its ``text`` without soft line breaks, on a cell's lines ``first`` to before ``last``."""

    kind: str
    text: str
    first: int
    last: int
    prefix: str = ""
    suffix: str = ""


def blocks(markdown: str) -> list[Block]:
    r"""The messages of a markdown cell, in order.

    >>> [(block.kind, block.text) for block in blocks("# Pixels\n\n- one\n  byte\n- `uint8`")]
    [('heading', 'Pixels'), ('list item', 'one byte')]
    """
    return [block for block in _blocks(markdown) if has_words(block.text)]


def replace_blocks(markdown: str, translate: Callable[[str], str]) -> str:
    r"""The same cell with every message replaced by ``translate(message)``.

    >>> print(replace_blocks("> - one\n> - two", str.upper))
    > - ONE
    > - TWO
    """
    lines = markdown.split("\n")
    for block in reversed(blocks(markdown)):
        first, *rest = translate(block.text).split("\n")
        indent = re.sub(r"[^>\s]", " ", block.prefix)  # a list's mark stands once, a quote's on each line
        new = [block.prefix + first, *(indent + line for line in rest)]
        new[-1] += block.suffix
        lines[block.first : block.last] = new
    return "\n".join(lines)


def _blocks(markdown: str) -> Iterator[Block]:
    lines = markdown.split("\n")
    kind, in_table = "", False
    for token in _PARSER.parse(markdown):
        if token.type in ("table_open", "table_close"):
            in_table = token.nesting == 1
        elif token.type == "tr_open":
            yield _row(lines, token)
        elif token.type in ("heading_open", "list_item_open", "blockquote_open"):
            kind = token.type.removesuffix("_open").replace("_", " ").replace("blockquote", "quote")
        elif token.type == "inline" and not in_table:
            yield _inline(lines, token, kind or "paragraph")
            kind = ""
        elif token.type == "html_block":
            yield _lines("html", lines, *_map(token))
        elif token.type == "fence" and token.info.strip() in _FENCES_WITH_WORDS:
            first, last = _map(token)
            yield _lines("drawing", lines, first + 1, last - 1)


def _map(token: Token) -> tuple[int, int]:
    if token.map is None:
        raise ValueError(f"{token.type} has no place in the text")
    return token.map[0], token.map[1]


def _inline(lines: list[str], token: Token, kind: str) -> Block:
    first, last = _map(token)
    content = token.content.split("\n")
    line = lines[first].rstrip()
    start = line.rindex(content[0].rstrip())
    return Block(
        kind,
        _unwrapped(content),
        first,
        last,
        line[:start],
        line[start + len(content[0].rstrip()) :] if len(content) == 1 else "",
    )


def _unwrapped(content: list[str]) -> str:
    """One line, unless the writer broke it on purpose: with a backslash or two spaces at its end."""
    text = ""
    for line in content[:-1]:
        hard = line.endswith(("  ", "\\"))
        text += line.rstrip(" \\") + ("\\\n" if hard else " ")
    return text + content[-1].rstrip()


def _row(lines: list[str], token: Token) -> Block:
    first, last = _map(token)
    prefix, row = re.fullmatch(r"([\s>]*)(.*)", lines[first]).groups()  # type: ignore[union-attr]
    cells = re.split(r"(?<!\\)\|", row.strip().removeprefix("|").removesuffix("|"))
    return Block("table row", f"| {' | '.join(cell.strip() for cell in cells)} |", first, last, prefix)


def _lines(kind: str, lines: list[str], first: int, last: int) -> Block:
    while last > first and not lines[last - 1].strip():
        last -= 1
    prefix = re.match(r"[\s>]*", lines[first]).group() if first < last else ""  # type: ignore[union-attr]
    return Block(
        kind, "\n".join(line.removeprefix(prefix) for line in lines[first:last]), first, last, prefix
    )
