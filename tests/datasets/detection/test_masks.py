"""Instance masks, one file per object or one number per object: boxes around them."""

import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.datasets import check_detection, instance_detection, mask_detection, scene_detection, scenes
from vislearn.errors import FileError, InputError

RECTANGLES = [(10, 5, 30, 15), (58, 37, 60, 40)]


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
    assert target["area"].tolist() == [200, 6]
    assert dataset.classes == ["nucleus"]
    assert ("masks" in target) is masks
    if masks:
        assert target["masks"].flatten(1).sum(1).tolist() == [200, 6]
    empty = dataset[1][1]
    assert empty["boxes"].shape == (0, 4)
    assert not masks or empty["masks"].shape == (0, 40, 60)


@pytest.mark.parametrize("white", [1, 128, 255])
def test_whatever_white_is_called(root, white):
    draw(root / "one" / "masks" / "0.png", RECTANGLES[0], white=white)
    assert mask_detection(root)[0][1]["area"][0] == 200


def test_masks_drawn_black_on_white(root):
    for number, box in enumerate(RECTANGLES):
        draw(root / "one" / "masks" / f"{number}.png", box, white=255)
        path = root / "one" / "masks" / f"{number}.png"
        with Image.open(path) as image:
            Image.fromarray(255 - np.asarray(image)).save(path)
    with pytest.raises(FileError, match="bright in all corners"):
        mask_detection(root)
    dataset = mask_detection(root, background="white", masks=True)
    assert dataset[0][1]["boxes"].tolist() == [list(map(float, box)) for box in RECTANGLES]
    with pytest.raises(InputError, match="background"):
        mask_detection(root, background="gray")


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


def small_and_white(root):
    draw(root / "one" / "masks" / "1.png", (0, 0, 30, 20), size=(30, 20))


def foreign_file(root):
    (root / "one" / "masks" / "notes.txt").touch()


WRONG = [
    (foreign_file, r"notes\.txt is not a picture"),
    (spoil_mask, r"1\.png"),
    (empty_mask, r"1\.png is an empty mask"),
    (small_and_white, r"1\.png is 20×30 pixels"),
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


@pytest.fixture
def pair(tmp_path):
    """Penn-Fudan's way: a picture, and a label image of 16 bits with three objects, one beside another."""
    for name in ("images", "instances"):
        (tmp_path / name).mkdir()
    Image.new("RGB", (60, 40)).save(tmp_path / "images" / "a.jpg")
    numbers = np.zeros((40, 60), np.uint16)
    numbers[5:15, 10:30], numbers[5:15, 30:40], numbers[30:40, 50:60] = 1, 2, 700
    Image.fromarray(numbers).save(tmp_path / "instances" / "a_mask.png")
    return tmp_path / "images", tmp_path / "instances"


@pytest.mark.parametrize("masks", [False, True])
def test_each_number_is_an_object_of_its_own(pair, masks):
    dataset = instance_detection(*pair, masks=masks, suffix="_mask", label="walker")
    assert check_detection(dataset) == []
    assert dataset.items[0][0].name == "a.jpg"
    target = dataset[0][1]
    assert target["boxes"].tolist() == [[10, 5, 30, 15], [30, 5, 40, 15], [50, 30, 60, 40]]
    assert target["area"].tolist() == [200, 100, 100]
    assert dataset.classes == ["walker"]
    assert len(instance_detection(*pair, suffix="_mask", ignore=[700])[0][1]["boxes"]) == 2
    if masks:
        assert target["masks"].flatten(1).sum(1).tolist() == [200, 100, 100]


def test_label_images_without_their_pictures(pair, tmp_path):
    with pytest.raises(FileError, match=r"a_mask is not there, but a_mask\.png names it"):
        instance_detection(*pair)
    with pytest.raises(FileError, match=r"is not a folder\. Pictures and masks lie in two folders"):
        instance_detection(pair[0], tmp_path / "no")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError, match="has no label images"):
        instance_detection(pair[0], tmp_path / "empty")
    (pair[1] / "a.png").write_bytes((pair[1] / "a_mask.png").read_bytes())
    with pytest.raises(FileError, match=r"two annotations of a\.jpg: a\.png and a_mask\.png"):
        instance_detection(*pair, suffix="_mask")


def test_the_bundled_scenes_are_the_same_from_their_label_images(bundled):
    found = scenes("val")
    dataset = instance_detection(found.images, found.instances)
    expected = {path: annotation for path, annotation in scene_detection("val").items}
    for path, annotation in dataset.items[400:]:
        assert annotation["boxes"].tolist() == expected[path]["boxes"]
