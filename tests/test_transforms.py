import pytest
import torch
from PIL import Image
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.errors import InputError
from vislearn.transforms import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    denormalize,
    eval_transform,
    source_chain_v1,
    source_chain_v2,
    train_transform,
)


@pytest.fixture
def picture():
    pixels = torch.randint(256, (40, 60, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return Image.fromarray(pixels.numpy())


@pytest.mark.parametrize("make", [train_transform, eval_transform, source_chain_v1, source_chain_v2])
def test_every_preset_gives_a_normalised_square(make, picture):
    image = make(32)(picture)
    assert image.shape == (3, 32, 32)
    assert image.dtype == torch.float32
    assert image.min() < 0 < image.max() < 3


@pytest.mark.parametrize("make", [train_transform, eval_transform, source_chain_v1, source_chain_v2])
def test_a_size_without_pixels_is_refused(make):
    with pytest.raises(InputError, match="size must be at least 1 pixel, got 0"):
        make(0)


@pytest.mark.parametrize("train", [True, False])
def test_both_apis_make_the_same_numbers_from_the_same_chance(picture, train):
    for seed in range(8):  # both outcomes of the flip occur
        torch.manual_seed(seed)
        old = source_chain_v1(24, train=train)(picture)
        torch.manual_seed(seed)
        torch.testing.assert_close(source_chain_v2(24, train=train)(picture), old)


def test_train_differs_from_call_to_call_and_eval_does_not(picture):
    torch.manual_seed(0)
    assert not torch.equal(train_transform(16)(picture), train_transform(16)(picture))
    assert torch.equal(eval_transform(16)(picture), eval_transform(16)(picture))


def test_boxes_move_with_the_picture():
    image = tv_tensors.Image(torch.zeros(3, 40, 60, dtype=torch.uint8))
    boxes = tv_tensors.BoundingBoxes([[0, 0, 30, 40]], format="XYXY", canvas_size=(40, 60))
    _, moved = eval_transform(20)(image, boxes)
    assert moved.canvas_size == (20, 20)
    assert moved.tolist() == [[0, 0, 10, 20]]


def test_denormalize_undoes_normalize(picture):
    image = v2.functional.to_dtype(v2.functional.to_image(picture), torch.float32, scale=True)
    normalised = v2.functional.normalize(image, list(IMAGENET_MEAN), list(IMAGENET_STD))
    torch.testing.assert_close(denormalize(normalised), image)
    torch.testing.assert_close(denormalize(normalised[None]), image[None])


def test_denormalize_clamps_what_is_no_colour():
    assert denormalize(torch.full((3, 1, 1), 9.0)).tolist() == [[[1.0]], [[1.0]], [[1.0]]]


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (torch.zeros(3, 4, 4, dtype=torch.uint8), "must be float"),
        (torch.zeros(4, 4, 3), r"must have shape \(\.\.\., 3, H, W\), got \(4, 4, 3\)"),
        (torch.zeros(3), "must have shape"),
    ],
)
def test_denormalize_refuses_what_can_not_be_a_normalised_picture(image, says):
    with pytest.raises(InputError, match=says):
        denormalize(image)
