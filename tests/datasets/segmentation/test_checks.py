import re

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Subset
from torchvision import tv_tensors

from vislearn.datasets import check_segmentation, foreground_folder, segmentation_folder

NAMES = ["sky", "road", "car"]
IMAGE = tv_tensors.Image(torch.zeros(3, 4, 6, dtype=torch.uint8))
MASK = tv_tensors.Mask(torch.tensor([[0, 1, 2, 0, 1, 255]] * 4))


class Pairs(list):
    """Any data set of somebody else's: samples, and names."""

    classes = NAMES


def said(dataset):
    return [str(problem) for problem in check_segmentation(dataset)]


def test_nothing_is_wrong_with_what_is_right(camvid):
    dataset = segmentation_folder(camvid / "pictures", camvid / "labels", classes=NAMES)
    assert said(dataset) == []
    assert said(Subset(dataset, [0, 2])) == []
    assert said(Pairs([(IMAGE, MASK)])) == []
    assert said([(IMAGE, MASK)]) == []


def test_everything_is_listed_at_once(camvid):
    (camvid / "labels" / "a.png").write_bytes(b"?")
    Image.new("L", (3, 3)).save(camvid / "labels" / "b[1].png")
    Image.fromarray(np.full((12, 16), 255, np.uint8)).save(camvid / "labels" / "c d.png")
    dataset = segmentation_folder(camvid / "pictures", camvid / "labels", classes=NAMES)
    problems = check_segmentation(dataset)
    assert [problem.where.rsplit("labels")[-1][1:] for problem in problems] == [
        "a.png",
        "b[1].png",
        "c d.png",
    ]
    assert problems[2].what == "is void from edge to edge"


WRONG = [
    ("plain", (IMAGE, MASK.as_subclass(torch.Tensor)), "sample 0 has a mask that is a plain tensor"),
    (
        "another size",
        (IMAGE, tv_tensors.Mask(torch.zeros(2, 3, dtype=torch.int64))),
        "a mask of 2×3 for .* 4×6",
    ),
    ("a number too high", (IMAGE, tv_tensors.Mask(MASK + 1)), "number 3, and classes are 0 ... 2"),
    ("no tensors", (IMAGE, MASK.numpy()), "arrives as Image and ndarray"),
    ("a class without pixels", (IMAGE, tv_tensors.Mask(MASK.clamp(max=1))), "has no pixel of: car"),
]


@pytest.mark.parametrize(("name", "sample", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_found_in_anybodys_data_set(name, sample, message):
    (only,) = check_segmentation(Pairs([sample]))
    assert re.search(message, str(only))


def test_what_no_class_has_is_said_once_for_all_files(camvid):
    for number, name in enumerate(["a.png", "b[1].png", "c d.png"]):
        labels = np.zeros((12, 16), np.uint8)
        labels[0, 0], labels[3:, :] = 7 + number, 99
        Image.fromarray(labels).save(camvid / "labels" / name)
    dataset = segmentation_folder(camvid / "pictures", camvid / "labels", classes=NAMES)
    (only,) = check_segmentation(dataset)
    assert only.where == str(camvid / "labels")
    assert only.what == (
        "has numbers that no class has: 99 (a.png and 2 more files), 7 (a.png), 8 (b[1].png), 9 (c d.png)"
    )
    assert "number and name on each line: '7 name', or '7 void' to leave it out" in only.fix
    assert not set("{}=") & set(only.fix)


def test_the_same_about_several_files_is_said_once(camvid):
    for name in ("a.png", "b[1].png"):
        Image.new("RGB", (16, 12), (1, 2, 3)).save(camvid / "labels" / name)
    dataset = segmentation_folder(camvid / "pictures", camvid / "labels", classes=NAMES)
    (only,) = said(dataset)
    assert only == (
        f"{camvid / 'labels' / 'a.png'} is coloured, and the classes have no colours (likewise b[1].png). "
        "Name the classes with their colours, each on a line of a text file, such as: 128 64 128 road."
    )


def drawn(root, *white):
    """Black and white masks of a disc, those of the numbers in ``white`` the other way round."""
    for folder in ("images", "masks"):
        (root / folder).mkdir()
    for number in range(5):
        mask = np.zeros((8, 8), np.uint8)
        mask[2:6, 3:6] = 255
        Image.new("RGB", (8, 8)).save(root / "images" / f"{number}.png")
        Image.fromarray(255 - mask if number in white else mask).save(root / "masks" / f"{number}.png")


@pytest.mark.parametrize(("background", "odd"), [(None, (1, 3)), ("white", (0, 2, 4))])
def test_a_few_masks_the_wrong_way_round_are_to_be_inverted_not_all_the_others(tmp_path, background, odd):
    drawn(tmp_path, *odd)
    (told,) = said(foreground_folder(tmp_path, background=background))
    assert f"1.png is {'dark' if background else 'bright'} in all corners" in told
    assert "(likewise 3.png)" in told
    assert "Most other masks are not: invert these files only" in told
    assert "If all masks are so" not in told
    assert said(foreground_folder(tmp_path, background="black")) == []


@pytest.mark.parametrize(("background", "odd"), [(None, range(5)), ("white", ())])
def test_where_all_masks_are_so_another_background_is_advised(tmp_path, background, odd):
    drawn(tmp_path, *odd)
    (told,) = said(foreground_folder(tmp_path, background=background))
    assert "If all masks are so" in told


def test_another_number_makes_no_other_sentence(camvid):
    for number, path in enumerate(sorted((camvid / "labels").glob("*.png"))):
        clear = np.zeros((12, 16, 4), np.uint8)
        clear[number + 1 :, :, 3] = 255
        Image.fromarray(clear).save(path)
    (told,) = said(segmentation_folder(camvid / "pictures", camvid / "labels", classes=NAMES))
    assert "a.png is transparent on 8.33 % of its pixels" in told
    assert "(likewise b[1].png, c d.png)" in told
