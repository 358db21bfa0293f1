"""What a detector or a segmenter found on new pictures, drawn on them: what it is least sure of first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from vislearn.language import translate as _
from vislearn.viz.standalone import (
    CARDS,
    LINKS,
    TABLES,
    card,
    facts,
    standalone_page,
    without_answer,
)

__all__ = ["ClassFound", "Drawn", "DrawnPage", "drawn_page"]

_PICTURES = 300  # on a page, of some MB then
_SHOWN = 300  # CSS pixels, the longer side: names on boxes must be legible
_STYLE = f"""{TABLES}{CARDS}{LINKS}
.cards{{grid-template-columns:repeat(auto-fill,minmax(min(300px,100%),1fr))}}
.cards img{{height:auto}}
.swatch{{display:inline-block;width:1em;height:1em;margin-right:.4em;vertical-align:-.12em;
border:1px solid #8888}}
section{{content-visibility:auto;contain-intrinsic-size:auto 900px}}
"""


@dataclass(frozen=True)
class Drawn:
    """One picture with what was found on it.

    Attributes:
        name: of the picture, below the folder that all share.
        file: the picture with its boxes or its mask.
        lines: what was found, in words; the first is the answer.
        sure: how sure the model is of it, 0…1; None where it found nothing.
    """

    name: str
    file: Path
    lines: Sequence[str]
    sure: float | None


@dataclass(frozen=True)
class ClassFound:
    """One class, and how much of it there is on all pictures.

    Attributes:
        name: of the class.
        color: in which it is drawn, #rrggbb; empty where it isn't.
        told: how much there is of it, in words.
    """

    name: str
    color: str
    told: str


@dataclass(frozen=True)
class DrawnPage:
    """What stands on the page.

    Attributes:
        title: whose answers, and to how many pictures.
        order: what "sure" means here, and what the pictures' order is good for, in a sentence.
        drawn: the pictures, in any order.
        classes: that were found.
        troubles: a sentence for each picture that has no answer.
        notes: sentences below the title.
        model: name → value, what is known of the model.
        versions: of what was used → version.
    """

    title: str
    order: str
    drawn: Sequence[Drawn]
    classes: Sequence[ClassFound]
    troubles: Sequence[str]
    notes: Sequence[str]
    model: Mapping[str, object]
    versions: Mapping[str, str]


def drawn_page(page: DrawnPage) -> str:
    """A whole page of HTML that needs no other file and no network; light or dark, as the reader's system is.

    Of very many pictures three hundred are on it: those that the model is least sure of.

    Args:
        page: what stands on it.
    """
    found = sorted((one for one in page.drawn if one.sure is not None), key=lambda one: one.sure or 0)
    nothing = [one for one in page.drawn if one.sure is None]
    body = [f"<h1>{escape(page.title)}</h1>", *(f"<p>{escape(note)}</p>" for note in page.notes)]
    parts = {
        _("With an answer, the least sure first: {count}", count=len(found)): found,
        _("Nothing was found: {count}", count=len(nothing)): nothing,
    }
    if page.drawn:
        body += [f"<p>{escape(page.order)}</p>", *_classes(page.classes)]
    if found and nothing:
        body.append(_ways(parts))
    body += without_answer(page.troubles)
    for number, (heading, drawn) in enumerate(parts.items()):
        body += _section(f"part-{number}", heading, drawn)
    body += [facts(_("Model"), page.model), facts(_("Versions"), page.versions)]
    return standalone_page(page.title, body, style=_STYLE)


def _classes(classes: Sequence[ClassFound]) -> Iterator[str]:
    """The legend: colour, name, how much."""
    if not classes:
        return
    heading = _("Classes")
    lines = "".join(f"<li>{_swatch(one.color)}{escape(one.name)} {escape(one.told)}</li>" for one in classes)
    yield f'<h2>{escape(heading)}</h2><ul class="classes">{lines}</ul>'


def _swatch(color: str) -> str:
    return f'<span class="swatch" style="background:{escape(color, quote=True)}"></span>' if color else ""


def _ways(headings: Iterable[str]) -> str:
    """Links past hundreds of pictures."""
    links = "".join(
        f'<li><a href="#part-{number}">{escape(heading)}</a></li>' for number, heading in enumerate(headings)
    )
    label = escape(_("Pictures"), quote=True)
    return f'<nav aria-label="{label}"><ul class="classes">{links}</ul></nav>'


def _section(place: str, heading: str, drawn: Sequence[Drawn]) -> Iterator[str]:
    if not drawn:
        return
    yield f'<section id="{place}"><h2>{escape(heading)}</h2>'
    if len(drawn) > _PICTURES:
        fewer = _("{shown} of {count} pictures are shown here.", shown=_PICTURES, count=len(drawn))
        yield f"<p>{escape(fewer)}</p>"
    yield f'<ol class="cards">{"".join(map(_card, drawn[:_PICTURES]))}</ol></section>'


def _card(one: Drawn) -> str:
    alt = _("The picture {file}: {answer}.", file=one.name, answer="; ".join(one.lines))
    return card(one.file, alt, one.lines, one.name, _SHOWN)
