"""A data set on one page: counts, sizes, brightness, examples, copies, and all that is wrong, in one file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

import numpy as np

from vislearn.datasets import Overview, PartOverview
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.viz.charts.bars import bars, histogram
from vislearn.viz.picture import Picture
from vislearn.viz.pictures.sheets import grid
from vislearn.viz.standalone import numbered, standalone_page, tile

__all__ = ["dataset_page"]

_CLASSES, _SIZES, _EXAMPLES, _PAIRS = 40, 8, 24, 6  # at most, on a page of at most 1 MB


def dataset_page(overview: Overview) -> str:
    """A whole page of HTML that needs no other file and no network; light or dark, as the reader's system is.

    Args:
        overview: from :func:`vislearn.datasets.overview`.
    """
    title = f"{overview.root.name} ({_(overview.kind)})"
    body = [f"<h1>{escape(title)}</h1>", *_problems(overview.problems)]
    body += [f"<p>{escape(note)}</p>" for note in overview.notes]
    for name, leaks in overview.leaks.items():
        body.append(f"<h2>{escape(overview.parts[0].name)} → {escape(name)}</h2>")
        body += [f"<p>{escape(line)}</p>" for line in str(leaks).splitlines()]
        pairs = [(leak.train, leak.val) for leak in leaks.found[:_PAIRS]]
        body += [_pairs(pairs, overview.scale).html()] if pairs else []
    for part in overview.parts:
        body += _part(part, overview)
    return standalone_page(title, body)


def _problems(problems: Sequence[Problem]) -> Iterator[str]:
    if not problems:
        sound = _("Nothing is wrong with its files.")
        yield f'<p class="good">{escape(sound)}</p>'
        return
    heading = _("What is wrong: {count}", count=len(problems))
    yield f"<h2>{escape(heading)}</h2>"
    yield numbered([str(problem) for problem in problems])


def _part(part: PartOverview, overview: Overview) -> Iterator[str]:
    yield f"<h2>{escape(part.title)}</h2>"
    if part.counts:
        yield _counts(part, overview.unit).html()
    if part.examples:
        yield _examples(part, overview.scale).html()
    if part.paths:
        yield _sizes(part).html()
        yield _brightness(part).html()
    copies = _("Pictures that copy an earlier one, or look so: {count}", count=len(part.copies))
    yield f"<p>{escape(copies)}</p>"
    if part.copies:
        pairs = [(one, other) for one, other, _kind in part.copies[:_PAIRS]]
        yield _pairs(pairs, overview.scale).html()


def _counts(part: PartOverview, unit: str) -> Picture:
    common = sorted(part.counts.items(), key=lambda entry: -entry[1])
    shown = dict(common[:_CLASSES])
    title = _("Classes, the most frequent first")
    if (more := len(common) - len(shown)) > 0:
        title = _(
            "{count} of {all} classes, the most frequent first", count=len(shown), all=len(shown) + more
        )
    told = {"most": common[0][0], "count": common[0][1], "least": common[-1][0], "few": common[-1][1]}
    alt = _("Bars, one per class: most of {most}, {count}; least of {least}, {few}.", **told)
    label = _("pictures") if unit == "pictures" else _("objects")
    return bars(shown, xlabel=label, title=title, digits=0, alt=alt)


def _examples(part: PartOverview, scale: float | None) -> Picture:
    chosen = list(part.examples.items())[:_EXAMPLES]
    alt = _("A picture of each class: {names}.", names=", ".join(name for name, _path in chosen))
    return grid(
        [tile(path, scale=scale) for _name, path in chosen],
        [name for name, _path in chosen],
        title=_("A picture of each class"),
        alt=alt,
    )


def _sizes(part: PartOverview) -> Picture:
    sizes = Counter(f"{width}×{height}" for width, height in part.sizes_wh.tolist())
    shown = dict(sizes.most_common(_SIZES))
    told = {"count": len(sizes), "size": next(iter(shown))}
    title = _("Width × height in pixels: {count} different", count=len(sizes))
    alt = _("Bars of how many pictures have each size: {count} sizes, most often {size}.", **told)
    return bars(shown, xlabel=_("pictures"), title=title, digits=0, alt=alt)


def _brightness(part: PartOverview) -> Picture:
    low, middle, high = np.quantile(part.brightness, [0, 0.5, 1])
    told = {"low": low, "middle": middle, "high": high}
    return histogram(
        {part.name or _("pictures"): part.brightness},
        bins=32,
        xlabel=_("mean of a picture's pixels, 0 to 255"),
        title=_("Brightness"),
        alt=_(
            "Brightness of the pictures: from {low:.0f} to {high:.0f}, half of them below {middle:.0f}.",
            **told,
        ),
    )


def _pairs(pairs: Sequence[tuple[str, str]], scale: float | None) -> Picture:
    files = [path for pair in pairs for path in pair]
    names = [f"{Path(path).parent.name}/{Path(path).name}" for path in files]
    alt = _("Pairs of pictures that are copies or look like it: {names}.", names=", ".join(names))
    return grid([tile(path, scale=scale) for path in files], names, columns=min(6, len(files)), alt=alt)
