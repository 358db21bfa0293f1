import pytest
import torch
from torchvision import tv_tensors

from vislearn.errors import InputError
from vislearn.metrics.detection import coco_scores
from vislearn.metrics.detection.tables import one_thread, tabulate

BOXES = torch.tensor([[10.0, 10, 30, 40], [50, 60, 70, 90]])
TARGET = {"boxes": BOXES, "labels": torch.tensor([1, 2])}
FOUND = TARGET | {"scores": torch.tensor([0.9, 0.3])}
NAN = float("nan")


def without(entry, key):
    return {name: value for name, value in entry.items() if name != key}


WRONG = {
    "one without a list": (FOUND, TARGET, r"predictions must be a list .* got dict\."),
    "no dictionary": ([BOXES], [TARGET], r"predictions must be .* one dictionary .* got Tensor at 0"),
    "a picture too few": ([], [TARGET], r"predictions must have one entry per target \(1\), got 0\."),
    "no scores": ([TARGET], [TARGET], r"\[0\]\['scores'\] must be there, got 'boxes', .*targets\?"),
    "no labels": ([FOUND], [without(TARGET, "labels")], r"targets\[0\]\['labels'\] must be there"),
    "no boxes": ([without(FOUND, "boxes")], [TARGET], r"predictions\[0\]\['boxes'\] must be there"),
    "a list for a tensor": ([FOUND | {"labels": [1, 2]}], [TARGET], r"'labels'\] must be a tensor, got list"),
    "three columns": ([FOUND | {"boxes": BOXES[:, :3]}], [TARGET], r"must have shape \(N, 4\), got \(2, 3\)"),
    "a score too few": (
        [FOUND | {"scores": torch.tensor([0.9])}],
        [TARGET],
        r"'scores'\] must have shape \(2,\).*\(1,\)",
    ),
    "labels as floats": (
        [FOUND | {"labels": torch.tensor([1.0, 2])}],
        [TARGET],
        r"\['labels'\] must be integers, got",
    ),
    "scores as integers": (
        [FOUND | {"scores": torch.tensor([1, 0])}],
        [TARGET],
        r"\['scores'\] must be floating-point",
    ),
    "logits": ([FOUND | {"scores": torch.tensor([4.0, -1])}], [TARGET], r"in \[0, 1\], got 4\. .*sigmoid"),
    "a score of NaN": ([FOUND | {"scores": torch.tensor([0.5, NAN])}], [TARGET], r"got nan\. .*diverged"),
    "a box of NaN": ([FOUND | {"boxes": BOXES * NAN}], [TARGET], r"\[0\]\['boxes'\] must be finite"),
    "xywh in a later picture": (
        [FOUND] * 2,
        [TARGET, TARGET | {"boxes": torch.tensor([[10.0, 10, 30, 40], [50, 60, 20, 30]])}],
        r"targets\[1\]\['boxes'\] must be xyxy .*got \[50, 60, 20, 30\] in row 1\. They may be xywh",
    ),
    "a tv_tensor of another format": (
        [FOUND | {"boxes": tv_tensors.BoundingBoxes(BOXES, format="CXCYWH", canvas_size=(99, 99))}],
        [TARGET],
        r"predictions\[0\]\['boxes'\] must be xyxy, got BoundingBoxes in CXCYWH",
    ),
    "pictures in another order": (
        [FOUND | {"image_id": 3}],
        [TARGET | {"image_id": torch.tensor(4)}],
        r"predictions\[0\]\['image_id'\] must be its target's \(4\), got 3",
    ),
    "a picture twice": (
        [FOUND] * 2,
        [TARGET | {"image_id": 4}] * 2,
        r"targets\[1\]\['image_id'\] must differ .* got 4, as in targets\[0\]",
    ),
    "a crowd flag too many": (
        [FOUND],
        [TARGET | {"iscrowd": torch.zeros(3)}],
        r"targets\[0\]\['iscrowd'\] must have shape \(2,\)",
    ),
}


@pytest.mark.parametrize(("predictions", "targets", "sentence"), WRONG.values(), ids=WRONG)
def test_what_breaks_its_rule_is_named(predictions, targets, sentence):
    with pytest.raises(InputError, match=sentence):
        tabulate(predictions, targets)


@pytest.mark.parametrize("boxes", [torch.empty(0), torch.empty(0, 4), torch.empty(1, 0)])
def test_a_picture_without_boxes_in_any_form(boxes):
    nothing = {"boxes": boxes, "labels": torch.empty(0), "scores": torch.empty(0, dtype=torch.int64)}
    found, true = tabulate([nothing, FOUND], [nothing, TARGET])
    assert found.image.tolist() == true.image.tolist() == [1, 1]
    assert (true.images, true.order) == (2, [0, 1])


def test_columns():
    target = TARGET | {"iscrowd": torch.tensor([0, 1]), "area": torch.tensor([500, 7])}
    found, true = tabulate([FOUND, FOUND], [TARGET | {"image_id": 8}, target | {"image_id": 5}])
    assert true.order == [1, 0]
    assert true.area.tolist() == [500, 7, 600, 600]
    assert true.crowd.tolist() == [False, True, False, False]
    assert found.area.tolist() == [600] * 4
    assert found.score.dtype == found.boxes.dtype == torch.float64
    assert found.label.tolist() == [1, 2, 1, 2]


def test_one_thread_and_afterwards_as_many_as_before():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        with pytest.raises(InputError):
            coco_scores([], [TARGET])
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
