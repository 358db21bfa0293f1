import random

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision import transforms as v1
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms._presets import ImageClassification

from vislearn.errors import InputError
from vislearn.seeding import seed_everything
from vislearn.steps import transform_chain
from vislearn.steps.chain import stages

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
PIL = Image.fromarray(PIXELS)
TENSOR = torch.from_numpy(PIXELS).permute(2, 0, 1)
TO_FLOAT = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]


class Doubled(v2.Compose):
    """Runs its parts twice: more than the sum of its parts."""

    def forward(self, *inputs):
        return super().forward(super().forward(*inputs))


class Reversed(v1.Compose):
    """A v1 composition with a mind of its own."""

    def __call__(self, image):
        for transform in reversed(self.transforms):
            image = transform(image)
        return image


CHAINS = {
    "v1": v1.Compose(
        [v1.RandomResizedCrop(16), v1.RandomHorizontalFlip(), v1.ColorJitter(0.4), v1.ToTensor()]
    ),
    "v1 with Python's chance": v1.Compose(
        [v1.RandomOrder([v1.RandomRotation(30), v1.RandomCrop(20)]), v1.RandomChoice([v1.Pad(2), v1.Pad(5)])]
    ),
    "v2": v2.Compose([v2.RandomResizedCrop(16), v2.RandomHorizontalFlip(), *TO_FLOAT, v2.RandomErasing()]),
    "nested": v2.Compose([v2.Compose([v2.RandomRotation(20), v2.Compose([v2.RandomCrop(20)])]), *TO_FLOAT]),
    "random containers": v2.Compose(
        [v2.RandomApply([v2.GaussianBlur(3)]), v2.RandomChoice([v2.Pad(1), v2.Pad(9)])]
    ),
    "single": v2.RandomPerspective(p=1.0),
    "a function": v2.Lambda(lambda image: image.rotate(90)),
    "own Compose": Doubled([v2.RandomRotation(45)]),
    "own v1 Compose": Reversed([v1.CenterCrop(10), v1.RandomRotation(45)]),
    "trivial augment": v2.TrivialAugmentWide(),
    "weights' preset": ImageClassification(crop_size=16, resize_size=20),
}


def same(left, right):
    if isinstance(left, Image.Image):
        return left.mode == right.mode and np.array_equal(np.asarray(left), np.asarray(right))
    if isinstance(left, (tuple, list)):
        return all(same(one, other) for one, other in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, torch.Tensor):
        return type(left) is type(right) and left.dtype == right.dtype and torch.equal(left, right)
    return left == right


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_the_last_step_is_what_the_transform_itself_returns(chain, seed):
    seed_everything(seed, deterministic=False)
    expected = chain(PIL)
    assert same(list(transform_chain(chain, PIL, seed=seed))[-1].value, expected)


def test_a_sequential_of_tensor_transforms_is_walked_too():
    chain = nn.Sequential(v2.RandomHorizontalFlip(), v2.RandomCrop(8), v2.Normalize([0.5] * 3, [0.5] * 3))
    image = TENSOR / 255
    torch.manual_seed(1)
    expected = chain(image)
    walked = list(transform_chain(chain, image, seed=1))
    assert [step.title for step in walked] == ["Input", "RandomHorizontalFlip", "RandomCrop", "Normalize"]
    assert torch.equal(walked[-1].value, expected)


def test_a_picture_and_its_boxes_go_together():
    boxes = tv_tensors.BoundingBoxes(torch.tensor([[5.0, 5, 20, 30]]), format="XYXY", canvas_size=(40, 60))
    pair = (tv_tensors.Image(TENSOR), {"boxes": boxes, "labels": torch.tensor([1])})
    chain = v2.Compose([v2.RandomHorizontalFlip(1.0), v2.Resize((20, 30))])
    torch.manual_seed(0)
    expected = chain(*pair)
    walked = list(transform_chain(chain, pair, seed=0))
    assert same(walked[-1].value, expected)
    assert walked[1].value[1]["boxes"].tolist() == [[40.0, 5.0, 55.0, 30.0]]
    assert walked[1].note == "Mirrored left–right this time (chance 100 %)."


def test_a_function_inside_a_v2_compose_gets_the_pair_as_two_arguments():
    chain = v2.Compose([lambda image, target: (image, target + 1), v2.Resize(8)])
    assert list(transform_chain(chain, (PIL, 3), seed=0))[-1].value[1] == 4


@pytest.mark.parametrize("taken", [1, 3, 5])
def test_nobody_elses_chance_is_touched_even_when_the_walk_stops_halfway(taken):
    seed_everything(7, deterministic=False)
    expected = torch.rand(1).item(), random.random(), np.random.rand()
    seed_everything(7, deterministic=False)
    walk = transform_chain(CHAINS["v1"], PIL, seed=3)
    for _step in range(taken):
        next(walk)
    assert (torch.rand(1).item(), random.random(), np.random.rand()) == expected


def test_drawing_chance_between_two_steps_changes_nothing():
    whole = list(transform_chain(CHAINS["v2"], PIL, seed=2))
    interrupted = []
    for step in transform_chain(CHAINS["v2"], PIL, seed=2):
        torch.rand(5)
        interrupted.append(step)
    assert same(whole[-1].value, interrupted[-1].value)


def test_without_a_seed_chance_comes_from_the_global_generator():
    torch.manual_seed(4)
    expected = CHAINS["v2"](PIL)
    torch.manual_seed(4)
    assert same(list(transform_chain(CHAINS["v2"], PIL))[-1].value, expected)


@pytest.mark.parametrize(
    ("chain", "names"),
    [
        (v1.Compose([]), []),
        (CHAINS["nested"], ["RandomRotation", "RandomCrop", "ToImage", "ToDtype"]),
        (CHAINS["random containers"], ["RandomApply", "RandomChoice"]),
        (CHAINS["own Compose"], ["Doubled"]),
        (
            CHAINS["weights' preset"],
            ["Resize", "CenterCrop", "PILToTensor", "ConvertImageDtype", "Normalize"],
        ),
        (nn.Sequential(v2.Resize(8), nn.Sequential(nn.ReLU())), ["Resize", "ReLU"]),
        (len, ["builtin_function_or_method"]),
    ],
)
def test_compositions_are_opened_up_and_everything_else_stays_whole(chain, names):
    assert [type(stage).__name__ for stage in stages(chain)] == names


def test_an_empty_compose_is_the_input_alone():
    assert [step.title for step in transform_chain(v1.Compose([]), PIL)] == ["Input"]


def test_a_broken_chain_raises_what_the_transform_raises():
    with pytest.raises(TypeError):
        list(transform_chain(v1.Compose([v1.Normalize([0.5] * 3, [0.5] * 3)]), PIL))


def test_a_broken_chain_can_be_shown_up_to_where_it_breaks():
    chain = v1.Compose([v1.Resize(8), v1.Normalize([0.5] * 3, [0.5] * 3), v1.ToTensor()])
    walked = list(transform_chain(chain, PIL, errors="show"))
    assert [step.title for step in walked] == ["Input", "Resize", "Normalize"]
    assert walked[-1].value.startswith("TypeError: ")
    assert "breaks here" in walked[-1].note


def test_errors_is_one_of_two_words():
    with pytest.raises(InputError, match="Did you mean 'show'"):
        next(transform_chain(v2.Resize(8), PIL, errors="shown"))


def test_tensors_are_walked_as_they_are():
    walked = list(transform_chain(v2.RandomResizedCrop(8), TENSOR, seed=0))
    assert walked[0].value is TENSOR
    assert walked[1].kept is not None
