import pytest
import torch
from PIL import Image
from torchvision import transforms as v1
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from vislearn.steps.regions import kept_region

PICTURE = torch.rand(3, 37, 53, generator=torch.Generator().manual_seed(0))


def cropped(transform, seed):
    torch.manual_seed(seed)
    state = torch.get_rng_state()
    after = transform(PICTURE)
    return after, kept_region(transform, PICTURE, state)


@pytest.mark.parametrize("library", [v1, v2])
@pytest.mark.parametrize("seed", range(20))
def test_cutting_the_region_and_resizing_it_gives_the_same_picture(library, seed):
    after, (x0, y0, x1, y1) = cropped(library.RandomResizedCrop(16, antialias=True), seed)
    again = F.resize(PICTURE[:, int(y0) : int(y1), int(x0) : int(x1)], [16, 16], antialias=True)
    torch.testing.assert_close(again, after)


@pytest.mark.parametrize("library", [v1, v2])
@pytest.mark.parametrize("seed", range(5))
def test_a_plain_random_crop_is_found_to_the_pixel(library, seed):
    after, (x0, y0, x1, y1) = cropped(library.RandomCrop((11, 20)), seed)
    assert torch.equal(PICTURE[:, int(y0) : int(y1), int(x0) : int(x1)], after)


@pytest.mark.parametrize(
    ("transform", "picture", "expected"),
    [
        (v2.CenterCrop(10), torch.zeros(3, 20, 30), (10.0, 5.0, 20.0, 15.0)),
        (v1.CenterCrop((4, 8)), Image.new("RGB", (30, 20)), (11.0, 8.0, 19.0, 12.0)),
        (v2.CenterCrop(40), torch.zeros(3, 20, 30), (0.0, 0.0, 30.0, 20.0)),  # pads: all of it is kept
        (v2.CenterCrop(1), torch.zeros(1, 3, 3), (1.0, 1.0, 2.0, 2.0)),
        (v2.CenterCrop(10), (torch.zeros(3, 20, 30), 1), (10.0, 5.0, 20.0, 15.0)),
        (v2.Resize(10), torch.zeros(3, 20, 30), None),
        (v2.RandomHorizontalFlip(1.0), torch.zeros(3, 20, 30), None),
        (v2.CenterCrop(10), 3, None),
    ],
)
def test_known_crops(transform, picture, expected):
    assert kept_region(transform, picture, torch.get_rng_state()) == expected


def test_asking_draws_no_chance():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    kept_region(v2.RandomCrop(8), PICTURE, torch.get_rng_state())
    assert torch.equal(torch.rand(1), expected)
