import shutil
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

from vislearn.datasets import find_leaks, photos
from vislearn.datasets.leaks import copies_within
from vislearn.datasets.prints import prints_of
from vislearn.errors import InputError
from vislearn.io import read_pil


@pytest.fixture
def parts(tmp_path, bundled):
    """Two folders of photographs that share nothing yet: pictures of train, and the folder of val."""
    files = list(photos().values())
    train, val = tmp_path / "train", tmp_path / "val"
    train.mkdir()
    val.mkdir()
    for path in files[:5]:
        shutil.copy(path, train)
    for path in files[5:9]:
        shutil.copy(path, val)
    return [train / path.name for path in files[:5]], val


def jpeg(picture, quality=60):
    file = BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


SAVED = {
    "pixels": lambda picture: picture,
    "near": jpeg,
    "mirrored": ImageOps.mirror,
}
NEAR = {
    "halved": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
    "brighter": lambda picture: Image.eval(picture, lambda value: min(255, int(value * 1.2))),
    "gray": lambda picture: picture.convert("L"),
}


def test_parts_that_share_nothing_have_no_leaks(parts):
    train, val = parts
    leaks = find_leaks(train[0].parent, val)
    assert (leaks.found, leaks.groups, leaks.pictures, leaks.alike_within) == ((), (), 4, 0)
    assert str(leaks).startswith("0 of 4 validation pictures have a copy")


def test_a_file_under_another_name_is_found_by_its_bytes(parts):
    train, val = parts
    shutil.copy(train[2], val / "other.png")
    (leak,) = find_leaks(train, val).found
    assert (leak.val, leak.train, leak.kind, leak.likeness) == (
        str(val / "other.png"),
        str(train[2]),
        "bytes",
        1.0,
    )
    assert find_leaks(train, val, threshold=None).found == (leak,)


@pytest.mark.parametrize("kind", SAVED)
def test_each_kind_of_copy_is_told(parts, kind):
    train, val = parts
    SAVED[kind](read_pil(train[1])).save(val / "copy.bmp")
    (leak,) = find_leaks(train, val).found
    assert (leak.kind, leak.train) == (kind, str(train[1]))
    assert leak.likeness > 0.98


@pytest.mark.parametrize("change", NEAR.values(), ids=NEAR)
def test_small_changes_hide_no_copy(parts, change):
    train, val = parts
    change(read_pil(train[0])).save(val / "copy.png")
    assert [(leak.kind, leak.train) for leak in find_leaks(train, val).found] == [("near", str(train[0]))]


def test_whole_files_alone_are_compared_without_a_threshold(parts):
    train, val = parts
    read_pil(train[1]).save(val / "copy.bmp")
    leaks = find_leaks(train, val, threshold=None)
    assert (leaks.found, leaks.alike_within) == ((), None)
    assert "a copy saved anew was not looked for" in str(leaks)


def test_the_surest_come_first_and_each_picture_once(parts):
    train, val = parts
    jpeg(read_pil(train[0])).save(val / "a.png")
    shutil.copy(train[1], val / "b.png")
    shutil.copy(train[1], train[1].with_name("again.png"))
    found = find_leaks(train[0].parent, val).found
    assert [leak.kind for leak in found] == ["bytes", "near"]


def test_where_pictures_are_alike_it_says_that_it_cannot_tell():
    rng = np.random.default_rng(0)
    common = rng.normal(128, 40, (40, 40))
    pictures = [(common + rng.normal(0, 4, common.shape)).clip(0, 255).astype(np.uint8) for _ in range(6)]
    leaks = find_leaks(pictures[:3], pictures[3:])
    assert len(leaks.found) == leaks.alike_within == 3
    assert "can't be told from pictures that are merely alike" in str(leaks)


def test_groups_in_both_parts_are_named():
    pictures = [np.random.default_rng(seed).integers(0, 256, (20, 20), dtype=np.uint8) for seed in range(5)]
    leaks = find_leaks(
        pictures[:3], pictures[3:], train_groups=["ana", "rafi", "mina"], val_groups=["mina", "joy"]
    )
    assert leaks.groups == ("mina",)
    assert "Groups in both parts: 1 (mina)." in str(leaks)


def test_nothing_at_all_leaks_nothing():
    assert find_leaks([], []).found == ()
    assert find_leaks([np.zeros((4, 4))], []).alike_within is None


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"threshold": 0.0}, "threshold must be a correlation"),
        ({"threshold": 98}, "threshold must be a correlation"),
        ({"val_groups": [1]}, "groups must be given for both parts or for neither"),
        ({"train_groups": [1, 2], "val_groups": [1]}, "train_groups must be one per picture, 1, got 2"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(more, sentence):
    with pytest.raises(InputError, match=sentence):
        find_leaks([np.zeros((4, 4))], [np.ones((4, 4))], **more)


def test_copies_within_a_set_name_the_earlier_one(parts):
    train, _ = parts
    shutil.copy(train[2], train[0].with_name("x.png"))
    read_pil(train[1]).save(train[0].with_name("y.bmp"))
    jpeg(read_pil(train[0])).save(train[0].with_name("z.png"))
    names = [*train, *(train[0].with_name(name) for name in ("x.png", "y.bmp", "z.png"))]
    assert copies_within(prints_of(names)) == [
        (str(train[2]), str(names[5]), "bytes"),
        (str(train[1]), str(names[6]), "pixels"),
        (str(train[0]), str(names[7]), "near"),
    ]
