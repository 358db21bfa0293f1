"""Lesson 09's five pictures of each digit: what helps against learning them by heart, and what for.

    python -m benchmarks.overfitting --json overfitting.json

The network of ``rare_classes``, 80 epochs at a constant rate. Each run draws five pictures of each class by
its seed; every way of a seed learns from the same ones and begins at the same weights. Of the validation
split 100 pictures choose (when to stop, which temperature) and the other 255 judge. Results that stand in the
JSON file already are kept: an interrupted run goes on.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.machine import keep, kept, machine
from benchmarks.rare_classes import move, network, numbers, pictures
from benchmarks.runs import answered, options_of_ways, span

__all__ = ["EPOCHS", "SEEDS", "WAYS", "Run", "Way", "main", "measure", "reliability"]

SEEDS = (0, 1, 2, 3, 4)
EPOCHS, SHOTS, BATCH, LOOK, BINS = 80, 5, 10, 2, 10


@dataclass(frozen=True)
class Way:
    """What differs from plain training, and what is done after it."""

    width: int = 16
    dropout: float = 0.0
    lr: float = 0.003
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    moved: bool = False
    stopped: bool = False  # judged where the choosing pictures' loss was lowest
    cooled: bool = False  # logits divided by the temperature that the choosing pictures like best


WAYS = {
    "nothing": Way(),
    "augmentation": Way(moved=True),
    "label smoothing .1": Way(label_smoothing=0.1),
    "dropout .5": Way(dropout=0.5),
    "weight decay .1": Way(weight_decay=0.1),
    "weight decay 1": Way(weight_decay=1.0),
    "smaller network": Way(width=4),
    "rate / 10": Way(lr=0.0003),
    "early stopping": Way(stopped=True),
    "temperature after": Way(cooled=True),
    "augmentation, label smoothing .1": Way(moved=True, label_smoothing=0.1),
}


@dataclass(frozen=True)
class Run:
    """One training, and what came of it on the 255 pictures that judge.

    Attributes:
        way: a name in :data:`WAYS`.
        seed: of the pictures drawn, of the weights, their order and every change.
        epochs: over the fifty pictures.
        train_losses: cross-entropy on the fifty pictures as they are, after every second epoch.
        losses: likewise on the judging pictures.
        loss: of the answers that count, cross-entropy.
        accuracy: in 0…1.
        ece: expected calibration error in 0…1, over ten bins.
        bins: of each of ten bins of confidence: pictures, their mean confidence, the share that is right.
        chosen: the epoch or the temperature where one was chosen; else 0.
    """

    way: str
    seed: int
    epochs: int
    train_losses: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    loss: float = 0.0
    accuracy: float = 0.0
    ece: float = 0.0
    bins: tuple[tuple[float, ...], ...] = ()
    chosen: float = 0.0

    @property
    def question(self) -> tuple:
        """Everything that decides the answer."""
        return (self.way, self.seed, self.epochs)


class Looked(NamedTuple):
    """A training as it was looked at, after every second epoch."""

    train_losses: list[float]
    logits: list[Tensor]  # of the whole validation split, (N, 10)


def few(seed: int) -> tuple[Tensor, Tensor]:
    """Five pictures of each digit, uint8, and their labels."""
    images, labels = pictures("train")
    chance = torch.Generator().manual_seed(1000 + seed)
    members = [(labels == digit).nonzero()[:, 0] for digit in range(10)]
    chosen = torch.cat([some[torch.randperm(len(some), generator=chance)[:SHOTS]] for some in members])
    return images[chosen], labels[chosen]


@cache
def choosing() -> Tensor:
    """Which validation pictures choose, (N,) of bool: the first ten of each digit. The others judge."""
    labels = pictures("val")[1]
    chosen = torch.cat([(labels == digit).nonzero()[:10, 0] for digit in range(10)])
    return torch.zeros(len(labels), dtype=torch.bool).index_fill(0, chosen, value=True)


@cache
def learned(way: Way, seed: int, epochs: int) -> Looked:
    """Train, and look after every second epoch."""
    images, labels = few(seed)
    torch.manual_seed(seed)
    model = network(way.width, way.dropout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=way.lr, weight_decay=way.weight_decay)
    found = Looked([], [])
    for epoch in range(1, epochs + 1):
        model.train()
        for some in torch.randperm(len(images)).split(BATCH):
            batch = images[some]
            if way.moved:
                batch = torch.stack([move(image) for image in batch])
            loss = F.cross_entropy(model(numbers(batch)), labels[some], label_smoothing=way.label_smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if epoch % LOOK == 0:
            found.train_losses.append(F.cross_entropy(said(model, images), labels).item())
            found.logits.append(said(model, pictures("val")[0]))
    return found


@torch.no_grad()
def said(model: nn.Module, images: Tensor) -> Tensor:
    """The logits of a network that only answers."""
    return model.eval()(numbers(images))


def measure(question: Run) -> Run:
    """Answer one question."""
    way, truth, chooses = WAYS[question.way], pictures("val")[1], choosing()
    found = learned(replace(way, stopped=False, cooled=False), question.seed, question.epochs)
    logits, chosen = found.logits[-1], 0.0
    if way.stopped:
        best = min(
            range(len(found.logits)),
            key=lambda at: F.cross_entropy(found.logits[at][chooses], truth[chooses]).item(),
        )
        logits, chosen = found.logits[best], float(LOOK * (best + 1))
    if way.cooled:
        chosen = temperature(logits[chooses], truth[chooses])
        logits = logits / chosen
    judged, right = logits[~chooses], truth[~chooses]
    bins = reliability(judged, right)
    return replace(
        question,
        train_losses=rounded(found.train_losses),
        losses=rounded(F.cross_entropy(one[~chooses], right).item() for one in found.logits),
        loss=round(F.cross_entropy(judged, right).item(), 4),
        accuracy=round((judged.argmax(1) == right).float().mean().item(), 4),
        ece=round(sum(many * abs(sure - share) for many, sure, share in bins) / len(right), 4),
        bins=tuple(rounded(one) for one in bins),
        chosen=chosen,
    )


def rounded(values: Iterable[float]) -> tuple[float, ...]:
    """As many digits as a figure shows."""
    return tuple(float(f"{value:.4g}") for value in values)


def temperature(logits: Tensor, labels: Tensor) -> float:
    """What to divide logits by, so that their cross-entropy is lowest: .5, .6, … 10."""
    return min(
        (tenths / 10 for tenths in range(5, 101)),
        key=lambda one: F.cross_entropy(logits / one, labels).item(),
    )


def reliability(logits: Tensor, labels: Tensor) -> list[tuple[float, float, float]]:
    """For each of ten bins of confidence: pictures, their mean confidence, the share that is right.

    Source: Guo et al., On Calibration of Modern Neural Networks (2017).
    """
    sure, answer = logits.softmax(1).max(1)
    right, place = (answer == labels).float(), (sure * BINS).long().clamp(max=BINS - 1)
    found = []
    for number in range(BINS):
        inside = place == number
        many = int(inside.sum())
        found.append(
            (many, sure[inside].mean().item(), right[inside].mean().item()) if many else (0, 0.0, 0.0)
        )
    return found


def questions(ways: Iterable[str], seeds: Iterable[int], epochs: int) -> Iterator[Run]:
    """All runs of the table."""
    for seed in seeds:
        for way in ways:
            yield Run(way, seed, epochs)


def summary(runs: list[Run]) -> list[str]:
    """A line for each way: mean, lowest and highest of its seeds."""
    lines = []
    for way in dict.fromkeys(run.way for run in runs):
        members = [run for run in runs if run.way == way]
        scores: list[Any] = [
            span(getattr(run, name) for run in members) for name in ("loss", "accuracy", "ece")
        ]
        lines.append(f"{way:34} loss {scores[0]}  accuracy {scores[1]}  ECE {scores[2]}")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run what isn't known yet, print the table."""
    parser = options_of_ways(__doc__, WAYS, SEEDS, EPOCHS)
    parser.set_defaults(threads=1)  # the network is small: two threads would wait for each other
    options = parser.parse_args(arguments)
    rows = kept(options.json).get("runs", [])
    known = {run.question: run for run in map(read, rows)}

    def write(runs: list[Run]) -> None:
        record = {"benchmark": "overfitting", "machine": machine("torchvision")}
        keep(record | {"runs": [asdict(run) for run in runs]}, options.json)

    asked = questions(options.ways, options.seeds, options.epochs)
    runs = answered(asked, known, measure, write, threads=options.threads)
    print("\n".join(summary(runs)))
    return 0


def read(row: dict[str, Any]) -> Run:
    """A run as JSON keeps it."""
    lists = {name: tuple(row[name]) for name in ("train_losses", "losses")}
    return Run(**row | lists | {"bins": tuple(tuple(one) for one in row["bins"])})


if __name__ == "__main__":
    sys.exit(main())
