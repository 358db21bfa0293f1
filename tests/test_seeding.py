import random
import warnings

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from vislearn.seeding import Chance, generator, kept_chance, seed_everything, seed_worker


@pytest.fixture(autouse=True)
def _leave_torch_as_it_was():
    yield
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.deterministic = False


def draw():
    return random.random(), float(np.random.rand()), float(torch.rand(()))


def test_the_same_seed_gives_the_same_chance_everywhere():
    seed_everything(3)
    first = draw()
    seed_everything(3)
    assert draw() == first
    seed_everything(4)
    assert all(new != old for new, old in zip(draw(), first, strict=True))


@pytest.mark.parametrize("deterministic", [True, False])
def test_deterministic_sets_every_switch(deterministic):
    seed_everything(0, deterministic=deterministic)
    assert torch.are_deterministic_algorithms_enabled() is deterministic
    assert torch.backends.cudnn.deterministic is deterministic
    assert torch.backends.cudnn.benchmark is not deterministic


def test_the_returned_generator_is_not_the_global_one():
    own = seed_everything(5)
    torch.rand(100)  # chance used up elsewhere
    assert torch.equal(torch.rand(3, generator=own), torch.rand(3, generator=generator(5)))


class NumpyNoise(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return index, np.random.randint(10**6), random.randrange(10**6)


def noise_batches(seed):
    loader = DataLoader(
        NumpyNoise(),
        batch_size=2,
        shuffle=True,
        num_workers=2,
        generator=generator(seed),
        worker_init_fn=seed_worker,
    )
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # fork in a process with threads: torch's own choice
        return [tuple(column.tolist() for column in batch) for batch in loader]


def test_workers_repeat_with_the_seed_and_differ_from_each_other():
    first = noise_batches(7)
    assert noise_batches(7) == first
    assert noise_batches(8) != first
    noise = [number for _, numbers, _ in first for number in numbers]
    assert len(set(noise)) == len(noise)  # two workers with equal seeds would repeat each other


def test_chance_of_its_own_leaves_everybody_elses_alone():
    seed_everything(1)
    expected = draw()
    seed_everything(1)
    with Chance(9):
        draw()
    assert draw() == expected


def test_chance_of_its_own_is_what_the_seed_gives_and_goes_on_where_it_left_off():
    seed_everything(9)
    expected = draw(), draw()
    chance = Chance(9)
    with chance:
        first = draw()
    draw()
    with chance:
        second = draw()
    assert (first, second) == expected


def test_chance_of_its_own_is_forgotten_whatever_was_seeded_inside():
    before = torch.get_rng_state(), np.random.get_state()[1], random.getstate()
    with Chance(3):
        first = draw()
        torch.manual_seed(8)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (np.random.get_state()[1] == before[1]).all()
    assert random.getstate() == before[2]
    with Chance(3):
        assert draw() == first


@pytest.fixture
def cuda_seed(monkeypatch):
    """The seed from which CUDA would begin if it were used now for the first time."""
    asked = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", asked.append)
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    return lambda: asked[-1]


def test_cuda_begins_from_the_seed_of_whoever_uses_it_first(cuda_seed):
    torch.manual_seed(1)
    with Chance(9):
        assert cuda_seed() == 9
    assert cuda_seed() == 1


def test_cuda_is_left_alone_by_what_stays_on_the_cpu(cuda_seed):
    torch.manual_seed(1)
    with Chance(9, cpu_only=True):
        assert torch.initial_seed() == 9
        assert cuda_seed() == 1


def test_cuda_that_begins_when_chance_is_entered_again_begins_from_its_seed(cuda_seed):
    chance = Chance(9)
    for _round in range(2):
        torch.manual_seed(1)
        with chance:
            assert cuda_seed() == 9


def test_chance_without_a_seed_is_everybodys():
    seed_everything(1)
    expected = draw()
    seed_everything(1)
    with Chance(None):
        assert draw() == expected


@pytest.mark.parametrize("context", [lambda: Chance(9), kept_chance])
def test_chance_is_put_back_after_an_error_too(context):
    def fail():
        draw()
        raise ZeroDivisionError

    seed_everything(1)
    expected = draw()
    seed_everything(1)
    with pytest.raises(ZeroDivisionError), context():
        fail()
    assert draw() == expected


def test_kept_chance_keeps_the_generators_it_is_given():
    own = generator(4)
    expected = torch.rand(1, generator=generator(4))
    with kept_chance(own):
        torch.rand(3, generator=own)
    assert torch.equal(torch.rand(1, generator=own), expected)
