"""Lesson 01's pair of transforms: many ways to be right, and other ways to make each mistake."""

import warnings

import pytest
import torch
import torchvision.transforms as v1
from torchvision.transforms import v2

from vislearn.exercises import check

NAME = "pipeline.train_eval_transform"


def pair(training, evaluation, normal_training=True, normal_evaluation=True):
    """An answer that ends its two lists of steps the usual way."""

    def answer(size, mean, std):
        ends = [
            [
                v2.ToImage(),
                v2.ToDtype(torch.float32, scale=True),
                *([v2.Normalize(mean, std)] if normal else []),
            ]
            for normal in (normal_training, normal_evaluation)
        ]
        return (
            v2.Compose([*training(size), *ends[0]]),
            v2.Compose([*evaluation(size), *ends[1]]),
        )

    return answer


def whole(size):
    return [v2.Resize((size, size))]


def flipped(size):
    return [*whole(size), v2.RandomHorizontalFlip()]


def by_v1(size, mean, std):
    ending = [v1.ToTensor(), v1.Normalize(mean, std)]
    geometry = [v1.Resize((size, size)), v1.RandomHorizontalFlip()]
    return v1.Compose(geometry + ending), v1.Compose(geometry[:1] + ending)


def by_tensors_first(size, mean, std):
    start = [v2.PILToTensor(), v2.Resize((size, size), antialias=True)]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The transform `ConvertImageDtype")
        ending = [v2.ConvertImageDtype(torch.float32), v2.Normalize(mean, std)]
    return v2.Compose([*start, v2.RandomVerticalFlip(), *ending]), v2.Compose([*start, *ending])


def by_functions(size, mean, std):
    def evaluate(image):
        image = v2.functional.to_image(v2.functional.resize(image, [size, size]))
        return v2.functional.normalize(image.float() / 255, mean, std)

    def train(image):
        result = evaluate(image)
        return result.flip(-1) if torch.rand(()) < 0.5 else result

    return [train, evaluate]


def heavily_augmented(size):
    return [
        v2.RandomRotation(10),
        v2.RandomResizedCrop(size, scale=(0.5, 1)),
        v2.ColorJitter(0.4, 0.4, 0.4, 0.1),
        v2.RandomGrayscale(),
    ]


def erased(size, mean, std):
    training, evaluation = pair(flipped, whole)(size, mean, std)
    return v2.Compose([training, v2.RandomErasing(p=0.5)]), evaluation


RIGHT = {
    NAME: [
        pair(flipped, whole),
        pair(lambda size: [v2.RandomResizedCrop((size, size))], whole),
        pair(
            lambda size: [v2.Resize(size + 4), v2.RandomCrop(size)],
            lambda size: [v2.Resize(size + 4), v2.CenterCrop(size)],
        ),
        pair(lambda size: [*whole(size), v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], whole),
        pair(lambda size: [*whole(size), v2.RandomHorizontalFlip(p=0.2)], whole),
        pair(heavily_augmented, whole),
        by_v1,
        by_tensors_first,
        by_functions,
        erased,
    ]
}


def normalized_first(size, mean, std):
    steps = [v2.PILToTensor(), v2.Normalize(mean=mean, std=std), v2.ToDtype(torch.float32, scale=True)]
    return v2.Compose([*flipped(size), *steps]), v2.Compose([*whole(size), *steps])


def never_a_tensor(size, mean, std):
    steps = [v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]
    return v2.Compose([*flipped(size), *steps]), v2.Compose([*whole(size), *steps])


def cast_by_hand(size, mean, std):
    steps = [v2.PILToTensor(), v2.Lambda(lambda image: image.float()), v2.Normalize(mean, std)]
    return v2.Compose([*flipped(size), *steps]), v2.Compose([*whole(size), *steps])


def then(*late):
    def answer(size, mean, std):
        training, evaluation = pair(flipped, whole)(size, mean, std)
        return v2.Compose([training, *late]), evaluation

    return answer


def twice(geometry):
    def answer(size, mean, std):
        training, _evaluation = pair(geometry, whole)(size, mean, std)
        return training, training

    return answer


UNLISTED = {
    NAME: [
        lambda size, mean, std: pair(flipped, whole)(size + 2, mean, std),
        lambda size, mean, std: pair(flipped, whole)(size, mean[::-1], std),
        lambda size, mean, std: pair(flipped, whole)(size, mean, [1, 1, 1]),
        lambda size, mean, std: [
            v2.Compose([one, v2.ToDtype(torch.float16)]) for one in pair(flipped, whole)(size, mean, std)
        ],
        lambda size, mean, std: [
            v2.Compose([one, v2.Normalize(mean, std)]) for one in pair(flipped, whole)(size, mean, std)
        ],
        lambda size, mean, std: pair(flipped, whole)(size, std, mean),
        lambda size, mean, std: pair(flipped, whole)(224, mean, std),
        pair(flipped, lambda size: [*whole(size), v2.Grayscale(3)]),
        pair(flipped, lambda size: [*whole(size), v2.RandomVerticalFlip(1)]),
        pair(flipped, lambda size: [*whole(size), v2.RandomHorizontalFlip(1)]),
        lambda size, mean, std: pair(flipped, flipped, normal_training=False)(size, mean, std),
    ]
}


WRONG = {
    NAME: {
        "_augmented_evaluation": pair(flipped, flipped),
        "_the_same_twice": twice(flipped),
        "_the_same_steady_one_twice": twice(whole),
        "_nothing_random": pair(whole, whole),
        "_swapped": pair(whole, flipped),
        "_normalized_too_early": normalized_first,
        "_never_a_tensor": never_a_tensor,
        "_rotated_after_normalize": then(v2.RandomAffine(20)),
        "_coloured_after_normalize": then(v2.ColorJitter(0.2, 0.4)),
        "_unscaled": cast_by_hand,
        "_evaluation_not_normalized": pair(flipped, whole, normal_evaluation=False),
        "_training_not_normalized": pair(flipped, whole, normal_training=False),
        "_not_normalized": pair(flipped, whole, normal_training=False, normal_evaluation=False),
        "_not_cropped": pair(flipped, lambda size: [v2.Resize([size])]),
        "_neither_cropped": pair(
            lambda size: [v2.RandomHorizontalFlip(), v2.Resize(size)], lambda size: [v2.Resize(size)]
        ),
    }
}


def test_every_fact_is_shown():
    assert len(check(NAME, RIGHT[NAME][0]).facts) == 11


def test_of_two_mistakes_both_are_told():
    verdict = check(NAME, pair(flipped, flipped, normal_evaluation=False))
    assert "Evaluation normalises black, per channel" in verdict.message
    assert "Evaluation gives the same every time" in verdict.message


def with_other_statistics(size, mean, std):
    return pair(flipped, whole)(size, [0.5, 0.5, 0.5], std)


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (
            lambda size, mean, std: v2.Resize(size),
            "wrong",
            "two transforms expected, as `return training, evaluation`",
        ),
        (lambda size, mean, std: (v2.Resize(size),), "wrong", "a tuple of length 1 returned"),
        (lambda size, mean, std: (None, None), "wrong", "a tuple of length 2 returned"),
        (lambda size, mean, std: (v2.Resize(size), v2.Resize(size)), "wrong", "it returns a PIL image."),
        (
            pair(lambda size: [v2.RandomCrop(99)], whole),
            "error",
            "What you returned fails when it is used: ValueError",
        ),
        (
            pair(flipped, lambda size: whole(size + 1)),
            "wrong",
            "Evaluation gives the asked dtype and shape: float32 (3, ",
        ),
        (with_other_statistics, "wrong", "Training normalises black, per channel: At [0] of the result: "),
    ],
)
def test_other_answers_get_a_plain_message(answer, status, words):
    verdict = check(NAME, answer)
    assert verdict.status == status
    assert words in verdict.message
