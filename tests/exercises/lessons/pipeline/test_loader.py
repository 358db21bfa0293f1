"""Lesson 01's loader: many ways to be right, and other ways to make each mistake."""

import pytest
import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
)

from vislearn.exercises import check
from vislearn.seeding import generator, seed_worker

NAME = "pipeline.seeded_loader"


def by_sampler(dataset, batch_size, seed):
    own = torch.Generator()
    own.manual_seed(seed)
    return DataLoader(dataset, batch_size, sampler=RandomSampler(dataset, generator=own))


def by_batch_sampler(dataset, batch_size, seed):
    sampler = RandomSampler(dataset, generator=generator(seed))
    return DataLoader(dataset, batch_sampler=BatchSampler(sampler, batch_size, drop_last=False))


class EveryEpochAnew:
    """A sampler that counts epochs and seeds each by seed and number."""

    def __init__(self, length, seed):
        self.length, self.seed, self.epoch = length, seed, 0

    def __len__(self):
        return self.length

    def __iter__(self):
        self.epoch += 1
        return iter(torch.randperm(self.length, generator=generator(self.seed * 1000 + self.epoch)).tolist())


RIGHT = {
    NAME: [
        lambda dataset, batch_size, seed: DataLoader(dataset, batch_size, True, generator=generator(seed)),
        lambda dataset, batch_size, seed: DataLoader(
            dataset, batch_size, shuffle=True, generator=generator(seed + 7), worker_init_fn=seed_worker
        ),
        lambda dataset, batch_size, seed: DataLoader(
            dataset, batch_size, sampler=EveryEpochAnew(len(dataset), seed)
        ),
        lambda dataset, batch_size, seed: DataLoader(
            dataset, batch_size, shuffle=True, generator=generator(seed), collate_fn=torch.tensor
        ),
        lambda dataset, batch_size, seed: DataLoader(
            dataset, batch_size, sampler=SubsetRandomSampler(range(len(dataset)), generator=generator(seed))
        ),
        by_sampler,
        by_batch_sampler,
    ]
}


def over(choose):
    """The right loader over other samples, or with another size of batches."""

    def build(dataset, batch_size, seed):
        samples, size = choose(dataset, batch_size)
        return DataLoader(samples, size, shuffle=True, generator=generator(seed))

    return build


UNLISTED = {
    NAME: [
        over(lambda dataset, batch_size: (dataset, batch_size + 1)),
        over(lambda dataset, batch_size: (dataset, len(dataset))),
        over(lambda dataset, batch_size: (dataset + dataset, batch_size)),
        over(lambda dataset, batch_size: (Subset(dataset, range(5)), batch_size)),
        lambda dataset, batch_size, seed: DataLoader(
            dataset, batch_size, sampler=RandomSampler(dataset, replacement=True, generator=generator(seed))
        ),
        lambda dataset, batch_size, seed: DataLoader(dataset[::-1], batch_size),
        lambda dataset, batch_size, seed: list(DataLoader(dataset, batch_size, shuffle=True)),
    ]
}


class OneOrder:
    def __init__(self, order):
        self.order = order

    def __len__(self):
        return len(self.order)

    def __iter__(self):
        return iter(self.order)


def drawn_once(dataset, batch_size, seed):
    order = torch.randperm(len(dataset), generator=generator(seed)).tolist()
    return DataLoader(dataset, batch_size, sampler=OneOrder(order))


def globally_seeded(dataset, batch_size, seed):
    return DataLoader(dataset, batch_size, shuffle=True, generator=torch.manual_seed(seed))


WRONG = {
    NAME: {
        "_unshuffled": lambda dataset, batch_size, seed: DataLoader(
            dataset, batch_size, sampler=SequentialSampler(dataset)
        ),
        "_unseeded": lambda dataset, batch_size, seed: DataLoader(
            dataset, batch_size, sampler=RandomSampler(dataset)
        ),
        "_globally_seeded": globally_seeded,
        "_seed_ignored": lambda dataset, batch_size, seed: DataLoader(
            dataset, batch_size, shuffle=True, generator=generator(42)
        ),
        "_last_dropped": lambda dataset, batch_size, seed: DataLoader(
            dataset,
            batch_sampler=BatchSampler(
                RandomSampler(dataset, generator=generator(seed)), batch_size, drop_last=True
            ),
        ),
        "_shuffled_once": drawn_once,
        "_number_for_generator": lambda dataset, batch_size, seed: DataLoader(
            dataset, batch_size, True, generator=seed
        ),
        "_single_samples": lambda dataset, batch_size, seed: DataLoader(
            dataset, 1, shuffle=True, generator=generator(seed)
        ),
    }
}


def test_every_fact_is_shown():
    assert len(check(NAME, RIGHT[NAME][0]).facts) == 8


def test_of_two_mistakes_both_are_told():
    verdict = check(NAME, lambda dataset, batch_size, seed: DataLoader(dataset, batch_size, drop_last=True))
    assert "The order is shuffled" in verdict.message
    assert "Samples that an epoch leaves out" in verdict.message
    assert [fact.met for fact in verdict.facts].count(False) == 4


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (lambda dataset, batch_size, seed: dataset, "wrong", "a DataLoader expected, a list of length"),
        (
            lambda dataset, batch_size, seed: DataLoader,
            "wrong",
            "a DataLoader expected, an object of type type",
        ),
        (
            lambda dataset, batch_size, seed: DataLoader(
                dataset, batch_size, True, drop_last=True, sampler=dataset
            ),
            "error",
            "ValueError: sampler option is mutually exclusive with shuffle",
        ),
        (
            lambda dataset, batch_size, seed: DataLoader(
                Subset(dataset, range(5)), batch_size, shuffle=True, generator=generator(seed)
            ),
            "wrong",
            "Samples that an epoch leaves out: ",
        ),
    ],
)
def test_other_answers_get_a_plain_message(answer, status, words):
    verdict = check(NAME, answer)
    assert verdict.status == status
    assert words in verdict.message


def test_a_loader_with_workers_is_right_too():
    def with_workers(dataset, batch_size, seed):
        return DataLoader(dataset, batch_size, shuffle=True, generator=generator(seed), num_workers=1)

    assert check(NAME, with_workers).status == "right"
