"""``vislearn detect``: objects with their boxes, by a detector that was saved."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vislearn import files
from vislearn.cli.answers import model_facts, page_option
from vislearn.cli.options import overwrite_option, scale_option
from vislearn.cli.pictures import for_each, left_out, own_names, pictures_named
from vislearn.cli.places import require_places
from vislearn.language import translate as _
from vislearn.problems import Problem

if TYPE_CHECKING:
    import torch

    from vislearn.cli.pictures import Done
    from vislearn.training import SavedModel

__all__ = ["detect"]

_LINE = 300  # a box's line is this part of the shorter side
_LETTERS = 22  # and so are its letters
_MOST_TAGS = 12  # with masks: more boxes with words would hide them, and a single class needs none


@click.command()
@click.argument("file", metavar="MODEL", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("places", metavar="PICTURES...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--score",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="What is less sure is left out.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs/detected"),
    show_default=True,
    help="Where drawn/ and detections.json go.",
)
@page_option
@scale_option
@overwrite_option
def detect(
    file: Path,
    places: tuple[Path, ...],
    score: float,
    out: Path,
    page: Path | None,
    scale: float | None,
    overwrite: bool,
) -> None:
    """Find objects in PICTURES, files or folders, by MODEL as fit_detector saved it.

    Writes a picture with boxes for each, and detections.json in COCO's form, with a score for each box:
    programs for annotating read it, to be put right by hand. What is transparent in a picture is laid on
    white. What can't be read, or is called as another, is named at the end, with exit status 1; the others
    are done.
    """
    missing: list[Problem] = []
    others: list[Path] = []
    pictures, alike = own_names(pictures_named(places, missing, others))
    record = out / "detections.json"
    results = [record, *(_drawing(out, picture) for picture in pictures), *([page] if page else [])]
    require_places(results, read=[file, *pictures], overwrite=overwrite)
    from vislearn import models, training  # seconds of torch: what is named wrongly is told before

    saved = training.load_model(file, models.detector)
    white = saved.scale if scale is None else scale
    done = for_each(
        pictures, lambda picture: _detected(picture, saved, score, out, white), [*missing, *alike]
    )
    found = done.results
    files.write_text(record, json.dumps(_as_coco(saved, found), ensure_ascii=False, indent=1))
    if page is not None:
        files.write_text(page, _as_page(done, saved, file, out))
    for picture, what in found.items():
        click.echo(f"{picture}: {_counted(saved, what)}")
    total = sum(len(what["labels"]) for what in found.values())
    click.echo(
        _(
            "Saved: {folder} (pictures: {count}, objects: {objects}).",
            objects=total,
            count=len(found),
            folder=out,
        )
    )
    if page is not None:
        click.echo(_("Saved: {file}", file=page))
    for line in left_out(others):
        click.echo(line, err=True)
    done.finish()


def _drawing(out: Path, picture: Path) -> Path:
    """Where the picture with its boxes goes."""
    return out / "drawn" / f"{picture.stem}.png"


def _detected(
    picture: Path, saved: "SavedModel", score: float, out: Path, scale: float | None
) -> dict[str, Any]:
    """Write a picture with what was found; boxes, labels, scores and the picture's size as plain numbers.

    Masks, which a Mask R-CNN has, are kept as run lengths: as pixels those of many pictures fill the memory.
    """
    from vislearn import io, training
    from vislearn.metrics.detection.run_lengths import as_run_lengths

    image = io.read_image(picture, scale=scale)
    found = training.predict_boxes(saved, image, score=score)
    io.write_image(_drawing(out, picture), _drawn(image, found, saved))
    height, width = image.shape[-2:]
    kept: dict[str, Any] = {name: found[name].tolist() for name in ("boxes", "labels", "scores")}
    if "masks" in found:
        kept["masks"] = as_run_lengths(found["masks"], "masks")
    return kept | {"size": (width, height)}


def _drawn(image: "torch.Tensor", found: Mapping[str, "torch.Tensor"], saved: "SavedModel") -> "torch.Tensor":
    """Boxes in their classes' colours, lines and letters as large as the picture asks for.

    Masks have a colour each: that of the class would make one of two objects that touch.
    """
    from torchvision.utils import draw_bounding_boxes

    from vislearn.viz.letters import font_file

    labels, scores = found["labels"].tolist(), found["scores"].tolist()
    if "masks" in found:
        image = _tinted(image, found["masks"])
        if len(labels) > _MOST_TAGS or len(saved.classes or []) == 1:
            return image
    words = [f"{_name(saved, label)} {score:.0%}" for label, score in zip(labels, scores, strict=True)]
    fonts = [str(font_file(text)) for text in words]
    shorter = min(image.shape[-2:])
    for font in dict.fromkeys(fonts):  # no single font has all letters
        own = [place for place, needed in enumerate(fonts) if needed == font]
        image = draw_bounding_boxes(
            image,
            found["boxes"][own],
            labels=[words[place] for place in own],
            colors=[_color(labels[place]) for place in own],
            width=max(1, round(shorter / _LINE)),
            font=font,
            font_size=max(10, round(shorter / _LETTERS)),
            label_colors=["white"] * len(own),
            fill_labels=True,
        )
    return image


def _tinted(image: "torch.Tensor", masks: "torch.Tensor") -> "torch.Tensor":
    """Each object in a colour of its own; where two overlap, the surer one is on top."""
    import numpy as np
    import torch

    from vislearn.viz.palette import class_color
    from vislearn.viz.pictures.mask_pixels import tinted

    ranks = np.zeros(masks.shape[1:], np.int64)
    for rank in range(len(masks), 0, -1):
        ranks[masks[rank - 1].numpy()] = rank
    hues = {rank: class_color(rank) for rank in range(1, len(masks) + 1)}
    shown = tinted(image.permute(1, 2, 0).numpy(), ranks, hues, alpha=0.5)
    return torch.from_numpy(shown).permute(2, 0, 1).contiguous()


def _color(label: int) -> str:
    from vislearn.viz.palette import SERIES

    return SERIES[label % len(SERIES)]


def _name(saved: "SavedModel", label: int) -> str:
    names = saved.classes or []
    return names[label - 1] if 0 < label <= len(names) else str(label)


def _counted(saved: "SavedModel", what: Mapping[str, Any]) -> str:
    counts = Counter(_name(saved, label) for label in what["labels"])
    told = (_("{count} × {name}", count=count, name=name) for name, count in counts.most_common())
    return ", ".join(told) or _("nothing")


def _as_coco(saved: "SavedModel", found: Mapping[Path, dict[str, Any]]) -> dict[str, Any]:
    """Pictures, classes and boxes as COCO writes them: left, top, width and height."""
    labels = {label for what in found.values() for label in what["labels"]}
    known = range(1, len(saved.classes or []) + 1)
    root = files.common_folder(found)
    record: dict[str, Any] = {
        "images": [],
        "categories": [{"id": label, "name": _name(saved, label)} for label in sorted({*known, *labels})],
        "annotations": [],
    }
    for number, (picture, what) in enumerate(found.items(), start=1):
        width, height = what["size"]
        record["images"].append(
            {
                "id": number,
                "file_name": picture.relative_to(root).as_posix(),
                "width": width,
                "height": height,
            }
        )
        record["annotations"] += [
            {"id": len(record["annotations"]) + row, "image_id": number, **entry}
            for row, entry in enumerate(_annotations(what), start=1)
        ]
    return record


def _annotations(what: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What was found on one picture, as COCO says it."""
    for row, (left, top, right, bottom) in enumerate(what["boxes"]):
        box = [round(side, 2) for side in (left, top, right - left, bottom - top)]
        entry = {"category_id": what["labels"][row], "bbox": box, "area": round(box[2] * box[3], 2)}
        if "masks" in what:
            entry |= {"segmentation": what["masks"][row].as_coco(), "area": what["masks"][row].area}
        yield entry | {"iscrowd": 0, "score": round(what["scores"][row], 4)}


