from itertools import chain

import pytest
import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    IterableDataset,
    RandomSampler,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
)

from vislearn.seeding import generator
from vislearn.training.distributed import Parts
from vislearn.training.loaders import generators, rebuilt, resumed, underlying


class Counted(TensorDataset):
    """Remembers which samples were made."""

    def __init__(self):
        super().__init__(torch.arange(10))
        self.made = []

    def __getitem__(self, index):
        self.made.append(index)
        return super().__getitem__(index)


class Stream(IterableDataset):
    def __iter__(self):
        return iter(range(6))


def shuffled(**more):
    return DataLoader(Counted(), 3, shuffle=True, generator=generator(5), **more)


@pytest.mark.parametrize("skip", [0, 1, 3, 4])
def test_the_rest_of_an_epoch_is_its_end_and_skipped_samples_are_not_made(skip):
    whole = [batch.tolist() for (batch,) in shuffled()]
    loader, passed = shuffled(), []
    rest = [
        batch.tolist() for (batch,) in resumed(loader, skip, lambda: passed.append(list(loader.dataset.made)))
    ]
    assert rest == whole[skip:]
    assert passed == [[]]
    assert sorted(loader.dataset.made) == sorted(chain(*whole[skip:]))


@pytest.mark.parametrize(
    "loader", [[1, 2, 3], DataLoader(Stream(), 2), DataLoader(TensorDataset(torch.arange(5)), None)]
)
def test_what_is_not_made_from_numbered_samples_is_passed_over(loader):
    passed = []
    whole, rest = list(loader), list(resumed(loader, 2, lambda: passed.append(1)))
    assert [str(batch) for batch in rest] == [str(batch) for batch in whole[2:]]
    assert passed == [1]


def test_workers_make_the_skipped_batches_again_so_that_their_chance_moves_on():
    loader = shuffled(num_workers=1)
    whole = [batch.tolist() for (batch,) in shuffled(num_workers=1)]
    assert [batch.tolist() for (batch,) in resumed(loader, 2, lambda: None)] == whole[2:]


def test_a_rebuilt_loader_keeps_every_setting_but_the_batches():
    loader = shuffled(collate_fn=len, num_workers=1, timeout=7, prefetch_factor=4, persistent_workers=True)
    again = rebuilt(loader, [[1, 2]])
    kept = (
        "dataset",
        "collate_fn",
        "num_workers",
        "timeout",
        "prefetch_factor",
        "persistent_workers",
        "generator",
    )
    assert all(getattr(again, name) is getattr(loader, name) for name in kept)
    assert list(again.batch_sampler) == [[1, 2]]
    assert rebuilt([1], []) is None


def test_every_generator_is_found_once():
    own, drawn, data = generator(0), generator(1), TensorDataset(torch.arange(4))
    data.generator = generator(2)
    assert generators([]) == []
    assert generators(DataLoader(data, sampler=RandomSampler(data, generator=own), generator=own)) == [
        own,
        data.generator,
    ]
    weighted = WeightedRandomSampler([1.0] * 4, 4, generator=drawn)
    assert generators(DataLoader(TensorDataset(torch.arange(4)), sampler=weighted)) == [drawn]
    whole_batches = BatchSampler(RandomSampler(data, generator=drawn), 2, drop_last=False)
    assert generators(DataLoader(data, sampler=whole_batches, batch_size=None)) == [drawn, data.generator]
    of_two_processes = DataLoader(data, batch_sampler=Parts(whole_batches))
    assert generators(of_two_processes) == [drawn, data.generator]


def test_the_data_set_at_the_bottom():
    data = Counted()
    assert underlying([]) is None
    assert underlying(DataLoader(Subset(Subset(data, [1, 2]), [0]))) is data
