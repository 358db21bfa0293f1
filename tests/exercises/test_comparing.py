import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision import tv_tensors

from vislearn.exercises.comparing import STAGES, alike, as_number, as_tensor, compare

RAMP = torch.arange(24.0).reshape(2, 3, 4) / 24
BYTES = torch.arange(24, dtype=torch.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (torch.zeros(0), torch.zeros(0)),
        (RAMP, RAMP.clone()),
        (RAMP, RAMP.double()),
        (RAMP, RAMP.numpy()),
        (RAMP, RAMP.numpy()[:, ::-1][:, ::-1]),
        (RAMP, RAMP.flip(0).numpy()[::-1]),
        (RAMP, RAMP.tolist()),
        (RAMP, list(RAMP)),
        (RAMP, tuple(RAMP)),
        (RAMP, RAMP.clone().requires_grad_()),
        (RAMP, tv_tensors.Image(RAMP)),
        (RAMP, RAMP.to_sparse()),
        (RAMP[0], RAMP[0].to_sparse()),
        (RAMP, RAMP + 1e-6),
        (BYTES, BYTES.long()),
        (BYTES, BYTES.tolist()),
        (torch.tensor([True]), [True]),
        ((1, 2), [1, 2]),
        ((1, 2), torch.Size([1, 2])),
        ((1, 2), np.array([1, 2])),
        ([1.0], (1,)),
        ((0.5, RAMP), (0.5, RAMP.numpy())),
        ({"a": 1}, {"a": 1}),
        ({}, {}),
        (3, 3),
        (3, np.int64(3)),
        (3.0, 3),
        (0.5, 0.500001),
        (0.5, np.float32(0.5)),
        (True, np.bool_(True)),
        ("cat", "cat"),
        (None, None),
    ],
)
def test_what_is_as_good_as_expected(expected, got):
    assert compare(expected, got) is None


@pytest.mark.parametrize(
    ("expected", "got", "stage", "words"),
    [
        # type
        (RAMP, None, "type", "a tensor of shape (2, 3, 4) expected, nothing (None) returned."),
        (RAMP, "0.5", "type", "the text '0.5' returned"),
        (RAMP, [[1.0], [2.0, 3.0]], "type", "a list of length 2 returned"),
        (RAMP, [torch.zeros(2), torch.zeros(3)], "type", "a list of length 2 returned"),
        (RAMP, Image.new("L", (4, 3)), "type", "a PIL image returned"),
        (RAMP, RAMP.to("meta"), "type", "a tensor of shape (2, 3, 4) returned"),
        (RAMP, RAMP.mean, "type", "A function was returned, not its result"),
        ((1, 2), 3, "type", "a tuple of length 2 expected, the number 3 returned"),
        ((1, 2), torch.tensor([1, 2]), "type", "a tensor of shape (2,) returned"),
        ({"a": 1}, [1], "type", "a list of length 1 returned"),
        (3, 3.0, "type", "a whole number (int) expected, the float 3.0 returned."),
        (3, True, "type", "the truth value True returned"),
        (1.0, True, "type", "the truth value True returned"),
        (True, 1, "type", "the truth value True expected, the number 1 returned"),
        (3, "3", "type", "the text '3' returned"),
        (0.5, torch.tensor(0.5), "type", "a tensor that holds one number returned: `.item()` takes it out"),
        (0.5, np.array(0.5), "type", "a NumPy array that holds one number returned: `.item()` takes it out"),
        ("cat", 3, "type", "the text 'cat' expected, the number 3 returned"),
        (None, 3, "type", "nothing (None) expected"),
        # dtype
        (RAMP, BYTES, "dtype", "dtype float32 expected, uint8 returned."),
        (RAMP, RAMP.half(), "dtype", "float16 returned"),
        (RAMP, RAMP.bfloat16(), "dtype", "bfloat16 returned"),
        (RAMP, RAMP + 0j, "dtype", "complex64 returned"),
        (BYTES, RAMP, "dtype", "dtype uint8 expected, float32 returned."),
        (torch.tensor([True]), torch.tensor([1]), "dtype", "dtype bool expected, int64 returned."),
        # shape
        (
            RAMP,
            RAMP.permute(2, 1, 0),
            "shape",
            "shape (2, 3, 4) expected, (4, 3, 2) returned: the axes are in",
        ),
        (RAMP, RAMP[None], "shape", "they differ in axes of length 1."),
        (RAMP, RAMP[0], "shape", "the number of axes differs."),
        (RAMP, RAMP[:, :2], "shape", "shape (2, 3, 4) expected, (2, 2, 4) returned."),
        ((1, 2), (1,), "shape", "2 values expected, 1 returned."),
        ((1, 2), (), "shape", "2 values expected, 0 returned."),
        ({"a": 1}, {"b": 1}, "shape", "the keys 'a' expected, 'b' returned."),
        ({"a": 1}, {}, "shape", "the keys 'a' expected, – returned."),
        # range
        (RAMP, RAMP * 255, "range", "values from 0 to 0.9583 expected, values from 0 to 244.4 returned."),
        (RAMP, RAMP * 0, "range", "values from 0 to 0 returned."),
        (RAMP, RAMP / 0, "range", "nan or inf"),
        (RAMP, RAMP + math.nan, "range", "nan or inf"),
        # value
        (RAMP, RAMP.flip(2), "value", "at [0, 0, 0]: 0 expected, 0.125 returned; 24 of 24 values differ."),
        (RAMP, RAMP + 1e-3 * (RAMP.max() == RAMP), "value", "at [1, 2, 3]: 0.9583 expected, 0.9593"),
        ((1, 2), (1, 3), "value", "At [1] of the result: 2 expected, 3 returned."),
        ((1, RAMP), (2, BYTES), "dtype", "At [1] of the result: dtype float32 expected"),
        ({"a": 1}, {"a": 2}, "value", "At ['a'] of the result: 1 expected, 2 returned."),
        ({"a": [(1, 2)]}, {"a": [(1, 3)]}, "value", "At ['a'][0][1] of the result: 2 expected, 3 returned."),
        (3, 4, "value", "3 expected, 4 returned."),
        (0.5, 0.5002, "value", "0.5 expected, 0.5002 returned."),
        pytest.param(0.5, 10**400, "value", "0.5 expected, 2^1328 or more returned.", id="huge"),
        (0.5, math.nan, "value", "0.5 expected, nan returned."),
        (True, False, "value", "True expected, False returned."),
        ("cat", "dog", "value", "'cat' expected, 'dog' returned."),
    ],
)
def test_what_differs_first(expected, got, stage, words):
    difference = compare(expected, got)
    assert difference.stage == stage
    assert words in difference.message


