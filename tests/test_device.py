import pytest
import torch

from vislearn import device as devices
from vislearn.device import best_device, describe, fast_amp
from vislearn.errors import InputError


@pytest.mark.parametrize(
    ("there", "best"),
    [({"cpu"}, "cpu"), ({"cpu", "mps"}, "mps"), ({"cpu", "cuda"}, "cuda"), ({"cpu", "cuda", "mps"}, "cuda")],
)
def test_the_fastest_device_wins(monkeypatch, there, best):
    monkeypatch.delenv("VISLEARN_DEVICE", raising=False)
    monkeypatch.setattr(devices, "_available", there.__contains__)
    assert best_device() == torch.device(best)


def test_the_variable_overrides(monkeypatch):
    monkeypatch.setattr(devices, "_available", {"cpu", "cuda"}.__contains__)
    monkeypatch.setenv("VISLEARN_DEVICE", "cpu")
    assert best_device() == torch.device("cpu")


@pytest.mark.parametrize(
    ("value", "says"), [("gpu", "must be one of 'cpu', 'cuda', 'mps'"), ("mps", "this machine has")]
)
def test_a_device_that_is_not_there_is_refused(monkeypatch, value, says):
    monkeypatch.setattr(devices, "_available", {"cpu"}.__contains__)
    monkeypatch.setenv("VISLEARN_DEVICE", value)
    with pytest.raises(InputError, match=says):
        best_device()


@pytest.mark.parametrize(("threads", "said"), [(1, "CPU (1 thread)"), (4, "CPU (4 threads)")])
def test_describe_names_the_threads(monkeypatch, threads, said):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert describe(torch.device("cpu")) == said


def test_describe_names_apple_s_gpu():
    assert describe(torch.device("mps")) == "GPU (Apple MPS)"


@pytest.mark.parametrize(
    ("processor", "amp"),
    [("DEFAULT", None), ("NO AVX", None), ("AVX2", None), ("AVX512", "bf16"), ("AVX10_2", "bf16")],
)
def test_16_bits_where_the_processor_is_fast_with_them(monkeypatch, processor, amp):
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: processor)
    assert fast_amp(torch.device("cpu")) == amp
    assert fast_amp(torch.device("mps")) is None


@pytest.mark.parametrize(("new", "amp"), [(True, "bf16"), (False, None)])
def test_16_bits_where_the_gpu_computes_in_them_itself(monkeypatch, new, amp):
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda including_emulation: new)
    assert fast_amp(torch.device("cuda")) == amp
