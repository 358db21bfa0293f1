"""``vislearn train`` against fastai's ``vision_learner``: the same pictures, network and published weights.

    TORCH_HOME=FOLDER python -m benchmarks.train_command --data_root FOLDER --json train_command.json

Each trains as it does by itself, first a head on the published network (``vislearn train``; fastai's
``fit_one_cycle``), then the whole network (``vislearn train --unfreeze_backbone``; fastai's ``fine_tune``,
the recipe of its first lesson): both let the new head learn alone first. Because time is told at equal
accuracy, both get several budgets of epochs, each a training of its own. Where fastai is not installed the
table says so and has vislearn alone. With ``--json`` an interrupted benchmark goes on. ``TORCH_HOME`` is
where torch keeps weights it has loaded.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from benchmarks.machine import keep, kept, machine, options_of
from vislearn.datasets import digits
from vislearn.models.classifier import Mode
from vislearn.training import Choice, FolderOptions, train_folder

__all__ = ["Run", "at_equal_accuracy", "main", "of_fastai", "of_vislearn"]

OURS = "vislearn train"
MISSING = "fastai is not installed (pip install fastai): vislearn alone is measured."

Way = Callable[[int], float]  # seed → accuracy on val


@dataclass(frozen=True)
class Run:
    """One training, from the folder to its accuracy.

    Attributes:
        way: who trained.
        seed: of all chance.
        accuracy: on ``val``.
        seconds: by the clock, the reading of all pictures among them.
        cpu_seconds: of the processor, which others on the machine disturb less.
    """

    way: str
    seed: int
    accuracy: float
    seconds: float
    cpu_seconds: float


def main(arguments: list[str] | None = None) -> int:
    """Train with each, taking turns; print the table."""
    parser = options_of(__doc__, repeats=3)
    parser.add_argument("--data_root", type=Path, help="with train and val (default: the bundled digits)")
    parser.add_argument(
        "--backbone", default="squeezenet1_1", help="of torchvision, published (default: %(default)s)"
    )
    parser.add_argument("--image_size", type=int, default=224, help="pixels (default: %(default)s)")
    parser.add_argument("--batch_size", type=int, default=32, help="pictures (default: %(default)s)")
    for name, epochs in {"heads": [30], "tuned": [1, 2, 3, 5, 8]}.items():
        parser.add_argument(
            f"--{name}", type=int, nargs="*", default=epochs, help=f"vislearn's budgets, {name}"
        )
    for name, epochs in {"fastai_heads": [1, 5, 10], "fastai_tuned": [1, 3, 5]}.items():
        parser.add_argument(f"--{name}", type=int, nargs="*", default=epochs, help="the same of fastai")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads or 1)
    os.environ.setdefault("VISLEARN_ASSETS", "full")  # published weights are what fastai begins with, too
    root = options.data_root or digits("train").parent
    same = {
        "root": root,
        "backbone": options.backbone,
        "size": options.image_size,
        "batch": options.batch_size,
    }
    ways: dict[str, Way] = {}
    for epochs in options.heads:
        ways[f"{OURS} --epochs {epochs}"] = partial(of_vislearn, mode="frozen", epochs=epochs, **same)
    for epochs in options.tuned:
        name = f"{OURS} --unfreeze_backbone --epochs {epochs}"
        ways[name] = partial(of_vislearn, mode="finetune", epochs=epochs, **same)
    installed = find_spec("fastai") is not None
    if installed:
        import_module("fastai.vision.all")  # seconds that no training should pay for
        for epochs in options.fastai_heads:
            ways[f"fastai, fit_one_cycle({epochs})"] = partial(
                of_fastai, how="fit_one_cycle", epochs=epochs, **same
            )
        for epochs in options.fastai_tuned:
            ways[f"fastai, fine_tune({epochs})"] = partial(of_fastai, how="fine_tune", epochs=epochs, **same)
    told = {name: getattr(options, name) for name in ("backbone", "image_size", "batch_size")}
    record = {"benchmark": "train_command", **told, "machine": machine("torchvision", "fastai")}
    runs = _runs(ways, options.repeats, record, options.json)
    _print(runs)
    print(*(at_equal_accuracy(runs) if installed else [MISSING]), sep="\n")
    return 0


def _runs(ways: Mapping[str, Way], repeats: int, record: dict[str, Any], file: Path | None) -> list[Run]:
    """All trainings, each written down when it ends; those of an interrupted call are not run again."""
    there = kept(file)
    known = [Run(**run) for run in there.get("runs", []) if record.items() <= there.items()]
    runs: list[Run] = []
    for seed in range(repeats):
        for name, way in ways.items():
            before = next((run for run in known if (run.way, run.seed) == (name, seed)), None)
            runs.append(before or _timed(name, way, seed))
            keep(record | {"runs": [asdict(run) for run in runs]}, file)
    return runs


def of_vislearn(
    seed: int, *, root: Path, backbone: str, size: int, batch: int, mode: Mode, epochs: int
) -> float:
    """What ``vislearn train --backbone BACKBONE --mode MODE`` does.

    Args:
        seed: of all chance.
        root: with train and val.
        backbone: of torchvision.
        size: side of the square that the network sees, pixels.
        batch: pictures per step.
        mode: which part learns.
        epochs: passes over the pictures.
    """
    options = FolderOptions(batch_size=batch, epochs=epochs, seed=seed, image_size=size)
    return train_folder(root, Choice(backbone, mode), options).report.accuracy


def of_fastai(seed: int, *, root: Path, backbone: str, size: int, batch: int, how: str, epochs: int) -> float:
    """What ``vision_learner`` does, with the defaults of fastai.

    Args:
        seed: of all chance.
        root: with train and val.
        backbone: of torchvision.
        size: side of the square that the network sees, pixels.
        batch: pictures per step.
        how: ``"fit_one_cycle"`` (a head) or ``"fine_tune"`` (one epoch of a head, then all of the network).
        epochs: of the cycle.
    """
    fastai = import_module("fastai.vision.all")
    fastai.set_seed(seed)
    loaders = fastai.ImageDataLoaders.from_folder(
        root, train="train", valid="val", item_tfms=fastai.Resize(size), bs=batch, num_workers=0, device="cpu"
    )
    network = getattr(import_module("torchvision.models"), backbone)
    learner = fastai.vision_learner(loaders, network, metrics=fastai.accuracy)
    with learner.no_bar(), learner.no_logging():
        getattr(learner, how)(epochs)
        return float(learner.validate()[1])


def _timed(name: str, way: Way, seed: int) -> Run:
    clock, cpu = time.perf_counter(), time.process_time()
    accuracy = way(seed)
    seconds = (
        round(now - began, 2) for now, began in ((time.perf_counter(), clock), (time.process_time(), cpu))
    )
    return Run(name, seed, round(accuracy, 4), *seconds)


def at_equal_accuracy(runs: Sequence[Run]) -> list[str]:
    """For each budget of fastai, the cheapest of vislearn that is as accurate, in a sentence.

    Args:
        runs: of all ways; medians count.
    """
    medians = _medians(runs)
    ours = [run for way, run in medians.items() if way.startswith(OURS)]
    return [_against(theirs, ours) for theirs in medians.values() if theirs not in ours]


def _against(theirs: Run, ours: Sequence[Run]) -> str:
    as_good = [run for run in ours if run.accuracy >= theirs.accuracy]
    if not as_good:
        return f"{theirs.way} ({theirs.accuracy:.3f}): no budget of vislearn's is as accurate."
    best = min(as_good, key=lambda run: run.cpu_seconds)
    clock, cpu = best.seconds / theirs.seconds, best.cpu_seconds / theirs.cpu_seconds
    return (
        f"{theirs.way} ({theirs.accuracy:.3f}): {best.way} is as accurate ({best.accuracy:.3f}) "
        f"in {clock:.2f} of the time, {cpu:.2f} of the CPU's."
    )


def _medians(runs: Iterable[Run]) -> Mapping[str, Run]:
    """A run for each way, whose figures are the medians of its turns."""
    turns: dict[str, list[Run]] = {}
    for run in runs:
        turns.setdefault(run.way, []).append(run)
    figures = ("accuracy", "seconds", "cpu_seconds")
    return {
        way: Run(way, -1, *(statistics.median(getattr(run, name) for run in each) for name in figures))
        for way, each in turns.items()
    }


def _print(runs: Sequence[Run]) -> None:
    print(f"{'':44}{'accuracy':>10}{'seconds':>10}{'CPU s':>10}")
    for way, run in _medians(runs).items():
        print(f"{way:44}{run.accuracy:10.3f}{run.seconds:10.1f}{run.cpu_seconds:10.1f}")


if __name__ == "__main__":
    sys.exit(main())