def test_tolerance_is_the_callers():
    assert compare(RAMP, RAMP + 0.04) is not None
    assert compare(RAMP, RAMP + 0.04, atol=0.05) is None
    assert compare(1.0, 1.04, atol=0.05) is None


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (None, None, True),
        (3, torch.tensor(3), True),
        (torch.tensor(3), np.int64(3), True),
        ((torch.tensor(1.0), torch.tensor(2.0)), [1.0, 2.0], True),
        (RAMP, RAMP.numpy(), True),
        (RAMP.tolist(), RAMP, True),
        ([1, 0], torch.tensor([1, 0]), True),
        ([1, 0], torch.tensor([1, 1]), False),
        ([True, False], torch.tensor([True, False]), True),
        ([1.0, 0.0], torch.tensor([1, 0]), False),
        ({"boxes": RAMP.numpy()}, {"boxes": RAMP}, True),
        ({"boxes": RAMP.numpy()}, {"boxes": BYTES}, False),
        ({"boxes": RAMP}, {"labels": RAMP}, False),
        (RAMP * math.nan, RAMP * math.nan, True),
        (math.nan, torch.tensor(math.nan), True),
        (RAMP * math.nan, RAMP * 0, False),
        (RAMP, BYTES, False),
        (RAMP, "text", False),
        (3, 3.0, True),
        (2**60, 2**60, True),
        pytest.param(10**400, 10**400 + 1, False, id="huge"),
        (True, 1, False),
        (3, 4, False),
        ("cat", "cat", True),
    ],
)
def test_alike_forgives_form_but_not_content(a, b, answer):
    assert alike(a, b) is answer
    assert alike(b, a) is answer


def test_as_tensor_shares_no_memory_with_an_array():
    array = np.zeros(2)
    as_tensor(array)[0] = 1
    assert array[0] == 0


hostile = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.complex_numbers() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2) | st.tuples(inner)
    ),
    max_leaves=6,
)


@given(got=hostile, expected=st.sampled_from([RAMP, BYTES, (1, 2.0), {"a": 1}, "cat", 3, 0.5, True, None]))
def test_whatever_is_returned_the_comparison_answers(got, expected):
    difference = compare(expected, got)
    assert difference is None or (difference.stage in STAGES and difference.message)
    assert alike(got, got) in (True, False)


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), torch.tensor([0.5]), np.array(0.5)])
def test_a_number_of_any_kind_is_a_float(value):
    assert as_number(value) == 0.5


@pytest.mark.parametrize("value", ["0.5", b"0.5", None, [0.5], torch.zeros(2)])
def test_a_text_that_looks_like_a_number_is_none(value):
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        as_number(value)
