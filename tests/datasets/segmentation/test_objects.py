import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from torchvision.transforms import v2

from vislearn.datasets import check_detection, check_segmentation, foreground_folder, object_masks_folder
from vislearn.errors import FileError, InputError


@pytest.fixture
def nuclei(tmp_path):
    """One picture with two objects that touch, one with none: the Data Science Bowl's layout."""
    for name in ("one", "two"):
        for part in ("images", "masks"):
            (tmp_path / name / part).mkdir(parents=True)
        Image.new("RGBA", (20, 10), (9, 99, 200, 255)).save(tmp_path / name / "images" / f"{name}.png")
    for at, columns in enumerate([(2, 6), (6, 9)]):
        mask = np.zeros((10, 20), np.uint8)
        mask[3:7, columns[0] : columns[1]] = 255
        Image.fromarray(mask).save(tmp_path / "one" / "masks" / f"{at}.png")
    (tmp_path / "__MACOSX").mkdir()
    return tmp_path


@pytest.fixture
def pairs(tmp_path):
    """The same as label images in which each number is an object."""
    numbers = np.zeros((10, 20), np.uint8)
    numbers[3:7, 2:6], numbers[3:7, 6:9] = 1, 2
    for folder, image in (("images", Image.new("RGB", (20, 10))), ("masks", Image.fromarray(numbers))):
        (tmp_path / folder).mkdir()
        image.save(tmp_path / folder / "one.png")
    return tmp_path


def require_two_objects(dataset):
    target = dataset[0][1]
    assert target["boxes"].tolist() == [[2, 3, 6, 7], [6, 3, 9, 7]]
    assert target["labels"].tolist() == [1, 1]
    assert target["masks"].flatten(1).sum(1).tolist() == [16, 12]
    assert dataset.classes == ["nucleus"]
    assert check_detection(dataset) == []


def test_a_file_for_each_object(nuclei):
    dataset = object_masks_folder(nuclei, label="nucleus")
    require_two_objects(dataset)
    assert dataset[1][1]["masks"].shape == (0, 10, 20)
    assert len(object_masks_folder(nuclei, names=["two"])) == 1


@pytest.mark.parametrize("folder", ["masks", "labels", "instances"])
def test_a_number_for_each_object(pairs, folder):
    (pairs / "masks").rename(pairs / folder)
    require_two_objects(object_masks_folder(pairs, label="nucleus"))


def test_masks_move_with_the_picture(nuclei):
    chain = v2.Compose([v2.Resize((20, 40)), v2.ToDtype(torch.float32, scale=True)])
    image, target = object_masks_folder(nuclei, chain)[0]
    assert target["masks"].shape[-2:] == image.shape[-2:] == (20, 40)
    assert target["boxes"].tolist() == [[4, 6, 12, 14], [12, 6, 18, 14]]


def test_the_same_as_background_and_object(nuclei):
    dataset = foreground_folder(nuclei, v2.RandomHorizontalFlip(1.0), label="nucleus")
    expected = torch.zeros(10, 20, dtype=torch.int64)
    expected[3:7, 11:18] = 1
    assert torch.equal(dataset[0][1].as_subclass(torch.Tensor), expected)
    assert dataset[1][1].shape == (10, 20)
    assert not dataset[1][1].any()
    assert dataset.classes == ["background", "nucleus"]
    assert check_segmentation(dataset) == []
    assert [picture.stem for picture, _folder in foreground_folder(nuclei, names=["two"]).items] == ["two"]


def test_drawn_black_on_white(nuclei):
    for path in (nuclei / "one" / "masks").iterdir():
        with Image.open(path) as image:
            turned = 255 - np.asarray(image)
        Image.fromarray(turned).save(path)
    assert len(check_segmentation(foreground_folder(nuclei))) == 1
    assert foreground_folder(nuclei, background="white")[0][1].sum() == 28
    with pytest.raises(InputError, match="background"):
        foreground_folder(nuclei, background="gray")


def test_a_spoilt_mask_is_named_when_its_picture_is_read(nuclei):
    (nuclei / "one" / "masks" / "1.png").write_bytes(b"?")
    with pytest.raises(FileError, match=r"one.masks.1\.png"):
        foreground_folder(nuclei)[0]
    Image.new("L", (19, 10), 255).save(nuclei / "one" / "masks" / "1.png")
    with pytest.raises(FileError, match=r"1\.png is 10×19.*0\.png beside it is 10×20"):
        foreground_folder(nuclei)[0]


def test_neither_layout(tmp_path, pairs):
    (pairs / "masks").rename(pairs / "outlines")
    with pytest.raises(FileError, match=r"must have one of masks, labels, instances .* has none of these"):
        object_masks_folder(pairs)
    for name in ("masks", "labels"):
        (pairs / name).mkdir()
    with pytest.raises(FileError, match="has masks and labels"):
        object_masks_folder(pairs)
    with pytest.raises(FileError, match="is not a folder"):
        object_masks_folder(tmp_path / "no")


