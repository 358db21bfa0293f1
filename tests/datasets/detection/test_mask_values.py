import numpy as np
import pytest
from PIL import Image

from vislearn.datasets.detection.mask_values import objects_of, require_background, the_object
from vislearn.errors import FileError, InputError
from vislearn.io import read_mask

BOX = np.zeros((8, 10), bool)
BOX[2:5, 3:9] = True


def saved(tmp_path, image, name="m.png"):
    image.save(tmp_path / name)
    return tmp_path / name


def read(path):
    return path, read_mask(path)


def gray(values, kind=np.uint8):
    return Image.fromarray(np.asarray(values).astype(kind))


def palette(values, colours):
    image = gray(values)
    image.putpalette(colours)
    return image


def clear(colour):
    """An object of one colour, and nothing around it."""
    pixels = np.zeros((*BOX.shape, 4), np.uint8)
    pixels[BOX] = (*colour, 255)
    return Image.fromarray(pixels)


RIGHT = [
    ("0 and 1", gray(BOX)),
    ("0 and 255", gray(BOX * 255)),
    ("100 and 200", gray(100 + 100 * BOX)),
    ("16 bits of 0 and 1", gray(BOX, np.uint16)),
    ("16 bits of 0 and 300", gray(BOX * 300, np.uint16)),
    ("1 bit", Image.fromarray(BOX)),
    ("VOC's palette", palette(BOX, [0, 0, 0, 128, 0, 0])),
    ("a palette with white first", palette(~BOX, [255, 255, 255, 0, 0, 0])),
    ("white on nothing", clear((255, 255, 255))),
    ("black on nothing", clear((0, 0, 0))),
    ("red on nothing", clear((200, 0, 0))),
    ("white on black in colours", gray(BOX * 255).convert("RGBA")),
]


@pytest.mark.parametrize(("name", "image"), RIGHT, ids=[name for name, _ in RIGHT])
def test_two_values_are_an_object_whatever_they_are_called(tmp_path, name, image):
    assert np.array_equal(the_object(*read(saved(tmp_path, image))), BOX)


def test_black_on_white_is_asked_about_and_then_read(tmp_path):
    path = saved(tmp_path, gray(~BOX * 255))
    with pytest.raises(FileError, match="bright in all corners") as caught:
        the_object(*read(path))
    assert "background='white'" in caught.value.fix
    assert np.array_equal(the_object(*read(path), background="white"), BOX)
    assert np.array_equal(the_object(*read(path), background="black"), ~BOX)
    with pytest.raises(InputError, match="background must be"):
        require_background("grey")


@pytest.mark.parametrize("white", [1, 255])
def test_an_object_that_fills_the_picture_has_to_be_meant(tmp_path, white):
    path = saved(tmp_path, gray(np.full((4, 6), white)))
    with pytest.raises(FileError, match="bright in all corners"):
        the_object(*read(path))
    assert the_object(*read(path), background="black").all()


def test_an_object_in_two_corners_is_none_too_many(tmp_path):
    values = np.zeros((8, 10), np.uint8)
    values[:6] = 1
    assert np.array_equal(the_object(*read(saved(tmp_path, gray(values)))), values == 1)


def disc(side=40):
    y, x = np.mgrid[:side, :side]
    return (y - side * 0.55) ** 2 + (x - side * 0.4) ** 2 < (side * 0.3) ** 2


@pytest.mark.parametrize("factor", [0.6, 1.5, 3])
@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_soft_edges_of_resized_masks_are_cut_in_the_middle(tmp_path, factor, ending):
    side = round(40 * factor)
    soft = gray(disc() * 255).resize((side, side), Image.Resampling.BILINEAR)
    found = the_object(*read(saved(tmp_path, soft, f"m.{ending}")))
    expected = np.asarray(soft) >= 128
    assert (found != expected).sum() <= (0 if ending == "png" else 0.02 * side * side)


def numbers(*boxes):
    values = np.zeros((20, 20), np.uint8)
    for (top, left, bottom, right), number in boxes:
        values[top:bottom, left:right] = number
    return values


LABELS = [
    numbers(((2, 2, 9, 9), 1), ((11, 11, 18, 18), 2)),
    numbers(((2, 2, 9, 9), 100), ((11, 11, 18, 18), 200)),
    numbers(((2, 2, 5, 5), 1), ((2, 5, 5, 8), 255)),  # one beside the other, both small
    numbers(((1, 1, 4, 4), 50), ((6, 1, 9, 4), 100), ((11, 1, 14, 4), 150), ((15, 15, 19, 19), 255)),
]


@pytest.mark.parametrize("values", LABELS, ids=[str(number) for number in range(len(LABELS))])
def test_numbers_of_objects_are_not_taken_for_one_object(tmp_path, values):
    path = saved(tmp_path, gray(values))
    with pytest.raises(FileError, match=r"has \d different values \(0, ") as caught:
        the_object(*read(path))
    assert "instance_detection" in caught.value.fix
    assert np.array_equal(the_object(*read(path), threshold=2), values >= 2)


def test_nothing_is_said_without_advice_to_delete(tmp_path):
    with pytest.raises(FileError, match="is an empty mask") as caught:
        the_object(*read(saved(tmp_path, gray(np.zeros((4, 4))))))
    assert "elete" not in caught.value.fix


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_each_number_is_an_object(tmp_path, kind):
    values = np.array([[0, 1, 1], [3, 2, 255]])
    path = saved(tmp_path, gray(values, kind))
    assert len(objects_of(path)) == 4
    assert np.array_equal(objects_of(path, ignore=[255]), [values == 1, values == 2, values == 3])


def test_no_object_at_all(tmp_path):
    assert objects_of(saved(tmp_path, gray(np.zeros((4, 6))))).shape == (0, 4, 6)


def test_numbers_do_not_survive_jpeg(tmp_path):
    with pytest.raises(FileError, match="is a JPEG, which changes numbers"):
        objects_of(saved(tmp_path, gray(BOX), "m.jpeg"))
