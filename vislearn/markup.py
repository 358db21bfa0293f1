"""The little Markdown that questions, hints and diagnoses are written in, as HTML."""

import re
from html import escape

__all__ = ["inline"]


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
