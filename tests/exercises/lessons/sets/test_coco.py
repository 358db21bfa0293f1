"""Lesson 14's dictionary: other ways to build it, and other ways to make each mistake."""

import copy
import json
from itertools import count

import pytest
import torch
from PIL import Image
from torchvision.ops import box_convert

from vislearn.datasets import coco_detection
from vislearn.exercises import check
from vislearn.exercises.registry import find

NAME = "sets.coco_dict"


def by_torchvision(files, sizes_hw, boxes, labels, classes, first=1):
    numbers = count(first)
    annotations = [
        {
            "id": next(numbers),
            "image_id": image,
            "category_id": int(label),
            "bbox": box,
            "area": box[2] * box[3],
            "iscrowd": 0,
        }
        for image in range(len(files))
        for box, label in zip(box_convert(boxes[image], "xyxy", "xywh").tolist(), labels[image], strict=True)
    ]
    images = [
        {"id": image, "file_name": file, "height": height, "width": width}
        for image, (file, (height, width)) in enumerate(zip(files, sizes_hw, strict=True))
    ]
    categories = [{"id": place + 1, "name": name} for place, name in enumerate(classes)]
    return {"images": images, "annotations": annotations, "categories": categories}


def with_more(*args):
    made = by_torchvision(*args) | {"info": {"year": 2026}, "licenses": []}
    for entry in made["annotations"]:
        entry["segmentation"] = []
    for entry in made["categories"]:
        entry["supercategory"] = "thing"
    return made


def whole_where_they_are(*args):
    made = by_torchvision(*args, first=100)
    for entry in made["annotations"]:
        entry["bbox"] = [int(number) if number == int(number) else number for number in entry["bbox"]]
    return made


def cut_to_whole(files, sizes_hw, boxes, *rest):
    return by_torchvision(files, sizes_hw, [some.long() for some in boxes], *rest)


def named_images(*args):
    made = by_torchvision(*args)
    names = {entry["id"]: f"image {entry['id']}" for entry in made["images"]}
    for entry in made["images"]:
        entry["id"] = names[entry["id"]]
    for entry in made["annotations"]:
        entry["image_id"] = names[entry["image_id"]]
    return made


def in_a_loop(files, sizes_hw, boxes, labels, classes):
    made = {"images": [], "annotations": [], "categories": []}
    for file, (height, width), some, numbers in zip(files, sizes_hw, boxes, labels, strict=True):
        made["images"].append(dict(id=file, file_name=file, width=width, height=height))
        for box, label in zip(some, numbers, strict=True):
            left, top, right, bottom = (side.item() for side in box)
            entry = dict(id=len(made["annotations"]), image_id=file, category_id=label.item(), iscrowd=False)
            entry["bbox"] = (left, top, right - left, bottom - top)
            entry["area"] = (right - left) * (bottom - top)
            made["annotations"].append(entry)
    for name in classes:
        made["categories"].append(dict(id=len(made["categories"]) + 1, name=name))
    return made


def with_boxes(fmt):
    def answer(*args):
        made = by_torchvision(*args)
        for entry in made["annotations"]:
            box = torch.tensor(entry["bbox"])
            entry["bbox"] = box_convert(box, "xywh", fmt).tolist()
        return made

    return answer


def changed(key, change):
    """A right answer in which every entry of one list is changed."""

    def answer(*args):
        made = copy.deepcopy(by_torchvision(*args))
        made[key] = [change(dict(entry)) for entry in made[key]]
        return made

    return answer


def without_empty(files, sizes_hw, boxes, labels, classes):
    full = [place for place, some in enumerate(boxes) if len(some)]
    parts = ([part[place] for place in full] for part in (files, sizes_hw, boxes, labels))
    return by_torchvision(*parts, classes)


def both_from_zero(files, sizes_hw, boxes, labels, classes):
    made = by_torchvision(files, sizes_hw, boxes, [some - 1 for some in labels], classes)
    return changed_in(made, lambda entry: entry | {"id": entry["id"] - 1})


def changed_in(made, change):
    return made | {"categories": [change(entry) for entry in made["categories"]]}


RIGHT = {NAME: [by_torchvision, with_more, whole_where_they_are, named_images, in_a_loop]}

WRONG = {
    NAME: {
        "_corners_kept": with_boxes("xyxy"),
        "_no_area": changed("annotations", lambda entry: entry | {"area": 0}),
        "_cut_to_whole": cut_to_whole,
        "_centres": with_boxes("cxcywh"),
        "_categories_from_zero": both_from_zero,
        "_names_off_by_one": changed("categories", lambda entry: entry | {"id": entry["id"] - 1}),
        "_empty_left_out": without_empty,
        "_sizes_turned": lambda files, sizes, *rest: by_torchvision(files, [s[::-1] for s in sizes], *rest),
    }
}


def without(key, name):
    return changed(key, lambda entry: {other: entry[other] for other in entry if other != name})


UNLISTED = {
    NAME: [
        lambda *args: [],
        lambda *args: {"images": [], "annotations": [], "categories": []},
        lambda *args: json.dumps(by_torchvision(*args)),
        without("annotations", "iscrowd"),
        without("images", "width"),
        changed("annotations", lambda entry: entry | {"id": 1}),
        changed("annotations", lambda entry: entry | {"iscrowd": 1}),
        changed("annotations", lambda entry: entry | {"bbox": entry["bbox"][:2]}),
        changed("annotations", lambda entry: entry | {"bbox": torch.tensor(entry["bbox"])}),
        changed("annotations", lambda entry: entry | {"image_id": 99}),
        changed("images", lambda entry: entry | {"file_name": "folder/" + entry["file_name"]}),
    ]
}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda *args: [], "a dict expected"),
        (without("annotations", "area"), "lacks `area`"),
        (changed("annotations", lambda entry: entry | {"id": 1}), "the same id"),
        (changed("annotations", lambda entry: entry | {"image_id": 99}), "image_id 99"),
        (changed("annotations", lambda entry: entry | {"bbox": torch.tensor(entry["bbox"])}), "json.dumps"),
        (changed("annotations", lambda entry: entry | {"bbox": entry["bbox"][:2]}), "four numbers"),
        (changed("annotations", lambda entry: entry | {"area": "12"}), "a number expected"),
        (lambda *args: {"images": []}, "`annotations` must be there"),
    ],
)
def test_what_cannot_be_compared_is_told(answer, said):
    assert said in str(check(NAME, answer))


def test_the_courses_own_reader_finds_the_boxes(tmp_path):
    exercise = find(NAME)
    files, sizes, boxes, labels, classes = exercise.arguments(0)
    for file, (height, width) in zip(files, sizes, strict=True):
        Image.new("RGB", (width, height)).save(tmp_path / file)
    made = exercise.reference(files, sizes, boxes, labels, classes)
    (tmp_path / "a.json").write_text(json.dumps(made))
    dataset = coco_detection(tmp_path / "a.json", tmp_path)
    assert dataset.classes == classes
    for (_image, target), some, numbers in zip(dataset, boxes, labels, strict=True):
        assert torch.equal(target["boxes"].as_subclass(torch.Tensor), some)
        assert torch.equal(target["labels"], numbers)
