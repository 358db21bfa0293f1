"""A page of HTML that needs no other file and no network, and pictures small enough to lie in it."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from PIL import Image

from vislearn.io import read_pil
from vislearn.language import language

__all__ = ["standalone_page", "tile"]

_TILE = 160  # pixels; more than an example is shown in
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


def tile(path: str | Path) -> Image.Image:
    """A picture, small, so that a page of photographs stays below 1 MB; never enlarged.

    Args:
        path: of the picture.
    """
    picture = read_pil(path)
    picture.thumbnail((_TILE, _TILE))
    return picture
