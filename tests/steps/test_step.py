import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import tv_tensors

from vislearn.steps import Step
from vislearn.steps.step import shape_text, shorten, summarise

GRAY = Image.new("L", (5, 4), 7)
BOXES = tv_tensors.BoundingBoxes(torch.tensor([[0.0, 0, 2, 3]]), format="XYXY", canvas_size=(4, 5))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (torch.empty(0, 4), "0×4 · float32 · empty"),
        ([], "empty"),
        ({}, "empty"),
        ("", ""),
        (None, "None"),
        (torch.tensor(3), "3 · int64"),
        (torch.tensor(0.25), "0.25 · float32"),
        (torch.tensor([[1, -2]]), "1×2 · int64 · −2…1"),
        (torch.tensor([0.5, -1.0]), "2 · float32 · −1.00…0.50"),
        (torch.tensor([0.5, float("nan")]), "2 · float32 · contains NaN"),
        (torch.tensor([1.0, float("inf")]), "2 · float32 · 1.00…inf"),
        (torch.tensor([True, False]), "2 · bool · False…True"),
        (torch.ones(2, dtype=torch.bfloat16), "2 · bfloat16 · 1.00…1.00"),
        (torch.ones(2, dtype=torch.complex64), "2 · complex64 · complex"),
        (torch.ones(2, requires_grad=True), "2 · float32 · 1.00…1.00"),
        (np.zeros((2, 3), np.uint8), "2×3 · uint8 · 0…0"),
        (GRAY, "PIL L 5×4 (W×H) · 7…7"),
        ((GRAY, 3), "PIL L 5×4 (W×H) · 7…7 + 3"),
        ((torch.zeros(1, 2, 2), BOXES), "1×2×2 · float32 · 0.00…0.00 + 1×4 float32"),
        ([torch.zeros(8, 1, 2, 2), torch.arange(8)], "8×1×2×2 · float32 · 0.00…0.00 + 8 int64"),
        ([(torch.zeros(1, 2, 2), 5)] * 3, "3 samples: (1×2×2 float32, 5), …"),
        ([GRAY] * 3, "3 samples: (PIL L 5×4), …"),
        ([4, 1, 7], "4, 1, 7"),
        ({"boxes": BOXES, "labels": torch.tensor([1])}, "boxes: 1×4 float32, labels: 1 int64"),
        ({"before": 2.39, "after": 1.0}, "before: 2.39, after: 1.00"),
        ({"a": 0.00123, "b": 1.0, "c": 123.4, "d": 2.0}, "4 numbers · 0.0012…123"),
        (12, "12"),
        ("tabby\n cat", "tabby cat"),
    ],
)
def test_a_line_says_what_a_value_is(value, expected):
    assert summarise(value) == expected


def test_a_step_summarises_its_value():
    assert Step("Input", torch.zeros(3, 2, 2)).summary == "3×2×2 · float32 · 0.00…0.00"


def test_steps_are_told_apart_by_identity_because_tensors_have_no_single_truth():
    step = Step("a", torch.zeros(2))
    assert step == step
    assert step != Step("a", torch.zeros(2))
    assert {step}


def test_long_texts_are_cut():
    assert shorten("x" * 100, 10) == "x" * 9 + "…"
    assert shorten("x" * 10, 10) == "x" * 10


def test_shapes_are_written_as_people_write_them():
    assert shape_text(torch.zeros(3, 64, 32)) == "3×64×32"
