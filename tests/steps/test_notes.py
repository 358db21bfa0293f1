import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision import transforms as v1
from torchvision.transforms import v2

from vislearn.steps.notes import _NOTES, note

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
PIL = Image.fromarray(PIXELS)
BYTES = torch.from_numpy(PIXELS).permute(2, 0, 1).contiguous()
UNIT = BYTES / 255
MIRRORED = torch.cat([UNIT, UNIT.flip(-1)], dim=-1)


def told(transform, before):
    torch.manual_seed(0)
    return note(transform, before, transform(before))


@pytest.mark.parametrize(
    ("transform", "before", "words"),
    [
        (v2.Identity(), UNIT, "Passes everything on unchanged."),
        (v2.Resize((10, 15)), PIL, "From 20×30 to 10×15 pixels (height×width): a batch needs one size."),
        (v2.Resize((10, 10)), PIL, "circles turn into ellipses"),
        (v1.Resize(20), PIL, "Already this size: nothing to do."),
        (v2.CenterCrop(8), PIL, "Only the middle, 8×8 pixels, is kept."),
        (v2.RandomCrop(8), PIL, "A random 8×8 part is kept"),
        (v2.RandomResizedCrop(8), PIL, "A random part is scaled to 8×8"),
        (v2.Pad(2), PIL, "A border makes 20×30 pixels into 24×34."),
        (v2.RandomHorizontalFlip(1.0), PIL, "Mirrored left–right this time (chance 100 %)."),
        (v1.RandomHorizontalFlip(0.0), PIL, "Left as it is this time (it mirrors with chance 0 %)."),
        (v2.RandomHorizontalFlip(1.0), MIRRORED, "A symmetrical picture"),
        (v2.RandomVerticalFlip(1.0), PIL, "Turned upside down this time (chance 100 %)."),
        (v1.ToTensor(), PIL, "colour×height×width, and 0…255 becomes 0…1."),
        (v2.ToImage(), PIL, "colour×height×width; the numbers stay."),
        (v2.PILToTensor(), PIL, "the numbers stay"),
        (v2.ToDtype(torch.float32, scale=True), BYTES, "uint8 becomes float32, and 0…255 becomes 0…1"),
        (v2.ToDtype(torch.float32), BYTES, "uint8 becomes float32; the numbers stay as they are."),
        (v2.ToDtype(torch.float32, scale=True), UNIT, "Already of this type: nothing to do."),
        (v1.ConvertImageDtype(torch.float32), BYTES, "0…255 becomes 0…1"),
        (v2.Normalize([0.5] * 3, [0.5] * 3), UNIT, "Each colour minus its mean, divided by its spread"),
        (v2.Normalize([0.5] * 3, [0.5] * 3), BYTES.float(), "But 0…255 came in here where 0…1 is expected!"),
        (v2.RandomApply([v2.Pad(1)], p=0.0), PIL, "Changed nothing this time (chance 0 %)."),
        (v2.RandomApply([v2.GaussianBlur(3)], p=1.0), PIL, "Did its work this time (chance 100 %)."),
        (v2.ColorJitter(0.5), PIL, "Brightness and colour changed by chance"),
        (v2.ColorJitter(), PIL, "Changed nothing this time."),
        (v2.RandomErasing(1.0), UNIT, "A random rectangle was erased"),
        (v2.GaussianBlur(3), PIL, "Blurred"),
        (v2.ElasticTransform(sigma=1.0), PIL, "Bent like rubber"),
        (nn.ReLU(), UNIT - 0.5, "Applied."),
        (nn.AvgPool2d(2), UNIT, "Applied with kernel_size=2, stride=2, padding=0."),
        (lambda image: image, UNIT, "Changed nothing this time."),
    ],
)
def test_a_transform_is_told_in_plain_words(transform, before, words):
    assert words in told(transform, before)


@pytest.mark.parametrize(
    ("size_hw", "is_kept"), [((40, 60), True), ((5, 8), False), ((10, 15), True), ((40, 30), False)]
)
def test_a_picture_that_grows_or_shrinks_as_a_whole_keeps_its_shape(size_hw, is_kept):
    assert ("The shape is not kept" not in told(v2.Resize(size_hw), PIL)) == is_kept


@pytest.mark.parametrize(
    ("size_hw", "is_kept"), [((100, 102), True), ((100, 98), True), ((100, 103), False), ((100, 97), False)]
)
def test_a_rounded_size_keeps_the_shape(size_hw, is_kept):
    square = torch.rand(3, 100, 100)
    assert ("The shape is not kept" not in told(v2.Resize(size_hw), square)) == is_kept


@pytest.mark.parametrize(("highest", "is_told"), [(1.0, False), (2.0, False), (2.1, True), (255.0, True)])
def test_bytes_before_normalize_are_told(highest, is_told):
    before = torch.full((3, 2, 2), highest)
    assert ("But 0…255 came in here" in told(v2.Normalize([0.5], [0.5]), before)) == is_told


def test_a_flip_is_judged_by_its_own_direction():
    upside = torch.cat([UNIT, UNIT.flip(-2)], dim=-2)
    assert "A symmetrical picture" in told(v2.RandomVerticalFlip(1.0), upside)
    assert "Mirrored" in told(v2.RandomHorizontalFlip(1.0), upside)
    assert "Turned upside down" in told(v2.RandomVerticalFlip(1.0), MIRRORED)


def test_a_chance_that_nobody_says_is_a_half():
    class RandomInvert:
        """Of another library, without its chance."""

    assert note(RandomInvert(), UNIT, UNIT) == "Changed nothing this time (chance 50 %)."
    assert note(v2.RandomInvert(0.125), UNIT, 1 - UNIT) == "Did its work this time (chance 12.5 %)."


def test_a_value_without_a_picture_gets_the_plain_note():
    assert note(v2.Lambda(str), 3, "3") == "A function of your own was applied."
    assert note(len, "cat", 3) == "Applied."


def test_a_pair_is_judged_by_its_picture():
    pair = v2.RandomHorizontalFlip(1.0)(UNIT, 3)
    assert note(v2.RandomHorizontalFlip(1.0), (UNIT, 3), pair).startswith("Mirrored")


def test_the_names_with_notes_exist_in_torchvision():
    assert {name for name in _NOTES if not hasattr(v2, name)} == set()
