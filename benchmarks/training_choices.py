"""Choices around the training loop: optimizer and rate, schedule, one softmax too many, an interruption.

    python -m benchmarks.training_choices --json training_choices.json

Lesson 03's network and digits, 16 × 16 pixels, batches of 64, one thread. Rates are chosen on seeds that are
used for nothing else; what is compared is trained anew on five others. Results that stand in the JSON file
already are kept: an interrupted run goes on.
"""

import argparse
import sys
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, OneCycleLR, StepLR
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

import vislearn as vl
from benchmarks.machine import keep, kept, machine

__all__ = ["Run", "best_rate", "main", "measure", "summary"]

SEEDS = (0, 1, 2, 3, 4)
TUNING_SEEDS = (100, 101, 102)
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
SOFTMAX_RATES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # its gradients are smaller: look further up
OPTIMIZERS = ("SGD", "momentum", "AdamW")
SCHEDULES = ("constant", "StepLR", "Cosine", "OneCycle")
UNINTERRUPTED, ANEW, REST = "uninterrupted", "weights only, same schedule anew", "weights only, new schedule"


@dataclass(frozen=True)
class Run:
    """One training, and how it was judged after every epoch.

    Attributes:
        experiment: ``"optimizers"``, ``"softmax"``, ``"schedules"`` or ``"interruption"``.
        way: what is compared in it.
        lr: the learning rate, at its highest.
        seed: of the weights and of the order of the pictures.
        tuning: is it one of the runs that a rate is chosen by?
        val_loss: after every epoch, on 355 digits.
        accuracy: after every epoch, on the same.
    """

    experiment: str
    way: str
    lr: float
    seed: int
    tuning: bool = False
    val_loss: tuple[float, ...] = ()
    accuracy: tuple[float, ...] = ()

    @property
    def question(self) -> tuple:
        """Everything that decides the answer."""
        return (self.experiment, self.way, self.lr, self.seed, self.tuning)


@cache
def digits(split: Literal["train", "val"]) -> TensorDataset:
    """All digits of a split, prepared."""
    prepare = v2.Compose(
        [
            v2.Grayscale(),
            v2.Resize(16),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(mean=[0.31], std=[0.36]),
        ]
    )
    folder = ImageFolder(vl.datasets.digits(split), prepare)
    return TensorDataset(torch.stack([image for image, _label in folder]), torch.tensor(folder.targets))


class Training:
    """A network that learns, and what belongs to it."""

    def __init__(self, seed: int, *, batch_norm: bool = True) -> None:
        torch.manual_seed(seed)
        self.model = vl.models.SmallConvNet(10, in_channels=1, width=8, batch_norm=batch_norm)
        self.loader = DataLoader(digits("train"), batch_size=64, shuffle=True)
        self.val_loss: list[float] = []
        self.accuracy: list[float] = []

    def steps(self, epochs: int) -> int:
        """So many steps are so many epochs."""
        return epochs * len(self.loader)

    def go_on(
        self,
        epochs: int,
        optimizer: torch.optim.Optimizer,
        schedule: LRScheduler | None = None,
        softmax_first: bool = False,
    ) -> None:
        """Train, and judge after every epoch."""
        for _epoch in range(epochs):
            self.model.train()
            for images, labels in self.loader:
                scores = self.model(images)
                loss = nn.functional.cross_entropy(scores.softmax(dim=1) if softmax_first else scores, labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if schedule:
                    schedule.step()
            self._judge()

    def _judge(self) -> None:
        images, labels = digits("val").tensors
        self.model.eval()
        with torch.inference_mode():
            scores: Tensor = self.model(images)
        self.val_loss.append(round(nn.functional.cross_entropy(scores, labels).item(), 4))
        self.accuracy.append(round((scores.argmax(dim=1) == labels).float().mean().item(), 4))


def optimizer_of(name: str, model: nn.Module, lr: float) -> torch.optim.Optimizer:
    """An optimizer by the name that the lesson gives it."""
    if name == "AdamW":
        return torch.optim.AdamW(model.parameters(), lr=lr)
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9 if name == "momentum" else 0.0)


