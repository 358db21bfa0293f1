"""A classifier's answers to new pictures on one page: class by class, what it is least sure of first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from vislearn.files import common_folder
from vislearn.language import translate as _
from vislearn.viz.numerals import unbroken_percent
from vislearn.viz.standalone import (
    CARDS,
    LINKS,
    TABLES,
    card,
    facts,
    standalone_page,
    without_answer,
)

__all__ = ["PredictionPage", "prediction_page"]

_PICTURES = 1000  # on a page, of some MB then
# Classes far below the window are laid out when somebody comes near them.
_STYLE = f"""{TABLES}{CARDS}{LINKS}
section{{content-visibility:auto;contain-intrinsic-size:auto 900px}}
"""


@dataclass(frozen=True)
class PredictionPage:
    """What stands on the page of a classifier's answers.

    Attributes:
        title: whose answers, and to how many pictures.
        classes: their names, in the order of the probabilities.
        answers: picture → a probability for each class.
        troubles: a sentence for each picture that has no answer.
        notes: sentences below the title.
        top: how many classes stand below a picture, the most probable first.
        model: name → value, what is known of the classifier.
        versions: of what was used → version.
        scale: as for :func:`vislearn.io.read_image`, of the pictures.
    """

    title: str
    classes: Sequence[str]
    answers: Mapping[Path, Sequence[float]]
    troubles: Sequence[str]
    notes: Sequence[str]
    top: int
    model: Mapping[str, object]
    versions: Mapping[str, str]
    scale: float | None = None


def prediction_page(page: PredictionPage) -> str:
    """A whole page of HTML that needs no other file and no network; light or dark, as the reader's system is.

    Of very many pictures about a thousand are on it: of each class equally many, the least sure ones.

    Args:
        page: what stands on it.
    """
    taken = _taken(page)
    body = [f"<h1>{escape(page.title)}</h1>", *(f"<p>{escape(note)}</p>" for note in page.notes)]
    if taken:
        body += _classes(page, taken)
    each = _of_each([len(pictures) for pictures in taken.values()])
    if sum(each) < len(page.answers):
        told = {"shown": sum(each), "count": len(page.answers)}
        fewer = _("{shown} of {count} pictures are on this page: of each class the least sure ones.", **told)
        body.append(f"<p>{escape(fewer)}</p>")
    body += without_answer(page.troubles)
    root = common_folder(page.answers)
    for (number, pictures), shown in zip(taken.items(), each, strict=True):
        body += _class(page, number, pictures, shown, root)
    body += [facts(_("Model"), page.model), facts(_("Versions"), page.versions)]
    return standalone_page(page.title, body, style=_STYLE)


def _taken(page: PredictionPage) -> dict[int, list[Path]]:
    """Number of the class → the pictures taken for it, the least sure first; classes in the model's order."""
    answers: dict[int, list[Path]] = {}
    for picture, chances in sorted(page.answers.items(), key=lambda entry: max(entry[1])):
        answers.setdefault(_best(chances, 1)[0], []).append(picture)
    return dict(sorted(answers.items()))


def _best(chances: Sequence[float], count: int) -> list[int]:
    """Numbers of the most probable classes, the first of equals first."""
    return sorted(range(len(chances)), key=lambda number: -chances[number])[:count]


def _of_each(counts: Sequence[int], at_most: int = _PICTURES) -> list[int]:
    """How many of each class are shown: all of small classes, as many of one large class as of another.

    >>> _of_each([2, 50, 60], at_most=12), _of_each([2, 3]), _of_each([5, 5, 5], at_most=2)
    ([2, 5, 5], [2, 3], [1, 1, 1])
    """
    most = max(counts, default=0)
    while most > 1 and sum(min(count, most) for count in counts) > at_most:
        most -= 1
    return [min(count, most) for count in counts]


def _classes(page: PredictionPage, taken: Mapping[int, Sequence[Path]]) -> Iterator[str]:
    """How to read the page, and a way to each class."""
    order = _(
        "In each class the pictures of which the model is least sure come first: mistakes are most frequent "
        "among them. It knows no classes but its own: a picture of something else gets one of them, too."
    )
    yield f"<p>{escape(order)}</p>"
    label = escape(_("Classes"), quote=True)
    links = "".join(
        f'<li><a href="#class-{number}">{escape(_counted(page, number, pictures))}</a></li>'
        for number, pictures in taken.items()
    )
    yield f'<nav aria-label="{label}"><ul class="classes">{links}</ul></nav>'
    none = [name for number, name in enumerate(page.classes) if number not in taken]
    if none:
        missing = _("No picture was taken for: {names}", names=", ".join(none))
        yield f"<p>{escape(missing)}</p>"


def _counted(page: PredictionPage, number: int, pictures: Sequence[Path]) -> str:
    """A class, and how many pictures were taken for it."""
    return _("{name} ({count})", name=page.classes[number], count=len(pictures))


def _class(
    page: PredictionPage, number: int, pictures: Sequence[Path], shown: int, root: Path
) -> Iterator[str]:
    heading = _counted(page, number, pictures)
    yield f'<section id="class-{number}"><h2>{escape(heading)}</h2><ol class="cards">'
    yield from (_card(page, picture, root) for picture in pictures[:shown])
    yield "</ol></section>"


def _card(page: PredictionPage, picture: Path, root: Path) -> str:
    """A picture, the classes it may show, and its name below the folder that all pictures share."""
    chances = page.answers[picture]
    best = _best(chances, page.top)
    lines = [f"{page.classes[number]} {unbroken_percent(chances[number])}" for number in best]
    name = picture.relative_to(root).as_posix()
    told = {"file": name, "answer": page.classes[best[0]]}
    alt = _("The picture {file}, which the model takes for {answer}.", **told)
    return card(picture, alt, lines, name, scale=page.scale)
