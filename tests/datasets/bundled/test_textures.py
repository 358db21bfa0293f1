from itertools import product

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from vislearn.datasets import textures
from vislearn.datasets.bundled import textures as cutting
from vislearn.datasets.bundled.pictures import source_file
from vislearn.datasets.bundled.textures import COUNTS, RECIPE, REGIONS, _cut, _draw_square
from vislearn.errors import InputError


@pytest.mark.parametrize("split", COUNTS)
def test_torchvisions_image_folder_loads_the_tree(bundled, split):
    folder = ImageFolder(textures(split))
    assert folder.classes == sorted(REGIONS)
    assert len(folder) == 16 * COUNTS[split]
    assert {image.size for image, _ in folder} == {(64, 64)}


def overlap(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0) * max(height, 0)


@pytest.mark.parametrize("name", REGIONS)
def test_regions_lie_inside_the_photograph_and_the_splits_share_no_pixel(name):
    photograph, (least, _), train, val = REGIONS[name]
    with Image.open(source_file(photograph)) as image:
        width, height = image.size
    for x0, y0, x1, y1 in [*train, *val]:
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
        assert min(x1 - x0, y1 - y0) >= least
    assert all(overlap(one, other) == 0 for one, other in product(train, val))


def test_no_class_has_a_region_of_another():
    regions = [
        (name, photo, box) for name, (photo, _, *parts) in REGIONS.items() for part in parts for box in part
    ]
    for (name, photo, box), (other, other_photo, other_box) in product(regions, regions):
        assert name == other or photo != other_photo or overlap(box, other_box) == 0


def test_squares_stay_inside_their_regions():
    rng = np.random.default_rng(0)
    regions = [(0, 0, 70, 100), (200, 0, 290, 80)]
    for _ in range(200):
        square = _draw_square(rng, regions, (64, 110))
        assert square[2] - square[0] == square[3] - square[1] >= 64
        assert any(overlap(square, region) == (square[2] - square[0]) ** 2 for region in regions)


def test_a_cut_out_holds_nothing_from_beyond_its_box():
    picture = Image.new("RGB", (300, 200), "red")
    picture.paste("blue", (100, 50, 190, 140))
    assert _cut(picture, (100, 50, 190, 140)).getcolors() == [(64 * 64, (0, 0, 255))]


def test_building_again_gives_the_same_bytes(bundled, tmp_path):
    for _unit in RECIPE.build(tmp_path):
        pass
    for path in sorted(tmp_path.rglob("*.jpg"))[::41]:
        assert path.read_bytes() == (bundled / "textures" / path.relative_to(tmp_path)).read_bytes()


def test_an_unknown_split_is_answered_with_a_guess(bundled):
    with pytest.raises(InputError, match="Did you mean 'val'"):
        textures("vall")


@pytest.mark.parametrize(
    ("split", "version", "look"), [("train", 2, (108.21, 68.38)), ("val", 2, (109.75, 71.11))]
)
def test_what_is_cut_out_changes_only_together_with_the_version(bundled, brightness, split, version, look):
    assert RECIPE.version == version
    assert brightness(sorted(textures(split).glob("*/*.jpg"))) == look


def test_every_square_is_cut_where_it_always_was(monkeypatch, tmp_path):
    boxes = []
    small = Image.new("RGB", (1, 1))
    monkeypatch.setattr(cutting, "_cut", lambda _picture, box: boxes.append(box) or small)
    list(RECIPE.build(tmp_path))
    assert np.sum(boxes, axis=0).tolist() == [336447, 247951, 427712, 339216]
