import json

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import CocoDetection, VOCDetection, VOCSegmentation

from vislearn.datasets import scenes
from vislearn.datasets.bundled import scenes as scenery
from vislearn.datasets.bundled.digits import load_split
from vislearn.datasets.bundled.pictures import source_file
from vislearn.datasets.bundled.scenes import (
    _BACKGROUNDS,
    _CONTRAST,
    RECIPE,
    _background,
    _contrasting,
    _paste_digits,
    background_regions,
)
from vislearn.errors import InputError

COUNTS = {"train": 400, "val": 100}


def index_mask(path):
    with Image.open(path) as image:
        assert image.mode == "P"
        return np.asarray(image)


def voc_objects(target):
    return [entry for entry in target["annotation"]["object"] if entry]


def box_of(entry):
    return [int(entry["bndbox"][name]) for name in ("xmin", "ymin", "xmax", "ymax")]


# pycocotools 2.0.11 hands NumPy 2 an old-style array
@pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
@pytest.mark.parametrize("split", COUNTS)
def test_torchvisions_loaders_agree_with_each_other_and_with_the_masks(bundled, split):
    found = scenes(split)
    detection = VOCDetection(found.voc_root, image_set=split)
    segmentation = VOCSegmentation(found.voc_root, image_set=split)
    coco = CocoDetection(found.images, found.coco_json)
    assert len(detection) == len(segmentation) == len(coco) == len(found.names) == COUNTS[split]
    for index in range(0, COUNTS[split], 7):
        image, voc_target = detection[index]
        coco_image, coco_target = coco[index]
        assert image.size == (128, 128)
        assert np.array_equal(image, coco_image)
        name = found.names[index]
        semantic, instances = (
            index_mask(folder / f"{name}.png") for folder in (found.semantic, found.instances)
        )
        assert np.array_equal(np.asarray(segmentation[index][1]), semantic)
        voc = voc_objects(voc_target)
        assert len(voc) == len(coco_target) == instances.max()
        for number, (voc_entry, coco_entry) in enumerate(zip(voc, coco_target, strict=True), start=1):
            mask = instances == number
            assert (coco.coco.annToMask(coco_entry) == mask).all()
            assert coco_entry["area"] == mask.sum() > 0
            assert set(semantic[mask]) == {int(voc_entry["name"]) + 1} == {coco_entry["category_id"]}
            x0, y0, x1, y1 = box_of(voc_entry)
            rows, columns = np.nonzero(mask)
            assert (x0 - 1, y0 - 1) == (columns.min(), rows.min())
            assert (x1 - 1, y1 - 1) == (columns.max(), rows.max())
            assert coco_entry["bbox"] == [x0 - 1, y0 - 1, x1 - x0 + 1, y1 - y0 + 1]
        assert ((semantic > 0) == (instances > 0)).all()


def test_all_digits_occur_and_some_scenes_are_empty(bundled):
    record = json.loads(scenes("train").coco_json.read_text(encoding="utf-8"))
    counts = np.bincount([entry["category_id"] for entry in record["annotations"]], minlength=11)
    assert counts[0] == 0
    assert counts[1:].min() > 50
    with_objects = {entry["image_id"] for entry in record["annotations"]}
    assert 0 < len(record["images"]) - len(with_objects) < 40


@pytest.mark.parametrize("name", _BACKGROUNDS)
def test_backgrounds_of_the_splits_share_no_pixel_and_have_room(name):
    with Image.open(source_file(name)) as image:
        width, height = image.size
    regions = background_regions(height, width)
    assert regions["train"][2] <= regions["val"][0]
    for x0, y0, x1, y1 in regions.values():
        assert x1 - x0 >= 128
        assert y1 - y0 >= 128
        assert x1 <= width
        assert y1 <= height


