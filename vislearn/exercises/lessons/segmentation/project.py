"""Exercise of lesson 05, its project: a segmenter learns on one part of a photograph, judged on another."""

# To mypy any attribute of a network may be a tensor; here they are layers.
# mypy: disable-error-code="arg-type, union-attr, operator"

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.models.segmentation.lraspp import LRASPP
from torchvision.transforms import v2

from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.exercises.trained import are_probabilities, good_model, ready_model
from vislearn.language import translate as _
from vislearn.models import card, pretrained

__all__ = ["train_segmenter"]

# Of the coins' pixels on the right part: the reference .96, over three seeds; everything called coin .36.
_ENOUGH, _MORE_THAN_GUESSED = 0.85, 0.6
_SIDE, _WINDOWS, _SEAM, _VOID = 64, 96, 256, 255


@exercise(
    "segmentation.train_segmenter",
    trials=1,
    hints=[
        N_(
            "It is this lesson in one function: freeze the backbone, an optimizer for the rest, the "
            "five lines, `eval()`. The model answers with a dictionary, and 255 does not count."
        ),
        N_(
            "`model.backbone.requires_grad_(False)`, `torch.optim.AdamW(model.classifier.parameters(), "
            'lr=0.01)`, and the loss is `nn.functional.cross_entropy(model(some)["out"], truth, '
            "ignore_index=255)`."
        ),
        N_(
            "`loader = DataLoader(TensorDataset(images, labels), batch_size=8, shuffle=True)`; two "
            "epochs are enough. `model.train()` before, `model.backbone.eval()` after it: its "
            "BatchNorm rests. End with `return model.eval()`."
        ),
    ],
)
def train_segmenter(model: nn.Module, images: Tensor, labels: Tensor) -> nn.Module:
    """Teach a segmenter to tell coins from the ground, and return it ready to be asked.

    The check waits ten seconds, longer on a slow computer; two passes over the windows are enough.

    Args:
        model: torchvision's LRASPP on a trained backbone, with a new head for two classes. It takes pictures
            (N, 3, H, W) and returns a dictionary: its "out" are the logits, (N, 2, H, W).
        images: (96, 3, 64, 64), float32, prepared for this backbone.
        labels: (96, 64, 64), int64: 0 ground, 1 coin, and 255 along the rims, where nobody can say.

    Returns:
        The model in eval mode.
    """
    model.train()
    model.backbone.requires_grad_(False).eval()
    optimizer = torch.optim.AdamW(model.classifier.parameters(), lr=0.01)
    for _epoch in range(2):
        for some in torch.randperm(len(images)).split(8):
            logits = model(images[some])["out"]
            loss = nn.functional.cross_entropy(logits, labels[some], ignore_index=255)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.eval()


@cache
def _coins() -> tuple[Tensor, Tensor]:
    """scikit-image's photograph of coins, prepared, (3, 303, 384); and its labels, (303, 384), rims void."""
    from scipy import ndimage  # not at the top: the other exercises do without
    from skimage import data, filters, segmentation

    grey = data.coins()
    seeds = (grey < 30) + 2 * (grey > 150).astype(int)
    filled = ndimage.binary_fill_holes(segmentation.watershed(filters.sobel(grey), seeds) - 1)
    coins = ndimage.binary_opening(filled, iterations=2)
    labels = torch.from_numpy(coins).long()
    labels[torch.from_numpy(ndimage.binary_dilation(coins) & ~ndimage.binary_erosion(coins))] = _VOID
    about = card("scene")
    picture = torch.from_numpy(grey).expand(3, -1, -1) / 255
    return v2.functional.normalize(picture, list(about.mean), list(about.std)), labels


