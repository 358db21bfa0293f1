"""A segmenter at work: from the picture to a class for each pixel, through the real model's own parts."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.functional import interpolate
from torchvision.models.segmentation.lraspp import LRASPP
from torchvision.transforms.v2 import functional as transform_functions

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.models import segmenter_classes
from vislearn.models.features import quiet
from vislearn.steps.segmenter_pictures import coloured, overlaid
from vislearn.steps.step import Step
from vislearn.transforms import denormalize, segmentation_transform

__all__ = ["segmenter"]

Colors = Sequence[Sequence[int]]


def segmenter(
    model: nn.Module,
    image: Any,
    names: Sequence[str] | None = None,
    *,
    colors: Colors | None = None,
) -> Iterator[Step]:
    """Walk a picture through a segmenter of torchvision, one stage at a time.

    Picture, prepared, the backbone's feature maps (two of LR-ASPP), logits as small as the map, logits as
    large as the picture, probabilities, the best class of each pixel, and this over the picture.

    The last step's value is ``model(prepared[None])["out"].argmax(1)[0]``, to the last bit: each stage is the
    model's own part, fed with what the one before gave.

    Args:
        model: used in eval mode, and left in the mode it was in.
        image: a PIL image or a uint8 tensor (3, H, W), which are normalised here; or a float one, normalised
            as the model wants it.
        names: of the classes 0 ... K-1, for the last note.
        colors: of the classes, (red, green, blue) in 0..255; None: VOC's. Class 0 is not drawn.

    Yields:
        One step per stage.

    Raises:
        InputError: not a segmenter of torchvision, an image it can't take, or another number of names.

    Source: section 5 of the course's text; Howard 2019 (LR-ASPP), Long 2015 (FCN), Chen 2017 (DeepLab v3).
    """
    classes = segmenter_classes(model)
    if classes is None:
        fix = "vislearn.models.segmenter builds one."
        raise InputError("model", "must be a segmenter of torchvision", got=type(model).__name__, fix=fix)
    if names is not None and len(names) != classes:
        raise InputError("names", f"must be as many as classes ({classes})", got=len(names))
    picture, prepared = _prepared(image)
    prepared = prepared.to(next(model.parameters()).device)
    with quiet(model):
        yield Step(_("Picture"), picture, _("What goes in."))
        yield Step(_("Prepared"), prepared, _("Each colour minus its mean, divided by its spread."))
        maps = model.get_submodule("backbone")(prepared[None])
        yield from _map_steps(maps, prepared)
        yield from _answer_steps(model, maps, picture, names, colors)


def _prepared(image: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """The picture as people see it, (3, H, W), and as the network does."""
    pixels = image if isinstance(image, torch.Tensor) else transform_functions.pil_to_tensor(image)
    pixels = pixels.as_subclass(torch.Tensor)
    if (
        pixels.ndim != 3
        or len(pixels) != 3
        or not (pixels.dtype == torch.uint8 or pixels.is_floating_point())
    ):
        raise InputError(
            "image",
            "must be uint8 (3, H, W), or float (3, H, W) and normalised",
            got=f"{str(pixels.dtype).removeprefix('torch.')} {tuple(pixels.shape)}",
        )
    if pixels.dtype != torch.uint8:
        return denormalize(pixels), pixels
    return pixels, segmentation_transform(train=False)(pixels).as_subclass(torch.Tensor)


def _map_steps(maps: dict[str, torch.Tensor], prepared: torch.Tensor) -> Iterator[Step]:
    titles = {"low": _("Fine feature map"), "high": _("Coarse feature map"), "out": _("Feature map")}
    for name, title in titles.items():
        if name in maps:
            seen = maps[name][0]
            note = _(
                "The backbone sees {channels} patterns; a place stands for {side}×{side} pixels.",
                channels=len(seen),
                side=round(prepared.shape[-1] / seen.shape[-1]),
            )
            yield Step(title, seen, note)


def _answer_steps(
    model: nn.Module,
    maps: dict[str, torch.Tensor],
    picture: torch.Tensor,
    names: Sequence[str] | None,
    colors: Colors | None,
) -> Iterator[Step]:
    head = model.get_submodule("classifier")
    small = head(maps if isinstance(model, LRASPP) else maps["out"])  # (1, K, h, w)
    note = _("The head gives each place one logit per class: {count} maps.", count=small.shape[1])
    yield Step(_("Logits"), small[0], note)
    large = interpolate(small, size=picture.shape[-2:], mode="bilinear", align_corners=False)
    note = _("Brought to the picture's size. Logits may be averaged between places; classes may not.")
    yield Step(_("Logits, enlarged"), large[0], note)
    shares = large.softmax(dim=1)
    note = _("Softmax, pixel by pixel: the shares of all classes are 1 together.")
    yield Step(_("Probabilities"), shares[0], note)
    answer = large.argmax(dim=1)[0]  # (H, W)
    note = _("The best class of each pixel wins; how sure it was is forgotten.")
    yield Step(_("Classes"), answer, note, picture=coloured(answer, colors))
    yield Step(_("Overlay"), answer, _found(answer, names), picture=overlaid(picture, answer, colors))


def _found(answer: torch.Tensor, names: Sequence[str] | None) -> str:
    """The classes there are, the largest first, each with its share of the pixels."""
    numbers, counts = answer.unique(return_counts=True)
    order = counts.argsort(descending=True, stable=True)
    shares = [(int(numbers[at]), counts[at].item() / answer.numel()) for at in order]
    listed = [f"{names[at] if names else at} {share:.1%}" for at, share in shares]
    return _("Shares of the picture: {shares}.", shares=", ".join(listed))
