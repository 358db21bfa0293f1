from functools import partial

import pytest
import torch
from torchvision.transforms import v2

from vislearn.datasets import Finish, finish_batch
from vislearn.errors import InputError
from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD

BATCH = torch.randint(0, 256, (5, 3, 6, 7), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
NORMAL = v2.Compose([v2.ToDtype(torch.float32, scale=True), v2.Normalize(IMAGENET_MEAN, IMAGENET_STD)])


def test_an_empty_batch_stays_empty():
    assert finish_batch(BATCH[:0], mirror=0.5).shape == (0, 3, 6, 7)


@pytest.mark.parametrize("batch", [BATCH, BATCH.to(memory_format=torch.channels_last)])
def test_without_mirroring_it_is_torchvisions_scaling_and_normalising(batch):
    done = finish_batch(batch)
    assert done.dtype == torch.float32
    torch.testing.assert_close(done, NORMAL(batch))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(
    "side", [7, 8, 250, 256], ids=["one thread", "one, by eights", "several", "several, by eights"]
)
def test_bit_for_bit_what_torch_makes_of_the_whole_batch(layout, side):
    batch = torch.randint(0, 256, (9, 3, side, side), dtype=torch.uint8).to(memory_format=layout)
    scale = 1 / (255 * torch.tensor(IMAGENET_STD)).view(-1, 1, 1)
    shift = torch.tensor([-m / s for m, s in zip(IMAGENET_MEAN, IMAGENET_STD, strict=True)]).view(-1, 1, 1)
    done = finish_batch(batch)
    assert torch.equal(done, batch.float().mul_(scale).add_(shift))
    assert done.is_contiguous(memory_format=layout)
    assert torch.equal(finish_batch(batch, mirror=1), done.flip(-1))


def test_everything_mirrored():
    torch.testing.assert_close(finish_batch(BATCH, mirror=1), NORMAL(BATCH.flip(-1)))


def test_half_of_them_mirrored_each_for_itself_and_repeatably():
    many = BATCH[:1].expand(1000, -1, -1, -1)
    done = finish_batch(many, mirror=0.5, generator=torch.Generator().manual_seed(1))
    mirrored = torch.isclose(done, NORMAL(BATCH[:1].flip(-1)), atol=1e-5).flatten(1).all(1)
    plain = torch.isclose(done, NORMAL(BATCH[:1]), atol=1e-5).flatten(1).all(1)
    assert (mirrored | plain).all()
    assert 430 < mirrored.sum() < 570
    again = finish_batch(many, mirror=0.5, generator=torch.Generator().manual_seed(1))
    assert torch.equal(done, again)


def test_without_mirroring_no_chance_is_used_up():
    before = torch.get_rng_state()
    finish_batch(BATCH)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_batch_given_is_left_alone():
    before = BATCH.clone()
    finish_batch(BATCH, mirror=1)
    assert torch.equal(BATCH, before)


@pytest.mark.parametrize("images", [BATCH.float(), BATCH[0], BATCH[:, :1]], ids=["float", "one", "gray"])
def test_other_batches_are_refused(images):
    with pytest.raises(InputError, match=r"must be a uint8 batch of shape \(B, 3, H, W\), got torch"):
        finish_batch(images)


WRONG = [
    ({"mirror": 2}, "mirror must be a chance"),
    ({"mirror": -0.1}, "mirror must be a chance"),
    (
        {"mean": [123, 116, 103], "std": [58, 57, 57]},
        r"mean and std must be of pixels in 0\.\.1.*Divide by 255",
    ),
    ({"std": [0.2, 0, 0.2]}, "std above 0"),
    ({"mean": [0.5]}, "std must have 1 numbers"),
]


@pytest.mark.parametrize(("given", "says"), WRONG)
@pytest.mark.parametrize("finish", [Finish, partial(finish_batch, BATCH)])
def test_what_would_make_other_pictures_is_refused(finish, given, says):
    with pytest.raises(InputError, match=says):
        finish(**given)
