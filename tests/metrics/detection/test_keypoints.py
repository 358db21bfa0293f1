import contextlib
import io

import numpy as np
import pytest
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval, Params

from vislearn.errors import InputError
from vislearn.metrics.detection import KeypointScores, keypoint_scores
from vislearn.metrics.detection.keypoints import COCO_SIGMAS

EMPTY = {"labels": torch.empty(0, dtype=torch.long), "keypoints": torch.empty(0, 17, 3)}
NOTHING = EMPTY | {"scores": torch.empty(0)}
NO_ONE = EMPTY | {"boxes": torch.empty(0, 4), "area": torch.empty(0)}


def random_people(seed, points=17, classes=1):
    """People of every size, points that are hidden or missing, crowds, duplicates, equal scores."""
    rng = np.random.default_rng(seed)
    predictions, targets = [], []
    for _ in range(5):
        people, labels = [], rng.integers(1, classes + 1, rng.integers(0, 5))
        for _label in labels:
            corner, size = rng.uniform(0, 200, 2), rng.uniform(10, 250, 2)
            where = corner + rng.random((points, 2)) * size
            people.append((np.c_[where, rng.integers(0, 3, points) * (rng.random() < 0.9)], corner, size))
        boxes = torch.tensor([[*corner, *(corner + size)] for _, corner, size in people]).reshape(-1, 4)
        true = torch.tensor(np.array([p for p, *_ in people])).reshape(-1, points, 3)
        target = {"keypoints": true, "boxes": boxes, "labels": torch.tensor(labels)}
        target["area"] = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1) * 0.5
        target["iscrowd"] = torch.tensor((rng.random(len(labels)) < 0.15).astype(np.int64))
        targets.append(target)
        found = true.repeat(2, 1, 1)
        found = found + torch.tensor(rng.normal(0, rng.exponential(8), found.shape))
        keep = torch.tensor(rng.permutation(len(found))[: rng.integers(0, len(found) + 1)], dtype=torch.long)
        scores = torch.tensor(rng.random(len(found)).round(1))
        predictions.append(
            {"keypoints": found[keep], "scores": scores[keep], "labels": target["labels"].repeat(2)[keep]}
        )
    return predictions, targets


def by_pycocotools(predictions, targets, labels, sigmas):
    notes, results = [], []
    for at, target in enumerate(targets):
        for row, points in enumerate(target["keypoints"]):
            (x0, y0, x1, y1), area = target["boxes"][row].tolist(), target["area"][row].item()
            note = {"id": len(notes) + 1, "image_id": at, "category_id": target["labels"][row].item()}
            note |= {"bbox": [x0, y0, x1 - x0, y1 - y0], "area": area, "iscrowd": int(target["iscrowd"][row])}
            seen = int((points[:, 2] > 0).sum())
            notes.append(note | {"keypoints": points.flatten().tolist(), "num_keypoints": seen})
        for row, points in enumerate(predictions[at]["keypoints"]):
            result = {"image_id": at, "category_id": predictions[at]["labels"][row].item()}
            result["score"] = predictions[at]["scores"][row].item()
            results.append(result | {"keypoints": points.flatten().tolist()})
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": at} for at in range(len(targets))],
            "annotations": notes,
        }
        truth.dataset["categories"] = [{"id": label, "name": str(label)} for label in labels]
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "keypoints")
        evaluation.params.kpt_oks_sigmas = np.array(sigmas)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats.tolist()


@pytest.mark.parametrize(
    ("predictions", "targets"),
    [([], []), ([NOTHING], [NO_ONE]), ([NOTHING | {"keypoints": torch.empty(0)}], [NO_ONE])],
)
def test_nothing_to_find(predictions, targets):
    assert keypoint_scores(predictions, targets) == KeypointScores(*[-1.0] * 10)


def test_the_sigmas_are_cocos():
    assert pytest.approx(Params("keypoints").kpt_oks_sigmas) == COCO_SIGMAS


