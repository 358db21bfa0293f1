import random

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from vislearn.errors import InputError
from vislearn.viz import augmentations, grid, zooms

COLORS = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]
CARDS = [Image.new("RGB", (40, 30), color) for color in COLORS]


def pixels(picture):
    return np.asarray(picture.image().resize((picture.width, picture.height), 0)).astype(int)


def has(shown, color):
    return int((np.abs(shown - color).max(axis=2) < 30).sum()) > 200


@pytest.mark.parametrize("count", [1, 2, 6, 7, 13])
def test_every_picture_is_on_the_sheet(count):
    picture = grid([*CARDS[:2], *CARDS * 5][:count], alt="Cards.")
    assert picture.width <= 1000
    assert has(pixels(picture), COLORS[0])
    assert has(pixels(picture), COLORS[1]) is (count > 1)


def test_a_batch_of_any_range_is_a_grid_too():
    assert grid(torch.randn(5, 3, 8, 8), alt="Noise.").width <= 1000


def test_titles_take_room_and_long_ones_wrap():
    bare = grid(CARDS, alt="Cards.")
    short = grid(CARDS, ["a", "b", "c"], alt="Cards.")
    long = grid(CARDS, ["a", "b", "a title far too long for one line of so small a picture"], alt="Cards.")
    whole = grid(CARDS, ["a", "b", "c"], title="Three cards", alt="Cards.")
    assert bare.height < short.height < long.height
    assert whole.height > short.height


def test_columns_can_be_chosen():
    assert grid(CARDS, columns=1, alt="Cards.").height > grid(CARDS, columns=3, alt="Cards.").height


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        ([], {}, "images must hold at least one picture"),
        (CARDS, {"titles": ["one"]}, r"titles must be as many as images \(3\), got 1"),
        (CARDS, {"alt": ""}, "alt must say"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(images, options, message):
    with pytest.raises(InputError, match=message):
        grid(images, **{"alt": "Cards.", **options})


JITTER = v2.Compose([v2.RandomHorizontalFlip(), v2.ColorJitter(0.5, hue=0.2)])
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8))


def test_the_same_seed_shows_the_same_versions_and_another_one_others():
    first = augmentations(NOISE, JITTER, seed=1, count=3)
    assert augmentations(NOISE, JITTER, seed=1, count=3).data == first.data
    assert augmentations(NOISE, JITTER, seed=2, count=3).data != first.data


def test_drawing_versions_leaves_everybody_elses_chance_alone():
    torch.manual_seed(0)
    random.seed(0)
    expected = torch.rand(1).item(), random.random()
    torch.manual_seed(0)
    random.seed(0)
    augmentations(NOISE, JITTER, seed=1, count=2)
    assert (torch.rand(1).item(), random.random()) == expected


def test_versions_are_counted_and_told():
    calls = []
    picture = augmentations(NOISE, lambda image: calls.append(1) or image, count=4)
    assert len(calls) == 4
    assert picture.alt == "The original picture and 4 random versions of it made by function."
    assert augmentations(NOISE, JITTER, count=1, alt="Cats.").alt == "Cats."


def test_normalised_versions_are_shown_too():
    chain = v2.Compose(
        [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5] * 3, [0.1] * 3)]
    )
    assert augmentations(NOISE, chain, count=1).width > 0


def test_no_versions_are_refused():
    with pytest.raises(InputError, match="count must be at least 1, got 0"):
        augmentations(NOISE, JITTER, count=0)


def test_a_zoom_shows_the_detail_and_where_it_is():
    card = Image.new("RGB", (100, 100), (90, 90, 90))
    card.paste((250, 0, 0), (40, 40, 60, 60))
    shown = pixels(zooms({"small": card}, (0.4, 0.4, 0.6, 0.6), alt="A detail."))
    left, right = shown[:, : shown.shape[1] // 2], shown[:, shown.shape[1] // 2 :]
    assert (np.abs(right - (250, 0, 0)).max(axis=2) < 40).mean() > 0.7  # nothing but the detail
    assert (np.abs(left - (90, 90, 90)).max(axis=2) < 40).mean() > 0.5
    assert has(left, (213, 94, 0))  # the frame


def test_a_zoom_into_pictures_of_different_sizes():
    versions = {f"{size} px": Image.new("RGB", (size, size)) for size in (4, 50, 300)}
    assert zooms(versions, title="Three sizes", alt="Sizes.").width <= 1000


@pytest.mark.parametrize(
    ("images", "region", "message"),
    [
        ({}, (0, 0, 1, 1), "images must hold at least one picture"),
        ({"a": NOISE}, (0.5, 0, 0.5, 1), "region must be xyxy in fractions"),
        ({"a": NOISE}, (0, 0, 100, 100), "region must be xyxy in fractions"),
    ],
)
def test_a_zoom_that_makes_no_sense_is_refused(images, region, message):
    with pytest.raises(InputError, match=message):
        zooms(images, region, alt="A detail.")
