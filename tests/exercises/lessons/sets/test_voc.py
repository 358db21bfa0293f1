"""Lesson 14's XML: other ways to write it, and other ways to make each mistake."""

from xml.dom import minidom
from xml.etree import ElementTree

import pytest
import torch
from PIL import Image

from vislearn.datasets import voc_detection
from vislearn.exercises import check
from vislearn.exercises.registry import find

NAME = "sets.voc_xml"


def element(file, height, width, boxes, names, shift=(1, 1, 0, 0)):
    root = ElementTree.Element("annotation")
    ElementTree.SubElement(root, "filename").text = file
    size = ElementTree.SubElement(root, "size")
    for key, value in {"width": width, "height": height, "depth": 3}.items():
        ElementTree.SubElement(size, key).text = str(value)
    for box, name in zip(boxes, names, strict=True):
        thing = ElementTree.SubElement(root, "object")
        ElementTree.SubElement(thing, "name").text = name
        corners = ElementTree.SubElement(thing, "bndbox")
        for key, value, by in zip(("xmin", "ymin", "xmax", "ymax"), box, shift, strict=True):
            ElementTree.SubElement(corners, key).text = str(int(value) + by)
    return root


def by_tree(*args):
    return ElementTree.tostring(element(*args), encoding="unicode")


def as_bytes(*args):
    return ElementTree.tostring(element(*args))


def indented(*args):
    root = element(*args)
    ElementTree.indent(root)
    return '<?xml version="1.0"?>\n' + ElementTree.tostring(root, encoding="unicode")


def with_more(file, height, width, boxes, names):
    root = element(file, height, width, boxes, names)
    ElementTree.SubElement(root, "folder").text = "pictures"
    ElementTree.SubElement(root, "segmented").text = "0"
    for thing in root.findall("object"):
        ElementTree.SubElement(thing, "pose").text = "Unspecified"
        ElementTree.SubElement(thing, "difficult").text = "0"
    return ElementTree.tostring(root, encoding="unicode")


def by_format(file, height, width, boxes, names):
    thing = (
        "<object><bndbox><ymin>{1}</ymin><xmin>{0}</xmin><ymax>{3}</ymax><xmax>{2}</xmax></bndbox>"
        "<name>{4}</name></object>"
    )
    first = (boxes + torch.tensor([1, 1, 0, 0])).long().tolist()
    things = "".join(thing.format(*box, name) for box, name in zip(first, names, strict=True))
    size = f"<size><height>{height}</height><width>{width}</width></size>"
    return f"<annotation>{size}{things}<filename>{file}</filename></annotation>"


def shifted(*by):
    return lambda *args: ElementTree.tostring(element(*args, shift=by), encoding="unicode")


def lengths(file, height, width, boxes, names):
    boxes = [(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in boxes.tolist()]
    return by_tree(file, height, width, boxes, names)


def by_document(*args):
    return minidom.parseString(as_bytes(*args)).toprettyxml(indent="\t")


RIGHT = {NAME: [by_tree, indented, with_more, by_format, by_document]}

WRONG = {
    NAME: {
        "_from_zero": shifted(0, 0, 0, 0),
        "_all_plus_one": shifted(1, 1, 1, 1),
        "_last_from_zero": shifted(0, 0, -1, -1),
        "_size_turned": lambda file, height, width, *rest: by_tree(file, width, height, *rest),
        "_wide_and_high": lengths,
        "_axes_turned": lambda file, height, width, boxes, names: by_tree(
            file, height, width, [(box[1], box[0], box[3], box[2]) for box in boxes], names
        ),
    }
}

UNLISTED = {
    NAME: [
        lambda *args: by_tree(*args)[:-5],
        lambda *args: by_tree(*args).replace("annotation", "annotations"),
        lambda *args: by_tree(*args).replace("xmin", "xMin"),
        lambda *args: by_tree(*args).replace("</xmax>", ".0</xmax>"),
        lambda *args: by_tree(*args).replace("size>", "shape>"),
        lambda *args: by_tree(*args).replace("filename>", "file>"),
        lambda *args: by_tree(*args).replace("object>", "objects>"),
        lambda *args: args[3],
        as_bytes,
        element,
        lambda file, height, width, boxes, names: by_tree(file, height, width, boxes[:1], names[:1]),
        lambda file, height, width, boxes, names: by_tree(file, height, width, boxes, names[::-1]),
    ]
}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda *args: by_tree(*args)[:-5], "Is every tag closed"),
        (lambda *args: by_tree(*args).replace("</xmax>", ".5</xmax>"), "whole number"),
        (lambda *args: by_tree(*args).replace("xmin", "left"), "xmin"),
        (lambda *args: by_tree(*args).replace("annotation>", "voc>"), "outermost"),
        (lambda *args: args[3], "a text expected"),
        (as_bytes, 'encoding="unicode"'),
        (element, 'encoding="unicode"'),
        (lambda *args: ElementTree.ElementTree(element(*args)), 'encoding="unicode"'),
    ],
)
def test_what_cannot_be_compared_is_told(answer, said):
    assert said in str(check(NAME, answer))


def test_the_courses_own_reader_finds_the_boxes(tmp_path):
    exercise = find(NAME)
    for trial in range(4):
        file, height, width, boxes, names = exercise.arguments(trial)
        folder = tmp_path / str(trial)
        folder.mkdir()
        Image.new("RGB", (width, height)).save(folder / file)
        (folder / f"{trial:04d}.xml").write_text(exercise.reference(file, height, width, boxes, names))
        dataset = voc_detection(folder, folder, classes=["rickshaw", "bus", "goat", "boat"])
        _image, target = dataset[0]
        assert torch.equal(target["boxes"].as_subclass(torch.Tensor), boxes)
        assert [dataset.classes[label - 1] for label in target["labels"]] == names
