"""``vislearn train-segmenter``: from pictures with masks to a saved segmenter."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from vislearn.cli.options import overwrite_option, scale_option, suffix_option, training_options
from vislearn.cli.stopping import stop, stoppable
from vislearn.language import translate as _

if TYPE_CHECKING:
    from vislearn.training import History

_INSTANCES = "mask_rcnn"

__all__ = ["train_segmenter"]


@click.command("train-segmenter")
@click.option(
    "--data_root",
    "--data-root",
    "root",
    required=True,
    type=click.Path(path_type=Path),
    help="A folder with train/ and val/, each with images/ and labels/; or with these two alone: every fifth "
    "picture is then judged by. Each number in a label image is a class, and 255 is void: nothing is learned "
    "there. For masks in black and white, 0 and 255, see --foreground.",
)
@click.option(
    "--classes",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A text file that names the classes, a name on each line, the first for 0, or number and name; else "
    "classes.txt in the folder.",
)
@click.option(
    "--foreground",
    "--objects",
    "objects",
    metavar="WORD",
    help="Masks are black and white, one for each picture in labels/ or masks/, or one for each object in "
    "NAME/images/ and NAME/masks/: what white is called. No --classes then.",
)
@click.option(
    "--background",
    type=click.Choice(["black", "white"]),
    help="What is around the objects in such masks; else black, and what looks otherwise is refused.",
)
@click.option(
    "--threshold",
    type=click.IntRange(1, 255),
    help="From which value on such a mask is bright, where its edges are soft.",
)
@click.option(
    "--stored",
    type=click.Choice(["numbers", "colours"]),
    help="What counts in label images that show colours; else it is found out.",
)
@suffix_option
@scale_option
@click.option(
    "--kind",
    type=click.Choice(["lraspp", "fcn", "deeplabv3", _INSTANCES]),
    default="lraspp",
    show_default=True,
    help="Which of torchvision's segmenters; mask_rcnn tells objects of one kind apart, and needs "
    "--foreground, and a mask or a number for each of them.",
)
@click.option(
    "--backbone",
    default="scene",
    show_default=True,
    help="scene, photo, scratch, or a network of torchvision.",
)
@click.option("--loss", default="ce+dice", show_default=True, help="Names joined by +.")
@click.option(
    "--size", nargs=2, type=click.IntRange(min=8), help="Height and width to squeeze pictures into."
)
@training_options(
    epochs=20,
    epochs_help="Passes over the pictures.",
    batch_size=8,
    lr=2e-3,
    out=Path("runs/segmenter.pt"),
    out_help="Where the segmenter of the best epoch goes, as soon as there is one.",
)
@overwrite_option
def train_segmenter(
    root: Path,
    size: tuple[int, int] | None,
    kind: str,
    backbone: str,
    out: Path,
    overwrite: bool,
    **options: Any,
) -> None:
    """Train a segmenter on pictures with masks, judge it, and save it.

    After every epoch the best one so far is saved: Ctrl-C loses nothing. What is transparent in a picture is
    laid on white. A segmenter gives each pixel a class, and vislearn segment uses it; --kind mask_rcnn finds
    each object by itself, and vislearn detect uses it.
    """
    from vislearn.files import require_free, require_writable

    if kind == _INSTANCES:
        _require_objects(options)
    require_free(out, overwrite=overwrite)
    require_writable(out)
    folder = {
        name: options.pop(name)
        for name in ("classes", "objects", "background", "threshold", "stored", "suffix", "scale")
    }
    asked = _Asked(root, folder, size, kind, backbone, out)
    if kind == _INSTANCES:
        del options["loss"]  # it has its own
        _learn_objects(asked, options)
    else:
        _learn_pixels(asked, options)
    click.echo(_("Saved: {file}.", file=out))


@dataclass(frozen=True)
class _Asked:
    """What is to learn from which folder, and where the result goes."""

    root: Path
    folder: dict[str, Any]
    size: tuple[int, int] | None
    kind: str
    backbone: str
    out: Path


def _require_objects(options: dict[str, Any]) -> None:
    """Refuse what would be passed over in silence where objects are told apart."""
    if not options["objects"]:
        raise click.UsageError(_("--kind mask_rcnn needs --foreground: what an object is called."))
    for name in ("classes", "stored", "loss"):
        if click.get_current_context().get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(
                _("--{option} can't be used with --kind mask_rcnn: leave it out.", option=name)
            )


def _learn_objects(asked: _Asked, options: dict[str, Any]) -> None:
    """Mask R-CNN, with anchors as large as the objects."""
    from vislearn import models, seeding, training, transforms

    prepared = transforms.detection_transform(train=False, size_hw=asked.size)
    how = {name: asked.folder[name] for name in ("background", "threshold", "suffix", "scale")}
    train, val = training.instance_sets(
        asked.root, label=asked.folder["objects"], transforms=prepared, say=click.echo, **how
    )
    epochs, seed = options["epochs"], options["seed"]
    with seeding.Chance(seed):
        model = models.detector(
            asked.kind,
            1,
            asked.backbone,
            anchor_sizes=training.anchor_sizes(train),
            max_objects=200,
            proposals=300,
        )

    def save(history: "History") -> None:
        about = {"seed": seed, "scores": history.rows[-1], "scale": asked.folder["scale"]}
        training.save_model(asked.out, model, classes=[asked.folder["objects"]], transform=prepared, **about)

    after = _AfterEpoch(epochs, asked.out, save, "val_mask_map", _("mask mAP"))
    _learned(training.fit_detector, after, model, train, val, options)
    scores = training.judge_detector(model, val)
    click.echo(
        _(
            "Pictures to judge by: mask mAP {map:.2f}, at IoU .5 {map50:.2f}; of boxes {box:.2f} and "
            "{box50:.2f}.",
            map=scores["mask_map"],
            map50=scores["mask_map50"],
            box=scores["map"],
            box50=scores["map50"],
        )
    )


def _learn_pixels(asked: _Asked, options: dict[str, Any]) -> None:
    """A class for each pixel."""
    from vislearn import models, seeding, training, transforms
    from vislearn.training.classes import class_list

    resized = transforms.segmentation_transform(train=False, size_hw=asked.size) if asked.size else None
    train, val = training.segmentation_sets(asked.root, transforms=resized, say=click.echo, **asked.folder)
    epochs, seed = options["epochs"], options["seed"]
    with seeding.Chance(seed):
        model = models.segmenter(asked.kind, len(class_list(train) or []), asked.backbone)

    def save(history: "History") -> None:
        training.save_segmenter(asked.out, model, train, history=history, seed=seed)

    after = _AfterEpoch(epochs, asked.out, save, "val_miou", "mIoU")
    _learned(training.fit_segmenter, after, model, train, val, options | {"cache": True})
    click.echo(str(training.judge_segmenter(model, val)))


def _learned(
    fit: Callable[..., Any],
    after: "_AfterEpoch",
    model: Any,
    train: Any,
    val: Any,
    options: dict[str, Any],
) -> None:
    """Train, and end in a sentence where somebody stops it."""
    # as much patience as there are epochs: none is spared, and the model gets the best one's weights back
    try:
        with stoppable():
            fit(model, train, val, **options, patience=after.epochs, on_epoch=after)
    except KeyboardInterrupt:
        stop(after.stopped())


class _AfterEpoch:
    """Saves the segmenter if it is the best so far, and says how good the epoch was."""

    def __init__(
        self, epochs: int, out: Path, save: Callable[["History"], None], column: str, score: str
    ) -> None:
        self.epochs, self.out, self.save, self.column, self.score = epochs, out, save, column, score
        self.kept: dict[str, Any] | None = None  # the epoch that lies on the disk

    def __call__(self, history: "History") -> None:
        told: dict[str, Any] = {
            "number": len(history),
            "value": history[self.column][-1],
            "score": self.score,
        }
        row = history.rows[-1]
        if history.best_epoch == len(history) - 1:
            self.save(history)
            self.kept = told
        told |= {"count": self.epochs, "loss": row["train_loss"]}
        click.echo(_("Epoch {number} of {count}: loss {loss:.3f}, {score} {value:.3f}.", **told))

    def stopped(self) -> str:
        """What is kept after Ctrl-C."""
        if self.kept is None:
            return _("Stopped before the first epoch was over: nothing is saved.")
        told = {"file": self.out} | self.kept
        return _(
            "Stopped. The best epoch so far is saved: {file} (epoch {number}, {score} {value:.3f}).", **told
        )