@pytest.mark.parametrize("seed", range(12))
def test_the_numbers_are_pycocotools(seed):
    points, classes = [17, 4][seed % 2], 1 + seed % 3
    predictions, targets = random_people(seed, points, classes)
    assert any(len(found["labels"]) for found in predictions)
    sigmas = None if points == 17 else [0.03, 0.05, 0.1, 0.08]
    got = keypoint_scores(predictions, targets, classes=range(1, classes + 1), sigmas=sigmas)
    expected = by_pycocotools(predictions, targets, range(1, classes + 1), sigmas or COCO_SIGMAS)
    assert list(got.ten.values()) == pytest.approx(expected, abs=1e-9)


def test_ids_bring_pictures_into_their_order():
    predictions, targets = random_people(3)
    predictions = [
        found | {"scores": (torch.arange(len(found["labels"])) * 5.0 + at) / 100}  # no two alike
        for at, found in enumerate(predictions)
    ]
    ids = [7, 3, 9, 1, 5]
    named = [entry | {"image_id": torch.tensor(number)} for entry, number in zip(targets, ids, strict=True)]
    expected = keypoint_scores(predictions, targets, classes=[1])
    assert 0 < expected.ap < 1
    assert keypoint_scores(predictions, named, classes=[1]) == expected


FOUND = {"keypoints": torch.ones(1, 17, 3), "labels": torch.tensor([1]), "scores": torch.tensor([0.5])}
TRUE = FOUND | {"boxes": torch.tensor([[0.0, 0, 9, 9]]), "area": torch.tensor([40.0])}


@pytest.mark.parametrize(
    ("found", "true", "options", "message"),
    [
        (
            {"keypoints": None},
            {},
            {},
            r"predictions\[0\]\['keypoints'\] must be a tensor of x, .* got nothing",
        ),
        ({"keypoints": [[1, 2, 2]]}, {}, {}, "got list"),
        (
            {"keypoints": torch.ones(1, 17, 2)},
            {},
            {},
            r"\(N, K, 3\), got \(1, 17, 2\). A third column of ones",
        ),
        ({"keypoints": torch.ones(17, 3)}, {}, {}, r"got \(17, 3\)"),
        ({"keypoints": torch.full((1, 17, 3), torch.nan)}, {}, {}, "must be finite, .*got nan or infinity"),
        ({"keypoints": torch.ones(2, 17, 3)}, {}, {}, r"must be as many as labels \(1\), got 2"),
        (
            {"keypoints": torch.ones(1, 5, 3)},
            {},
            {},
            r"as many as an object's keypoints \(5, 17\), got None, COCO",
        ),
        ({}, {}, {"sigmas": [0.1]}, r"sigmas must be as many as an object's keypoints \(17\), got 1"),
        ({}, {}, {"sigmas": [-0.1] * 17}, "sigmas must be a list of numbers above 0"),
        ({}, {}, {"sigmas": 0.1}, "sigmas must be a list of numbers above 0, got 0.1"),
        ({"keypoints": torch.tensor(3)}, {}, {}, r"got \(\)"),
        ({}, {"keypoints": None}, {}, r"targets\[0\]\['keypoints'\]"),
        ({"scores": torch.tensor([7.0])}, {}, {}, r"must be in \[0, 1\], got 7"),
        ({}, {}, {"classes": [2]}, "must be among the classes"),
    ],
)
def test_what_does_not_fit_is_refused(found, true, options, message):
    with pytest.raises(InputError, match=message):
        keypoint_scores([FOUND | found], [TRUE | true], **options)


def test_lists_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="must be a list with one dictionary per picture"):
        keypoint_scores(FOUND, TRUE)
    with pytest.raises(InputError, match="must have one entry per target"):
        keypoint_scores([FOUND], [])
    with pytest.raises(InputError, match=r"targets\[0\]\['area'\] must be there, got .*about .53"):
        keypoint_scores([FOUND], [{key: value for key, value in TRUE.items() if key != "area"}])
