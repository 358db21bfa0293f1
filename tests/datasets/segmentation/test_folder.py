import numpy as np
import pytest
from PIL import Image

from vislearn.datasets import check_segmentation, segmentation_folder
from vislearn.errors import FileError, InputError

NAMES = ["sky", "road", "car"]


def opened(root, **more):
    return segmentation_folder(root / "pictures", root / "labels", **({"classes": NAMES} | more))


def test_pictures_and_label_images_that_are_called_alike(camvid):
    dataset = opened(camvid)
    assert [(picture.name, labels.name) for picture, labels in dataset.items] == [
        ("a.png", "a.png"),
        ("b[1].png", "b[1].png"),
        ("c d.png", "c d.png"),
    ]
    assert check_segmentation(dataset) == []
    assert [dataset[at][1][0, at].item() for at in range(3)] == [1, 1, 1]


def test_camvid_as_it_comes(camvid):
    """Colour masks called NAME_L.png, and label_colors.txt with tabs and a class called Void."""
    colors = np.array([[128, 128, 128], [128, 64, 128], [0, 0, 0]], np.uint8)
    for path in (camvid / "labels").glob("*.png"):
        with Image.open(path) as image:
            pixels = colors[np.asarray(image)]
        Image.fromarray(pixels).save(path.with_stem(f"{path.stem}_L"))
        path.unlink()
    (camvid / "label_colors.txt").write_text("128 64 128\tRoad\n128 128 128\tSky\n0 0 0\t\tVoid\n")
    dataset = opened(camvid, classes=camvid / "label_colors.txt", suffix="_L")
    assert check_segmentation(dataset) == []
    assert (dataset.classes, dataset.colors) == (["Road", "Sky"], [(128, 64, 128), (128, 128, 128)])
    assert dataset[0][1].unique().tolist() == [0, 1, 255]
    assert dataset[0][1][3, 4] == 0
    with pytest.raises(FileError, match=r"suffix='_L' \(--suffix _L .*takes a_L for the labels of a"):
        opened(camvid, classes=camvid / "label_colors.txt")


def test_one_part_of_a_split(camvid):
    (camvid / "valid.txt").write_text("c d.png\na\n")
    for names in (["c d", "a.png"], camvid / "valid.txt", str(camvid / "valid.txt")):
        assert [picture.stem for picture, _labels in opened(camvid, names=names).items] == ["c d", "a"]
    with pytest.raises(FileError, match="zebra is not there, but it is named"):
        opened(camvid, names=["zebra"])
    with pytest.raises(InputError, match="at least one picture"):
        opened(camvid, names=[])


def test_a_name_may_end_as_the_mark_of_vocs_lists_does(camvid):
    for folder in ("pictures", "labels"):
        (camvid / folder / "a.png").rename(camvid / folder / "a 1.png")
    (camvid / "valid.txt").write_text("a 1\nc d -1\n")
    assert [path.stem for path, _labels in opened(camvid, names=camvid / "valid.txt").items] == ["a 1", "c d"]
    (camvid / "valid.txt").write_text("a 1\na\n")
    with pytest.raises(FileError, match=r"pictures.a is not there, but line 2 of valid\.txt names it"):
        opened(camvid, names=camvid / "valid.txt")


def test_how_labels_are_stored_is_one_of_two_words(camvid):
    with pytest.raises(InputError, match="Did you mean 'numbers'"):
        opened(camvid, stored="number")


def no_folder(root):
    (root / "labels").rename(root / "elsewhere")


def no_labels(root):
    for name in ("a", "c d"):
        (root / "labels" / f"{name}.png").unlink()


def no_picture(root):
    (root / "pictures" / "a.png").unlink()


def no_pictures(root):
    for folder in ("pictures", "labels"):
        for path in (root / folder).glob("*.png"):
            path.unlink()


def suffixed(root):
    for path in (root / "labels").glob("*.png"):
        path.rename(path.with_stem(f"{path.stem}_mask"))


def foreign(root):
    (root / "labels" / "notes.txt").write_text("?")


def twice(root):
    Image.new("L", (16, 12)).save(root / "labels" / "a.bmp")


def two_pictures(root):
    Image.new("RGB", (16, 12)).save(root / "pictures" / "a.jpg")


def both(root):
    (root / "labels" / "a.png").unlink()
    for number in range(12):
        Image.new("L", (16, 12)).save(root / "labels" / f"z{number:02}.png")


def much_foreign(root):
    foreign(root)
    (root / "labels" / "notes2.txt").write_text("?")


WRONG = [
    (no_folder, "labels is not a folder.*called alike"),
    (no_labels, r"doesn't fit .*pictures: pictures without a label image \(2\): a\.png, c d\.png\. Label"),
    (no_picture, r"doesn't fit .*pictures: label images without a picture \(1\): a\.png\. Move"),
    (no_pictures, "has no pictures in it"),
    (
        suffixed,
        r"a_mask\.png.*; pictures .*\(3\): a\.png.*suffix='_mask' .*takes a_mask for the labels of a\.",
    ),
    (foreign, r"notes\.txt is not a picture"),
    (both, r"picture \(12\): z00\.png, .*, z09\.png and 2 more; pictures without .* \(1\): a\.png\. Move"),
    (much_foreign, r"labels holds 2 files that are no pictures .*: notes\.txt, notes2\.txt\. Move them"),
    (twice, r"has two annotations of a\.png: a\.bmp and a\.png"),
    (two_pictures, r"could belong to a\.jpg or a\.png"),
]


@pytest.mark.parametrize(("spoil", "message"), WRONG, ids=[row[0].__name__ for row in WRONG])
def test_refused_before_anything_is_read(camvid, spoil, message):
    spoil(camvid)
    with pytest.raises(FileError, match=message):
        opened(camvid)


def truncated(path):
    path.write_bytes(path.read_bytes()[:-15])


def turned(path):
    Image.new("L", (12, 16)).save(path)


def unnamed(path):
    Image.new("L", (16, 12), 9).save(path)


def deep(path):
    Image.fromarray(np.full((12, 16), 300, np.uint16)).save(path)


def see_through(path):
    Image.new("RGBA", (16, 12), (0, 0, 0, 0)).save(path)


def coloured(path):
    Image.new("RGB", (16, 12), (1, 2, 3)).save(path)


SPOILT = [
    (truncated, "cut off|damaged"),
    (turned, "is 16×12 pixels"),
    (unnamed, "the number 9"),
    (deep, "the number 300"),
    (see_through, "transparent on 100 %"),
    (coloured, "is coloured"),
]


@pytest.mark.parametrize(("spoil", "message"), SPOILT, ids=[row[0].__name__ for row in SPOILT])
def test_a_spoilt_label_image_is_named(camvid, spoil, message):
    path = camvid / "labels" / "a.png"
    spoil(path)
    dataset = opened(camvid)
    with pytest.raises(FileError, match=message) as caught:
        dataset[0]
    assert str(caught.value).startswith(str(path))
    assert [problem.where for problem in check_segmentation(dataset)] == [str(path)]
