"""A detector's target: which types of boxes and labels are refused."""

import pytest
import torch

from vislearn.exercises import Unusable
from vislearn.exercises.targets import require_target_types

BOXES, LABELS = torch.zeros(1, 4), torch.ones(1, dtype=torch.int64)


@pytest.mark.parametrize(
    "target", [{}, {"boxes": BOXES, "labels": LABELS}, {"boxes": BOXES.tolist(), "labels": LABELS.tolist()}]
)
def test_what_a_detector_learns_from_passes(target):
    require_target_types(target)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int16, torch.int8, torch.uint8])
def test_labels_of_a_shorter_type_are_refused(dtype):
    with pytest.raises(Unusable, match=str(dtype).removeprefix("torch.")):
        require_target_types({"boxes": BOXES, "labels": LABELS.to(dtype)})


def test_boxes_of_float64_are_refused():
    with pytest.raises(Unusable, match="float64"):
        require_target_types({"boxes": BOXES.double(), "labels": LABELS})
