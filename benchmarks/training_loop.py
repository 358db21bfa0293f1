"""Pictures per second of whole trainings: the course text's loop, vislearn's fit, Lightning Fabric, fastai.

    python -m benchmarks.training_loop --json training_loop.json
    python -m benchmarks.training_loop --device cuda --images 16384 --width 64 --batch-size 256 --all-options

All contenders train the same network from the same seed on the same pictures in the same order, judge it
after every epoch, and take turns; a turn's ratio is to the course text's loop in the same turn. Fabric and
fastai are measured where they are installed: ``pip install lightning-fabric fastai``.

On a GPU the first epoch of a turn is of another kind: torch.compile makes its kernels, and cuDNN gets ready.
A real training has many epochs, so one goes before those that count; how long it took stands in a column of
its own.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.machine import keep, machine, options_of
from vislearn.models import SmallResNet
from vislearn.training import ClassificationTask, fit

__all__ = ["Row", "main", "measure"]

SOURCE = "source: the course text's loop"
FIT = "vislearn.training.fit"
ALL = "vislearn.training.fit, all options on"
FABRIC = "Lightning Fabric"
FASTAI = "fastai"
CLASSES, SIDE = 10, 32
PACKAGES = {FABRIC: ("lightning_fabric", "lightning-fabric"), FASTAI: ("fastai", "fastai")}


@dataclass(frozen=True)
class Row:
    """One line of the table; ``ratio`` is the time it takes to the source's, the median over turns."""

    name: str
    images_per_s: float
    warm_up_s: float
    ratio: float
    lowest_ratio: float
    highest_ratio: float
    weights_differ_by: float


class _Pictures(TensorDataset):
    """Hands out whole batches: with one picture at a time, a GPU's benchmark is one of the loader."""

    def __getitems__(self, indices: list[int]) -> tuple[torch.Tensor, ...]:
        return self[torch.tensor(indices)]


@dataclass
class Job:
    """What every contender gets, new in every turn."""

    model: nn.Module
    train: DataLoader
    val: DataLoader
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    epochs: int
    device: torch.device
    times: list[float] = field(default_factory=list)

    def note_time(self, *_: object) -> None:
        """Before the first epoch, and by every contender when an epoch is learned and judged."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        self.times.append(time.perf_counter())


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    contenders, missing = _contenders(options)
    rows = measure(contenders, options)
    settings = ("images", "batch_size", "epochs", "warm_up", "width", "repeats")
    record = {
        "benchmark": "training_loop",
        **{name: getattr(options, name) for name in settings},
        "machine": machine("lightning-fabric", "fastai", device=_device_name(options.device)),
        "rows": [asdict(row) for row in rows],
        "missing": missing,
    }
    _print_table(record, rows)
    keep(record, options.json)
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = options_of(__doc__, repeats=15)
    parser.add_argument("--images", type=int, default=1024, help="pictures of an epoch (default: 1024)")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=1, help="epochs of a turn that count (default: 1)")
    parser.add_argument("--warm-up", type=int, help="epochs before those (default: 1; on the CPU 0)")
    parser.add_argument("--width", type=int, default=8, help="of the network (default: 8)")
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--all-options", action="store_true", help="also fit with bf16, channels_last, compile, pinned memory"
    )
    options = parser.parse_args(arguments)
    if options.warm_up is None:
        options.warm_up = 0 if options.device == "cpu" else 1
    return options


def measure(contenders: dict[str, Callable[[Job], None]], options: argparse.Namespace) -> list[Row]:
    """Every contender ``options.repeats`` times, taking turns, after one turn each that doesn't count."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    weights: dict[str, torch.Tensor] = {}
    names = list(contenders)
    for turn in range(options.repeats + 1):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:  # nobody always goes first
            job = _job(options, pinned=name == ALL and options.device.startswith("cuda"))
            job.note_time()
            contenders[name](job)
            begun, warm, ended = job.times[0], job.times[options.warm_up], job.times[-1]
            weights[name] = torch.cat([kept.detach().cpu().flatten() for kept in job.model.parameters()])
            if turn:
                seconds[name].append((warm - begun, ended - warm))
    pictures = options.images * options.epochs
    return [_row(name, seconds, weights, pictures) for name in contenders]


def _row(
    name: str,
    seconds: dict[str, list[tuple[float, float]]],
    weights: dict[str, torch.Tensor],
    pictures: int,
) -> Row:
    warm_ups, counted = zip(*seconds[name], strict=True)
    ratios = [own / source for own, (_, source) in zip(counted, seconds[SOURCE], strict=True)]
    return Row(
        name=name,
        images_per_s=round(pictures / statistics.median(counted), 1),
        warm_up_s=round(statistics.median(warm_ups), 2),
        ratio=round(statistics.median(ratios), 3),
        lowest_ratio=round(min(ratios), 3),
        highest_ratio=round(max(ratios), 3),
        weights_differ_by=float((weights[name] - weights[SOURCE]).abs().max()),
    )


