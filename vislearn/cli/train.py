"""``vislearn train``: from a folder of pictures to a saved classifier."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vislearn.cli.options import training_options
from vislearn.language import translate as _

if TYPE_CHECKING:
    from vislearn.training import Outcome

__all__ = ["train"]


@click.command()
@click.option(
    "--data_root",
    "--data-root",
    required=True,
    type=click.Path(path_type=Path),
    help="A folder with train/CLASS/ and val/CLASS/.",
)
@click.option(
    "--backbone",
    "choices",
    multiple=True,
    default=("photo",),
    show_default=True,
    help="photo, scene or a classification network of torchvision; NAME:MODE with its own mode. "
    "Several are compared, and the best is saved.",
)
@click.option(
    "--mode",
    type=click.Choice(["frozen", "finetune", "scratch"]),
    default="frozen",
    show_default=True,
    help="Which part learns: head, all, all from zero.",
)
@click.option("--unfreeze_backbone", "--unfreeze-backbone", is_flag=True, help="The same as --mode finetune.")
@click.option(
    "--num_classes",
    "--num-classes",
    type=click.IntRange(min=2),
    help="How many class folders there must be; by default they are counted.",
)
@training_options(
    epochs=None,
    epochs_help="Passes over the pictures; else 30 frozen, 5 fine-tuned, 20 from scratch.",
    batch_size=32,
    lr=1e-3,
    out=Path("runs/classifier.pt"),
    out_help="Where the best classifier goes.",
)
@click.option(
    "--augment/--no-augment",
    default=None,
    help="Random crops and mirroring; by default not if the backbone is frozen, whose features "
    "are then computed once.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Processes that read pictures.",
)
def train(
    data_root: Path, choices: tuple[str, ...], mode: str, unfreeze_backbone: bool, out: Path, **options: Any
) -> None:
    """Train a classifier on a folder of pictures, judge it, and save it."""
    from vislearn.files import require_writable
    from vislearn.training import Choice, FolderOptions, save_outcome, train_folder

    require_writable(out)
    default: Any = "finetune" if unfreeze_backbone else mode
    wanted = [Choice.parse(text, default) for text in choices]
    outcomes: list[Outcome] = []
    for number, choice in enumerate(wanted):
        settings = FolderOptions(**options, look=number == 0)
        outcomes.append(train_folder(data_root, choice, settings, say=click.echo))
        best = max(outcomes, key=lambda outcome: outcome.report.accuracy)
        if (
            outcomes[-1] is best
        ):  # saved at once: whatever ends the command later, printing too, can't undo it
            save_outcome(out, best)
    click.echo()
    for line in _table(outcomes):
        click.echo(line)
    click.echo("\n" + _("{choice}, class by class:", choice=best.choice))
    click.echo(str(best.report))
    for truth, answer, count in best.report.mistakes(3):
        click.echo(_("{count} × {truth} taken for {answer}", count=count, truth=truth, answer=answer))
    click.echo(_("Saved: {file} ({choice}).", file=out, choice=best.choice))


def _table(outcomes: "list[Outcome]") -> list[str]:
    width = max(len(str(outcome.choice)) for outcome in outcomes)
    head = (
        f"{'network:mode':<{width}}  {'val accuracy':>12}  {'macro F1':>8}  {'trainable':>10}  {'seconds':>7}"
    )
    return [head] + [
        f"{outcome.choice!s:<{width}}  {outcome.report.accuracy:>12.3f}  "
        f"{outcome.report.average('macro')['f1']:>8.3f}  {outcome.trainable:>10}  {outcome.seconds:>7.0f}"
        for outcome in outcomes
    ]
