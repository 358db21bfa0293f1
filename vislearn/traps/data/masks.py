"""Masks of class numbers that were treated as gray levels."""

from collections.abc import Iterator, Mapping

import torch
from torch.nn import functional as F

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.data.facts import Facts, are_boxes
from vislearn.traps.trap import Trap

__all__ = ["MASK_INTERPOLATED", "MASK_OF_GRAY_LEVELS"]

_LOOKS = 16  # masks
_FLAT = 0.5  # share of pixels that have one of a few values: a mask is flat, a map of depths is not
_FEW = 8
_SEEN = 0.02  # share of pixels that a class has, at least
_NEARLY = 0.1  # of a whole number, by how much bicubic curves swing over
_NEVER = 255  # the usual number of pixels that don't count
_SOME = 4  # masks, from which on nothing but background is no accident
_LARGEST = 51  # number of a class that may be told from a gray level
_EXACT = 1e-3  # of a whole number, by how much float32 may be off


def _masks(facts: Facts) -> Iterator[torch.Tensor]:
    """Plain label maps (H, W) of a few samples; pictures of three channels and stacks of masks are none."""
    for _index, _picture, target in facts.samples[:_LOOKS]:
        mask = target.get("masks") if isinstance(target, Mapping) else target
        if isinstance(mask, torch.Tensor) and mask.numel() and not are_boxes(mask):
            plane = mask.squeeze(0) if mask.ndim == 3 and len(mask) == 1 else mask
            if plane.ndim == 2:
                yield plane.as_subclass(torch.Tensor).cpu()


def _is_flat(mask: torch.Tensor) -> bool:
    counts = mask.flatten().unique(return_counts=True)[1]
    return bool(counts.topk(min(_FEW, len(counts))).values.sum() >= _FLAT * mask.numel())


def _has_fractions(mask: torch.Tensor) -> bool:
    """Whether classes 0, 1, … are there, each on an area, and something in between."""
    if not mask.is_floating_point():
        return False
    whole = (mask - mask.round()).abs() < _NEARLY
    counts = mask[whole].round().unique(return_counts=True)[1]
    large = int((counts >= _SEEN * mask.numel()).sum())
    return bool(whole.double().mean() >= _FLAT) and large >= 2 and not bool(whole.all())


def _invents(mask: torch.Tensor) -> bool:
    """Whether two classes or more are nothing but edges between a smaller number and a larger one."""
    if mask.is_floating_point() or mask.dtype == torch.bool:
        return False
    values = mask.double()[None, None]
    padded = F.pad(values, (1, 1, 1, 1), mode="replicate")
    highest, lowest = (sign * F.max_pool2d(sign * padded, 3, stride=1) for sign in (1, -1))
    between = (lowest < values) & (values < highest)
    inner = [one for one in values.unique().tolist() if one not in (_NEVER, float(values.min()))]
    return sum(bool(between[values == one].all()) for one in inner) >= 2


def _interpolated(facts: Facts) -> Problem | None:
    masks = list(_masks(facts))
    flat = any(map(_is_flat, masks))
    names = [step.name for steps in facts.targets_only for step in steps if step.interpolates]
    spoiled = [mask for mask in masks if _has_fractions(mask) or (_is_flat(mask) and _invents(mask))]
    if not (names and flat) and 2 * len(spoiled) < max(len(masks), 1):
        return None
    return Problem(
        _("The masks"),
        _("are interpolated like pictures: between class 1 and class 3 there is no 2"),
        _("Resize masks by nearest neighbour; v2 does so with tv_tensors.Mask."),
    )


def _of_pictures(facts: Facts) -> list[torch.Tensor]:
    """Label maps as large as their picture, of all samples that are looked at."""
    found = []
    for _index, picture, target in facts.samples:
        mask = target.get("masks") if isinstance(target, Mapping) else target
        if not isinstance(picture, torch.Tensor) or not isinstance(mask, torch.Tensor) or not mask.numel():
            continue
        plane = mask.squeeze(0) if mask.ndim == 3 and len(mask) == 1 else mask
        if plane.ndim == 2 and picture.ndim == 3 and plane.shape == picture.shape[1:]:
            found.append(plane.as_subclass(torch.Tensor).cpu())
    return found


def _gray(facts: Facts) -> Problem | None:
    masks = _of_pictures(facts)
    if len(masks) < _SOME:
        return None
    values = torch.cat([mask.flatten().double().unique() for mask in masks]).unique()
    floats = masks[0].is_floating_point()
    remedy = _("Read a mask as numbers: torch.as_tensor(np.array(mask)).long(), or v2 with tv_tensors.Mask.")
    if not floats and masks[0].dtype != torch.bool and values.tolist() == [0]:
        return Problem(
            _("The masks ({count})", count=len(masks)),
            _("are 0 everywhere: ToTensor divides class numbers by 255, and long() cuts the rest off"),
            remedy,
        )
    levels = values * 255
    divided = (
        floats and 0 < values[-1] < _LARGEST / 255 and bool((levels - levels.round()).abs().max() < _EXACT)
    )
    if divided and all(map(_is_flat, masks)):
        return Problem(
            _("The masks"),
            _("hold class numbers divided by 255, up to {greatest:.3f}", greatest=float(values[-1])),
            remedy,
        )
    if floats and values.tolist() == [0, 255]:
        return Problem(
            _("The masks"),
            _("hold 0 and 255 as floats, where a loss wants 0 and 1"),
            _("Write mask = (mask > 127).float()."),
        )
    return None


_CELLS = """class Cells(Dataset):
    def __len__(self): return 4
    def __getitem__(self, index):
        mask, way = torch.zeros(1, 8, 8), v2.InterpolationMode.{}
        mask[:, :, 3:6] = 3
        return torch.rand(3, 12, 12), v2.functional.resize(mask, [12, 12], interpolation=way)
found = check(DataLoader(Cells(), 2, shuffle=True))
"""

MASK_INTERPOLATED = Trap(
    "mask_interpolated",
    "likely",
    section="13.5",
    broken=_CELLS.format("BILINEAR"),
    symptom=N_("Classes appear along the edges that nobody drew, and the score of thin things is poor."),
    fixed=_CELLS.format("NEAREST"),
    find=_interpolated,
)

_READ = """class Cells(Dataset):
    def __len__(self): return 4
    def __getitem__(self, index):
        drawn = np.zeros((12, 12), np.uint8)
        drawn[3:9, 2 + index : 8] = 2
        mask = {}
        return torch.rand(3, 12, 12), mask
found = check(DataLoader(Cells(), 2, shuffle=True))
"""

MASK_OF_GRAY_LEVELS = Trap(
    "mask_of_gray_levels",
    "likely",
    section="13.5",
    broken=_READ.format("v1.ToTensor()(drawn).squeeze(0).long()"),
    symptom=N_("The loss falls to 0 at once, and every pixel is background."),
    fixed=_READ.format("torch.as_tensor(drawn).long()"),
    find=_gray,
)