def _job(options: argparse.Namespace, *, pinned: bool) -> Job:
    torch.manual_seed(0)
    device, chance = torch.device(options.device), torch.Generator().manual_seed(1)
    model = SmallResNet(CLASSES, width=options.width)
    pictures = torch.randn(options.images, 3, SIDE, SIDE, generator=chance)
    data = _Pictures(pictures, torch.randint(CLASSES, (options.images,), generator=chance))
    val = _Pictures(*data[: max(options.images // 4, 1)])
    how: dict = {"batch_size": options.batch_size, "collate_fn": tuple, "pin_memory": pinned}
    epochs = options.warm_up + options.epochs
    optimizer = torch.optim.AdamW(model.to(device).parameters(), lr=1e-3, weight_decay=1e-4)
    return Job(
        model=model,
        train=DataLoader(data, shuffle=True, generator=chance, **how),
        val=DataLoader(val, **how),
        optimizer=optimizer,
        schedule=torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs),
        epochs=epochs,
        device=device,
    )


def _contenders(options: argparse.Namespace) -> tuple[dict[str, Callable[[Job], None]], list[str]]:
    """Those that can run here, and how to get the others."""
    found: dict[str, Callable[[Job], None]] = {SOURCE: _source, FIT: _fit}
    if options.all_options:
        found[ALL] = _fit_with_all
    missing = []
    for name, run in ((FABRIC, _fabric), (FASTAI, _fastai)):
        module, package = PACKAGES[name]
        if find_spec(module):
            found[name] = run
        else:
            missing.append(f"{name} is not installed and was not measured: pip install {package}")
    return found, missing


def _source(job: Job) -> None:
    """Section 11 of the course text, with torch.amp for what torch.cuda.amp was."""
    gpu = job.device.type == "cuda"
    criterion, scaler = nn.CrossEntropyLoss(), torch.amp.GradScaler("cuda", enabled=gpu)
    for _ in range(job.epochs):
        job.model.train()
        running = 0.0
        for images, target in job.train:
            images, target = images.to(job.device), target.to(job.device)
            job.optimizer.zero_grad()
            with torch.amp.autocast("cuda", enabled=gpu):
                loss = criterion(job.model(images), target)
            scaler.scale(loss).backward()
            scaler.step(job.optimizer)
            scaler.update()
            running += loss.item() * images.size(0)
        job.model.eval()
        total, correct = 0.0, 0
        with torch.no_grad():
            for images, target in job.val:
                images, target = images.to(job.device), target.to(job.device)
                answer = job.model(images)
                total += criterion(answer, target).item() * images.size(0)
                correct += (answer.argmax(1) == target).sum().item()
        job.schedule.step()
        job.note_time()


def _fit(job: Job, **options: object) -> None:
    fit(
        job.model,
        ClassificationTask(),
        job.train,
        epochs=job.epochs,
        optimizer=job.optimizer,
        scheduler=job.schedule,
        scheduler_step="epoch",
        val_loader=job.val,
        device=job.device,
        on_epoch=job.note_time,
        **options,
    )


def _fit_with_all(job: Job) -> None:
    _fit(job, amp="bf16", channels_last=True, compile=True)


def _fabric(job: Job) -> None:
    from lightning_fabric import Fabric

    precision = "16-mixed" if job.device.type == "cuda" else "32-true"
    fabric = Fabric(accelerator=job.device.type, devices=1, precision=precision)
    model, optimizer = fabric.setup(job.model, job.optimizer)
    train, val = fabric.setup_dataloaders(job.train, job.val)
    for _ in range(job.epochs):
        model.train()
        losses = []
        for images, target in train:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images), target)
            fabric.backward(loss)
            optimizer.step()
            losses.append(loss.detach())
        torch.stack(losses).mean().item()
        model.eval()
        with torch.no_grad():
            judged = [(model(images), target) for images, target in val]
            answers, truth = (torch.cat(column) for column in zip(*judged, strict=True))
            nn.functional.cross_entropy(answers, truth).item()
            (answers.argmax(1) == truth).float().mean().item()
        job.schedule.step()
        job.note_time()


def _fastai(job: Job) -> None:
    from fastai.callback.core import Callback
    from fastai.callback.fp16 import MixedPrecision
    from fastai.callback.progress import ProgressCallback
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.metrics import accuracy
    from fastai.optimizer import OptimWrapper

    def wrapped(_parameters: object, lr: float, **_more: object) -> OptimWrapper:
        return OptimWrapper(opt=job.optimizer)

    class Turn(Callback):
        order = 99  # after fastai's own, which work out the scores

        def after_epoch(self) -> None:
            job.schedule.step()
            job.note_time()

    loaders = DataLoaders(job.train, job.val, device=job.device)
    learner = Learner(loaders, job.model, loss_func=nn.CrossEntropyLoss(), opt_func=wrapped, metrics=accuracy)
    if job.device.type == "cuda":
        learner.add_cb(MixedPrecision())
    learner.remove_cb(ProgressCallback)  # nobody else draws a bar
    with learner.no_logging():
        learner.fit(job.epochs, lr=1e-3, cbs=Turn())


def _device_name(device: str) -> str:
    return torch.cuda.get_device_name() if device.startswith("cuda") else device


def _print_table(record: dict, rows: list[Row]) -> None:
    machine = record["machine"]
    print(f"SmallResNet of width {record['width']}, {record['images']} pictures of {SIDE}×{SIDE}", end=", ")
    print(
        f"batches of {record['batch_size']}, {record['repeats']} turns of {record['epochs']} epochs", end=", "
    )
    print(f"{machine['device']}, {machine['torch_threads']} torch threads")
    print(f"\n{'':40}{'images/s':>10}{'warm-up':>9}{'time':>8}{'lowest':>9}{'highest':>9}", end="")
    print(f"{'weights differ by':>19}")
    for row in rows:
        print(f"{row.name:40}{row.images_per_s:10.0f}{row.warm_up_s:7.2f} s", end="")
        print(f"{row.ratio:8.3f}{row.lowest_ratio:9.3f}{row.highest_ratio:9.3f}{row.weights_differ_by:19.1e}")
    print("\ntime: to the course text's loop in the same turn, median; below 1 is faster.")
    for line in record["missing"]:
        print(line)


if __name__ == "__main__":
    sys.exit(main())
