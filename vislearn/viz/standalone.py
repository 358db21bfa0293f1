"""A page of HTML that needs no other file and no network, and pictures small enough to lie in it."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from vislearn.errors import FileError, Words
from vislearn.io import read_pil
from vislearn.language import language
from vislearn.language import translate as _
from vislearn.problems import doubts_in, problem_of
from vislearn.viz.picture import encode
from vislearn.viz.tables import Table, table

__all__ = [
    "CARDS",
    "LINKS",
    "TABLES",
    "boxed",
    "card",
    "facts",
    "numbered",
    "small_picture",
    "standalone_page",
    "tile",
    "without_answer",
]

_SHOWN = 120  # pixels, the longer side of a small picture on the page
_FINER = 4 / 3  # pixels kept for each that is shown: many screens have more than one
_LISTED = 100  # sentences at most
_STYLE = """
:root{color-scheme:light}
body{font:17px/1.5 system-ui,"Noto Sans Bengali",sans-serif;max-width:1040px;margin:0 auto;padding:24px;
background:#fff;color:#1a1a1a}
:root[data-theme=dark]{color-scheme:dark}
:root[data-theme=dark] body{background:#111;color:#eee}
h1{font-size:1.7em;overflow-wrap:anywhere}h2{margin-top:2em}
figure{margin:1em 0!important}
li{margin:.5em 0;overflow-wrap:anywhere}
.good{font-weight:bold}
"""
# The figures' sheets follow an attribute, as JupyterLab's do; a plain page has only the reader's wish.
_THEME = """
const wish=matchMedia("(prefers-color-scheme: dark)");
const follow=()=>document.documentElement.dataset.theme=wish.matches?"dark":"light";
wish.addEventListener("change",follow);follow();
"""
TABLES = """
table{border-collapse:collapse;margin:1em 0}
th,td{padding:.15em .9em .15em 0;vertical-align:top;font-variant-numeric:tabular-nums}
thead th{border-bottom:1px solid #8888}
.boxed{overflow-x:auto}
.facts td{overflow-wrap:anywhere}
"""
# Links that lead to a part of the page, or classes side by side.
LINKS = """
.classes{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2em 1.4em}
.classes li{margin:0}
a{color:#0b57d0}:root[data-theme=dark] a{color:#8ab4f8}
a:focus-visible{outline:3px solid currentColor;outline-offset:2px}
"""
# Small pictures with words below them, as many side by side as there is room for.
CARDS = """
.cards{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(158px,1fr));gap:18px}
.cards li{margin:0;font-size:.85em;line-height:1.35}
.cards img{display:block;margin-bottom:.3em;max-width:100%;box-shadow:0 0 0 1px #8886}
.cards .enlarged{image-rendering:pixelated}
.cards span{display:block}
.answer{font-weight:bold}
.file{font-family:ui-monospace,monospace;font-size:.82em;opacity:.8}
"""


def standalone_page(title: str, body: Iterable[str], *, style: str = "") -> str:
    """Light or dark, as the reader's system is; in the learner's language.

    Args:
        title: of the page, as text.
        body: what lies in it, as HTML.
        style: more rules than all pages have, as CSS.
    """
    return (
        f'<!doctype html>\n<html lang="{language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}{style}</style><script>{_THEME}</script></head>\n"
        f"<body>{chr(10).join(body)}</body></html>\n"
    )


def tile(path: str | Path, shown: int = _SHOWN, scale: float | None = None) -> Image.Image:
    """A picture, small, so that a page of photographs stays below 1 MB; never enlarged.

    Args:
        path: of the picture.
        shown: how long its longer side will be on the page, CSS pixels.
        scale: as for :func:`vislearn.io.read_pil`; whoever looked at the pictures has told their doubts.
    """
    with doubts_in([]):
        picture = read_pil(path, scale=scale)
    side = round(_FINER * shown)
    picture.thumbnail((side, side))
    return picture


def small_picture(path: str | Path, alt: str, shown: int = _SHOWN, scale: float | None = None) -> str:
    """A picture as an ``<img>`` that holds its pixels; small ones are enlarged.

    A browser makes pixels of it when it comes into sight.

    Args:
        path: of the picture.
        alt: what it shows, for those who don't see it.
        shown: how long its longer side is on the page, CSS pixels.
        scale: as for :func:`tile`.

    Raises:
        FileError: it can't be read.
    """
    picture = tile(path, shown, scale)
    source = b64encode(encode(np.asarray(picture))).decode("ascii")
    growth = shown / max(picture.size)
    width, height = (max(1, round(side * growth)) for side in picture.size)
    enlarged = ' class="enlarged"' if growth > 1 else ""
    return (
        f'<img alt="{escape(alt, quote=True)}"{enlarged} src="data:image/webp;base64,{source}" '
        f'width="{width}" height="{height}" loading="lazy" decoding="async">'
    )


def card(
    path: str | Path,
    alt: str,
    lines: Sequence[str],
    name: str,
    shown: int = _SHOWN,
    scale: float | None = None,
) -> str:
    """A picture with what is said of it and its name, as an item of a list; text is escaped here.

    Args:
        path: of the picture; if it can't be read any more, the reason stands in its place.
        alt: what the picture shows.
        lines: said of it; the first is the answer.
        name: of the picture.
        shown: how long its longer side is on the page, CSS pixels.
        scale: as for :func:`tile`.
    """
    try:
        image = small_picture(path, alt, shown, scale)
    except FileError as trouble:  # it was there a moment ago
        image = f"<span>{escape(str(problem_of(trouble)))}</span>"
    first, *rest = (escape(line) for line in lines)
    return (
        f'<li>{image}<span class="answer">{first}</span>'
        + "".join(f"<span>{line}</span>" for line in rest)
        + f'<span class="file">{escape(name)}</span></li>'
    )


def numbered(sentences: Sequence[str]) -> str:
    """A numbered list; of very many sentences the first hundred, and how many more there are.

    Args:
        sentences: as text.
    """
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences[:_LISTED])
    if (more := len(sentences) - _LISTED) <= 0:
        return f"<ol>{items}</ol>"
    rest = _("... and {count} more.", count=more)
    return f"<ol>{items}</ol><p>{escape(rest)}</p>"


def without_answer(troubles: Sequence[str]) -> Iterator[str]:
    """What a page says of pictures that a model had no answer to; nothing where there are none.

    Args:
        troubles: a sentence for each of them.
    """
    if troubles:
        heading = _("Without an answer: {count}", count=len(troubles))
        yield f"<h2>{escape(heading)}</h2>"
        yield numbered(troubles)


def facts(caption: str, told: Mapping[str, object]) -> str:
    """Names and values as a table, None as a dash.

    Args:
        caption: what they are about.
        told: name → value; words are said in the learner's language.
    """
    rows = [{_("name"): name, _("value"): _text(value)} for name, value in told.items()]
    return f'<div class="facts">{boxed(table(rows, caption=caption))}</div>'


def _text(value: object) -> str:
    if value is None:
        return "–"
    return _(value) if isinstance(value, Words) else str(value)


def boxed(table: Table) -> str:
    """A table that scrolls in a box of its own where the page is too narrow for it.

    Args:
        table: with the style :data:`TABLES`.
    """
    return f'<div class="boxed">{table.html()}</div>'
