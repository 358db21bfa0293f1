"""Lesson 09's long tail: which remedy helps rare classes, by how rare they are and how long one trains.

    python -m benchmarks.rare_classes --json rare_classes.json

Handwritten digits in 16 × 16 pixels: 140 zeros, fewer of each next digit, at a ratio of 100 a single nine.
Each run draws its pictures by its seed; every remedy of a seed learns from the same ones, as many steps,
from the same first weights, and is judged on the validation split, where digits are about equally frequent.
Results that stand in the JSON file already are kept: an interrupted run goes on.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR
from torchvision.datasets import ImageFolder
from torchvision.ops import sigmoid_focal_loss
from torchvision.transforms import v2

import vislearn as vl
from benchmarks.machine import keep, kept, machine
from benchmarks.runs import answered, options_of_ways, span

__all__ = [
    "MOVED",
    "RATIOS",
    "SEEDS",
    "STEPS",
    "WAYS",
    "Run",
    "Tail",
    "main",
    "measure",
    "network",
    "pictures",
]

SEEDS = (0, 1, 2, 3, 4)
RATIOS = (1, 10, 30, 100)
STEPS = (100, 300)
LONG = (100, 900)  # ratio and steps: does the longest training need a remedy at all?
MOST, BATCH, LR, SIDE = 140, 32, 0.003, 16


class Tail(NamedTuple):
    """Pictures float32 (N, 1, 16, 16), their labels (N,), and how many there are of each class (10,)."""

    images: Tensor
    labels: Tensor
    counts: Tensor


@dataclass(frozen=True)
class Way:
    """What differs from plain training: the loss, the chance of each picture, the last layer's first bias."""

    loss: Callable[[Tensor, Tensor, Tensor], Tensor]  # of logits, labels and counts
    sampled: bool = False
    bias: float | None = None
    moved: bool = False
    after: bool = False  # the log-prior is taken away from the trained network's logits


def plain(logits: Tensor, labels: Tensor, _counts: Tensor) -> Tensor:
    """Cross-entropy."""
    return F.cross_entropy(logits, labels)


def weighed(logits: Tensor, labels: Tensor, counts: Tensor, how: str = "balanced") -> Tensor:
    """Cross-entropy with class weights."""
    return F.cross_entropy(logits, labels, weight=vl.imbalance.class_weights(counts, how))


def focal(logits: Tensor, labels: Tensor, _counts: Tensor, gamma: float = 2.0) -> Tensor:
    """Focal loss of softmax: what is nearly right hardly counts."""
    loss = F.cross_entropy(logits, labels, reduction="none")
    return ((1 - (-loss).exp()) ** gamma * loss).mean()


def sigmoid_focal(logits: Tensor, labels: Tensor, _counts: Tensor) -> Tensor:
    """Ten yes-or-no questions, as most tutorials call torchvision's function."""
    return sigmoid_focal_loss(logits, F.one_hot(labels, logits.shape[1]).float(), reduction="mean")


def adjusting(logits: Tensor, labels: Tensor, counts: Tensor) -> Tensor:
    """Logit adjustment."""
    return vl.imbalance.balanced_softmax_loss(logits, labels, counts)


WAYS = {
    "nothing": Way(plain),
    "√weights": Way(partial(weighed, how="sqrt")),
    "weights": Way(weighed),
    "sampler": Way(plain, sampled=True),
    "weights and sampler": Way(weighed, sampled=True),
    "focal": Way(focal),
    "sigmoid focal": Way(sigmoid_focal),
    "sigmoid focal, prior .01": Way(sigmoid_focal, bias=-4.595),  # log(.01 / .99)
    "sigmoid focal, prior .1": Way(sigmoid_focal, bias=-2.197),
    "log-prior subtracted after": Way(plain, after=True),
    "logit adjustment": Way(adjusting),
}
# Rare pictures come again and again: does it help to move them a little each time?
MOVED = {
    "sampler, pictures moved": Way(plain, sampled=True, moved=True),
    "logit adjustment, pictures moved": Way(adjusting, moved=True),
}
move = v2.RandomAffine(
    10, translate=(0.1, 0.1), scale=(0.9, 1.1), interpolation=v2.InterpolationMode.BILINEAR
)


@dataclass(frozen=True)
class Run:
    """One training, and what came of it on the validation split.

    Attributes:
        ratio: pictures of the commonest class to those of the rarest.
        way: a name in :data:`WAYS` or :data:`MOVED`.
        steps: of the optimizer.
        seed: of the pictures drawn, of the weights, and of batches.
        macro_f1: in 0…1.
        accuracy: where all digits are about equally frequent.
        accuracy_as_trained: were digits as unequally frequent as in training.
        recalls: of each class, commonest first.
    """

    ratio: int
    way: str
    steps: int
    seed: int
    macro_f1: float = 0.0
    accuracy: float = 0.0
    accuracy_as_trained: float = 0.0
    recalls: tuple[float, ...] = ()

    @property
    def question(self) -> tuple:
        """Everything that decides the answer."""
        return (self.ratio, self.way, self.steps, self.seed)


@cache
def pictures(split: str) -> tuple[Tensor, Tensor]:
    """All pictures of a split in memory, uint8 (N, 1, 16, 16), and their labels (N,)."""
    prepare = v2.Compose([v2.ToImage(), v2.Grayscale(), v2.Resize([SIDE, SIDE], antialias=True)])
    folder = ImageFolder(vl.datasets.digits(split), prepare)
    return torch.stack([image.as_subclass(Tensor) for image, _label in folder]), torch.tensor(folder.targets)


