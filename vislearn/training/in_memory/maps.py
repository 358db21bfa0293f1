"""What the frozen stages of a segmenter see, computed once: the rest can learn from these maps."""

from itertools import takewhile
from typing import Any

import torch
from torch import nn
from torch.nn.functional import interpolate
from torch.utils.data import DataLoader, Dataset
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.segmentation.lraspp import LRASPP

from vislearn.datasets.segmentation.collate import segmentation_collate
from vislearn.device import best_device
from vislearn.models import is_frozen
from vislearn.models.architecture import note_architecture, noted_architecture
from vislearn.models.features import quiet
from vislearn.training.batches import Moved

__all__ = ["Maps", "OnMaps", "maps_once"]

_SIZE = "picture"  # beside the maps: a tensor without channels, whose height and width are the picture's
_LAST = "last"  # the map with which the frozen stages end


class Maps(Dataset):
    """Feature maps and masks of pictures of one size, in memory, in 16 bits.

    Args:
        maps: name -> float16 (N, channels, h, w).
        masks: uint8 (N, H, W).
        about: the data set they come from, for the names of its classes.

    A sample is ``(maps of one picture, its mask int64 (H, W))``.
    """

    def __init__(self, maps: dict[str, torch.Tensor], masks: torch.Tensor, about: Dataset) -> None:
        self.maps, self.masks = maps, masks
        for name in ("classes", "colors", "transforms"):
            setattr(self, name, getattr(about, name, None))

    def __len__(self) -> int:
        return len(self.masks)

    def __getitem__(self, index: int) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        mask = self.masks[index].long()
        # float32 here and not later: under autocast, a loader on the CPU can't stack float16
        seen = {name: maps[index].float() for name, maps in self.maps.items()}
        return seen | {_SIZE: torch.empty(0, *mask.shape)}, mask


class OnMaps(nn.Module):
    """A segmenter that begins where its frozen stages end: maps of :class:`Maps` -> what it answers.

    It has the very modules of the segmenter, under the same names: once it has learned, the segmenter has,
    and a checkpoint of one is one of the other.

    Args:
        model: a segmenter of torchvision, some of whose stages are frozen.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self._modules = model._modules
        self._takes_two = isinstance(model, LRASPP)
        note_architecture(self, **noted_architecture(model))

    def forward(self, maps: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Maps by name, (N, channels, h, w) -> ``"out"``, and ``"aux"`` where there is a second head."""
        parts: dict[str, Any] = dict(self._modules)
        size = maps[_SIZE].shape[-2:]
        seen = maps | _onwards(parts["backbone"], maps[_LAST])
        answers = {"out": parts["classifier"](seen if self._takes_two else seen["out"])}
        if parts.get("aux_classifier") is not None:
            answers["aux"] = parts["aux_classifier"](seen["aux"])
        return {
            name: interpolate(logits, size=size, mode="bilinear", align_corners=False)
            for name, logits in answers.items()
        }


def _frozen_stages(body: IntermediateLayerGetter) -> list[str]:
    """The names of the layers before the first that learns."""
    rests = (all(map(is_frozen, layer.modules())) for layer in body.values())
    return [name for name, _rests in takewhile(lambda pair: pair[1], zip(body, rests, strict=True))]


def _through_frozen(body: IntermediateLayerGetter, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """Images (N, C, H, W) -> the maps of the frozen stages by name, and the last."""
    maps, now = {}, images
    for name in _frozen_stages(body):
        now = body[name](now)
        if name in body.return_layers:
            maps[body.return_layers[name]] = now
    return maps | {_LAST: now}


def _onwards(body: IntermediateLayerGetter, now: torch.Tensor) -> dict[str, torch.Tensor]:
    """From the last frozen map (N, C, h, w) through the stages that learn -> their maps by name."""
    maps = {}
    for name, layer in list(body.items())[len(_frozen_stages(body)) :]:
        now = layer(now)
        if name in body.return_layers:
            maps[body.return_layers[name]] = now
    return maps


def maps_once(model: nn.Module, dataset: Any, *, limit: int = 2**30, batch_size: int = 16) -> Maps | None:
    """The frozen stages' maps of every sample, in the data set's order.

    Args:
        model: a segmenter of torchvision, moved to the best device.
        dataset: samples (image float (3, H, W), mask (H, W)), the same every time.
        limit: bytes that they may take.
        batch_size: pictures at once.

    Returns:
        None where no stage is frozen, pictures differ in size, or the maps take more memory.
    """
    body: Any = model.get_submodule("backbone")
    if not isinstance(body, IntermediateLayerGetter) or not _frozen_stages(body):
        return None
    device = best_device()
    model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    seen: list[dict[str, torch.Tensor]] = []
    truths: list[torch.Tensor] = []
    with quiet(model):
        for batch in Moved(
            DataLoader(dataset, batch_size, collate_fn=_of_one_size), device, channels_last=True
        ):
            if batch is None or (truths and batch[1].shape[1:] != truths[0].shape[1:]):
                return None
            maps = {name: one.half().cpu() for name, one in _through_frozen(body, batch[0]).items()}
            each = sum(one[0].numel() for one in maps.values())
            if maps[_LAST].element_size() * each * len(dataset) > limit:
                return None
            seen.append(maps)
            truths.append(batch[1].to("cpu", torch.uint8))
    together = {name: torch.cat([one[name] for one in seen]) for name in seen[0]}
    return Maps(together, torch.cat(truths), dataset)


def _of_one_size(batch: list[tuple[torch.Tensor, torch.Tensor]]) -> Any:
    return segmentation_collate(batch) if len({mask.shape for _image, mask in batch}) == 1 else None
