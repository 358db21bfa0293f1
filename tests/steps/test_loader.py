import random
import warnings

import numpy as np
import pytest
import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    TensorDataset,
    WeightedRandomSampler,
)

from vislearn.errors import InputError
from vislearn.seeding import generator, seed_everything, seed_worker
from vislearn.steps import loader_batch


class Noisy(Dataset):
    """Draws from all three sources of chance for each sample, as augmentation does."""

    def __len__(self):
        return 20

    def __getitem__(self, index):
        return torch.tensor([index, torch.rand(1).item(), random.random(), np.random.rand()])


class Many(Noisy):
    def __getitems__(self, indices):
        return [self[index] * 10 for index in indices]


class Stream(IterableDataset):
    def __iter__(self):
        return iter(torch.rand(7, 2))


def summed(samples):
    return torch.stack(samples).sum(0)


def weighted():
    return WeightedRandomSampler([1.0] * 10 + [9.0] * 10, 20, generator=generator(5))


LOADERS = {
    "plain": lambda: DataLoader(Noisy(), batch_size=4),
    "shuffled by the global chance": lambda: DataLoader(Noisy(), batch_size=4, shuffle=True),
    "own generator": lambda: DataLoader(Noisy(), batch_size=4, shuffle=True, generator=generator(3)),
    "weighted": lambda: DataLoader(Noisy(), batch_size=4, sampler=weighted()),
    "weighted, own generator": lambda: DataLoader(Noisy(), 4, sampler=weighted(), generator=generator(1)),
    "own collate": lambda: DataLoader(Noisy(), batch_size=4, shuffle=True, collate_fn=summed),
    "batch sampler": lambda: DataLoader(Noisy(), batch_sampler=BatchSampler(range(19, 0, -2), 3, False)),
    "no batches": lambda: DataLoader(Noisy(), batch_size=None, shuffle=True),
    "many at once": lambda: DataLoader(Many(), batch_size=4, shuffle=True),
    "stream": lambda: DataLoader(Stream(), batch_size=4),
    "stream, no batches": lambda: DataLoader(Stream(), batch_size=None),
}


@pytest.mark.parametrize("make", LOADERS.values(), ids=LOADERS)
def test_the_batch_is_the_one_the_loader_gives_next(make):
    loader = make()
    seed_everything(11, deterministic=False)
    walked = {step.title: step.value for step in loader_batch(loader)}
    assert torch.equal(walked["Batch"], next(iter(loader)))


@pytest.mark.parametrize("own", [False, True])
def test_with_workers_it_is_the_batch_of_the_first_worker(own):
    loader = DataLoader(
        Noisy(),
        batch_size=4,
        shuffle=True,
        num_workers=2,
        worker_init_fn=seed_worker,
        generator=generator(2) if own else None,
    )
    seed_everything(11, deterministic=False)
    walked = list(loader_batch(loader))
    assert torch.equal(walked[-2].value, next(iter(loader)))
    assert "Worker 0" in walked[-3].note


def test_nothing_is_used_up():
    seed_everything(1, deterministic=False)
    expected = torch.rand(1).item(), random.random(), np.random.rand()
    loader = DataLoader(Noisy(), batch_size=4, shuffle=True, generator=generator(3), num_workers=1)
    before = loader.generator.get_state()
    seed_everything(1, deterministic=False)
    list(loader_batch(loader))
    assert torch.equal(loader.generator.get_state(), before)
    assert (torch.rand(1).item(), random.random(), np.random.rand()) == expected


def test_the_stages_tell_how_the_batch_came_about():
    data = TensorDataset(torch.rand(10, 3, 8, 8), torch.arange(10))
    loader = DataLoader(data, batch_size=4, shuffle=True, generator=generator(0))
    walked = {step.title: step for step in loader_batch(loader)}
    assert list(walked) == ["Dataset", "Order", "Indices", "Samples", "Batch", "Delivery"]
    assert walked["Dataset"].value == "TensorDataset\n10 samples"
    assert walked["Order"].value[:4] == walked["Indices"].value == walked["Batch"].value[1].tolist()
    assert sorted(walked["Order"].value) == list(range(10))
    assert [label.item() for _image, label in walked["Samples"].value] == walked["Indices"].value
    assert walked["Batch"].summary.startswith("4×3×8×8 · float32")
    assert walked["Delivery"].value == "workers: 0\npinned: no\nbatches: 3"
    assert "The last batch has only 2." in walked["Delivery"].note


@pytest.mark.parametrize(
    ("settings", "title", "words"),
    [
        ({"shuffle": False}, "Order", "shuffle=False"),
        ({"shuffle": True}, "Order", "so that a batch is a mixture"),
        ({"shuffle": True, "generator": generator(0)}, "Order", "the loader's own generator"),
        ({"sampler": weighted()}, "Order", "Drawn by weight"),
        ({"sampler": list(range(20))}, "Order", "list decides the order."),
        ({"collate_fn": summed}, "Batch", "summed turns the samples into a batch."),
        ({}, "Batch", "default_collate stacks"),
        ({}, "Dataset", "Knows how many samples there are"),
        ({}, "Indices", "batch_size=4: the first 4 of that order."),
        ({}, "Samples", "This process"),
        ({}, "Delivery", "The training loop waits"),
        ({"num_workers": 2}, "Delivery", "Other processes prepare batches"),
        ({"num_workers": 2, "persistent_workers": True}, "Delivery", "stay alive between epochs"),
        ({"pin_memory": True}, "Delivery", "Pinned memory is copied to the GPU faster."),
        ({"batch_size": 6, "drop_last": True}, "Delivery", "drop_last=True leaves out the last 2 samples."),
        ({"batch_size": 6}, "Delivery", "The last batch has only 2."),
    ],
)
def test_every_setting_is_explained(settings, title, words):
    loader = DataLoader(Noisy(), **{"batch_size": 4, **settings})
    assert words in next(step for step in loader_batch(loader) if step.title == title).note


def test_a_batch_sampler_of_ones_own_decides():
    loader = DataLoader(Noisy(), batch_sampler=BatchSampler(range(19, 0, -2), 3, False))
    walked = {step.title: step for step in loader_batch(loader)}
    assert walked["Order"].note == "Your own batch sampler decides."
    assert walked["Indices"].note == "The numbers of the samples to fetch."
    assert walked["Indices"].value == [19, 17, 15]


def test_an_order_is_peeked_at_not_listed():
    class Endless(Noisy):
        def __len__(self):
            return 10**9

    loader = DataLoader(Endless(), batch_size=2)
    assert next(step for step in loader_batch(loader) if step.title == "Order").value == list(range(12))


def test_a_stream_has_no_order():
    walked = list(loader_batch(DataLoader(Stream(), batch_size=4)))
    assert [step.title for step in walked] == ["Dataset", "Samples", "Batch", "Delivery"]
    assert walked[0].note == "A stream: samples come one after another, nobody knows how many."


@pytest.mark.parametrize(
    "loader",
    [
        DataLoader([], batch_size=4),
        DataLoader(Noisy(), batch_size=30, drop_last=True),
        DataLoader(Stream(), batch_size=30, drop_last=True),
    ],
)
def test_a_loader_without_a_batch_is_refused(loader):
    with pytest.raises(InputError, match="loader must have at least one batch"):
        list(loader_batch(loader))


def test_nothing_warns_about_pinning_on_a_machine_without_gpu():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(loader_batch(DataLoader(Noisy(), batch_size=4, pin_memory=True)))
