"""What a format can't hold of a set, one sentence for each kind, said before anything is written."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from vislearn.datasets.conversion.digits import fractions, same_edges, voc_edges
from vislearn.datasets.conversion.samples import Sample
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.yolo_file import edges_of
from vislearn.errors import require_one_of
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem

__all__ = ["FORMATS", "Format", "losses"]

Format = Literal["coco", "voc", "yolo"]
FORMATS = ("coco", "voc", "yolo")
_OBJECTS = (N_("1 object"), N_("{count} objects"))
_PICTURES = (N_("1 picture"), N_("{count} pictures"))


def losses(
    samples: Sequence[Sample], classes: Sequence[str], to: Format, source: DetectionDS | None = None
) -> list[Problem]:
    """What gets lost, or is read otherwise elsewhere; ``[]``: the set comes back as it is.

    Args:
        samples: of the set.
        classes: its names.
        to: the format.
        source: the set itself, which may know what else its file holds.

    Raises:
        InputError: another format.
    """
    require_one_of("to", to, FORMATS)
    kinds = {"coco": _of_coco, "voc": _of_voc, "yolo": _of_yolo}[to]
    beside = [] if source is None else [*_of_categories(source, to), *source.left]
    return [*kinds(samples, classes), *_of_any(samples), *beside]


def _of_categories(source: DetectionDS, to: Format) -> Iterator[Problem]:
    """COCO's file numbers classes as it likes, and puts them into groups."""
    known = source.categories or []
    parents = sorted({entry["supercategory"] for entry in known if entry["supercategory"] != entry["name"]})
    numbers = [entry["id"] for entry in known]
    if to == "coco" or not (parents or numbers != list(range(1, len(numbers) + 1))):
        return
    kept = _("VOC knows classes by their names.") if to == "voc" else _("YOLO counts classes from 0.")
    what = _("are lost: {numbers}", numbers=", ".join(map(str, numbers)))
    if parents:
        told = {"numbers": ", ".join(map(str, numbers)), "names": ", ".join(parents)}
        what = _("are lost: {numbers}; and so are their supercategories: {names}", **told)
    yield Problem(_("The ids of the categories"), what, kept)


def _of_any(samples: Sequence[Sample]) -> Iterator[Problem]:
    yield from _said(
        samples,
        lambda sample: 0 if sample.runs is not None else sum(drawn != "box" for drawn in sample.drawn),
        N_("is drawn with an outline, and only its box is converted (first in {first})"),
        N_("are drawn with outlines, and only their boxes are converted (first in {first})"),
        _("COCO keeps outlines: --to coco --masks; in Python read the set with masks=True."),
    )
    yield from _said(
        samples,
        lambda sample: int(sample.turned),
        N_("is turned by EXIF, and boxes are of the upright picture (first in {first})"),
        N_("are turned by EXIF, and boxes are of the upright picture (first in {first})"),
        _("Programs that ignore EXIF show them elsewhere: save the pictures upright first."),
        _PICTURES,
    )


def _of_coco(samples: Sequence[Sample], classes: Sequence[str]) -> Iterator[Problem]:
    """Boxes, crowds, areas, ids, classes and masks all have their place."""
    yield from _said(
        samples,
        lambda sample: 0 if sample.runs is None else sample.drawn.count("corners"),
        N_("is drawn by corners, and is written as pixels, in run lengths (first in {first})"),
        N_("are drawn by corners, and are written as pixels, in run lengths (first in {first})"),
        _("The mask is the same; there are no corners to edit any more."),
    )


def _of_yolo(samples: Sequence[Sample], classes: Sequence[str]) -> Iterator[Problem]:
    yield from _said(
        samples,
        lambda sample: sum(sample.iscrowd),
        N_("is marked as a crowd, or difficult, and YOLO can't say so (first in {first})"),
        N_("are marked as a crowd, or difficult, and YOLO can't say so (first in {first})"),
        _("Left out, as Ultralytics does: as ordinary objects they would be learned."),
    )
    yield from _left_behind(samples, "YOLO")
    yield from _said(
        samples,
        lambda sample: sum(
            not same_edges(edges_of(_floats(fractions(edges, sample.size_hw)), sample.size_hw), edges)
            for edges in sample.boxes
        ),
        N_("is so near to the picture's edge that fractions move it (first in {first})"),
        N_("are so near to the picture's edge that fractions move it (first in {first})"),
        _("By less than a millionth of a pixel."),
    )


