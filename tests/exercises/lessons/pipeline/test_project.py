"""Lesson 01's project: ways to be right, and other ways to make each mistake."""

import pytest
import torch
from torch.utils.data import ConcatDataset, DataLoader, Dataset, RandomSampler, WeightedRandomSampler
from torchvision import transforms
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from vislearn.exercises import check

NAME = "pipeline.folder_loaders"


def steps(size):
    return [v2.ToImage(), v2.Resize((size, size)), v2.ToDtype(torch.float32, scale=True)]


def measured(folder, size):
    pixels = torch.stack([image for image, _ in ImageFolder(folder, v2.Compose(steps(size)))])
    return v2.Normalize(pixels.mean(dim=(0, 2, 3)).tolist(), pixels.std(dim=(0, 2, 3)).tolist())


def built(
    train,
    val,
    size,
    batch_size,
    *,
    augment,
    val_augment=(),
    shuffle=True,
    val_shuffle=False,
    last=False,
    normalize=None,
    own=steps,
    label=None,
):
    """Two loaders, put together from parts."""
    normalize = normalize or measured(train, size)
    training = ImageFolder(train, v2.Compose([*augment, *own(size), normalize]), label)
    evaluation = ImageFolder(val, v2.Compose([*val_augment, *own(size), normalize]), label)
    return (
        DataLoader(training, batch_size, shuffle=shuffle, drop_last=last),
        DataLoader(evaluation, batch_size, shuffle=val_shuffle, drop_last=last),
    )


AFFINE = [v2.RandomAffine(8, translate=(0.08, 0.08))]


def by_rotation(train, val, size, batch_size):
    return built(train, val, size, batch_size, augment=[v2.RandomRotation(10)])


def by_jitter(train, val, size, batch_size):
    return list(built(train, val, size, batch_size, augment=[v2.ColorJitter(brightness=0.3)]))


def by_sampler(train, val, size, batch_size):
    train_loader, val_loader = built(train, val, size, batch_size, augment=AFFINE)
    return DataLoader(
        train_loader.dataset, batch_size, sampler=RandomSampler(train_loader.dataset)
    ), val_loader


def by_the_first_api(train, val, size, batch_size):
    plain = [transforms.Resize((size, size)), transforms.ToTensor()]
    pixels = torch.stack([image for image, _ in ImageFolder(train, transforms.Compose(plain))])
    normalize = transforms.Normalize(pixels.mean(dim=(0, 2, 3)), pixels.std(dim=(0, 2, 3)))
    shift = transforms.RandomAffine(5, translate=(0.05, 0.05))
    return (
        DataLoader(
            ImageFolder(train, transforms.Compose([shift, *plain, normalize])), batch_size, shuffle=True
        ),
        DataLoader(ImageFolder(val, transforms.Compose([*plain, normalize])), batch_size, shuffle=False),
    )


class Changed(Dataset):
    """A data set of one's own around a folder."""

    def __init__(self, folder, transform):
        self.samples, self.transform = ImageFolder(folder), transform

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        image, label = self.samples[index]
        return self.transform(image), label


def by_own_data_set(train, val, size, batch_size):
    normalize = measured(train, size)
    training = Changed(train, v2.Compose([*AFFINE, *steps(size), normalize]))
    return DataLoader(training, batch_size, shuffle=True), DataLoader(
        Changed(val, v2.Compose([*steps(size), normalize])), batch_size
    )


def by_drawing_again(train, val, size, batch_size):
    train_loader, val_loader = built(train, val, size, batch_size, augment=AFFINE)
    drawn = WeightedRandomSampler(torch.ones(len(train_loader.dataset)), len(train_loader.dataset))
    return DataLoader(train_loader.dataset, batch_size, sampler=drawn), val_loader


def by_cutting_the_middle(train, val, size, batch_size):
    def middle(size):
        return [v2.ToImage(), v2.Resize(size), v2.CenterCrop(size), v2.ToDtype(torch.float32, scale=True)]

    pixels = torch.stack([image for image, _ in ImageFolder(train, v2.Compose(middle(size)))])
    numbers = v2.Normalize(pixels.mean(dim=(0, 2, 3)).tolist(), pixels.std(dim=(0, 2, 3)).tolist())
    return built(train, val, size, batch_size, augment=AFFINE, normalize=numbers, own=middle)


