"""Exercises of lesson 13: a transform, boxes and a split that run and are wrong."""

from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2

from vislearn.exercises.comparing import as_tensor
from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw
from vislearn.exercises.lessons.clinic.named import NAMED, result_and_name
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["grouped_split", "prepared", "target"]

_MEAN, _STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


@exercise(
    "clinic.prepared",
    hints=[
        N_(
            "Print the smallest and the largest number that come out. A normalised photograph lies between "
            "about -2 and 3."
        ),
        N_(
            "`traps.check(transform=…)` says what is wrong with the chain. Its `found[0].trap.name` is the "
            "name to return."
        ),
        N_(
            "`v2.ToDtype(torch.float32)` changes the kind of number and not its value. "
            "`v2.ToDtype(torch.float32, scale=True)` divides by 255, too."
        ),
    ],
)
def prepared(picture: Image.Image) -> tuple[Tensor, str]:
    """Mend the transform of case 1, and name its trap.

        v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32),
                    v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])

    Args:
        picture: a PIL picture, RGB.

    Returns:
        The picture as the mended transform gives it, (3, H, W), float32, and the trap's name.
    """
    transform = v2.Compose(
        [
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    return transform(picture), "normalized_before_scaling"


@prepared.inputs
def _picture(generator: torch.Generator) -> tuple[Image.Image]:
    height, width = draw(4, generator) + 5, draw(4, generator) + 9
    pixels = torch.randint(256, (height, width, 3), generator=generator, dtype=torch.uint8)
    return (Image.fromarray(pixels.numpy()),)


@prepared.observe
def _pixels(function: Callable[..., Any], picture: Image.Image) -> dict[str, Any]:
    image, name = result_and_name(function(picture))
    numbers = as_tensor(image)
    if numbers is None:
        raise Unusable(_("the first of the two must be a tensor; it is {got}.", got=describe(image)))
    return {
        N_("The picture"): numbers.float(),
        NAMED: name == "normalized_before_scaling",
    }


def _normalised(pixels: Tensor) -> Tensor:
    return v2.functional.normalize(pixels, _MEAN, _STD)


def _bytes(picture: Image.Image) -> Tensor:
    return v2.functional.pil_to_tensor(picture).float()


@prepared.mistake(
    N_(
        "The name is right, and the program still has its trap: numbers up to 1100 come out. `ToDtype` must "
        "divide by 255, before Normalize: `scale=True`."
    )
)
def _unmended(picture: Image.Image) -> tuple[Tensor, str]:
    return _normalised(_bytes(picture)), "normalized_before_scaling"


@prepared.mistake(
    N_(
        "You divide by 255 *after* Normalize. The mean was then taken away from numbers 255 times too large. "
        "First scale, then normalise."
    )
)
def _divided_afterwards(picture: Image.Image) -> tuple[Tensor, str]:
    return _normalised(_bytes(picture)) / 255, "normalized_before_scaling"


@prepared.mistake(
    N_("The picture is divided by 255 twice, and comes out all but black. `scale=True` has done it already.")
)
def _scaled_twice(picture: Image.Image) -> tuple[Tensor, str]:
    return _normalised(_bytes(picture) / 255**2), "normalized_before_scaling"


@prepared.mistake(
    N_("Now the picture is not normalised at all. Normalize was right; the step before it was not.")
)
def _not_normalised(picture: Image.Image) -> tuple[Tensor, str]:
    return _bytes(picture) / 255, "normalized_before_scaling"


@prepared.mistake(
    N_(
        "The program is mended, and the trap has another name. Normalize did come, only too early: ask "
        "`traps.check` about the transform as it was."
    )
)
def _picture_alone(picture: Image.Image) -> tuple[Tensor, str]:
    return _normalised(_bytes(picture) / 255), "not_scaled"


@exercise(
    "clinic.target",
    hints=[
        N_(
            "Draw one box. Its annotation says x, y, *width, height*. What do torchvision's detectors want "
            "in the last two places?"
        ),
        N_(
            '`torchvision.ops.box_convert(boxes, "xywh", "xyxy")` does it; or add the first two columns '
            "to the last two."
        ),
        N_(
            "`boxes = torch.cat([rows[:, 1:3], rows[:, 1:3] + rows[:, 3:5]], dim=1)`. "
            "`traps.check` calls all that boxes can suffer by one name."
        ),
    ],
)
def target(rows: Tensor) -> tuple[dict, str]:
    """Mend the target that this data set gives, and name its trap.

        dict(boxes=rows[:, 1:5], labels=rows[:, 0].long())

    Args:
        rows: (N, 5), float32: label from 1 on, x and y of the upper left corner, width, height, in pixels.

    Returns:
        The target as torchvision's detectors want it: a dict with "boxes" (N, 4) and "labels" (N,), int64;
        and the trap's name.
    """
    boxes = torch.cat([rows[:, 1:3], rows[:, 1:3] + rows[:, 3:5]], dim=1)
    return {"boxes": boxes, "labels": rows[:, 0].long()}, "wrong_boxes"


@target.inputs
def _rows(generator: torch.Generator) -> tuple[Tensor]:
    count = draw(3, generator) + 3
    labels = torch.randint(1, 9, (count, 1), generator=generator)
    corners = torch.randint(40, 90, (count, 2), generator=generator)
    sizes = torch.randint(8, 30, (count, 2), generator=generator)
    return (torch.cat([labels, corners, sizes], dim=1).float(),)


@target.observe
def _boxes(function: Callable[..., Any], rows: Tensor) -> dict[str, Any]:
    made, name = result_and_name(function(rows))
    if not isinstance(made, dict) or not {"boxes", "labels"} <= set(made):
        raise Unusable(_('a dict with "boxes" and "labels" expected; it is {got}.', got=describe(made)))
    boxes, labels = as_tensor(made["boxes"]), as_tensor(made["labels"])
    if boxes is None or labels is None:
        raise Unusable(_("boxes and labels must be tensors; they are {got}.", got=describe(made["boxes"])))
    given = all(isinstance(made[part], Tensor) for part in ("boxes", "labels"))
    return {
        N_("The boxes"): boxes.float(),
        N_("The labels"): labels,
        N_("Boxes and labels are tensors, the boxes of float32"): given and boxes.dtype == torch.float32,
        N_("Labels are whole numbers, int64"): labels.dtype == torch.int64,
        NAMED: name == "wrong_boxes",
    }


def _with(rows: Tensor, boxes: Tensor, name: str = "wrong_boxes") -> tuple[dict, str]:
    return {"boxes": boxes, "labels": rows[:, 0].long()}, name


@target.mistake(
    N_(
        "The name is right, and width and height still stand where the lower right corner belongs. Add x to "
        "the width, y to the height."
    )
)
def _still_xywh(rows: Tensor) -> tuple[dict, str]:
    return _with(rows, rows[:, 1:5])


@target.mistake(
    N_(
        "You take x and y for the box's *middle*. They are its upper left corner: the format is `xywh`, not "
        "`cxcywh`."
    )
)
def _from_the_middle(rows: Tensor) -> tuple[dict, str]:
    half = rows[:, 3:5] / 2
    return _with(rows, torch.cat([rows[:, 1:3] - half, rows[:, 1:3] + half], dim=1))


@target.mistake(
    N_("The boxes are right, and now the labels begin one higher. They began at 1 already: leave them.")
)
def _labels_raised(rows: Tensor) -> tuple[dict, str]:
    made, name = target(rows)
    return {**made, "labels": made["labels"] + 1}, name


@target.mistake(
    N_("The labels begin at 0 now, and 0 is the background: that class would never be found. Leave them.")
)
def _labels_lowered(rows: Tensor) -> tuple[dict, str]:
    made, name = target(rows)
    return {**made, "labels": made["labels"] - 1}, name


@target.mistake(
    N_(
        "The boxes are right, and the trap has another name. No transform left anything behind here: the "
        "boxes themselves were wrong."
    )
)
def _boxes_alone(rows: Tensor) -> tuple[dict, str]:
    return target(rows)[0], "boxes_left_behind"


@exercise(
    "clinic.grouped_split",
    hints=[
        N_("Whoever splits pictures, splits photos apart. Split the photos, and let their pictures follow."),
        N_(
            "`photos = photo.unique()` are the photos' numbers; a fifth of `torch.randperm(len(photos))` "
            "chooses those for validation."
        ),
        N_(
            "`chosen = torch.isin(photo, some_photos)` is True where a picture belongs to one of them; "
            "`torch.nonzero(chosen)[:, 0]` are the places."
        ),
    ],
)
def grouped_split(photo: Tensor) -> tuple[tuple[Tensor, Tensor], str]:
    """Mend the split of case 7, and name its trap.

        order = torch.randperm(len(photo))
        train, val = order[len(photo) // 5:], order[:len(photo) // 5]

    Args:
        photo: (N,), int64: from which photo each picture was made. Several come from one, in any order.

    Returns:
        A pair, the places of the training's and of the validation's pictures, where 10 to 40 % of all are
        for validation and no photo is in both; and the trap's name.
    """
    photos = photo.unique()
    some = photos[torch.randperm(len(photos))[: len(photos) // 5]]
    chosen = torch.isin(photo, some)
    return (torch.nonzero(~chosen)[:, 0], torch.nonzero(chosen)[:, 0]), "leakage"


@grouped_split.inputs
def _photos(generator: torch.Generator) -> tuple[Tensor]:
    """From each photo three to five pictures; a fifth of the pictures ends amid a photo's."""
    count = 5 * (4 + draw(3, generator))
    while True:
        photo = torch.arange(count).repeat_interleave(torch.randint(3, 6, (count,), generator=generator)) + 10
        fifth = len(photo) // 5
        if photo[fifth - 1] == photo[fifth] and photo[-fifth - 1] == photo[-fifth]:
            return (photo[torch.randperm(len(photo), generator=generator)],)


@grouped_split.observe
def _parts(function: Callable[..., Any], photo: Tensor) -> dict[str, Any]:
    parts, name = result_and_name(function(photo))
    if not isinstance(parts, tuple | list) or len(parts) != 2:
        raise Unusable(
            _("two parts expected, places to train on and to validate; it is {got}.", got=describe(parts))
        )
    train, val = (_places(part, len(photo)) for part in parts)
    return {
        N_("No photo has pictures in both parts"): not set(photo[train].tolist()) & set(photo[val].tolist()),
        N_("Each picture is in one of the parts, once"): sorted([*train, *val]) == [*range(len(photo))],
        N_("At least 10 % are for validation"): len(val) >= 0.1 * len(photo),
        N_("At most 40 % are for validation"): len(val) <= 0.4 * len(photo),
        NAMED: name == "leakage",
    }


def _places(part: Any, count: int) -> list[int]:
    places = as_tensor(part)
    if places is not None and places.dtype == torch.bool:
        raise Unusable(
            _("each part must be a row of places; it holds truth values: `torch.nonzero(chosen)[:, 0]`.")
        )
    if places is None or places.ndim != 1 or places.is_floating_point():
        raise Unusable(
            _("each part must be a row of places, whole numbers; it is {got}.", got=describe(part))
        )
    if len(places) and not 0 <= int(places.min()) <= int(places.max()) < count:
        raise Unusable(_("places must lie between 0 and {last}.", last=count - 1))
    return [int(place) for place in places]


@grouped_split.mistake(
    N_(
        "The name is right, and there are still photos with pictures on both sides. Draw *photos*, not "
        "pictures."
    )
)
def _pictures_drawn(photo: Tensor) -> tuple[Any, str]:
    order = torch.arange(len(photo))
    return (order[len(photo) // 5 :], order[: len(photo) // 5]), "leakage"


@grouped_split.mistake(
    N_(
        "No photo is in both parts, but pictures are lost: you keep one of each photo. All pictures of a "
        "photo may stay, on the same side."
    )
)
def _one_of_each(photo: Tensor) -> tuple[Any, str]:
    first = torch.tensor([int((photo == one).nonzero()[0]) for one in photo.unique()])
    return (first[len(first) // 5 :], first[: len(first) // 5]), "leakage"


@grouped_split.mistake(
    N_(
        "More than 40 % of the pictures are for validation. Are the two parts changed round? The training's "
        "come first."
    )
)
def _changed_round(photo: Tensor) -> tuple[Any, str]:
    (train, val), name = grouped_split(photo)
    return (val, train), name


@grouped_split.mistake(
    N_(
        "The split is mended, and the trap has another name. What happens when a picture of the exam has "
        "been seen in class?"
    )
)
def _split_alone(photo: Tensor) -> tuple[Any, str]:
    return grouped_split(photo)[0], "chance_in_validation"