def _of_voc(samples: Sequence[Sample], classes: Sequence[str]) -> Iterator[Problem]:
    yield from _left_behind(samples, "VOC")
    yield from _said(
        samples,
        lambda sample: sum(not all(float(number).is_integer() for number in edges) for edges in sample.boxes),
        N_("is between whole pixels (first in {first})"),
        N_("are between whole pixels (first in {first})"),
        _("Written with decimals: some programs want VOC's numbers whole."),
    )
    yield from _said(
        samples,
        lambda sample: sum(not same_edges(_read_from_1(voc_edges(edges)), edges) for edges in sample.boxes),
        N_(
            "is beyond the picture's left or top edge, or nearer to it than VOC's numbers can say (first in "
            "{first})"
        ),
        N_(
            "are beyond the picture's left or top edge, or nearer to it than VOC's numbers can say (first in "
            "{first})"
        ),
        _("Read again, it ends at the edge."),
    )
    present = {label for sample in samples for label in sample.labels}
    missing = [name for label, name in enumerate(classes, start=1) if label not in present]
    if missing or list(classes) != sorted(classes):
        yield Problem(
            _("VOC's files"),
            _("keep no list of classes, and order and classes without objects are lost"),
            _("Read them with classes={names!r}.", names=list(classes)),
        )


def _left_behind(samples: Sequence[Sample], to: str) -> Iterator[Problem]:
    yield from _said(
        samples,
        lambda sample: len(sample.runs or ()),
        N_("is drawn with a mask, and {format} here holds boxes alone (first in {first})"),
        N_("are drawn with a mask, and {format} here holds boxes alone (first in {first})"),
        _("Convert to COCO to keep masks."),
        format=to,
    )
    yield from _said(
        samples,
        lambda sample: int(sample.runs is None and not same_edges(_box_areas(sample), sample.area.tolist())),
        N_("is annotated with areas other than its boxes', and {format} has no areas (first in {first})"),
        N_("are annotated with areas other than its boxes', and {format} has no areas (first in {first})"),
        _("Convert to COCO to keep them."),
        _PICTURES,
        format=to,
    )
    for place, sample in enumerate(samples, start=1):
        if sample.image_id != place:
            yield Problem(
                str(sample.picture),
                _(
                    "has image_id {number}, and {format} numbers no pictures",
                    number=sample.image_id,
                    format=to,
                ),
                _("Pictures are counted from 1 when they are read again."),
            )
            return


def _said(
    samples: Sequence[Sample],
    count: Callable[[Sample], int],
    one: str,
    several: str,
    fix: str,
    unit: tuple[str, str] = _OBJECTS,
    **values: object,
) -> Iterator[Problem]:
    """One sentence for all samples of a kind, with the first of them."""
    counts = [(count(sample), sample) for sample in samples]
    total = sum(number for number, _sample in counts)
    if total:
        first = next(sample.picture for number, sample in counts if number)
        where, what = (unit[0], one) if total == 1 else (unit[1], several)
        yield Problem(_(where, count=total), _(what, first=first.name, **values), fix)


def _box_areas(sample: Sample) -> list[float]:
    return ((sample.boxes[:, 2] - sample.boxes[:, 0]) * (sample.boxes[:, 3] - sample.boxes[:, 1])).tolist()


def _floats(words: Sequence[str]) -> tuple[float, float, float, float]:
    x, y, width, height = map(float, words)
    return x, y, width, height


def _read_from_1(words: Sequence[str]) -> list[float]:
    left, top, right, bottom = map(float, words)
    return [max(left - 1, 0.0), max(top - 1, 0.0), right, bottom]
