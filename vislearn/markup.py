"""The little Markdown that questions, tasks, hints and diagnoses are written in, as HTML."""

import re
import textwrap
from html import escape

__all__ = ["docstring", "inline"]

_FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"    \*{0,2}[A-Za-z_]\w*: ")  # where an entry of Args or Raises begins


def inline(text: str, code_style: str = "") -> str:
    """Inline Markdown as HTML: `code`, **strong** and *emphasis*; nothing else has a meaning.

    Args:
        text: one or more lines.
        code_style: CSS of what is set as code, for pages that have none of their own.

    >>> inline("The *last* of `a < b`.")
    'The <em>last</em> of <code>a &lt; b</code>.'
    """
    opening = f'<code style="{code_style}">' if code_style else "<code>"
    parts = re.split(r"`([^`]+)`", text)
    for place, part in enumerate(parts):
        html = escape(part, quote=False)
        if place % 2:
            parts[place] = f"{opening}{html}</code>"
        else:
            strong = re.sub(r"\*\*(\S(?:.*?\S)?)\*\*", r"<strong>\1</strong>", html, flags=re.DOTALL)
            parts[place] = re.sub(r"\*(\S(?:.*?\S)?)\*", r"<em>\1</em>", strong, flags=re.DOTALL)
    return "".join(parts)


def docstring(text: str, code_style: str = "") -> str:
    r"""A docstring as HTML: lines that only wrap are joined, entries stand below each other, code stays code.

    Args:
        text: paragraphs between empty lines, lists whose entries begin with ``- ``, sections such as
            ``Args:`` with indented entries, and code, indented or between lines of three backticks.
        code_style: CSS of what is set as code, for pages that have none of their own.

    >>> docstring("Add two.")
    '<p>Add two.</p>'
    >>> docstring("- one\n- two")
    '<ul><li>one</li><li>two</li></ul>'
    """
    parts = _FENCED.split(text)
    for place, part in enumerate(parts):
        if place % 2:
            parts[place] = _code_block(part)
        else:
            parts[place] = "".join(
                _block(block, code_style) for block in re.split(r"\n\s*\n", part.strip("\n"))
            )
    return "".join(parts)


def _block(block: str, code_style: str) -> str:
    lines = block.splitlines()
    if lines and all(line.startswith("    ") for line in lines):
        return _code_block(block)
    if lines and all(line.startswith(("- ", "  ")) for line in lines) and lines[0].startswith("- "):
        return _list(block, code_style)
    entries: list[str] = []
    below_title = True
    for line in lines:
        if below_title or _NAMED.match(line):
            entries.append(line.strip())
        else:
            entries[-1] += f" {line.strip()}"
        below_title = line.endswith(":") and not line.startswith(" ")
    return f"<p>{'<br>'.join(inline(entry, code_style) for entry in entries)}</p>" if entries else ""


def _list(block: str, code_style: str) -> str:
    items = [" ".join(item.split()) for item in re.split(r"^- ", block, flags=re.MULTILINE)[1:]]
    return f"<ul>{''.join(f'<li>{inline(item, code_style)}</li>' for item in items)}</ul>"


def _code_block(text: str) -> str:
    return f"<pre>{escape(textwrap.dedent(text).rstrip(), quote=False)}</pre>"