def numbers(images: Tensor) -> Tensor:
    """What the network takes: -1 to 1."""
    return images.float() / 127.5 - 1


def tail(ratio: int, seed: int, most: int = MOST) -> Tail:
    """Digits of which each is rarer than the one before."""
    images, labels = pictures("train")
    counts = [max(1, round(most * ratio ** (-digit / 9))) for digit in range(10)]
    chance = torch.Generator().manual_seed(seed)
    chosen = []
    for digit, count in enumerate(counts):
        members = (labels == digit).nonzero()[:, 0]
        chosen.append(members[torch.randperm(len(members), generator=chance)[:count]])
    return Tail(images[torch.cat(chosen)], labels[torch.cat(chosen)], torch.tensor(counts))


def network(width: int = 16, dropout: float = 0.0) -> nn.Sequential:
    """Two convolutions and two linear layers: (N, 1, 16, 16) -> logits (N, 10)."""
    return nn.Sequential(
        *(nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Dropout(dropout), nn.Linear(32 * width, 8 * width), nn.ReLU()),
        *(nn.Dropout(dropout), nn.Linear(8 * width, 10)),
    )


@cache
def logits_after(ratio: int, way: str, steps: int, seed: int, most: int) -> Tensor:
    """What a trained network says about the validation split, (N, 10)."""
    known, about = tail(ratio, seed, most), (WAYS | MOVED)[way]
    torch.manual_seed(seed)
    model = network()
    if about.bias is not None:
        nn.init.constant_(model[-1].bias, about.bias)
    learn(model, known, about, steps)
    with torch.inference_mode():
        return model.eval()(numbers(pictures("val")[0]))


def learn(model: nn.Module, known: Tail, way: Way, steps: int) -> None:
    """Train: each step sees a batch drawn with replacement."""
    chance = 1.0 / known.counts[known.labels] if way.sampled else torch.ones(len(known.labels))
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR)
    schedule = OneCycleLR(optimizer, LR, total_steps=steps)
    for _step in range(steps):
        some = torch.multinomial(chance, BATCH, replacement=True)
        batch = known.images[some]
        if way.moved:
            batch = torch.stack([move(image) for image in batch])
        loss = way.loss(model(numbers(batch)), known.labels[some], known.counts)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


def measure(question: Run, *, most: int = MOST) -> Run:
    """Answer one question, with at most so many pictures of the commonest class."""
    known = tail(question.ratio, question.seed, most)
    trained = "nothing" if (WAYS | MOVED)[question.way].after else question.way
    logits = logits_after(question.ratio, trained, question.steps, question.seed, most)
    if trained != question.way:
        logits = vl.imbalance.adjusted(logits, known.counts)
    truth, answer = pictures("val")[1], logits.argmax(1)
    counts = vl.metrics.confusion_counts(answer, truth, 10)
    recalls = counts.diag() / counts.sum(1)
    share = known.counts / known.counts.sum()
    return replace(
        question,
        macro_f1=round(float(vl.metrics.f1(answer, truth)), 4),
        accuracy=round(float(counts.diag().sum() / counts.sum()), 4),
        accuracy_as_trained=round(float((recalls * share).sum()), 4),
        recalls=tuple(round(recall, 3) for recall in recalls.tolist()),
    )


def questions(ways: Iterable[str], seeds: Iterable[int], steps: int | None) -> Iterator[Run]:
    """All runs of the table; ``steps`` instead of its own."""
    settings = [(ratio, length) for ratio in RATIOS for length in STEPS]
    for ratio, length in [*settings, LONG]:
        for seed in seeds:
            for way in ways:
                if way in WAYS or (ratio, length) == (100, 300):
                    yield Run(ratio, way, steps or length, seed)


def summary(runs: list[Run]) -> list[str]:
    """A line for each ratio, length and way: mean, lowest and highest of its seeds."""
    groups: dict[tuple, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.question[:3], []).append(run)
    lines = []
    for (ratio, way, steps), members in groups.items():
        scores: list[Any] = [
            span(getattr(run, name) for run in members)
            for name in ("macro_f1", "accuracy", "accuracy_as_trained")
        ]
        lines.append(
            f"{ratio:4}:1 {steps:4} steps  {way:32} F1 {scores[0]}  acc {scores[1]}  as trained {scores[2]}"
        )
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run what isn't known yet, print the table."""
    parser = options_of_ways(__doc__, WAYS | MOVED, SEEDS, None)
    parser.set_defaults(threads=1)  # the network is small: two threads would wait for each other
    parser.add_argument("--steps", type=int, help="instead of the table's own, to try the script")
    options = parser.parse_args(arguments)
    rows = kept(options.json).get("runs", [])
    known = {run.question: run for run in (Run(**row | {"recalls": tuple(row["recalls"])}) for row in rows)}

    def write(runs: list[Run]) -> None:
        record = {"benchmark": "rare_classes", "machine": machine("torchvision")}
        keep(record | {"runs": [asdict(run) for run in runs]}, options.json)

    asked = questions(options.ways, options.seeds, options.steps)
    answer = partial(measure, most=options.pictures or MOST)
    runs = answered(asked, known, answer, write, threads=options.threads)
    print("\n".join(summary(runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