RIGHT = {
    NAME: [
        by_rotation,
        by_jitter,
        by_sampler,
        by_the_first_api,
        by_own_data_set,
        by_drawing_again,
        by_cutting_the_middle,
    ]
}


def smaller(train, val, size, batch_size):
    return built(train, val, size - 4, batch_size, augment=AFFINE)


def swapped(*args):
    return built(*args, augment=AFFINE)[::-1]


def validation_only_scaled(train, val, size, batch_size):
    train_loader, _ = built(train, val, size, batch_size, augment=AFFINE)
    return train_loader, DataLoader(ImageFolder(val, v2.Compose(steps(size))), batch_size)


def training_as_validation(*args):
    train_loader, _ = built(*args, augment=AFFINE)
    return train_loader, train_loader


def neither_shuffled_nor_augmented(*args):
    return built(*args, augment=[], shuffle=False)


def shuffled_once(*args):
    train_loader, val_loader = built(*args, augment=AFFINE, shuffle=False)
    samples = train_loader.dataset.samples
    train_loader.dataset.samples = [samples[at] for at in torch.randperm(len(samples))]
    return train_loader, val_loader


def numbers_exchanged(train, val, size, batch_size):
    numbers = measured(train, size)
    return built(
        train, val, size, batch_size, augment=AFFINE, normalize=v2.Normalize(numbers.std, numbers.mean)
    )


def twice(train, val, size, batch_size):
    numbers = measured(train, size)
    return built(train, val, size, batch_size, augment=AFFINE, normalize=v2.Compose([numbers, numbers]))


def never_scaled(*args):
    return built(
        *args,
        augment=AFFINE,
        own=lambda size: [v2.ToImage(), v2.Resize((size, size)), v2.ToDtype(torch.float32)],
    )


def each_by_itself(*args):
    own = v2.Lambda(lambda image: (image - image.mean((1, 2), True)) / image.std((1, 2), keepdim=True))
    return built(*args, augment=AFFINE, normalize=own)


def shorter_side_only(*args):
    return built(
        *args,
        augment=AFFINE,
        own=lambda size: [v2.ToImage(), v2.Resize(size), v2.ToDtype(torch.float32, scale=True)],
    )


def leaked(train, val, size, batch_size):
    train_loader, val_loader = built(train, val, size, batch_size, augment=AFFINE)
    every = ConcatDataset([train_loader.dataset, val_loader.dataset])
    return DataLoader(every, batch_size, shuffle=True), val_loader


UNLISTED = {
    NAME: [
        smaller,
        swapped,
        validation_only_scaled,
        training_as_validation,
        neither_shuffled_nor_augmented,
        shuffled_once,
        twice,
        never_scaled,
        each_by_itself,
        shorter_side_only,
        leaked,
        lambda train, val, size, _batch: built(train, val, size, 8, augment=AFFINE),
        lambda *args: built(*args, augment=AFFINE, label=lambda label: label + 1),
        lambda *args: built(*args, augment=AFFINE, label=float),
    ]
}

WRONG = {
    NAME: {
        "_unshuffled": lambda *args: built(*args, augment=AFFINE, shuffle=False),
        "_not_augmented": lambda *args: built(*args, augment=[]),
        "_augmented_validation": lambda *args: built(*args, augment=AFFINE, val_augment=AFFINE),
        "_imagenets_numbers": lambda *args: built(*args, augment=AFFINE, normalize=v2.Identity()),
        "_shuffled_validation": lambda *args: built(*args, augment=AFFINE, val_shuffle=True),
        "_last_dropped": lambda *args: built(*args, augment=AFFINE, last=True),
    }
}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *_args: 3, "two loaders expected"),
        (lambda *_args: (1, 2), "a DataLoader expected"),
        (numbers_exchanged, "mean and std have changed places"),
        (lambda *args: built(*args, augment=AFFINE, label=lambda label: torch.eye(10)[label]), "labels (N,)"),
    ],
)
def test_other_answers_get_a_plain_message(answer, words):
    verdict = check(NAME, answer)
    assert verdict.status == "wrong"
    assert words in verdict.message


def test_every_fact_is_shown():
    assert len(check(NAME, by_rotation).facts) == 14
