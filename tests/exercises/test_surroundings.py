import os
import sys
import warnings

import numpy as np
import pytest
import torch

from vislearn.exercises.surroundings import Surroundings


@pytest.fixture(autouse=True, scope="module")
def loaded():
    """Torch's first deterministic call loads its compiler, which sets a variable and filters of its own."""
    torch.use_deterministic_algorithms(True)
    torch.use_deterministic_algorithms(False)


def values():
    return (
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        str(torch.get_default_device()),
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        repr(torch.tensor(1 / 3)),
        np.get_printoptions(),
        np.geterr(),
        os.getcwd(),  # noqa: PTH109 - what is kept is the process's own text
        dict(os.environ),
        sys.getrecursionlimit(),
        list(warnings.filters),
    )


CHANGES = {
    "gradients on or off": lambda folder: torch.set_grad_enabled(False),
    "the default dtype": lambda folder: torch.set_default_dtype(torch.float64),
    "the default device": lambda folder: torch.set_default_device("meta"),
    "the number of threads": lambda folder: torch.set_num_threads(torch.get_num_threads() + 1),
    "deterministic algorithms": lambda folder: torch.use_deterministic_algorithms(True),
    "how tensors are printed": lambda folder: torch.set_printoptions(precision=1, sci_mode=True),
    "how NumPy prints": lambda folder: np.set_printoptions(precision=1),
    "NumPy's error settings": lambda folder: np.seterr(all="raise"),
    "the working folder": os.chdir,
    "environment variables": lambda folder: os.environ.update(VISLEARN_MADE_UP="1"),
    "Python's recursion limit": lambda folder: sys.setrecursionlimit(sys.getrecursionlimit() + 7),
    "the filters of warnings": lambda folder: warnings.simplefilter("always", UserWarning),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_inside_is_named_and_put_back(name, tmp_path):
    before = values()
    with Surroundings() as around:
        CHANGES[name](tmp_path)
    assert around.changed == (name,)
    assert values() == before


@pytest.mark.parametrize("name", ["gradients on or off", "the default dtype", "the default device"])
def test_what_was_set_before_does_not_reach_inside_and_holds_again_afterwards(name, tmp_path):
    with Surroundings():
        CHANGES[name](tmp_path)
        before = values()
        with Surroundings() as around:
            made = torch.ones(2, requires_grad=True) * 2
            assert (made.dtype, made.device.type, made.requires_grad) == (torch.float32, "cpu", True)
        assert around.changed == ()
        assert values() == before


def test_inference_mode_ends_inside():
    with torch.inference_mode():
        with Surroundings():
            assert not torch.ones(1).is_inference()
        assert torch.ones(1).is_inference()


def test_an_error_passes_and_all_is_put_back():
    before = values()
    with pytest.raises(TypeError), Surroundings():
        torch.set_default_dtype(torch.float64) or int(None)
    assert values() == before
