"""Lesson 15's project: other augmentations that fit the phone, and others that don't."""

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.exercises import check
from vislearn.exercises.lessons.transforms.project import clean_and_phone

NAME = "transforms.augmentation"
F = v2.functional


def in_three_steps():
    return v2.Compose(
        [
            v2.RandomRotation(30),
            v2.RandomAffine(0, translate=(0.15, 0.15)),
            v2.ColorJitter(brightness=(0.25, 1.0)),
        ]
    )


def smoothly():
    smooth = v2.RandomAffine(30, translate=(0.15, 0.15), interpolation="bilinear")
    return v2.Compose([v2.ColorJitter(brightness=(0.3, 0.9)), smooth])


def by_padding():
    return v2.Compose(
        [v2.RandomRotation(30), v2.Pad(3), v2.RandomCrop(20), v2.ColorJitter(brightness=(0.3, 1.0))]
    )


class Phone(v2.Transform):
    def make_params(self, flat_inputs):
        dx, dy = (torch.rand(2) * 6 - 3).round().int().tolist()
        return {
            "angle": float(torch.rand(()) * 60 - 30),
            "move": [dx, dy],
            "light": float(torch.rand(()) * 0.7 + 0.3),
        }

    def transform(self, inpt, params):
        inpt = F.affine(inpt, params["angle"], params["move"], 1.0, [0.0])
        return F.adjust_brightness(inpt, params["light"]) if isinstance(inpt, tv_tensors.Image) else inpt


def of_ones_own():
    return Phone()


def a_function():
    affine = v2.RandomAffine(30, translate=(0.15, 0.15))

    def change(image):
        light = 0.3 + 0.7 * torch.rand(())
        return (affine(image).float() * light).to(torch.uint8)

    return change


RIGHT = {NAME: [in_three_steps, smoothly, by_padding, of_ones_own, a_function]}

WRONG = {
    NAME: {
        "_nothing_changed": lambda: v2.Compose([v2.Resize((20, 20))]),
        "_flipped": lambda: v2.RandomHorizontalFlip(p=0.5),
        "_geometry_alone": lambda: v2.Compose([v2.RandomRotation(30), v2.RandomAffine(0, (0.15, 0.15))]),
        "_brightness_alone": lambda: v2.Compose([v2.ColorJitter(brightness=(0.3, 0.8))]),
    }
}

UNLISTED = {
    NAME: [
        lambda: "RandomAffine",
        lambda: v2.RandomAffine,
        lambda: v2.ToDtype(torch.float32, scale=True),
        lambda: v2.Resize(28),
        lambda: v2.Compose([v2.RandomAffine(180, translate=(0.4, 0.4)), v2.ColorJitter(brightness=0.9)]),
    ]
}


def test_a_mirror_is_seen_beside_what_the_phone_does():
    verdict = check(NAME, lambda: v2.Compose([in_three_steps(), v2.RandomHorizontalFlip()]))
    assert verdict.status == "wrong"
    assert next(fact.label for fact in verdict.facts if not fact.met).startswith("A digit is never mirrored")


def test_the_phone_s_digits_are_none_of_the_clean_ones():
    found = clean_and_phone()
    clean, truth = found["clean"]
    assert clean.shape == (200, 1, 20, 20)
    assert truth.bincount().tolist() == [20] * 10
    assert found["phone"][0].float().mean() < 0.6 * clean.float().mean()
