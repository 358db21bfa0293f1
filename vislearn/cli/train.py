"""``vislearn train``: from a folder of pictures to a saved classifier."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vislearn.cli.options import overwrite_option, scale_option, training_options
from vislearn.cli.stopping import stop, stoppable
from vislearn.language import translate as _

if TYPE_CHECKING:
    from vislearn.training import FolderRun, Outcome

__all__ = ["train"]


@click.command()
@click.option(
    "--data_root",
    "--data-root",
    required=True,
    type=click.Path(path_type=Path),
    help="A folder with train/CLASS/ and val/CLASS/; pictures in test/CLASS/ are scored once, at the end.",
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
@click.option(
    "--unfreeze_backbone",
    "--unfreeze-backbone",
    is_flag=True,
    help="The same as --mode finetune: the new head learns first, then all, the backbone at a lower rate.",
)
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
    "--split",
    type=click.FloatRange(min=0, max=1, min_open=True, max_open=True),
    help="Where there is no val/: draw this share of each class's pictures to judge by, such as 0.2. "
    "OUT.split.csv lists them.",
)
@click.option(
    "--image_size",
    "--image-size",
    type=click.IntRange(min=8),
    help="Side of the square that the network sees, in pixels; by default what it was trained on.",
)
@click.option(
    "--patience",
    type=click.IntRange(min=1),
    help="End after so many epochs without a smaller loss on val, and keep the best epoch's weights.",
)
@click.option(
    "--balance",
    type=click.Choice(["weights", "sampler", "adjust"]),
    help="For classes of unequal size: losses of rare ones count more; their pictures come more often; or "
    "the trained scores are put right.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Processes that read pictures.",
)
@click.option(
    "--audit/--no-audit",
    default=True,
    show_default=True,
    help="Tell of traps in the pictures: rare classes, copies in two parts, and the like.",
)
@scale_option
@click.option("--amp", is_flag=True, help="Compute in 16 bits where they suffice: faster on most GPUs.")
@click.option("--compile", is_flag=True, help="Let torch make kernels first: minutes, for long trainings.")
@click.option(
    "--report/--no-report",
    default=True,
    show_default=True,
    help="Write OUT.html, a page for people, and OUT.json: scores, confusions, calibration, worst mistakes.",
)
@click.option("--resume", is_flag=True, help="Go on where a training with this --out was killed or stopped.")
@overwrite_option
def train(
    data_root: Path,
    choices: tuple[str, ...],
    mode: str,
    unfreeze_backbone: bool,
    out: Path,
    report: bool,
    resume: bool,
    overwrite: bool,
    **options: Any,
) -> None:
    """Train a classifier on a folder of pictures, judge it, and save it.

    Every picture is looked at first: all that are damaged are named. Ctrl-C saves what is best so far; after
    that, or after a kill, the same line with --resume goes on, and ends with the same classifier.
    """
    from vislearn.cli.training_report import ENDINGS, write_report
    from vislearn.training import Choice, FolderOptions, FolderRun

    default: Any = "finetune" if unfreeze_backbone else mode
    wanted = [Choice.parse(text, default) for text in choices]
    settings = FolderOptions(**options)
    how: dict[str, Any] = {"resume": resume, "overwrite": overwrite, "beside": ENDINGS if report else ()}
    run = FolderRun(data_root, wanted, settings, out, click.echo, **how)
    try:
        with stoppable():
            run.train()
    except KeyboardInterrupt:
        stop(_stopped(run))
    if run.stopped or run.best is None:
        stop(_stopped(run))
    if report and run.first:
        write_report(run, run.best)
    run.finish()
    for line in _told(run, run.best, report=report):
        run.say(line)


def _stopped(run: "FolderRun") -> str:
    """What is kept after Ctrl-C."""
    if run.best is None:
        return _("Stopped before the first epoch was over: no classifier is saved. --resume goes on.")
    told = {"file": run.out, "choice": run.best.choice, "accuracy": run.best.report.accuracy}
    return _(
        "Stopped. The best so far is saved: {file} ({choice}, accuracy {accuracy:.3f}). --resume goes on.",
        **told,
    )


def _told(run: "FolderRun", best: "Outcome", *, report: bool) -> list[str]:
    """What a run that is over has to say."""
    lines = ["", _table(run.outcomes), "", _("{choice}, class by class:", choice=best.choice)]
    lines.append(str(best.report))
    lines += [
        _("{count} × {truth} taken for {answer}", count=count, truth=truth, answer=answer)
        for truth, answer, count in best.report.mistakes(3)
    ]
    if run.tested is not None:
        told = {"count": len(run.tested.files), "accuracy": run.tested.report.accuracy}
        lines.append(_("Pictures in test: {count}; accuracy {accuracy:.3f}.", **told))
    if report:
        lines.append(_("Report: {page}", page=run.file(".html")))
    return [*lines, _("Saved: {file} ({choice}).", file=run.out, choice=best.choice)]


def _table(outcomes: "list[Outcome]") -> str:
    from vislearn.metrics.reports import as_text

    rows = [
        {
            _("network:mode"): str(outcome.choice),
            _("val accuracy"): f"{outcome.report.accuracy:.3f}",
            _("macro F1"): f"{outcome.report.average('macro')['f1']:.3f}",
            _("trainable"): str(outcome.trainable),
            _("seconds"): f"{outcome.seconds:.0f}",
        }
        for outcome in outcomes
    ]
    return as_text(rows)
