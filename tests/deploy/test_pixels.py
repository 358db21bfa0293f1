import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional
from torchvision.transforms import v2

from vislearn.deploy import Recipe
from vislearn.deploy.pixels import enlarged, prepared
from vislearn.errors import InputError
from vislearn.io import read_image

WAYS = [
    (Recipe("classifier"), []),
    (Recipe("classifier", resize=(32,), crop=(32, 32)), [v2.Resize(32), v2.CenterCrop(32)]),
    (Recipe("classifier", resize=(20, 90)), [v2.Resize((20, 90))]),
    (Recipe("classifier", resize=(70,), interpolation="bicubic"), [v2.Resize(70, interpolation=3)]),
    (Recipe("classifier", crop=(61, 44)), [v2.CenterCrop((61, 44))]),
    (Recipe("classifier", crop=(24, 99)), [v2.CenterCrop((24, 99))]),
]


@pytest.mark.parametrize("size", [(50, 40), (41, 60), (64, 64), (33, 130)])
@pytest.mark.parametrize(("recipe", "steps"), WAYS, ids=lambda value: "")
def test_pillow_does_what_torchvision_does(recipe, steps, size):
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    expected = v2.Compose([v2.ToImage(), *steps])(Image.fromarray(pixels)).numpy().astype(int)
    got = prepared(pixels, recipe)
    assert got.dtype == np.uint8
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= (2 if recipe.interpolation == "bicubic" else 1)


@pytest.mark.parametrize("sizes", [(4, 5, 16, 15), (7, 3, 7, 3), (8, 8, 3, 5), (1, 6, 4, 12)])
def test_logits_grow_as_torch_s(sizes):
    few, narrow, tall, wide = sizes
    logits = torch.randn(3, few, narrow, generator=torch.Generator().manual_seed(0))
    expected = functional.interpolate(logits[None], (tall, wide), mode="bilinear", align_corners=False)[0]
    np.testing.assert_allclose(enlarged(logits.numpy(), tall, wide), expected.numpy(), atol=1e-5)


def test_gray_and_transparent_pictures_become_three_channels():
    assert prepared(Image.new("LA", (6, 4)), Recipe("classifier")).shape == (3, 4, 6)


@pytest.mark.parametrize("image", [np.zeros((4, 4)), np.zeros((3, 4, 4), np.uint8), "a.jpg"])
def test_what_is_no_picture_is_refused(image):
    with pytest.raises(InputError, match="image must be a PIL image, or a uint8 array"):
        prepared(image, Recipe("classifier"))


def test_what_is_transparent_is_laid_on_white_as_files_are_read(tmp_path):
    picture = Image.new("RGBA", (4, 3), (200, 0, 0, 90))
    picture.save(tmp_path / "a.png")
    assert np.array_equal(prepared(picture, Recipe("classifier")), read_image(tmp_path / "a.png").numpy())
