"""What benchmarks/training_loop.py compares: networks, and the loops that train them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec

import torch
import torchvision
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from vislearn.models import SmallResNet
from vislearn.training import ClassificationTask, fit

__all__ = ["CONTENDERS", "NETWORKS", "SOURCE", "Contender", "Job", "Network", "available", "job"]

CLASSES = 10


@dataclass(frozen=True)
class Network:
    """What is trained, on how much.

    Attributes:
        build: makes it, with random weights.
        side: of the pictures, in pixels.
        batch_size: pictures in a step.
        images: pictures in an epoch, on which a GPU works for about a second; the last batch is a short one.
        bound: so many times the pictures per second of the course text's loop, by graphs on a GPU; or None.
    """

    build: Callable[[], nn.Module]
    side: int
    batch_size: int
    images: int
    bound: float | None = None


NETWORKS = {
    "small8": Network(lambda: SmallResNet(CLASSES, width=8), 32, 32, 1024),
    "small64": Network(lambda: SmallResNet(CLASSES, width=64), 32, 256, 16500, bound=1.5),
    "small256": Network(lambda: SmallResNet(CLASSES, width=256), 32, 256, 8300, bound=1.5),
    "resnet18": Network(lambda: torchvision.models.resnet18(num_classes=CLASSES), 224, 64, 1500, bound=1.5),
    "resnet50": Network(lambda: torchvision.models.resnet50(num_classes=CLASSES), 224, 64, 1000),
}


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


@dataclass(frozen=True)
class Contender:
    """A loop.

    Attributes:
        name: in the table.
        run: trains.
        tuned: gets pinned memory.
        fused: gets an optimizer whose step is one kernel.
        package: what must be installed: the module's name, and the distribution's.
    """

    name: str
    run: Callable[[Job], None]
    tuned: bool = False
    fused: bool = False
    package: tuple[str, str] | None = None


def job(network: Network, contender: Contender, device: torch.device, epochs: int) -> Job:
    """The same weights, pictures and order for every contender.

    Args:
        network: what is trained.
        contender: by which loop.
        device: where.
        epochs: passes over the pictures.
    """
    torch.manual_seed(0)
    model, on_gpu = network.build(), device.type == "cuda"
    data = _drawn(network.images, network.side)
    val = _Pictures(*data[: max(network.images // 4, 1)])
    how: dict = {
        "batch_size": network.batch_size,
        "collate_fn": tuple,
        "pin_memory": contender.tuned and on_gpu,
    }
    optimizer = torch.optim.AdamW(
        model.to(device).parameters(), lr=1e-3, weight_decay=1e-4, fused=(contender.fused and on_gpu) or None
    )
    return Job(
        model=model,
        train=DataLoader(data, shuffle=True, generator=torch.Generator().manual_seed(2), **how),
        val=DataLoader(val, **how),
        optimizer=optimizer,
        schedule=torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs),
        epochs=epochs,
        device=device,
    )


@lru_cache(maxsize=1)
def _drawn(count: int, side: int) -> _Pictures:
    chance = torch.Generator().manual_seed(1)
    pictures = torch.randn(count, 3, side, side, generator=chance)
    return _Pictures(pictures, torch.randint(CLASSES, (count,), generator=chance))


def available(keys: list[str]) -> tuple[dict[str, Contender], list[str]]:
    """Those that can run here, and how to get the others.

    Args:
        keys: of :data:`CONTENDERS`.
    """
    found, missing = {}, []
    for key in keys:
        one = CONTENDERS[key]
        if one.package is None or find_spec(one.package[0]):
            found[key] = one
        else:
            missing.append(f"{one.name} is not installed and was not measured: pip install {one.package[1]}")
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


def _fit(**options: object) -> Callable[[Job], None]:
    def run(job: Job) -> None:
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

    return run


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


_FAST = {"amp": "bf16", "channels_last": True}
SOURCE = "source"
CONTENDERS = {
    SOURCE: Contender("source: the course text's loop", _source),
    "fit": Contender("vislearn.training.fit", _fit()),
    "bf16": Contender("fit, bf16, channels_last", _fit(**_FAST), tuned=True),
    "fused": Contender("fit, the same, fused AdamW", _fit(**_FAST), tuned=True, fused=True),
    "compile": Contender("fit, the same, compile=True", _fit(**_FAST, compile=True), tuned=True, fused=True),
    "graphs": Contender(
        "fit, the same, compile='graphs'", _fit(**_FAST, compile="graphs"), tuned=True, fused=True
    ),
    "fabric": Contender("Lightning Fabric", _fabric, package=("lightning_fabric", "lightning-fabric")),
    "fastai": Contender("fastai", _fastai, package=("fastai", "fastai")),
}
