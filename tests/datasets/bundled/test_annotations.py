import json
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as oracle

from vislearn.datasets.bundled.annotations import (
    SceneObject,
    coco_json,
    coco_rle,
    palette_png,
    voc_colours,
    voc_xml,
)


def mask(*pixels, shape=(4, 5)):
    array = np.zeros(shape, dtype=bool)
    for row, column in pixels:
        array[row, column] = True
    return array


@pytest.mark.parametrize(
    ("pixels", "box"),
    [([(0, 0)], (0, 0, 1, 1)), ([(3, 4)], (4, 3, 5, 4)), ([(1, 1), (2, 3)], (1, 1, 4, 3))],
)
def test_the_box_is_tight(pixels, box):
    assert SceneObject(7, mask(*pixels)).box_xyxy == box


# pycocotools 2.0.11 hands NumPy 2 an old-style array
@pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
@pytest.mark.parametrize("seed", range(20))
def test_run_lengths_are_what_pycocotools_reads(seed):
    rng = np.random.default_rng(seed)
    drawn = rng.random((rng.integers(1, 9), rng.integers(1, 9))) < rng.choice([0, 0.2, 0.8, 1])
    rle = coco_rle(drawn)
    assert np.array_equal(oracle.decode(oracle.frPyObjects(rle, *rle["size"])), drawn)


def test_coco_counts_categories_from_one_and_boxes_by_width():
    record = json.loads(coco_json([("a.jpg", []), ("b.jpg", [SceneObject(0, mask((1, 1), (2, 3)))])], 5))
    assert [image["file_name"] for image in record["images"]] == ["a.jpg", "b.jpg"]
    (entry,) = record["annotations"]
    assert (entry["image_id"], entry["category_id"], entry["bbox"], entry["area"]) == (2, 1, [1, 1, 3, 2], 2)
    assert record["categories"][0] == {"id": 1, "name": "0", "supercategory": "digit"}


def test_voc_boxes_count_from_one_and_include_their_last_pixel():
    root = ElementTree.fromstring(voc_xml("a.jpg", [SceneObject(3, mask((1, 1), (2, 3)))], 5))
    assert root.findtext("object/name") == "3"
    corners = [root.findtext(f"object/bndbox/{name}") for name in ("xmin", "ymin", "xmax", "ymax")]
    assert corners == ["2", "2", "4", "3"]
    assert [root.findtext(f"size/{name}") for name in ("width", "height", "depth")] == ["5", "5", "3"]
    assert not ElementTree.fromstring(voc_xml("a.jpg", [], 5)).findall("object")


def test_palette_pictures_store_indices_and_show_vocs_colours(tmp_path):
    indices = np.arange(12, dtype=np.uint8).reshape(3, 4)
    palette_png(indices).save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert np.array_equal(np.asarray(image), indices)
        assert np.array_equal(np.asarray(image.convert("RGB"))[2, 3], voc_colours()[11])


def test_vocs_published_colours():
    colours = voc_colours()
    published = {1: (128, 0, 0), 4: (0, 0, 128), 8: (64, 0, 0), 15: (192, 128, 128), 255: (224, 224, 192)}
    assert {index: tuple(colours[index].tolist()) for index in published} == published
    assert len(np.unique(colours, axis=0)) == 256
