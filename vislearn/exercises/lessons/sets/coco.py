"""Exercise of lesson 14: a whole data set in COCO's dictionary."""

import json
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import unequal_sides
from vislearn.exercises.lessons.sets.boxes import NAMES, whole_boxes
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["coco_dict"]


@exercise(
    "sets.coco_dict",
    hints=[
        N_(
            "Three lists: `images`, `annotations`, `categories`. An annotation says by numbers to which "
            "image and which category it belongs; so give every image and every category a number first."
        ),
        N_("A box is `[left, top, width, height]`, its area width times height, and `iscrowd` is 0."),
        N_(
            "Two loops: over the pictures with `enumerate(files, start=1)`, and inside over "
            "`zip(boxes[place].tolist(), labels[place].tolist())`. The annotation's own number: "
            "`len(annotations) + 1`."
        ),
    ],
)
def coco_dict(
    files: list[str],
    sizes_hw: list[tuple[int, int]],
    boxes: list[Tensor],
    labels: list[Tensor],
    classes: list[str],
) -> dict[str, list[dict]]:
    """A whole data set as COCO's dictionary, ready for `json.dumps`.

    Args:
        files: names of the pictures.
        sizes_hw: (height, width) of each.
        boxes: for each picture (N, 4), left, top, right, bottom in pixels; N may be 0.
        labels: for each picture (N,), 1 to K.
        classes: K names; the first belongs to label 1.

    Returns:
        `images`: id, file_name, width, height. `annotations`: id, image_id, category_id, bbox (left, top,
        width, height), area, iscrowd (0). `categories`: id, name. The id of a category is the label. Plain
        Python numbers and lists, no tensors.
    """
    images: list[dict] = []
    annotations: list[dict] = []
    for place, (file, (height, width)) in enumerate(zip(files, sizes_hw, strict=True)):
        images.append({"id": place + 1, "file_name": file, "width": width, "height": height})
        for (left, top, right, bottom), label in zip(
            boxes[place].tolist(), labels[place].tolist(), strict=True
        ):
            wide, high = right - left, bottom - top
            annotation = {
                "id": len(annotations) + 1,
                "image_id": place + 1,
                "category_id": label,
                "iscrowd": 0,
            }
            annotations.append(annotation | {"bbox": [left, top, wide, high], "area": wide * high})
    categories = [{"id": number, "name": name} for number, name in enumerate(classes, start=1)]
    return {"images": images, "annotations": annotations, "categories": categories}


@coco_dict.inputs
def _a_set(generator: torch.Generator, trial: int) -> tuple[Any, ...]:
    counts = ([2, 0, 1], [1, 3], [0, 2])[
        trial % 3
    ]  # one picture has nothing on it, and is in the set all the same
    sizes = [unequal_sides(40, 60, generator) for _count in counts]
    boxes = [whole_boxes(count, *size, generator) for count, size in zip(counts, sizes, strict=True)]
    shares = torch.tensor([0.25, 0.5, 0.75, 0.0])  # that nobody cuts off: pixels need not be whole
    boxes = [some + shares for some in boxes] if trial % 2 else boxes
    labels = [torch.randint(1, len(NAMES) + 1, (count,), generator=generator) for count in counts]
    files = [f"{trial}_{place:02d}.jpg" for place in range(len(counts))]
    return files, sizes, boxes, labels, list(NAMES)


@coco_dict.read
def _read_coco(found: Any) -> dict[str, Any]:
    """What is in it, whatever numbers the images have: by file names, in the order of the images."""
    if not isinstance(found, dict):
        raise Unusable(_("a dict expected, {got} returned.", got=describe(found)))
    try:
        found = json.loads(json.dumps(found))
    except TypeError as trouble:
        raise Unusable(
            _(
                "`json.dumps` can't write this ({trouble}). `.tolist()` makes plain numbers of a tensor.",
                trouble=trouble,
            )
        ) from None
    parts = {key: _entries(found, key, needed) for key, needed in _NEEDED.items()}
    files = {entry["id"]: entry["file_name"] for entry in parts["images"]}
    for entry in parts["annotations"]:
        if entry["image_id"] not in files:
            raise Unusable(
                _("an annotation has image_id {id}, and no image has that id.", id=entry["image_id"])
            )
    return {
        "images": [[entry["file_name"], entry["width"], entry["height"]] for entry in parts["images"]],
        "categories": [[entry["id"], entry["name"]] for entry in parts["categories"]],
        "objects": [
            [files[entry["image_id"]], entry["category_id"], *map(_number, entry["bbox"])]
            for entry in parts["annotations"]
        ],
        "areas": [_number(entry["area"]) for entry in parts["annotations"]],
        "iscrowd": [int(entry["iscrowd"]) for entry in parts["annotations"]],
    }


