import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from vislearn.errors import InputError
from vislearn.training import Choice, FolderOptions


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("photo", "frozen", Choice("photo", "frozen")),
        ("photo", "finetune", Choice("photo", "finetune")),
        ("resnet18:scratch", "frozen", Choice("resnet18", "scratch")),
    ],
)
def test_a_choice_is_a_name_or_a_name_with_its_mode(text, default, expected):
    assert Choice.parse(text, default) == expected
    assert Choice.parse(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "backbone must be"), ("phot", "Near it: photo"), ("photo:frosen", "mode must be one of .*frozen")],
)
def test_a_choice_that_can_not_be_is_named(text, sentence):
    with pytest.raises(InputError, match=sentence):
        Choice.parse(text)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"balance": "wieghts"}, "Did you mean 'weights'"),
        ({"image_size": 0}, "image_size must be at least 1 pixel"),
    ],
)
def test_an_option_that_can_not_be_is_named(options, sentence):
    with pytest.raises(InputError, match=sentence):
        FolderOptions(**options)


@pytest.mark.parametrize(("mode", "epochs", "augments"), [("frozen", 30, False), ("scratch", 20, True)])
def test_defaults_follow_the_mode(mode, epochs, augments):
    choice, options = Choice("photo", mode), FolderOptions()
    assert (options.epochs_of(choice), options.augments(choice)) == (epochs, augments)
    assert FolderOptions(epochs=2, augment=not augments).epochs_of(choice) == 2
    assert FolderOptions(augment=not augments).augments(choice) is not augments


@pytest.mark.parametrize(("size", "expected"), [(None, 32), (48, 48)])
def test_pictures_are_of_the_size_asked_for_or_the_networks_own(size, expected):
    options, picture = FolderOptions(image_size=size, augment=True), Image.new("RGB", (90, 60))
    for transform in (options.judging(Choice("photo")), options.learning(Choice("photo"))):
        assert transform(picture).shape == (3, expected, expected)


@pytest.mark.parametrize(("mode", "least"), [("frozen", 0.35), ("finetune", 0.6), ("scratch", 0.35)])
def test_few_epochs_see_most_of_each_picture(mode, least):
    transform = FolderOptions(augment=True).learning(Choice("photo", mode))
    crop = next(step for step in transform.transforms if isinstance(step, v2.RandomResizedCrop))
    assert crop.scale == (least, 1.0)


def test_only_what_is_learned_from_is_changed_by_chance():
    picture = Image.linear_gradient("L").convert("RGB")
    options, choice = FolderOptions(augment=True), Choice("photo")
    judging, learning = options.judging(choice), options.learning(choice)
    assert (judging(picture) == judging(picture)).all()
    assert any((learning(picture) != learning(picture)).any() for _again in range(3))


@pytest.mark.parametrize(
    ("amp", "kind", "has_bf16", "expected"),
    [
        (False, "cuda", True, None),
        (True, "cpu", False, "bf16"),
        (True, "cuda", True, "bf16"),
        (True, "cuda", False, "fp16"),
    ],
)
def test_sixteen_bits_are_those_the_device_has(monkeypatch, amp, kind, has_bf16, expected):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: has_bf16)
    assert FolderOptions(amp=amp).precision(torch.device(kind)) == expected