@pytest.mark.parametrize("split", COUNTS)
def test_backgrounds_are_cut_from_their_splits_region_alone(split):
    photograph = Image.new("RGB", (600, 300), "red")
    x0, y0, x1, y1 = background_regions(300, 600)[split]
    photograph.paste("blue", (x0, y0, x1, y1))
    rng = np.random.default_rng(0)
    for _ in range(30):
        canvas = _background(rng, dict.fromkeys(_BACKGROUNDS, photograph), split)
        assert (canvas == [0, 0, 255]).all()  # not a trace of red


def test_digits_stand_out_and_are_hardly_hidden():
    rng = np.random.default_rng(0)
    ink, labels = load_split("val")
    for _ in range(40):
        canvas = np.full((128, 128, 3), 120, dtype=np.float32)
        objects = _paste_digits(rng, canvas, ink, labels)
        drawn = np.abs(canvas - 120).max(-1) > 60
        visible = np.zeros((128, 128), dtype=bool)
        for item in objects:
            assert not (visible & item.mask).any()
            visible |= item.mask
        assert (drawn & ~visible).sum() <= 0.1 * max(drawn.sum(), 1)


def test_a_digit_is_not_buried_under_another(monkeypatch):
    square = np.zeros((128, 128), dtype=np.float32)
    square[10:30, 10:30] = 1
    monkeypatch.setattr(scenery, "_place", lambda rng, alpha: square)
    ink, labels = load_split("val")
    for seed in range(20):
        canvas = np.full((128, 128, 3), 120, dtype=np.float32)
        assert len(_paste_digits(np.random.default_rng(seed), canvas, ink, labels)) <= 1


@pytest.mark.parametrize("gray", [0, 80, 128, 255])
def test_colours_differ_in_brightness_from_what_lies_below(gray):
    rng = np.random.default_rng(gray)
    for _ in range(50):
        colour = _contrasting(rng, np.full((9, 3), gray, dtype=np.float32))
        assert abs(colour @ [0.299, 0.587, 0.114] - gray) >= _CONTRAST - 0.01
        assert 0 <= colour.min() <= colour.max() <= 255


def test_building_again_gives_the_same_bytes(bundled, tmp_path):
    units = RECIPE.build(tmp_path)
    for _unit in range(12):
        next(units)
    files = [path for path in tmp_path.rglob("train_*") if path.is_file()]
    assert len(files) == 12 * 4
    for path in files:
        assert path.read_bytes() == (bundled / "scenes" / path.relative_to(tmp_path)).read_bytes()


def test_an_unknown_split_is_answered_with_a_guess(bundled):
    with pytest.raises(InputError, match="Did you mean 'train'"):
        scenes("traim")


@pytest.mark.parametrize(
    ("split", "version", "of_each_digit", "mean_xywh", "area", "look", "size"),
    [
        (
            "train",
            2,
            [111, 102, 105, 80, 97, 92, 103, 100, 112, 94],
            [50.53, 44.82, 25.78, 39.28],
            542550,
            (94.84, 65.00),
            3331380,
        ),
        (
            "val",
            2,
            [13, 23, 28, 26, 31, 14, 23, 25, 28, 25],
            [53.14, 46.58, 25.29, 39.02],
            126889,
            (96.59, 68.96),
            741223,
        ),
    ],
)
def test_what_is_drawn_changes_only_together_with_the_version(
    bundled, brightness, split, version, of_each_digit, mean_xywh, area, look, size
):
    found = scenes(split)
    objects = json.loads(found.coco_json.read_text(encoding="utf-8"))["annotations"]
    assert RECIPE.version == version
    assert np.bincount([item["category_id"] for item in objects]).tolist() == [0, *of_each_digit]
    assert np.mean([item["bbox"] for item in objects], axis=0) == pytest.approx(mean_xywh, abs=0.02)
    assert sum(item["area"] for item in objects) == pytest.approx(area, rel=1e-4)
    files = [found.images / f"{name}.jpg" for name in found.names]
    assert brightness(files) == look
    assert sum(file.stat().st_size for file in files) == pytest.approx(size, rel=0.02)  # the quality
