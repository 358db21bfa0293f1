"""Exercises of lesson 04: from an annotation to a target, and from samples to a batch."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.targets import require_target_types

__all__ = ["collate", "make_target"]

_NAMES = ("cat", "dog", "car", "tree", "cup", "hat")

Objects = list[dict[str, Any]]
Sample = tuple[Tensor, dict[str, Tensor]]


@exercise(
    "detection.make_target",
    trials=8,
    hints=[
        N_(
            "Two lists grow side by side: boxes and labels. Which two numbers of `bbox` are already corners,"
            " and which must be added to them?"
        ),
        N_(
            "The box is `[x, y, x + width, y + height]`. The label is `classes.index(name) + 1`, because 0 "
            "means background."
        ),
        N_(
            "Say the types: `torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)` also gives (0, 4) for "
            "a picture without objects, and `torch.tensor(labels, dtype=torch.int64)` whole numbers."
        ),
    ],
)
def make_target(objects: list, classes: list) -> dict:
    """Turn the annotation of one picture into the target that torchvision's detectors learn from.

    Each object is a dict: "name" is its class, and "bbox" is [x, y, width, height] in pixels, where x and y
    are the left and the top edge. A picture may have no objects.

    Args:
        objects: the objects on the picture, a list of dicts.
        classes: the names of the classes 1, 2, … K, in this order.

    Returns:
        A dict with "boxes", float32 (N, 4): left, top, right, bottom; and "labels", int64 (N,): 1 … K.
    """
    boxes, labels = [], []
    for thing in objects:
        x, y, width, height = thing["bbox"]
        boxes.append([x, y, x + width, y + height])
        labels.append(classes.index(thing["name"]) + 1)
    return {
        "boxes": torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        "labels": torch.tensor(labels, dtype=torch.int64),
    }


@make_target.read
def _required_keys(answer: Any) -> Any:
    """Without what torchvision's references add; types that its detectors can't learn from are refused."""
    if not isinstance(answer, dict):
        return answer
    require_target_types(answer)
    return {key: value for key, value in answer.items() if key not in ("area", "iscrowd", "image_id")}


@make_target.inputs
def _annotation(generator: torch.Generator, trial: int) -> tuple[Objects, list[str]]:
    order = torch.randperm(len(_NAMES), generator=generator).tolist()
    classes = [_NAMES[at] for at in order[:4]]
    objects = []
    for _object in range(draw(4, generator) if trial != 2 else 0):  # none, at times
        x, y, width, height = (5 + draw(80, generator) / 2 for _number in range(4))
        objects.append({"name": classes[draw(4, generator)], "bbox": [x, y, width, height + 50]})
    return objects, classes


def _built(objects: Objects, classes: list[str], box: Any, first: int = 1) -> dict[str, Tensor]:
    """A target by another rule for boxes, or with another first label."""
    return {
        "boxes": torch.tensor([box(*thing["bbox"]) for thing in objects]).reshape(-1, 4),
        "labels": torch.tensor([classes.index(thing["name"]) + first for thing in objects]).to(torch.int64),
    }


def _corners(x: float, y: float, width: float, height: float) -> list[float]:
    return [x, y, x + width, y + height]


@make_target.mistake(
    N_(
        "The boxes are still x, y, width, height. A detector reads them as corners: the right edge is x + "
        "width, the lower edge y + height."
    )
)
def _as_given(objects: Objects, classes: list[str]) -> dict[str, Tensor]:
    return _built(objects, classes, lambda x, y, width, height: [x, y, width, height])


@make_target.mistake(
    N_(
        "Labels start at 0 here. In torchvision's detectors 0 is the background, so your first class would "
        "be taught to be nothing. Count from 1."
    )
)
def _from_zero(objects: Objects, classes: list[str]) -> dict[str, Tensor]:
    return _built(objects, classes, _corners, first=0)


@make_target.mistake(
    N_(
        "The order is top, left, bottom, right, as for rows and columns of a tensor. Boxes have x first: "
        "left, top, right, bottom."
    )
)
def _rows_first(objects: Objects, classes: list[str]) -> dict[str, Tensor]:
    return _built(objects, classes, lambda x, y, width, height: [y, x, y + height, x + width])


@make_target.mistake(
    N_(
        "This takes x and y for the middle of the box. Here they are its left and upper edge: nothing is "
        "halved."
    )
)
def _from_the_middle(objects: Objects, classes: list[str]) -> dict[str, Tensor]:
    return _built(objects, classes, lambda x, y, w, h: [x - w / 2, y - h / 2, x + w / 2, y + h / 2])


@make_target.mistake(
    N_(
        "One pixel too small: this is the last pixel that belongs to the object. torchvision's right and "
        "lower edges lie just outside, so that right minus left is the width."
    )
)
def _inclusive(objects: Objects, classes: list[str]) -> dict[str, Tensor]:
    return _built(objects, classes, lambda x, y, w, h: [x, y, x + w - 1, y + h - 1])


@make_target.mistake(
    N_("The labels are float numbers. A class is counted, not measured: `dtype=torch.int64`.")
)
def _labels_float(objects: Objects, classes: list[str]) -> dict[str, Tensor]:
    made = _built(objects, classes, _corners)
    return made | {"labels": made["labels"].to(torch.float32)}


# Three forms of one oversight, told the same.
_WITHOUT_OBJECTS = N_(
    "Right, except for a picture without objects. `torch.tensor([])` has the shape (0,) and is float: make "
    "boxes (0, 4) with `.reshape(-1, 4)`, and labels whole numbers with `dtype=torch.int64`."
)


@make_target.mistake(_WITHOUT_OBJECTS)
def _empty_boxes_flat(objects: Objects, classes: list[str]) -> dict[str, Tensor]:
    made = _built(objects, classes, _corners)
    return made | {"boxes": made["boxes"] if objects else torch.zeros(0)}


@make_target.mistake(_WITHOUT_OBJECTS)
def _empty_labels_float(objects: Objects, classes: list[str]) -> dict[str, Tensor]:
    made = _built(objects, classes, _corners)
    return made | {"labels": made["labels"] if objects else torch.zeros(0)}


@make_target.mistake(_WITHOUT_OBJECTS)
def _empty_both(objects: Objects, classes: list[str]) -> dict[str, Tensor]:
    return (
        _built(objects, classes, _corners) if objects else {"boxes": torch.zeros(0), "labels": torch.zeros(0)}
    )


@exercise(
    "detection.collate",
    trials=3,
    hints=[
        N_("A batch is a list of pairs: (image, target), (image, target), … You want two lists instead."),
        N_(
            "`zip(*batch)` turns a list of pairs into a pair of sequences: all first parts, all second parts."
        ),
        N_("`images, targets = zip(*batch)`, then `return list(images), list(targets)`."),
    ],
)
def collate(batch: list) -> tuple:
    """Make one batch for a detector out of samples, as the `collate_fn` of a DataLoader.

    Images differ in size and targets in length. Nothing must be stacked, padded or cut.

    Args:
        batch: a list of samples, each (image, target): a tensor (3, H, W) and a dict of tensors.

    Returns:
        The list of all images and the list of all targets, in the order of the samples.
    """
    images, targets = zip(*batch, strict=True)
    return list(images), list(targets)


@collate.inputs
def _samples(generator: torch.Generator, trial: int) -> tuple[list[Sample]]:
    more = (("area",), ("iscrowd", "area"), ("keypoints",))[trial % 3]
    count = 2 + draw(3, generator)
    samples = []
    for index in range(count):
        height, width = 6 + draw(4, generator), 10 + index  # no two pictures have the same size
        objects = 0 if index == 1 else 1 + draw(3, generator)  # the second picture shows nothing
        corners = torch.rand(objects, 2, generator=generator)
        boxes = torch.cat([corners, corners + 2], dim=1)
        labels = torch.randint(1, 5, (len(boxes),), generator=generator)
        image = torch.rand(3, height, width, generator=generator)
        target = {"boxes": boxes, "labels": labels}
        target |= {key: torch.rand(objects, 2, generator=generator) for key in more}
        samples.append((image, target))
    return (samples,)


@collate.mistake(
    N_(
        "`torch.stack` needs pictures of one size, and these differ. Detectors take a list of pictures: "
        "leave them as they are."
    )
)
def _stacked(batch: list[Sample]) -> tuple[Tensor, list]:
    return torch.stack([image for image, _target in batch]), [target for _image, target in batch]


@collate.mistake(
    N_(
        "Padded to one size. A detector does that itself, after it has noted each picture's real size. Here "
        "it would look for objects in the padding."
    )
)
def _padded(batch: list[Sample]) -> tuple[Tensor, list]:
    height, width = (max(image.shape[axis] for image, _target in batch) for axis in (1, 2))
    padded = [
        functional.pad(image, (0, width - image.shape[2], 0, height - image.shape[1]))
        for image, _target in batch
    ]
    return torch.stack(padded), [target for _image, target in batch]


@collate.mistake(
    N_(
        "This is the batch as it came: a list of pairs. Two lists are wanted, all images and all targets: "
        "`zip(*batch)`."
    )
)
def _as_it_came(batch: list[Sample]) -> list[Sample]:
    return batch


@collate.mistake(N_("Targets come first here. Everybody expects images, targets."))
def _targets_first(batch: list[Sample]) -> tuple[list, list]:
    return [target for _image, target in batch], [image for image, _target in batch]


@collate.mistake(N_("These are the images alone. Without the targets nothing can be learned: return both."))
def _only_images(batch: list[Sample]) -> list[Tensor]:
    return [image for image, _target in batch]


@collate.mistake(
    N_(
        "The targets of all pictures were joined into one dict. Nobody knows any more which box belongs to "
        "which picture: keep one dict per picture."
    )
)
def _joined(batch: list[Sample]) -> tuple[list, dict]:
    images, targets = [image for image, _target in batch], [target for _image, target in batch]
    return images, {key: torch.cat([target[key] for target in targets]) for key in targets[0]}


@collate.mistake(
    N_(
        "Only boxes and labels are left of the targets. What else a dataset says of its objects, masks say, "
        "a model may need: pass each target on whole, with all its keys."
    )
)
def _keys_lost(batch: list[Sample]) -> tuple[list, list]:
    targets = [{key: target[key] for key in ("boxes", "labels")} for _image, target in batch]
    return [image for image, _target in batch], targets


@collate.mistake(N_("`return` comes too early: this is the first sample alone."))
def _first_only(batch: list[Sample]) -> Sample:
    return batch[0]