def schedule_of(name: str, optimizer: torch.optim.Optimizer, steps: int) -> LRScheduler | None:
    """A schedule of so many steps by the name that the lesson gives it."""
    if name == "StepLR":
        return StepLR(optimizer, step_size=steps // 3, gamma=0.1)
    if name == "Cosine":
        return CosineAnnealingLR(optimizer, T_max=steps)
    if name == "OneCycle":
        return OneCycleLR(optimizer, max_lr=optimizer.defaults["lr"], total_steps=steps)
    return None


def by_optimizer(run: Run) -> Training:
    """Three epochs at a rate that stays."""
    name, _comma, rest = run.way.partition(", ")
    training = Training(run.seed, batch_norm=not rest)
    training.go_on(3, optimizer_of(name, training.model, run.lr))
    return training


def by_loss(run: Run) -> Training:
    """Three epochs of plain SGD, with or without a softmax before the loss."""
    training = Training(run.seed)
    optimizer = optimizer_of("SGD", training.model, run.lr)
    training.go_on(3, optimizer, softmax_first=run.way == "softmax first")
    return training


def by_schedule(run: Run) -> Training:
    """Six epochs of momentum."""
    training = Training(run.seed)
    optimizer = optimizer_of("momentum", training.model, run.lr)
    training.go_on(6, optimizer, schedule_of(run.way, optimizer, training.steps(6)))
    return training


def by_interruption(run: Run) -> Training:
    """Four epochs of AdamW and OneCycle; but for one way it ends after two, and keeps the weights."""
    training = Training(run.seed)
    optimizer = optimizer_of("AdamW", training.model, run.lr)
    schedule = schedule_of("OneCycle", optimizer, training.steps(4))
    if run.way == UNINTERRUPTED:
        training.go_on(4, optimizer, schedule)
        return training
    training.go_on(2, optimizer, schedule)
    weights = deepcopy(training.model.state_dict())
    again = Training(run.seed)  # the same program, from its first line
    again.model.load_state_dict(weights)
    optimizer = optimizer_of("AdamW", again.model, run.lr)
    again.go_on(2, optimizer, schedule_of("OneCycle", optimizer, again.steps(4 if run.way == ANEW else 2)))
    return again


EXPERIMENTS = {
    "optimizers": by_optimizer,
    "softmax": by_loss,
    "schedules": by_schedule,
    "interruption": by_interruption,
}
TUNED = {
    "optimizers": ([*OPTIMIZERS, *(f"{name}, no BatchNorm" for name in OPTIMIZERS)], RATES),
    "softmax": (["logits", "softmax first"], SOFTMAX_RATES),
}


def measure(question: Run) -> Run:
    """Answer one question."""
    training = EXPERIMENTS[question.experiment](question)
    return replace(question, val_loss=tuple(training.val_loss), accuracy=tuple(training.accuracy))


def tuning_questions() -> Iterator[Run]:
    """All runs that rates are chosen by."""
    for experiment, (ways, rates) in TUNED.items():
        for way in ways:
            yield from (Run(experiment, way, lr, seed, True) for lr in rates for seed in TUNING_SEEDS)


def best_rate(runs: list[Run], experiment: str, way: str) -> float:
    """The rate with the highest mean accuracy after the last epoch, over the seeds for tuning."""
    scores: dict[float, list[float]] = {}
    for run in runs:
        if run.tuning and (run.experiment, run.way) == (experiment, way):
            scores.setdefault(run.lr, []).append(run.accuracy[-1])
    return max(scores, key=lambda lr: float(np.mean(scores[lr])))


def questions(tuned: list[Run]) -> Iterator[Run]:
    """All runs that are compared, at the rates that were chosen."""
    for experiment, (ways, _rates) in TUNED.items():
        for way in ways:
            lr = best_rate(tuned, experiment, way)
            yield from (Run(experiment, way, lr, seed) for seed in SEEDS)
    for way in SCHEDULES:
        yield from (Run("schedules", way, 0.3, seed) for seed in SEEDS)
    for way in (UNINTERRUPTED, ANEW, REST):
        yield from (Run("interruption", way, 0.01, seed) for seed in SEEDS)


def summary(runs: list[Run]) -> list[str]:
    """A line for each way: mean, lowest and highest of the last epoch's accuracy and loss."""
    groups: dict[tuple, list[Run]] = {}
    for run in runs:
        groups.setdefault((run.experiment, run.way, run.lr, run.tuning), []).append(run)
    lines = []
    for (experiment, way, lr, tuning), members in groups.items():
        parts = []
        for scores in ([run.accuracy[-1] for run in members], [run.val_loss[-1] for run in members]):
            parts.append(f"{np.mean(scores):.3f} ({min(scores):.3f}…{max(scores):.3f})")
        kind = "tuning" if tuning else ""
        lines.append(f"{experiment:12} {way:34} {lr:7g} {kind:6} accuracy {parts[0]}  loss {parts[1]}")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run what isn't known yet, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="keep the figures here, and go on from them")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)  # the network is small: two threads would wait for each other
    rows = [row | {key: tuple(row[key]) for key in ("val_loss", "accuracy")} for row in _rows(options.json)]
    known = {run.question: run for run in (Run(**row) for row in rows)}

    def answered(asked: Iterator[Run]) -> list[Run]:
        runs = []
        for question in asked:
            runs.append(known.get(question.question) or measure(question))
            known[runs[-1].question] = runs[-1]
            _write(list(known.values()), options.json)
        return runs

    tuned = answered(tuning_questions())
    runs = tuned + answered(questions(tuned))
    _write(runs, options.json)
    print("\n".join(summary(runs)))
    return 0


def _rows(path: Path | None) -> list[dict]:
    return kept(path).get("runs", [])


def _write(runs: list[Run], path: Path | None) -> None:
    record = {"benchmark": "training_choices", "machine": machine(), "runs": [asdict(run) for run in runs]}
    keep(record, path)


if __name__ == "__main__":
    sys.exit(main())
