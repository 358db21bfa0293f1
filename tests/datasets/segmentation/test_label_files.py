import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from vislearn.datasets.bundled.annotations import palette_png
from vislearn.datasets.segmentation.class_list import class_list
from vislearn.datasets.segmentation.label_files import labels_of
from vislearn.errors import FileError

LABELS = np.array([[0, 1, 2], [2, 1, 0]], np.uint8)
NAMES = ["sky", "road", "car"]
BRIGHT = {(70, 130, 180): "sky", (128, 64, 128): "road", (0, 0, 142): "car"}
PALETTE = np.array([*BRIGHT], np.uint8)


def read(tmp_path, pixels, classes, mode=None, **how):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    path = tmp_path / "labels.png"
    (image.convert(mode) if mode else image).save(path)
    return labels_of(path, class_list(classes), **how).tolist()


def paletted(indices, palette):
    image = Image.fromarray(indices)
    image.putpalette(np.asarray(palette, np.uint8).tobytes())
    return image


SHADES = np.stack([LABELS] * 3, axis=-1)
KINDS = [
    ("gray", LABELS, NAMES),
    ("16 bits", LABELS.astype(np.uint16), NAMES),
    ("16 bits, high numbers", LABELS.astype(np.uint16) * 1000, {0: "sky", 1000: "road", 2000: "car"}),
    ("numbers with gaps", LABELS * 100, {0: "sky", 100: "road", 200: "car"}),
    ("gray as RGB", SHADES, NAMES),
    ("VOC's palette", palette_png(LABELS), NAMES),
    ("a palette in the colours of the classes", paletted(LABELS, PALETTE), BRIGHT),
    ("colours", PALETTE[LABELS], BRIGHT),
    ("colours with an opaque alpha", np.dstack([PALETTE[LABELS], np.full((2, 3), 255, np.uint8)]), BRIGHT),
    # as programs for drawing save it: indices in the order in which colours were used
    ("a palette in another order", paletted(2 - LABELS, PALETTE[::-1]), BRIGHT),
]


@pytest.mark.parametrize(("name", "pixels", "classes"), KINDS, ids=[row[0] for row in KINDS])
def test_read_right(tmp_path, name, pixels, classes):
    if name == "a palette in another order":
        with pytest.raises(FileError, match="one thing by its numbers and another by the colours"):
            read(tmp_path, pixels, classes)
        assert read(tmp_path, pixels, classes, stored="numbers") == (2 - LABELS).tolist()
        assert read(tmp_path, pixels, classes, stored="colours") == LABELS.tolist()
    else:
        assert read(tmp_path, pixels, classes) == LABELS.tolist()


def test_one_bit_and_black_and_white(tmp_path):
    bits, bytes_ = Image.fromarray(LABELS > 1), (LABELS > 1).astype(np.uint8) * 255
    expected = (LABELS > 1).astype(int).tolist()
    assert read(tmp_path, bits, ["nothing", "car"]) == expected
    assert read(tmp_path, bytes_, {0: "nothing", 255: "car"}) == expected
    assert read(tmp_path, bytes_, {(0, 0, 0): "nothing", (255, 255, 255): "car"}) == expected
    assert read(tmp_path, 255 - bytes_, {255: "nothing", 0: "car"}) == expected
    assert read(tmp_path, paletted(LABELS // 2, [[0] * 3, [255] * 3]), {0: "nothing", 255: "car"}) == expected


def test_black_and_white_as_background_and_void_is_refused(tmp_path):
    bytes_ = (LABELS > 1).astype(np.uint8) * 255
    with pytest.raises(FileError, match=r"nothing but 0 and 255.*'0 nothing', '255 car'.*--foreground car"):
        read(tmp_path, bytes_, ["nothing", "car"])
    said = {0: "nothing", 1: "car", 255: "void"}
    assert read(tmp_path, bytes_, said) == bytes_.tolist()
    assert read(tmp_path, np.array([[0, 1, 255]], np.uint8), ["nothing", "car"]) == [[0, 1, 255]]


def test_the_only_class_may_be_gray_in_a_palette(tmp_path):
    """VOC shows class 7 in gray 128: its index counts, not what a screen shows."""
    indices = np.array([[0, 7], [7, 0]], np.uint8)
    assert read(tmp_path, palette_png(indices), [str(at) for at in range(8)]) == indices.tolist()


def test_void(tmp_path):
    assert read(tmp_path, np.array([[0, 255, 1]], np.uint8), NAMES) == [[0, 255, 1]]
    assert read(tmp_path, np.array([[0, 255, 1]], np.uint8), ["sky", "void", "car"]) == [[0, 255, 255]]
    assert read(tmp_path, np.array([[0, 255, 1]], np.uint8), {0: "a", 1: "b", 255: "c"}) == [[0, 2, 1]]


@settings(max_examples=40, deadline=None)
@given(
    arrays.arrays(
        np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 2)
    )
)
def test_all_ways_to_store_labels_mean_the_same(tmp_path_factory, labels):
    folder = tmp_path_factory.mktemp("labels")
    for pixels, classes in [
        (labels, NAMES),
        (labels.astype(np.uint16), NAMES),
        (palette_png(labels), NAMES),
        (PALETTE[labels], BRIGHT),
        (paletted(labels, PALETTE), BRIGHT),
    ]:
        assert read(folder, pixels, classes) == labels.tolist()


smooth = PALETTE[LABELS].copy()
smooth[0, 1] = [99, 97, 154]
WRONG = [
    (
        "a number without a name",
        LABELS * 7,
        NAMES,
        "number 7 at row 0, column 1 and 1 more.*Known: 0 sky, 1 road",
    ),
    ("spread over 16 bits", LABELS.astype(np.uint16) * 257, NAMES, "number 257 at row 0"),
    (
        "a mixed colour",
        smooth,
        BRIGHT,
        "colour 99 97 154 at row 0, column 1 .17 % of its pixels.*Smooth edges",
    ),
    ("colours unheard of", PALETTE[LABELS], NAMES, "is coloured, and the classes have no colours"),
]


@pytest.mark.parametrize(("name", "pixels", "classes", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_refused_with_the_place_and_the_remedy(tmp_path, name, pixels, classes, message):
    with pytest.raises(FileError, match=message) as caught:
        read(tmp_path, pixels, classes)
    assert str(caught.value).startswith(str(tmp_path / "labels.png"))


def test_what_is_asked_for_must_be_there(tmp_path):
    with pytest.raises(FileError, match="more than 8 bits, and no colours"):
        read(tmp_path, LABELS.astype(np.uint16) * 999, BRIGHT, stored="colours")
    with pytest.raises(FileError, match="the classes have none"):
        read(tmp_path, PALETTE[LABELS], NAMES, stored="colours")
    with pytest.raises(FileError, match="is coloured"):
        read(tmp_path, PALETTE[LABELS], BRIGHT, stored="numbers")
