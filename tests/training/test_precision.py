import pytest
import torch

from vislearn.errors import InputError
from vislearn.training.precision import Precision

CPU = torch.device("cpu")


@pytest.mark.parametrize(("amp", "dtype"), [(None, torch.float32), ("bf16", torch.bfloat16)])
def test_a_product_is_computed_in_the_type_asked_for(amp, dtype):
    precision = Precision(amp, CPU)
    for _ in range(2):  # every batch enters it again
        with precision.autocast():
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype
    assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    assert precision.scaler is None


def test_fp16_needs_a_gpu_and_the_error_says_what_to_take():
    with pytest.raises(InputError, match="must be 'bf16' or None on cpu, got 'fp16'"):
        Precision("fp16", CPU)


def test_an_unknown_kind_is_refused():
    with pytest.raises(InputError, match="amp must be one of None, 'fp16', 'bf16', got 'bf8'"):
        Precision("bf8", CPU)
