from typing import NamedTuple

import pytest
import torch
from torch import nn
from torchvision import tv_tensors

from vislearn.training.batches import Moved, batch_size, channels_last_is_safe, moved, tensors

CPU, META = torch.device("cpu"), torch.device("meta")  # meta: another device on every machine


class Pair(NamedTuple):
    images: torch.Tensor
    label: str


@pytest.mark.parametrize("empty", [[], (), {}, None, "cat"])
def test_nothing_to_move_stays_as_it_is(empty):
    assert moved(empty, META) == empty


def test_every_tensor_of_a_detection_batch_moves_and_all_else_stays():
    batch = (
        [torch.zeros(3, 4, 4)] * 2,
        [{"boxes": torch.zeros(1, 4), "name": "a"}, {"boxes": torch.zeros(0, 4)}],
    )
    images, targets = moved(batch, META)
    assert isinstance(images, list)
    assert {tensor.device.type for tensor in tensors((images, targets))} == {"meta"}
    assert len(list(tensors((images, targets)))) == 4
    assert targets[0]["name"] == "a"


def test_named_tuples_and_tv_tensors_keep_their_kind():
    pair = moved(Pair(tv_tensors.Image(torch.zeros(3, 2, 2)), "a"), CPU)
    assert isinstance(pair, Pair)
    assert isinstance(pair.images, tv_tensors.Image)


def test_channels_last_lays_pictures_out_anew_and_leaves_labels():
    images, labels = moved((torch.rand(2, 3, 4, 4), torch.zeros(2)), CPU, channels_last=True)
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert labels.is_contiguous()


def test_a_moved_loader_moves_each_batch():
    loader = Moved([torch.zeros(1), torch.zeros(2)], META)
    assert [(len(batch), batch.device.type) for batch in loader] == [(1, "meta"), (2, "meta")]


@pytest.mark.parametrize(
    ("batch", "size"),
    [
        ((), 0),
        (torch.tensor(1.0), 1),
        ((torch.zeros(5, 3), torch.zeros(5)), 5),
        (([0, 0], [{}, {}]), 2),
        ({"images": torch.zeros(5, 3), "labels": torch.zeros(5)}, 5),
        (({"left": torch.zeros(5, 3), "right": torch.zeros(5, 3)}, torch.zeros(5)), 5),
        ({}, 0),
        (3, 1),
    ],
)
def test_the_size_of_a_batch(batch, size):
    assert batch_size(batch) == size


@pytest.mark.parametrize(
    ("layer", "safe"),
    [
        (nn.Identity(), True),
        (nn.Conv2d(7, 8, 1, stride=2), True),
        (nn.Conv2d(8, 8, 1, stride=2), False),
        (nn.Conv2d(15, 8, 1, stride=2), False),
        (nn.Conv2d(16, 8, 1, stride=2), True),
        (nn.Conv2d(8, 8, 1), True),
        (nn.Conv2d(8, 8, 3, stride=2), True),
    ],
)
def test_where_torch_would_write_beyond_its_memory_pixels_keep_their_layout(layer, safe):
    model = nn.Sequential(nn.Identity(), layer)
    assert channels_last_is_safe(model, CPU) is safe
    assert channels_last_is_safe(model, torch.device("cuda"))
