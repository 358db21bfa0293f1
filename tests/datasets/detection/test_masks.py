"""Instance masks, one file per object: boxes around the white."""

import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.datasets import check_detection, mask_detection
from vislearn.errors import FileError

RECTANGLES = [(10, 5, 30, 15), (59, 39, 60, 40)]


def draw(path, box, *, size=(60, 40), white=255):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((size[1], size[0]), np.uint8)
    if box is not None:
        pixels[box[1] : box[3], box[0] : box[2]] = white
    Image.fromarray(pixels).save(path)


@pytest.fixture
def root(tmp_path):
    """One picture (RGBA) with two objects, one (gray) with none."""
    for number, box in enumerate(RECTANGLES):
        draw(tmp_path / "one" / "masks" / f"{number}.png", box)
    (tmp_path / "one" / "images").mkdir()
    Image.new("RGBA", (60, 40), (9, 99, 200, 255)).save(tmp_path / "one" / "images" / "one.png")
    draw(tmp_path / "two" / "images" / "two.png", None)
    (tmp_path / "two" / "masks").mkdir()
    (tmp_path / "one" / "masks" / ".DS_Store").write_bytes(b"litter")
    return tmp_path


@pytest.mark.parametrize("masks", [False, True])
def test_boxes_are_tight_and_pictures_rgb(root, masks):
    dataset = mask_detection(root, masks=masks, label="nucleus")
    assert check_detection(dataset) == []
    image, target = dataset[0]
    assert torch.allclose(image[:, 0, 0] * 255, torch.tensor([9.0, 99, 200]))
    assert target["boxes"].tolist() == [list(map(float, box)) for box in RECTANGLES]
    assert target["labels"].tolist() == [1, 1]
    assert target["area"].tolist() == [200, 1]
    assert dataset.classes == ["nucleus"]
    assert ("masks" in target) is masks
    if masks:
        assert target["masks"].flatten(1).sum(1).tolist() == [200, 1]
    empty = dataset[1][1]
    assert empty["boxes"].shape == (0, 4)
    assert not masks or empty["masks"].shape == (0, 40, 60)


@pytest.mark.parametrize("white", [1, 128, 255])
def test_whatever_white_is_called(root, white):
    draw(root / "one" / "masks" / "0.png", RECTANGLES[0], white=white)
    assert mask_detection(root)[0][1]["area"][0] == 200


def test_names_choose(root):
    assert [path.name for path, _ in mask_detection(root, names=["two"]).items] == ["two.png"]


def spoil_mask(root):
    (root / "one" / "masks" / "1.png").write_bytes(b"?")


def empty_mask(root):
    draw(root / "one" / "masks" / "1.png", None)


def small_mask(root):
    draw(root / "one" / "masks" / "1.png", (1, 1, 5, 5), size=(30, 20))


def second_picture(root):
    draw(root / "one" / "images" / "x.png", None)


def no_masks(root):
    (root / "two" / "masks").rmdir()


WRONG = [
    (spoil_mask, r"1\.png"),
    (empty_mask, r"1\.png is an empty mask"),
    (small_mask, r"1\.png is 20×30 pixels .* but 0\.png beside it is 40×60"),
    (second_picture, "must hold one picture, and holds 2"),
    (no_masks, "masks is not a folder. Each picture has a folder"),
]


@pytest.mark.parametrize(("spoil", "sentence"), WRONG)
def test_another_layout_or_damage_is_named(root, spoil, sentence):
    spoil(root)
    with pytest.raises(FileError, match=sentence):
        mask_detection(root)


def test_masks_of_another_size_than_the_picture(root):
    for number in range(2):
        draw(root / "one" / "masks" / f"{number}.png", (1, 1, 5, 5), size=(30, 20))
    with pytest.raises(FileError, match=r"is 40×60 pixels .* its annotation says 20×30"):
        mask_detection(root)[0]


def test_no_root_and_an_empty_one(tmp_path):
    with pytest.raises(FileError, match="is not a folder"):
        mask_detection(tmp_path / "no")
    with pytest.raises(FileError, match="has no folders"):
        mask_detection(tmp_path)