def _as_page(done: "Done[dict[str, Any]]", saved: "SavedModel", file: Path, out: Path) -> str:
    from vislearn.cli.training_report import versions_here
    from vislearn.viz import ClassFound, Drawn, DrawnPage, drawn_page
    from vislearn.viz.numerals import percent

    found, root = done.results, files.common_folder(done.results)
    drawn = []
    for picture, what in found.items():
        scores = sorted(what["scores"])
        lines = [_counted(saved, what), *([", ".join(map(percent, scores))] if scores else [])]
        name = picture.relative_to(root).as_posix()
        drawn.append(Drawn(name, _drawing(out, picture), lines, scores[0] if scores else None))
    counts = Counter(label for what in found.values() for label in what["labels"])
    order = _(
        "First come the pictures with the least sure box: mistakes are most frequent among them. What the "
        "model didn't see stands on no list: look at the pictures on which nothing was found."
    )
    masked = any("masks" in what for what in found.values())  # drawn in a colour for each object
    page = DrawnPage(
        title=_("{file}: objects on new pictures ({count})", file=file.name, count=len(found)),
        order=order,
        drawn=drawn,
        classes=[
            ClassFound(_name(saved, label), "" if masked else _color(label), _("× {count}", count=count))
            for label, count in counts.most_common()
        ],
        troubles=done.troubles,
        notes=done.notes,
        model=model_facts(saved, file),
        versions=versions_here(),
    )
    return drawn_page(page)