_NEEDED = {
    "images": ("id", "file_name", "width", "height"),
    "annotations": ("id", "image_id", "category_id", "bbox", "area", "iscrowd"),
    "categories": ("id", "name"),
}


def _number(value: Any) -> float:
    """A number as a float, so that 3 and 3.0 are alike.

    Raises:
        Unusable: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unusable(_("a number expected where {got} stands.", got=repr(value)))
    return float(value)


def _entries(found: dict, key: str, needed: tuple[str, ...]) -> list[dict]:
    """One of the three lists, each entry with what it needs, and numbers that are given once.

    Raises:
        Unusable: it isn't so.
    """
    entries = found.get(key)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Unusable(_("`{key}` must be there, a list of dicts.", key=key))
    for entry in entries:
        for name in needed:
            if name not in entry:
                raise Unusable(_("an entry of `{key}` lacks `{name}`.", key=key, name=name))
        if "bbox" in needed and not (isinstance(entry["bbox"], list) and len(entry["bbox"]) == 4):
            raise Unusable(_("`bbox` must be a list of four numbers."))
    if len({json.dumps(entry["id"]) for entry in entries}) < len(entries):
        raise Unusable(
            _("two entries of `{key}` have the same id: COCO would keep only one of them.", key=key)
        )
    return entries


def _changed(args: tuple[Any, ...], change: Callable[[dict], object]) -> dict[str, list[dict]]:
    """The reference's dictionary, with every annotation changed."""
    made = coco_dict(*args)
    for entry in made["annotations"]:
        change(entry)
    return made


@coco_dict.mistake(N_("The boxes are left, top, *right, bottom*. COCO wants left, top, *width, height*."))
def _corners_kept(*args: Any) -> dict[str, list[dict]]:
    def change(entry: dict) -> None:
        left, top, wide, high = entry["bbox"]
        entry["bbox"] = [left, top, left + wide, top + high]

    return _changed(args, change)


@coco_dict.mistake(N_("The boxes are right. `area` is width times height of the box, in square pixels."))
def _no_area(*args: Any) -> dict[str, list[dict]]:
    return _changed(args, lambda entry: entry.update(area=0))


@coco_dict.mistake(
    N_(
        "The boxes have lost what comes after the point: pixels need not be whole. Leave `.tolist()`'s "
        "numbers as they are, without `int()` or `.long()`."
    )
)
def _cut_to_whole(files: list[str], sizes: list, boxes: list[Tensor], *rest: Any) -> dict[str, list[dict]]:
    return coco_dict(files, sizes, [some.floor() for some in boxes], *rest)


@coco_dict.mistake(
    N_(
        "The boxes begin at the centre, as YOLO's do. COCO's begin at the upper left corner: `[left, top, "
        "…]`."
    )
)
def _centres(*args: Any) -> dict[str, list[dict]]:
    def change(entry: dict) -> None:
        left, top, wide, high = entry["bbox"]
        entry["bbox"] = [left + wide / 2, top + high / 2, wide, high]

    return _changed(args, change)


@coco_dict.mistake(N_("The categories are counted from 0. Their ids must be the labels, which begin at 1."))
def _categories_from_zero(*args: Any) -> dict[str, list[dict]]:
    made = _changed(args, lambda entry: entry.update(category_id=entry["category_id"] - 1))
    made["categories"] = [entry | {"id": entry["id"] - 1} for entry in made["categories"]]
    return made


@coco_dict.mistake(
    N_(
        "The labels of the objects begin at 1, but the ids of the categories at 0: every name belongs to "
        "its neighbour."
    )
)
def _names_off_by_one(*args: Any) -> dict[str, list[dict]]:
    made = coco_dict(*args)
    made["categories"] = [entry | {"id": entry["id"] - 1} for entry in made["categories"]]
    return made


@coco_dict.mistake(
    N_(
        "Pictures without objects are missing. They belong to the set: a detector learns from them where "
        "nothing is."
    )
)
def _empty_left_out(*args: Any) -> dict[str, list[dict]]:
    made = coco_dict(*args)
    used = {entry["image_id"] for entry in made["annotations"]}
    made["images"] = [entry for entry in made["images"] if entry["id"] in used]
    return made


@coco_dict.mistake(
    N_("Width and height of the pictures have changed places: `sizes_hw` has the height first.")
)
def _sizes_turned(*args: Any) -> dict[str, list[dict]]:
    made = coco_dict(*args)
    for entry in made["images"]:
        entry["width"], entry["height"] = entry["height"], entry["width"]
    return made
