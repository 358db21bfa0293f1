import logging
import subprocess
import sys

import pytest
import torch

from vislearn.errors import InputError
from vislearn.metrics.detection import coco_scores, coco_scores_by_library

EMPTY = {"boxes": torch.empty(0, 4), "labels": torch.empty(0, dtype=torch.int64), "scores": torch.empty(0)}


@pytest.mark.parametrize(
    ("predictions", "targets"), [([], []), ([EMPTY], [EMPTY]), ([EMPTY] * 2, [EMPTY] * 2)]
)
@pytest.mark.parametrize("classes", [None, [1, 2]])
def test_nothing_to_score(predictions, targets, classes):
    scores = coco_scores_by_library(predictions, targets, classes=classes)
    assert scores == coco_scores(predictions, targets, classes=classes)
    masked = [[entry | {"masks": torch.empty(0, 4, 4)} for entry in side] for side in (predictions, targets)]
    assert scores == coco_scores_by_library(*masked, classes=classes, kind="segm")
    assert set(scores.twelve.values()) == {-1.0}


@pytest.mark.parametrize("seed", range(12))
def test_the_library_finds_the_same_numbers(random_set, seed):
    predictions, targets = random_set(
        seed, classes=1 + seed % 4, grid=[None, 4][seed % 2], detections=[12, 150][seed % 5 == 0]
    )
    own = coco_scores(predictions, targets, classes={1: "one", 6: "six", 2: "2", 3: "3", 4: "4"})
    theirs = coco_scores_by_library(
        predictions, targets, classes={1: "one", 6: "six", 2: "2", 3: "3", 4: "4"}
    )
    assert theirs.twelve == pytest.approx(own.twelve, abs=1e-9)
    assert torch.allclose(theirs.precision, own.precision, atol=1e-9)
    for label, line in own.per_class.items():
        assert vars(theirs.per_class[label]) == pytest.approx(vars(line), abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_the_library_finds_the_same_numbers_for_masks(random_masks, seed):
    predictions, targets = random_masks(seed, classes=1 + seed % 3, detections=[12, 150][seed == 7])
    options = {"classes": [1, 2, 3], "kind": "segm"}
    own, theirs = (
        coco_scores(predictions, targets, **options),
        coco_scores_by_library(predictions, targets, **options),
    )
    assert theirs.twelve == pytest.approx(own.twelve, abs=1e-9)
    assert torch.allclose(theirs.precision, own.precision, atol=1e-9)


def test_it_says_nothing(random_set, random_masks, capfd, caplog):
    with caplog.at_level(logging.WARNING):
        coco_scores_by_library(*random_set(0))
        coco_scores_by_library(*random_masks(0), kind="segm")
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_it_makes_the_same_complaints():
    with pytest.raises(InputError, match="one entry per target"):
        coco_scores_by_library([], [EMPTY])
    with pytest.raises(InputError, match="must be among the classes"):
        coco_scores_by_library(
            [EMPTY | {"boxes": torch.ones(1, 4), "scores": torch.ones(1), "labels": torch.tensor([9])}],
            [EMPTY],
            classes=[1],
        )


def test_the_library_is_loaded_only_when_it_is_used():
    code = "import vislearn.metrics, sys; sys.exit('faster_coco_eval' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
