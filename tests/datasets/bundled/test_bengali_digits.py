import json
from itertools import combinations

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from vislearn.checkout import ROOT
from vislearn.datasets import BENGALI_DIGITS, bengali_digits
from vislearn.datasets.bundled.bengali_digits import _GLYPHS, COUNTS, FAMILIES, RECIPE, _masters, _pressed
from vislearn.errors import InputError

RECORD = json.loads((_GLYPHS / "bengali_digits.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("split", COUNTS)
def test_torchvisions_image_folder_loads_the_tree(bundled, split):
    folder = ImageFolder(bengali_digits(split))
    assert folder.classes == [str(digit) for digit in range(10)]
    assert np.bincount(folder.targets).tolist() == 10 * [COUNTS[split] * len(FAMILIES[split])]
    with Image.open(folder.samples[0][0]) as picture:
        assert (picture.size, picture.mode) == ((32, 32), "L")


def test_no_font_is_in_both_splits_and_file_names_tell_theirs(bundled):
    found = {
        split: {path.name.rsplit("-", 1)[0] for path in bengali_digits(split).glob("*/*.png")}
        for split in COUNTS
    }
    assert found == {split: set(families) for split, families in FAMILIES.items()}
    assert not found["train"] & found["val"]


def test_every_row_of_the_sheet_is_of_a_font_that_is_used():
    assert {row["family"] for row in RECORD["rows"]} == {
        name for names in FAMILIES.values() for name in names
    }
    assert sum(map(len, _masters().values())) == len(RECORD["rows"])


@pytest.mark.parametrize("family", [name for names in FAMILIES.values() for name in names])
def test_each_font_has_ten_digits_that_differ_and_fit_their_cells(family):
    for face in _masters()[family]:
        assert all(glyph.max() == 255 for glyph in face)
        assert not face[:, [0, -1]].any()
        assert not face[:, :, [0, -1]].any()
        for one, other in combinations(face.astype(float), 2):
            assert np.corrcoef(one.ravel(), other.ravel())[0, 1] < 0.9


def test_the_sheet_is_small_and_the_readme_names_each_fonts_authors_and_split():
    assert sum(path.stat().st_size for path in _GLYPHS.iterdir()) < 300_000
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    for row in RECORD["rows"]:
        (line,) = [line for line in readme.splitlines() if line.startswith(f"| {row['family']} |")]
        assert row["copyright"].removeprefix("Copyright ").split(" (c) ")[0][:40] in line
        assert f"`{'val' if row['family'] in FAMILIES['val'] else 'train'}`" in line


def test_pictures_of_one_digit_in_one_font_differ(bundled):
    files = sorted((bengali_digits("val") / "3").glob("galada-*.png"))
    assert len({path.read_bytes() for path in files}) == COUNTS["val"]


def test_ink_is_darker_than_its_paper(bundled):
    for path in sorted(bengali_digits("train").glob("*/*-00.png")):
        with Image.open(path) as picture:
            pixels = np.asarray(picture).astype(float)
        margin = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        assert np.median(margin) - pixels.min() > 60, path


def test_pressing_changes_how_thick_strokes_are():
    master = Image.fromarray(_masters()["mina"][0, 4])
    inks = [np.asarray(_pressed(np.random.default_rng(seed), master)).sum() for seed in range(12)]
    assert max(inks) > 1.3 * min(inks)


def test_each_class_has_its_bengali_name():
    assert list(BENGALI_DIGITS) == [str(digit) for digit in range(10)]
    assert [name[0] for name in BENGALI_DIGITS.values()] == list("০১২৩৪৫৬৭৮৯")


def test_an_unknown_split_is_answered_with_a_guess(bundled):
    with pytest.raises(InputError, match="Did you mean 'val'"):
        bengali_digits("vall")


@pytest.mark.parametrize(("split", "look"), [("train", (175.17, 56.72)), ("val", (180.59, 52.14))])
def test_what_is_pressed_changes_only_together_with_the_version(bundled, brightness, split, look):
    assert RECIPE.version == 1
    assert brightness(sorted(bengali_digits(split).glob("*/*.png"))) == look
