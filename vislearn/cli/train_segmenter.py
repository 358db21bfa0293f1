"""``vislearn train-segmenter``: from pictures with masks to a saved segmenter."""

from pathlib import Path
from typing import Any

import click

from vislearn.cli.options import training_options
from vislearn.language import translate as _

__all__ = ["train_segmenter"]


@click.command("train-segmenter")
@click.option(
    "--data_root",
    "--data-root",
    "root",
    required=True,
    type=click.Path(path_type=Path),
    help="A folder with train/ and val/, each with images/ and labels/; or with these two alone: every fifth "
    "picture is then judged by.",
)
@click.option(
    "--classes",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A text file that names the classes; else classes.txt in the folder.",
)
@click.option(
    "--objects", help="There is a mask per object, in NAME/images/ and NAME/masks/: what they are called."
)
@click.option("--suffix", default="", help="What names of label images have beyond their pictures', as _L.")
@click.option(
    "--kind",
    type=click.Choice(["lraspp", "fcn", "deeplabv3"]),
    default="lraspp",
    show_default=True,
    help="Which of torchvision's segmenters.",
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
    out_help="Where the segmenter goes.",
)
def train_segmenter(
    root: Path,
    classes: Path | None,
    objects: str | None,
    suffix: str,
    size: tuple[int, int] | None,
    kind: str,
    backbone: str,
    out: Path,
    **options: Any,
) -> None:
    """Train a segmenter on pictures with masks, judge it, and save it."""
    from vislearn import models, seeding, training, transforms
    from vislearn.files import require_writable
    from vislearn.training.classes import class_list

    require_writable(out)
    resized = transforms.segmentation_transform(train=False, size_hw=size) if size else None
    train, val = training.segmentation_sets(
        root, classes=classes, objects=objects, suffix=suffix, transforms=resized
    )
    with seeding.Chance(options["seed"]):
        model = models.segmenter(kind, len(class_list(train) or []), backbone)

    def say(history: training.History) -> None:
        row, told = history.rows[-1], {"number": len(history), "count": options["epochs"]}
        told |= {"loss": row["train_loss"], "miou": row["val_miou"]}
        click.echo(_("Epoch {number} of {count}: loss {loss:.3f}, mIoU {miou:.3f}.", **told))

    history = training.fit_segmenter(model, train, val, cache=True, on_epoch=say, **options)
    training.save_segmenter(out, model, train, history=history, seed=options["seed"])
    click.echo(str(training.judge_segmenter(model, val)))
    click.echo(_("Saved: {file}.", file=out))
