"""What the examples of traps are run with, and what a detector says to them.

They are code in which ``model``, ``loader``, ``optimizer``, ``check`` and so on stand for something small.
"""

import copy
import random
import tempfile
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision
from PIL import Image
from torch import nn
from torch.nn import functional as F
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset
from torchvision import tv_tensors
from torchvision.models import ResNet18_Weights
from torchvision.transforms import v2

from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD
from vislearn.traps.data.checked import check
from vislearn.traps.loop.traps import LOOP_TRAPS
from vislearn.traps.loop.watched import watch
from vislearn.traps.text.linted import TEXT_TRAPS
from vislearn.traps.text.source import Source
from vislearn.traps.trap import Found, Trap, found_in

__all__ = [
    "Boxes",
    "Drawing",
    "Net",
    "Pictures",
    "collate",
    "found_in_data",
    "found_in_loop",
    "loaders",
    "pictures",
    "said",
]


class Net(nn.Module):
    """Features with BatchNorm, a head with dropout: (N, C, 8, 8) -> (N, K).

    Args:
        channels: C.
        classes: K.
    """

    def __init__(self, channels: int = 3, classes: int = 3) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, 4, 3, stride=2, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(4, classes))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores of a batch."""
        scores: torch.Tensor = self.head(self.features(images))
        return scores


def pictures(count: int, channels: int = 3, classes: int = 3) -> TensorDataset:
    """Noise in 0..1 with labels by chance; the same at every call.

    Args:
        count: how many.
        channels: of each.
        classes: of the labels.
    """
    chance = torch.Generator().manual_seed(count)
    images = torch.rand(count, channels, 8, 8, generator=chance)
    return TensorDataset(images, torch.randint(0, classes, (count,), generator=chance))


def loaders(size: int = 4) -> tuple[DataLoader[Any], DataLoader[Any]]:
    """Batches to learn from and to judge by.

    Args:
        size: pictures of a batch.
    """
    return DataLoader(pictures(32), size, shuffle=True), DataLoader(pictures(12), size)


class Pictures(Dataset[tuple[Any, int]]):
    """PIL pictures with a label, as ImageFolder gives them.

    Args:
        transform: of the pictures.
    """

    def __init__(self, transform: Callable[..., Any] | None = None) -> None:
        self.transform = transform
        self.targets = [0, 1] * 4

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> tuple[Any, int]:
        picture = Image.fromarray(np.full((16, 20, 3), 20 * index, np.uint8))
        return picture if self.transform is None else self.transform(picture), self.targets[index]


class Boxes(Dataset[tuple[Any, dict[str, Any]]]):
    """Pictures with one object each.

    Args:
        label: of it.
        box: xyxy pixels; empty: no object.
        transform: of the picture alone.
        transforms: of picture and target.
    """

    def __init__(
        self,
        label: int = 1,
        box: Any = (2.0, 2.0, 7.0, 7.0),
        transform: Callable[..., Any] | None = None,
        transforms: Callable[..., Any] | None = None,
    ) -> None:
        self.label, self.box, self.transform, self.transforms = label, box, transform, transforms

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> tuple[Any, dict[str, Any]]:
        image: Any = tv_tensors.Image(torch.full((3, 16, 16), 20 * index, dtype=torch.uint8))
        corners = torch.tensor(self.box, dtype=torch.float32).reshape(-1, 4)
        boxes: Any = tv_tensors.BoundingBoxes(corners, format="XYXY", canvas_size=(16, 16))
        target = {"boxes": boxes, "labels": torch.full((len(boxes),), self.label)}
        if self.transform is not None:
            image = self.transform(image)
        if self.transforms is not None:
            image, target = self.transforms(image, target)
        return image, target


class Drawing(Dataset[tuple[torch.Tensor, int]]):
    """Has a generator of its own.

    Args:
        chance: it; None: torch's.
    """

    def __init__(self, chance: Any = None) -> None:
        self.chance = chance or torch.Generator()

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return torch.rand(3, 8, 8), index % 2


def collate(batch: Any) -> tuple[Any, ...]:
    """Pictures and targets of a batch, each as a tuple.

    Args:
        batch: pairs.
    """
    return tuple(zip(*batch, strict=True))


def _folders(root: Path) -> Callable[..., Any]:
    """What makes folders of four small photographs below ``root``."""

    def folder(
        damaged: bool = False,
        turned: bool = False,
        *,
        where: str = "set",
        copied: bool = False,
        classes: Collection[int] = (0, 1),
        loader: Callable[[str], Any] = torchvision.datasets.folder.default_loader,
        transform: Callable[..., Any] | None = None,
    ) -> Any:
        for number in (number for number in range(4) if number % 2 in classes):
            path = root / where / f"class{number % 2}" / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            seed = number if where == "set" or copied else number + 100
            coarse = np.random.default_rng(seed).integers(0, 255, (3, 4, 3), np.uint8)
            picture = Image.fromarray(coarse).resize((16, 12), Image.Resampling.BILINEAR)
            exif = picture.getexif()
            exif[0x0112] = 6 if turned and number == 3 else 1
            picture.save(path, exif=exif, quality=90 if copied else 95)
            if damaged and number == 1:
                path.write_bytes(path.read_bytes()[:200])
        return torchvision.datasets.ImageFolder(
            root / where, transform or v2.Compose([v2.PILToTensor()]), loader=loader
        )

    return folder


def _of_data(root: Path) -> dict[str, Any]:
    classes = (Boxes, ConcatDataset, DataLoader, Dataset, Drawing, Pictures, Subset, TensorDataset)
    names: dict[str, Any] = {one.__name__: one for one in classes}
    names |= {
        "torch": torch,
        "np": np,
        "random": random,
        "nn": nn,
        "Image": Image,
        "torchvision": torchvision,
    }
    names |= {"v1": torchvision.transforms, "v2": v2, "tv_tensors": tv_tensors}
    names |= {"IMAGENET_MEAN": IMAGENET_MEAN, "IMAGENET_STD": IMAGENET_STD}
    return names | {
        "ResNet18_Weights": ResNet18_Weights,
        "check": check,
        "collate": collate,
        "folder": _folders(root),
    }


def found_in_data(code: str, root: Path) -> list[Found]:
    """Run code that ends in ``found = check(…)``, and tell what it found.

    Args:
        code: of an example.
        root: where it may write pictures.
    """
    names = _of_data(root)
    exec(compile(code, "<data>", "exec"), names)
    found: list[Found] = names["found"].found
    return found


def found_in_loop(code: str, **names: Any) -> list[Found]:
    """Run code around which, or in which, a watch stands, and tell what it found.

    Args:
        code: of an example; where it has no ``with watch(``, one is put around it.
        **names: what else it may speak of.
    """
    seen: list[Any] = []

    @contextmanager
    def silent_watch(*parts: Any) -> Iterator[Any]:
        with watch(*parts, say=None) as watched:
            seen.append(watched)
            yield watched

    torch.manual_seed(0)
    model, (loader, val_loader) = Net(), loaders()
    known: dict[str, Any] = {"torch": torch, "nn": nn, "F": F, "copy": copy, "watch": silent_watch}
    known |= {"model": model, "loader": loader, "val_loader": val_loader}
    known |= {"optimizer": torch.optim.SGD(model.parameters(), lr=0.05)} | names
    if "with watch(" not in code:
        code = "with watch(model, optimizer):\n" + "".join(f"    {line}\n" for line in code.splitlines())
    exec(compile(code, "<loop>", "exec"), known)
    return [one for watched in seen for one in watched.found]


def said(trap: Trap) -> str:
    """What a trap's detector says to its broken example, in the reader's language.

    Args:
        trap: of a loop, of data or of a text.

    >>> from vislearn.traps.loop.scores import NLL_WITHOUT_LOG_SOFTMAX
    >>> said(NLL_WITHOUT_LOG_SOFTMAX).partition(",")[0]
    'certain: nll_loss is not given logarithms of probabilities'
    """
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch knows some of them, too
        if trap in TEXT_TRAPS:
            found = found_in(Source(trap.broken, "train.py"), [trap])
        elif trap in LOOP_TRAPS:
            found = found_in_loop(trap.broken)
        else:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as root:
                found = found_in_data(trap.broken, Path(root))
    return next((str(one) for one in found if one.trap == trap), "")
