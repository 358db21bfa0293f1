import numpy as np
import pytest
from PIL import Image

from vislearn.errors import FileError
from vislearn.io.label_images import read_label_image

NUMBERS = np.array([[0, 1, 2], [2, 3, 0]], np.uint8)
RAINBOW = [10, 20, 30, 200, 0, 0, 0, 200, 0, 0, 0, 200]


def saved(tmp_path, image, ending="png", **options):
    path = tmp_path / f"labels.{ending}"
    image.save(path, **options)
    return path


def with_palette(colours=RAINBOW):
    image = Image.fromarray(NUMBERS)
    image.putpalette(colours)
    return image


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "gif"])
def test_gray_gives_numbers_and_the_gray_it_shows(tmp_path, ending):
    found = read_label_image(saved(tmp_path, Image.fromarray(NUMBERS), ending))
    assert found.gray.tolist() == NUMBERS.tolist()
    if ending != "gif":  # a GIF has a palette, and counts its own way
        assert found.numbers.tolist() == NUMBERS.tolist()


def test_a_palette_gives_indices_and_colours(tmp_path):
    found = read_label_image(saved(tmp_path, with_palette()))
    assert found.numbers.tolist() == NUMBERS.tolist()
    assert found.colours[0].tolist() == [[10, 20, 30], [200, 0, 0], [0, 200, 0]]
    assert found.gray is None


def test_a_see_through_entry_of_a_palette_counts_by_its_index(tmp_path):
    found = read_label_image(saved(tmp_path, with_palette(), transparency=0))
    assert found.numbers.tolist() == NUMBERS.tolist()


def test_colours_that_are_see_through_by_degrees_are_kept_without_a_warning(tmp_path):
    found = read_label_image(saved(tmp_path, with_palette(), transparency=bytes([0, 128, 255])))
    assert found.colours[0].tolist() == [[10, 20, 30], [200, 0, 0], [0, 200, 0]]


def test_a_gray_palette_has_both_kinds_of_numbers(tmp_path):
    found = read_label_image(saved(tmp_path, with_palette([0, 0, 0, 128, 128, 128, 255, 255, 255, 9, 9, 9])))
    assert found.numbers.tolist() == NUMBERS.tolist()
    assert found.gray.tolist() == [[0, 128, 255], [255, 9, 0]]


def test_one_bit(tmp_path):
    found = read_label_image(saved(tmp_path, Image.fromarray(NUMBERS > 1)))
    assert found.numbers.tolist() == [[0, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize("bits", [2, 4])
def test_few_bits_are_not_spread(tmp_path, bits):
    path = saved(tmp_path, with_palette(), bits=bits)
    assert read_label_image(path).numbers.tolist() == NUMBERS.tolist()


def test_sixteen_bits(tmp_path):
    found = read_label_image(saved(tmp_path, Image.fromarray(NUMBERS.astype(np.uint16) * 300)))
    assert found.numbers.tolist() == (NUMBERS.astype(int) * 300).tolist()
    assert found.colours is None
    assert found.gray is None


def test_colours(tmp_path):
    found = read_label_image(saved(tmp_path, with_palette().convert("RGB")))
    assert found.numbers is None
    assert found.colours[1, 0].tolist() == [0, 200, 0]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_an_opaque_alpha_is_left_out(tmp_path, mode):
    image = with_palette().convert("RGB").convert(mode) if mode != "PA" else with_palette().convert("PA")
    found = read_label_image(saved(tmp_path, image, "tif" if mode == "PA" else "png"))
    assert found.colours.shape == (2, 3, 3)


def opened_up(tmp_path):
    pixels = np.full((2, 3, 4), 255, np.uint8)
    pixels[0, 0, 3] = 254
    return saved(tmp_path, Image.fromarray(pixels))


def cut(tmp_path):
    path = saved(tmp_path, Image.fromarray(NUMBERS))
    path.write_bytes(path.read_bytes()[:-20])
    return path


def huge(tmp_path):
    return saved(tmp_path, Image.fromarray(np.full((2, 3), 70000, np.int32)), "tif")


def two_pages(tmp_path):
    pages = [Image.fromarray(NUMBERS), Image.fromarray(NUMBERS)]
    pages[0].save(tmp_path / "l.tif", save_all=True, append_images=pages[1:])
    return tmp_path / "l.tif"


WRONG = [
    ("two pages", two_pages, "has 2 pages or frames.*a file of its own"),
    ("partly see-through", opened_up, "transparent on 16.7 % of its pixels.*Lay it on"),
    ("truncated", cut, "is cut off|is damaged|broken"),
    ("JPEG", lambda folder: saved(folder, Image.fromarray(NUMBERS), "jpg"), "is a JPEG.*Export.*PNG"),
    ("floats", lambda folder: saved(folder, Image.fromarray(np.ones((2, 2), "f4")), "tif"), "floating-point"),
    ("numbers beyond 16 bits", huge, "holds numbers from 70000 to 70000"),
    ("nothing", lambda folder: folder / "no.png", "no.png"),
]


@pytest.mark.parametrize(("name", "make", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_refused_in_a_sentence_that_names_the_file(tmp_path, name, make, message):
    path = make(tmp_path)
    with pytest.raises(FileError, match=message) as caught:
        read_label_image(path)
    assert str(caught.value).startswith(str(path))


def test_a_jpeg_is_one_whatever_it_is_called(tmp_path):
    Image.fromarray(NUMBERS).save(tmp_path / "labels.jpg")
    path = (tmp_path / "labels.jpg").rename(tmp_path / "labels.png")
    with pytest.raises(FileError, match="is a JPEG"):
        read_label_image(path)
