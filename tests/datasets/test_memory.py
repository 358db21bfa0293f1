import pickle

import numpy as np
import pytest
import torch

from vislearn.datasets.memory import Memory


def place(array):
    return array.__array_interface__["data"][0]


def test_what_nobody_holds_any_more_is_lent_again():
    memory = Memory()
    first = memory.lend((4, 3), np.float32)
    assert (first.shape, first.dtype, first.flags.c_contiguous) == ((4, 3), np.float32, True)
    where = place(first)
    del first
    assert place(memory.lend((4, 3), np.float32)) == where


@pytest.mark.parametrize(
    "hold", [lambda x: x, torch.from_numpy, lambda x: torch.from_numpy(x)[1].numpy()[2:]]
)
def test_what_somebody_holds_is_not_nor_what_was_made_of_it(hold):
    memory = Memory()
    held = hold(memory.lend((4, 3), np.float32))
    held[...] = 7
    for _ in range(5):
        memory.lend((4, 3), np.float32)[...] = 1
    assert (np.asarray(held) == 7).all()


def test_a_smaller_array_fits_into_what_is_there_and_a_larger_one_does_not():
    memory = Memory()
    where = place(memory.lend((4, 3), np.float32))
    small = memory.lend((2, 3), np.float32)
    assert (place(small), small.shape) == (where, (2, 3))
    del small
    large = memory.lend((5, 3), np.float32)
    large[...] = 1
    assert (large.shape, large.sum()) == ((5, 3), 15)


def test_a_type_takes_as_many_bytes_as_its_numbers_have():
    memory = Memory()
    where = place(memory.lend((8,), np.uint8))
    assert place(memory.lend((2,), np.float32)) == where
    assert memory.lend((3,), np.float32).nbytes == 12


def test_it_keeps_no_more_than_three_of_what_others_hold():
    memory = Memory()
    held = [memory.lend((2,), np.float32) for _ in range(9)]
    places = {place(array) for array in held}
    del held
    again = [memory.lend((2,), np.float32) for _ in range(3)]
    assert len(memory._arrays) == 3
    assert len({place(array) for array in again} & places) == 3


def test_another_process_gets_one_of_its_own():
    memory = Memory()
    memory.lend((2,), np.float32)
    assert pickle.loads(pickle.dumps(memory)).lend((2,), np.float32).shape == (2,)