def test_an_argument_of_the_other_layout_is_no_silence(nuclei):
    with pytest.raises(InputError, match="suffix can't be used with a file for each object"):
        object_masks_folder(nuclei, suffix="_mask")


def test_an_argument_of_the_first_layout_is_no_silence(pairs):
    with pytest.raises(InputError, match="threshold can't be used with label images"):
        object_masks_folder(pairs, threshold=0)


def foreground(pairs, pixels, **how):
    Image.fromarray(np.asarray(pixels, np.uint8)).save(pairs / "masks" / "one.png")
    return foreground_folder(pairs, **how)[0][1].tolist()


EXPECTED = np.zeros((10, 20), np.uint8)
EXPECTED[3:7, 2:9] = 1


@pytest.mark.parametrize("white", [1, 200, 255])
def test_a_mask_for_each_picture_in_black_and_white(pairs, white):
    assert foreground(pairs, EXPECTED * white) == EXPECTED.tolist()
    assert foreground(pairs, EXPECTED * 0) == (EXPECTED * 0).tolist()
    assert foreground(pairs, (1 - EXPECTED) * white, background="white") == EXPECTED.tolist()
    assert foreground(pairs, EXPECTED * 0 + white, background="white") == (EXPECTED * 0).tolist()
    assert foreground(pairs, EXPECTED * 0 + white, background="black") == (EXPECTED * 0 + 1).tolist()
    assert foreground_folder(pairs, label="cell").classes == ["background", "cell"]


def test_a_mask_that_looks_the_wrong_way_round_or_holds_numbers(pairs):
    with pytest.raises(FileError, match=r"bright in all corners.*--background white"):
        foreground(pairs, (1 - EXPECTED) * 255)
    numbers = EXPECTED * 3
    numbers[3:7, 5:9] = 7
    assert foreground(pairs, numbers) == EXPECTED.tolist()
    soft = EXPECTED * 255
    soft[3, 2:9], soft[6, 2:9], soft[4:6, 2] = 100, 140, 120
    assert np.sum(foreground(pairs, soft)) == 19  # at least half: not the edge of 100, nor that of 120
    assert np.sum(foreground(pairs, soft, threshold=99)) == 28


def test_soft_masks_and_rims_of_void_are_no_numbers_of_objects(pairs):
    soft = np.asarray(Image.fromarray(EXPECTED * 255).filter(ImageFilter.GaussianBlur(1))).copy()
    soft[4, 4] = 255
    rim = EXPECTED.copy()
    rim[3, 2:9] = 255
    for mask in (soft, rim):
        with pytest.raises(FileError, match="too far apart for numbers of objects"):
            foreground(pairs, mask)
    assert foreground(pairs, rim, threshold=1) == EXPECTED.tolist()
    assert np.sum(foreground(pairs, soft, threshold=128)) <= EXPECTED.sum()


@pytest.mark.parametrize("label", ["", " ", "background", "Void", None])
def test_the_object_s_name_is_not_that_of_what_is_around_it(pairs, label):
    with pytest.raises(InputError, match="label must name the object"):
        foreground_folder(pairs, label=label)


def test_each_picture_must_have_its_mask_and_suffixes_are_known(pairs):
    (pairs / "masks" / "one.png").rename(pairs / "masks" / "one_mask.png")
    with pytest.raises(FileError, match="suffix='_mask'"):
        foreground_folder(pairs)
    assert len(foreground_folder(pairs, suffix="_mask")) == 1
    with pytest.raises(InputError, match="names can't be used with a mask for each picture"):
        foreground_folder(pairs, names=["one"])


NO_THRESHOLDS = [300, 256, 0, -1, 0.5, True, "128"]


@pytest.mark.parametrize("threshold", NO_THRESHOLDS)
@pytest.mark.parametrize("read", [foreground_folder, object_masks_folder])
def test_a_threshold_from_which_nothing_or_everything_is_bright(nuclei, read, threshold):
    with pytest.raises(InputError, match=rf"threshold must be a whole number in 1…255.*got {threshold!r}"):
        read(nuclei, threshold=threshold)


@pytest.mark.parametrize("threshold", NO_THRESHOLDS)
def test_nor_one_of_masks_of_whole_pictures(pairs, threshold):
    with pytest.raises(InputError, match="threshold must be a whole number in 1…255"):
        foreground_folder(pairs, threshold=threshold)
    assert len(foreground_folder(pairs, threshold=255)) == 1


@pytest.mark.parametrize("names", [[], ()])
def test_no_names_are_not_all_of_them(nuclei, names):
    for read in (foreground_folder, object_masks_folder):
        with pytest.raises(InputError, match="names must name at least one folder, got none"):
            read(nuclei, names=names)
