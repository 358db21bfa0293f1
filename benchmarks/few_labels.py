"""Few labels: a network from scratch, on frozen features, and fine-tuned, at 5, 10 and 20 pictures per class.

    python -m benchmarks.few_labels --json few_labels.json

Two targets for the bundled network ``photo`` (natural photographs in colour, 32 pixels): sixteen materials
in black and white, and plain handwritten digits. Each run draws its few pictures by its seed, learns from
them alone, and is judged on the whole validation split. Learning rates and numbers of steps were chosen per
target and mode with ``--tune``, on seeds that are used for nothing else.

Results that stand in the JSON file already are kept, unless they came from other weights, settings or another
network: an interrupted run goes on, and new weights cost only the runs that used the old ones.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision.transforms import v2

import vislearn as vl
from benchmarks.beginnings import beginning
from benchmarks.machine import keep, kept

__all__ = ["Run", "Setting", "main", "measure", "summary"]

BACKBONE = "photo"
SHOTS = (5, 10, 20)
SEEDS = (0, 1, 2, 3, 4)
TUNING_SEEDS = (100, 101, 102)
LAYERS = {"frozen, last layer": "layer4", "frozen, middle layer": "layer2"}
SIDE = 32
CPU = torch.device("cpu")  # these networks are small, and the figures are to be the same everywhere
BATCH = 16


@dataclass(frozen=True)
class Setting:
    """How one mode learns: steps of the optimizer, learning rate of the head (or of all), of the body."""

    steps: int
    lr: float
    backbone_lr: float | None = None


TARGETS = ("materials", "digits")
# Chosen by --tune; where two were equal within their spread, the same for both targets.
SETTINGS = {
    "scratch": Setting(120, 3e-3),
    "scratch, longer": Setting(300, 3e-3),
    "frozen, last layer": Setting(100, 1e-2),
    "frozen, middle layer": Setting(100, 1e-2),
    "fine-tuned": Setting(120, 3e-3, 1e-3),
}
GRID = {
    "scratch": [Setting(120, lr) for lr in (1e-3, 3e-3, 1e-2)],
    "fine-tuned": [Setting(120, lr, body) for lr, body in ((1e-3, 1e-3), (3e-3, 1e-3), (3e-3, 3e-4))],
    "frozen, last layer": [Setting(100, lr) for lr in (3e-3, 1e-2, 3e-2)],
    "frozen, middle layer": [Setting(100, lr) for lr in (3e-3, 1e-2, 3e-2)],
}


@dataclass(frozen=True)
class Run:
    """One training from one draw of pictures, and what came of it."""

    target: str
    mode: str
    shots: int
    seed: int
    setting: Setting
    weights: str  # SHA-256 of the backbone's file; from scratch the class of the network
    accuracy: float = 0.0
    seconds: float = 0.0  # of one processor
    trainable: int = 0

    @property
    def question(self) -> tuple:
        """Everything that decides the answer."""
        return (self.target, self.mode, self.shots, self.seed, self.setting, self.weights)


@dataclass(frozen=True)
class Target:
    """Normalised pictures (N, 3, 32, 32) and labels (N,) to learn from, and to judge by."""

    images: Tensor
    labels: Tensor
    val_images: Tensor
    val_labels: Tensor
    mirror: bool

    @property
    def num_classes(self) -> int:
        """Classes of the target."""
        return int(self.labels.max()) + 1


@cache
def target(name: str) -> Target:
    """The pictures of a target, all in memory."""
    gray = [v2.Grayscale(3)] if name == "materials" else []
    root = vl.datasets.textures if name == "materials" else vl.datasets.digits
    transform = v2.Compose([*gray, vl.transforms.eval_transform(SIDE)])
    tensors = []
    for split in ("train", "val"):
        folder = vl.datasets.image_folder(root(split), transform)
        tensors += [torch.stack([image for image, _label in folder]), torch.tensor(folder.targets)]
    return Target(*tensors, mirror=name == "materials")


def few(labels: Tensor, shots: int, seed: int) -> Tensor:
    """Indices of ``shots`` samples of each class."""
    chance = vl.seeding.generator(1000 + seed)
    classes = [(labels == label).nonzero()[:, 0] for label in labels.unique()]
    return torch.cat([members[torch.randperm(len(members), generator=chance)[:shots]] for members in classes])


def measure(question: Run) -> Run:
    """Answer one question."""
    data = target(question.target)
    chosen = few(data.labels, question.shots, question.seed)
    vl.seeding.seed_everything(question.seed)
    begun = time.process_time()
    learn = on_features if question.mode.startswith("frozen") else on_pictures
    accuracy, trainable = learn(question, data, data.images[chosen], data.labels[chosen])
    seconds = time.process_time() - begun
    return Run(*question.question, accuracy=accuracy, seconds=round(seconds, 2), trainable=trainable)


def on_pictures(question: Run, data: Target, images: Tensor, labels: Tensor) -> tuple[float, int]:
    """Train the whole network: accuracy, and how many numbers learned."""
    setting, task = question.setting, vl.training.ClassificationTask()
    mode = "scratch" if question.mode.startswith("scratch") else "finetune"
    model = vl.models.classifier(BACKBONE, data.num_classes, mode)
    loader = varied(images, labels, mirror=data.mirror, seed=question.seed)
    epochs = -(-setting.steps // len(loader))
    groups = vl.models.parameter_groups(model, setting.lr, backbone_lr=setting.backbone_lr, weight_decay=1e-4)
    optimizer = torch.optim.AdamW(groups)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [group["lr"] for group in groups], total_steps=epochs * len(loader)
    )
    vl.training.fit(model, task, loader, epochs=epochs, optimizer=optimizer, scheduler=schedule, device=CPU)
    val_loader = DataLoader(TensorDataset(data.val_images, data.val_labels), 200)
    scores = vl.training.evaluate(model, task, val_loader, device=CPU)
    return scores["accuracy"], vl.models.count_parameters(model).trainable


def varied(images: Tensor, labels: Tensor, *, mirror: bool, seed: int) -> DataLoader:
    """Shuffled batches of 16; each picture is shifted by up to 4 pixels, and half of them are mirrored."""
    shift = v2.RandomCrop(SIDE, padding=4, padding_mode="reflect")
    change = v2.Compose([shift, v2.RandomHorizontalFlip()]) if mirror else shift

    def together(samples: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        images, labels = zip(*samples, strict=True)
        return torch.stack([change(image) for image in images]), torch.stack(labels)

    return DataLoader(
        TensorDataset(images, labels),
        BATCH,
        shuffle=True,
        drop_last=True,
        collate_fn=together,
        generator=vl.seeding.generator(seed),
    )


def on_features(question: Run, data: Target, images: Tensor, labels: Tensor) -> tuple[float, int]:
    """Train a linear head on features that are computed once: accuracy, and how many numbers learned."""
    layer, setting, task = LAYERS[question.mode], question.setting, vl.training.ClassificationTask()
    values = pooled(images, layer)
    # BatchNorm without weights standardises: every feature counts alike, whatever its unit
    width = values.shape[1]
    model = nn.Sequential(nn.BatchNorm1d(width, affine=False), nn.Linear(width, data.num_classes))
    optimizer = torch.optim.AdamW(model.parameters(), lr=setting.lr)
    vl.training.fit(model, task, [(values, labels)], epochs=setting.steps, optimizer=optimizer, device=CPU)
    val_loader = [(pooled(data.val_images, layer), data.val_labels)]
    accuracy = vl.training.evaluate(model, task, val_loader, device=CPU)["accuracy"]
    return accuracy, vl.models.count_parameters(model).trainable


def pooled(images: Tensor, layer: str) -> Tensor:
    """The mean of every channel of the layer: (N, channels)."""
    model = vl.models.pretrained(BACKBONE)
    parts = [vl.models.features(model, some, [layer])[layer] for some in images.split(200)]
    return torch.cat([maps.mean(dim=(2, 3)) for maps in parts])


def start(mode: str) -> str:
    """What a mode starts from, as a run names it."""
    return beginning(BACKBONE, scratch=mode.startswith("scratch"))


def questions(shots: Iterable[int], seeds: Iterable[int]) -> Iterator[Run]:
    """All runs of the table."""
    for name in TARGETS:
        for mode, setting in SETTINGS.items():
            if name == "digits" and mode == "scratch, longer":
                continue  # scratch needs no more help there
            weights = start(mode)
            for count in shots:
                for seed in seeds:
                    yield Run(name, mode, count, seed, setting, weights)


def tuning_questions() -> Iterator[Run]:
    """All runs that the settings were chosen by."""
    for name in TARGETS:
        for mode, settings in GRID.items():
            weights = start(mode)
            for setting in settings:
                for seed in TUNING_SEEDS:
                    yield Run(name, mode, 5, seed, setting, weights)


def summary(runs: list[Run]) -> list[str]:
    """Mean and standard deviation over the seeds, a line for each target, mode and number of shots."""
    head = f"{'target':10} {'mode':20} {'setting':>20} {'shots':>5}"
    lines = [f"{head}   accuracy: mean ± std (range)  seconds  learning"]
    groups: dict[tuple, list[Run]] = {}
    for run in runs:
        groups.setdefault((run.target, run.mode, run.setting, run.shots), []).append(run)
    for (name, mode, setting, shots), members in groups.items():
        scores, rates = np.array([run.accuracy for run in members]), (setting.lr, setting.backbone_lr)
        how = f"{setting.steps} × " + "/".join(f"{rate:g}" for rate in rates if rate)
        spread = f"{scores.mean():.3f} ± {scores.std(ddof=1) if len(scores) > 1 else 0:.3f}"
        span = f"{scores.min():.3f}…{scores.max():.3f}"
        seconds = np.mean([run.seconds for run in members])
        row = f"{name:10} {mode:20} {how:>20} {shots:5}   {spread} ({span})"
        lines.append(f"{row} {seconds:8.1f} {members[0].trainable:9}")
    return lines


def read(path: Path | None) -> dict[tuple, Run]:
    """Runs that were made before, but for those that started from something else."""
    rows = kept(path).get("runs", [])
    known = [Run(**row | {"setting": Setting(**row["setting"])}) for row in rows]
    return {run.question: run for run in known if run.weights == start(run.mode)}


def write(path: Path | None, runs: list[Run]) -> None:
    """All runs as JSON, the file never half written."""
    card = vl.models.card(BACKBONE)
    record = {
        "benchmark": "few_labels",
        "backbone": BACKBONE,
        "weights": card.sha256,
        "torch": torch.__version__,
        "runs": [asdict(run) for run in runs],
    }
    keep(record, path)


def main(arguments: list[str] | None = None) -> int:
    """Run what isn't known yet, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="keep the figures here, and go on from them")
    parser.add_argument("--tune", action="store_true", help="compare learning rates, on seeds of their own")
    parser.add_argument("--shots", type=int, nargs="+", default=SHOTS)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--modes", nargs="+", help="only these", choices=[*SETTINGS])
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=TARGETS)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)  # the network is small: two threads would wait for each other
    asked = tuning_questions() if options.tune else questions(options.shots, options.seeds)
    known, runs = read(options.json), []
    for question in asked:
        if question.target in options.targets and question.mode in (options.modes or [*SETTINGS]):
            runs.append(known.get(question.question) or measure(question))
            known[runs[-1].question] = runs[-1]
            write(options.json, list(known.values()))
    print("\n".join(summary(runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