def _windows(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Squares of the left part, at random places."""
    picture, labels = _coins()
    images, truths = [], []
    for _window in range(_WINDOWS):
        top = int(torch.randint(picture.shape[1] - _SIDE, (), generator=generator))
        left = int(torch.randint(_SEAM - _SIDE, (), generator=generator))
        place = (slice(top, top + _SIDE), slice(left, left + _SIDE))
        images.append(picture[:, *place])
        truths.append(labels[place])
    return torch.stack(images), torch.stack(truths)


@train_segmenter.inputs
def _model_and_windows(generator: torch.Generator) -> tuple[nn.Module, Tensor, Tensor]:
    backbone = create_feature_extractor(pretrained("scene"), {"layer3": "low", "layer4": "high"})
    return LRASPP(backbone, 128, 256, num_classes=2, inter_channels=64), *_windows(generator)


def _logits(model: nn.Module) -> Tensor:
    """What the model says about the right part of the photograph, which it has never seen."""
    with torch.inference_mode():
        answer = model(_coins()[0][None, :, :, _SEAM:])
    if isinstance(answer, Mapping) and "out" in answer:
        answer = answer["out"]
    height, width = _coins()[1][:, _SEAM:].shape
    if not isinstance(answer, Tensor) or answer.shape != (1, 2, height, width):
        raise Unusable(
            _(
                "the model must return logits (1, 2, {height}, {width}) for that picture; it returned {got}.",
                height=height,
                width=width,
                got=describe(answer),
            )
        )
    return answer


@train_segmenter.judge
def _facts(function: Callable[..., Any], model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, Any]:
    before = [parameter.detach().clone() for parameter in model.parameters()]
    taught_by_void = _watch_void(model, images, labels)
    taught, facts = ready_model(function(model, images, labels))
    logits, truth = _logits(taught)[0], _coins()[1][:, _SEAM:]
    coin = logits.argmax(0) == 1
    counted = truth != _VOID
    iou, other_way_round = _iou(coin, truth, counted), _iou(~coin, truth, counted)
    return facts | {
        N_("Its parameters are no longer those it came with"): _has_changed(before, taught),
        N_("Pixels labelled 255 teach nothing: the loss has no slope there"): not any(taught_by_void),
        N_("What comes out are logits, without softmax"): not are_probabilities(logits.flatten(1).T),
        N_("Coin and ground have not changed places"): other_way_round <= _MORE_THAN_GUESSED,
        N_("It knows more than somebody who calls everything a coin"): iou > _MORE_THAN_GUESSED,
        N_("On the part of the photograph that it has never seen, the coins' IoU is at least 0.85"): iou
        >= _ENOUGH,
    }


def _iou(coin: Tensor, truth: Tensor, counted: Tensor) -> float:
    """IoU of the coins, over the pixels that count."""
    either = (coin | (truth == 1)) & counted
    return (coin & (truth == 1)).sum().item() / either.sum().item()


def _watch_void(model: nn.Module, images: Tensor, labels: Tensor) -> list[bool]:
    """One entry for every known picture that the model learns from: does a void pixel have a gradient?

    Pictures are known by their pixels, because batches are drawn. Who changes them, or trains the head alone
    on maps that the backbone has made before, is not seen.
    """
    void = {_bytes(image): label == _VOID for image, label in zip(images, labels, strict=True)}
    seen: list[bool] = []

    # a closure, and no method: who learns on a copy of the model would report to a copy of the list
    def look(_model: nn.Module, given: tuple[Any, ...], answer: Any) -> None:
        logits = answer["out"]
        rims = [void.get(_bytes(picture)) for picture in given[0]]
        if logits.requires_grad:
            logits.register_hook(
                lambda slope: seen.extend(
                    bool(one.cpu()[:, rim].any())
                    for one, rim in zip(slope, rims, strict=True)
                    if rim is not None
                )
            )

    model.register_forward_hook(look)
    return seen


def _bytes(picture: Tensor) -> bytes:
    return picture.detach().cpu().contiguous().numpy().tobytes()


def _has_changed(before: list[Tensor], model: nn.Module) -> bool:
    """Has any parameter other numbers? The model may have been copied or wrapped meanwhile."""
    alike = [one for one in model.parameters() if any(torch.equal(one, other) for other in before)]
    return len(alike) < len(list(model.parameters()))


@train_segmenter.mistake(
    N_(
        "The model comes back as it was. Do the five lines run for every batch, and does the optimizer "
        "hold the head's parameters, `model.classifier`?"
    )
)
def _untrained(model: nn.Module, _images: Tensor, _labels: Tensor) -> nn.Module:
    return model.eval()


@train_segmenter.mistake(
    N_(
        "The model has learned something, but it does not tell coins from the ground. Does the loop go over "
        "all pictures, twice? Is the learning rate about 0.01, and does the loss fall? Does each picture "
        "come as it is, and with its own labels?"
    )
)
def _hardly_trained(model: nn.Module, images: Tensor, labels: Tensor) -> nn.Module:
    optimizer = torch.optim.SGD(model.get_submodule("classifier").parameters(), lr=1e-6)
    nn.functional.cross_entropy(model(images[:8])["out"], labels[:8], ignore_index=_VOID).backward()
    optimizer.step()
    return model.eval()


@train_segmenter.mistake(
    N_("The model has learned well, but it comes back in train mode. End with `return model.eval()`.")
)
def _left_in_train_mode(_model: nn.Module, _images: Tensor, _labels: Tensor) -> nn.Module:
    return good_model(train_segmenter).train()


@train_segmenter.mistake(
    N_("255 is no class, and cross-entropy was not told that it means *ignore*: `ignore_index=255`.")
)
def _void_not_told(model: nn.Module, images: Tensor, labels: Tensor) -> nn.Module:
    nn.functional.cross_entropy(model(images[:8])["out"], labels[:8])
    return model.eval()


@train_segmenter.mistake(
    N_(
        "The pixels labelled 255 teach here: something was put in the place of that number, 0 or 1 perhaps. "
        'It means "nobody knows", so the loss must leave these pixels out: `ignore_index=255`.'
    )
)
def _rim_taught(model: nn.Module, images: Tensor, labels: Tensor) -> nn.Module:
    some = labels[:8]
    nn.functional.cross_entropy(model(images[:8])["out"], some.where(some != _VOID, 0)).backward()
    return good_model(train_segmenter)
