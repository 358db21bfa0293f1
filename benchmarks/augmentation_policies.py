"""Augmentation policies where they matter: few pictures, a small network from scratch, two targets.

    python -m benchmarks.augmentation_policies --json augmentation_policies.json

Sixteen materials, where any side may be up, and handwritten digits, where a flip makes another sign. Each run
draws ten pictures per class by its seed, learns from them alone, as many steps whatever the policy, and is
judged on the whole validation split. Pictures are changed one by one; MixUp and CutMix take a batch. Results
that stand in the JSON file already are kept: an interrupted run goes on.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

import vislearn as vl
from benchmarks.machine import keep, kept, machine
from benchmarks.runs import answered, options_of_ways, span

__all__ = ["POLICIES", "SEEDS", "SETTINGS", "Run", "Setting", "main", "measure", "summary"]

SEEDS = (0, 1, 2)
SIDE, SHOTS, BATCH = 32, 10, 20
ROOTS = {"materials": vl.datasets.textures, "digits": vl.datasets.digits}
CLASSES = {"materials": 16, "digits": 10}


@dataclass(frozen=True)
class Setting:
    """How a target is learned under every policy: epochs over the few pictures, the highest rate."""

    epochs: int
    lr: float


SETTINGS = {"materials": Setting(40, 0.01), "digits": Setting(40, 0.01)}


@dataclass(frozen=True)
class Policy:
    """What happens to a picture, uint8 (1, 32, 32), and what to a batch, float32, with its labels."""

    picture: Callable[[Tensor], Tensor] | None = None
    batch: Callable[..., Any] | None = None  # made with the number of classes


POLICIES = {
    "none": Policy(),
    "flips": Policy(v2.Compose([v2.RandomHorizontalFlip(), v2.RandomVerticalFlip()])),
    "TrivialAugmentWide": Policy(v2.TrivialAugmentWide()),
    "RandAugment": Policy(v2.RandAugment()),
    "MixUp": Policy(batch=v2.MixUp),
    "CutMix": Policy(batch=v2.CutMix),
}


@dataclass(frozen=True)
class Run:
    """One training from one draw of pictures, and what came of it.

    Attributes:
        target: ``"materials"`` or ``"digits"``.
        way: the policy.
        seed: of the pictures drawn, the weights, their order and every change.
        setting: how it learned.
        train_accuracy: on the pictures it learned from, as they are.
        accuracy: on the validation split.
        cpu_seconds: of one processor, changes of pictures included.
    """

    target: str
    way: str
    seed: int
    setting: Setting
    train_accuracy: float = 0.0
    accuracy: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def question(self) -> tuple:
        """Everything that decides the answer."""
        return (self.target, self.way, self.seed, self.setting)


@cache
def pictures(target: str, split: str) -> tuple[Tensor, Tensor]:
    """All pictures of a split in memory, uint8 (N, 1, 32, 32), and their labels (N,)."""
    prepare = v2.Compose([v2.ToImage(), v2.Grayscale(), v2.Resize([SIDE, SIDE], antialias=True)])
    folder = ImageFolder(ROOTS[target](split), prepare)
    return torch.stack([image.as_subclass(Tensor) for image, _label in folder]), torch.tensor(folder.targets)


def few(target: str, seed: int) -> tuple[Tensor, Tensor]:
    """Ten pictures of each class, and their labels."""
    images, labels = pictures(target, "train")
    chance = vl.seeding.generator(1000 + seed)
    classes = [(labels == label).nonzero()[:, 0] for label in labels.unique()]
    chosen = [members[torch.randperm(len(members), generator=chance)[:SHOTS]] for members in classes]
    return images[torch.cat(chosen)], labels[torch.cat(chosen)]


def measure(question: Run, *, most: int | None = None) -> Run:
    """Answer one question, with at most so many pictures of each split where somebody tries the script."""
    images, labels = thinned(*few(question.target, question.seed), most)
    val_images, val_labels = thinned(*pictures(question.target, "val"), most)
    torch.manual_seed(question.seed)
    model = vl.models.SmallConvNet(CLASSES[question.target], in_channels=1, width=16)
    mix = POLICIES[question.way].batch
    begun = time.process_time()
    learn(
        model,
        images,
        labels,
        question.setting,
        picture=POLICIES[question.way].picture,
        mix=mix and mix(num_classes=CLASSES[question.target]),
    )
    seconds = time.process_time() - begun
    return replace(
        question,
        train_accuracy=accuracy(model, images, labels),
        accuracy=accuracy(model, val_images, val_labels),
        cpu_seconds=round(seconds, 2),
    )


def thinned(images: Tensor, labels: Tensor, most: int | None) -> tuple[Tensor, Tensor]:
    """At most so many, evenly from all classes."""
    some = torch.linspace(0, len(images) - 1, min(most or len(images), len(images))).long()
    return images[some], labels[some]


def learn(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    setting: Setting,
    *,
    picture: Callable[[Tensor], Tensor] | None = None,
    mix: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] | None = None,
) -> None:
    """Train: whatever is changed, the same pictures are seen as often."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=setting.lr)
    batches = -(-len(images) // BATCH)
    schedule = OneCycleLR(optimizer, setting.lr, total_steps=setting.epochs * batches)
    model.train()
    for _epoch in range(setting.epochs):
        for some in torch.randperm(len(images)).split(BATCH):
            now = images[some]
            if picture:
                now = torch.stack([picture(image) for image in now])
            batch, truth = numbers(now), labels[some]
            if mix:
                batch, truth = mix(batch, truth)
            loss = nn.functional.cross_entropy(model(batch), truth)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def numbers(images: Tensor) -> Tensor:
    """What the network takes: about -1 to 1."""
    return images.float() / 127.5 - 1


@torch.inference_mode()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share that is right, in 0…1."""
    right = model.eval()(numbers(images)).argmax(dim=1) == labels
    return round(right.float().mean().item(), 4)


def questions(ways: Iterable[str], seeds: Iterable[int], epochs: int | None) -> Iterator[Run]:
    """All runs of the table; ``epochs`` instead of each target's own."""
    for target, setting in SETTINGS.items():
        for way in ways:
            for seed in seeds:
                yield Run(target, way, seed, replace(setting, epochs=epochs or setting.epochs))


def summary(runs: list[Run]) -> list[str]:
    """A line for each target and policy: mean, lowest and highest of its seeds."""
    groups: dict[tuple, list[Run]] = {}
    for run in runs:
        groups.setdefault((run.target, run.way, run.setting), []).append(run)
    lines = []
    for (target, way, setting), members in groups.items():
        train, val = (span(getattr(run, name) for run in members) for name in ("train_accuracy", "accuracy"))
        seconds = sum(run.cpu_seconds for run in members) / len(members)
        how = f"{setting.epochs} epochs at {setting.lr:g}"
        lines.append(f"{target:10} {way:20} {how}  train {train}  val {val}  {seconds:5.1f} s of CPU")
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Run what isn't known yet, print the table."""
    parser = options_of_ways(__doc__, POLICIES, SEEDS, None)
    parser.set_defaults(threads=1)  # the network is small: two threads would wait for each other
    options = parser.parse_args(arguments)
    rows = kept(options.json).get("runs", [])
    known = {
        run.question: run for run in (Run(**row | {"setting": Setting(**row["setting"])}) for row in rows)
    }

    def write(runs: list[Run]) -> None:
        record = {"benchmark": "augmentation_policies", "machine": machine("torchvision")}
        keep(record | {"runs": [asdict(run) for run in runs]}, options.json)

    asked = questions(options.ways, options.seeds, options.epochs)
    runs = answered(asked, known, partial(measure, most=options.pictures), write, threads=options.threads)
    print("\n".join(summary(runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
