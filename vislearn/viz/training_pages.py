"""A training on one page: scores, confusions, how sure it is, its worst mistakes with pictures, curves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from vislearn.language import translate as _
from vislearn.metrics import ClassReport, Judged, Mistake
from vislearn.viz.charts.confusion import confusion
from vislearn.viz.charts.lines import curves
from vislearn.viz.charts.reliability import reliability
from vislearn.viz.numerals import unbroken_percent
from vislearn.viz.picture import Picture
from vislearn.viz.standalone import CARDS, TABLES, boxed, facts, small_picture, standalone_page
from vislearn.viz.tables import table

__all__ = ["TrainingPage", "training_page"]

_MISTAKES, _CONFUSIONS = 24, 12  # shown of each part
_CLASSES = 20  # in one confusion matrix; more don't stay legible
_LEGIBLE = 560  # CSS pixels: on a phone's width the letters of larger charts would be too small
_STYLE = f"{TABLES}{CARDS}.large img{{min-width:{_LEGIBLE}px}}"


@dataclass(frozen=True)
class TrainingPage:
    """What stands on the page of a training.

    Attributes:
        title: what was trained.
        root: the folder of the pictures; their names are told from there.
        parts: name, such as ``"val"`` → the answers to its pictures.
        networks: a row for each network that was compared, the same columns in each.
        epochs: rows of the kept network's history.
        best_epoch: counted from 0; None: none is.
        settings: name → value.
        versions: of what was used → version.
        scale: as for :func:`vislearn.io.read_image`, of the pictures.
    """

    title: str
    root: Path
    parts: Mapping[str, Judged]
    networks: Sequence[Mapping[str, object]]
    epochs: Sequence[Mapping[str, float]]
    best_epoch: int | None
    settings: Mapping[str, object]
    versions: Mapping[str, str]
    scale: float | None = None


def training_page(page: TrainingPage) -> str:
    """A whole page of HTML that needs no other file and no network; light or dark, as the reader's system is.

    Args:
        page: what stands on it.
    """
    body = [f"<h1>{escape(page.title)}</h1>"]
    if len(page.networks) > 1:
        body.append(boxed(table(page.networks, caption=_("Networks that were compared"))))
    for name, judged in page.parts.items():
        body += _part(name, judged, page)
    body += _curves(page)
    body += _facts(page)
    return standalone_page(page.title, body, style=_STYLE)


def _part(name: str, judged: Judged, page: TrainingPage) -> Iterator[str]:
    report = judged.report
    told = {"part": name, "count": len(judged.files), "accuracy": report.accuracy}
    heading = _("{part}: accuracy {accuracy:.3f}, pictures: {count}", **told)
    yield f"<h2>{escape(heading)}</h2>"
    yield boxed(table(report.rows(), caption=_("Class by class")))
    if len(report.names) <= _CLASSES:
        chart = confusion(report.counts, list(report.names), title=_("What was taken for what"))
        yield _large(chart)
    yield from _confusions(report)
    yield reliability(judged.calibration, title=_("How sure, and how right")).html()
    yield from _mistakes(judged, page)


def _large(chart: Picture) -> str:
    """A chart that rather scrolls in a box of its own than become illegible."""
    kind = "boxed large" if chart.width > _LEGIBLE else "boxed"
    return f'<div class="{kind}">{chart.html()}</div>'


def _confusions(report: ClassReport) -> Iterator[str]:
    found = report.mistakes(_CONFUSIONS)
    if found and len(report.names) > _CLASSES:
        rows = [
            {_("truth"): truth, _("answer"): answer, _("pictures"): str(count)}
            for truth, answer, count in found
        ]
        yield boxed(table(rows, caption=_("Taken for another most often")))


def _mistakes(judged: Judged, page: TrainingPage) -> Iterator[str]:
    found = judged.mistakes()
    if not found:
        none = _("No picture was answered wrong.")
        yield f'<p class="good">{escape(none)}</p>'
        return
    shown = {"shown": min(len(found), _MISTAKES), "count": len(found)}
    heading = _("The worst mistakes: {shown} of {count}", **shown)
    yield f"<h3>{escape(heading)}</h3>"
    hint = _(
        "Look at each: is it really what its folder says? A picture in the wrong folder stands here first."
    )
    yield f"<p>{escape(hint)}</p>"
    yield f'<ol class="cards">{"".join(_mistake(one, page) for one in found[:_MISTAKES])}</ol>'


def _mistake(one: Mistake, page: TrainingPage) -> str:
    told = {"truth": one.truth, "answer": one.answer, "share": unbroken_percent(one.answer_share)}
    alt = _("{truth} taken for {answer} with {share}", **told)
    file = Path(one.file)
    name = (file.relative_to(page.root) if file.is_relative_to(page.root) else file).as_posix()
    return (
        f"<li>{small_picture(file, alt, scale=page.scale)}"
        f'<span class="answer">✗ {escape(one.answer)} {unbroken_percent(one.answer_share)}</span>'
        f"<span>✓ {escape(one.truth)} {unbroken_percent(one.truth_share)}</span>"
        f'<span class="file">{escape(name)}</span></li>'
    )


def _curves(page: TrainingPage) -> Iterator[str]:
    if not page.epochs:
        return
    heading = _("Epoch by epoch")
    yield f"<h2>{escape(heading)}</h2>"
    loss, accuracy = _("loss"), _("accuracy")
    columns = {name: [row[name] for row in page.epochs] for name in page.epochs[0]}
    told = {
        "count": len(page.epochs),
        "first": columns["val_loss"][0],
        "last": columns["val_loss"][-1],
        "accuracy": columns["val_accuracy"][-1],
    }
    alt = _(
        "Curves over {count} epochs: the loss on val goes from {first:.3f} to {last:.3f}, the accuracy "
        "ends at {accuracy:.3f}.",
        **told,
    )
    panels = {
        loss: {"train": columns["train_loss"], "val": columns["val_loss"]},
        accuracy: {"val": columns["val_accuracy"]},
    }
    chart = curves(panels, xlabel=_("epoch"), ylabel=[loss, accuracy], alt=alt)
    yield _large(chart)
    if page.best_epoch is not None:
        best = _("The loss on val is smallest after epoch {number}.", number=page.best_epoch + 1)
        yield f"<p>{escape(best)}</p>"


def _facts(page: TrainingPage) -> Iterator[str]:
    yield facts(_("Settings"), page.settings)
    yield facts(_("Versions"), page.versions)
