import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vislearn.datasets import scenes
from vislearn.errors import InputError
from vislearn.metrics.detection import average_precision, coco_scores
from vislearn.metrics.detection.run_lengths import as_run_lengths
from vislearn.metrics.detection.scores import IOU_THRESHOLDS

NOTHING = {"boxes": torch.empty(0, 4), "labels": torch.empty(0, dtype=torch.int64), "scores": torch.empty(0)}


def entry(boxes, labels, scores=None, **more):
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    made = {"boxes": boxes, "labels": torch.tensor(labels, dtype=torch.int64), **more}
    return made if scores is None else made | {"scores": torch.tensor(scores, dtype=torch.float32)}


def repeated(count, box=(0, 0, 20, 20)):
    """``count`` detections of one class around one box, worse and worse, the last ones right."""
    boxes = [[x + (count - at) % 7 * 5 for x in box] for at in range(count)]
    return entry(boxes, [1] * count, [1 - at / (count + 1) for at in range(count)])


HOSTILE = {
    "no pictures": ([], []),
    "nothing found, nothing there": ([NOTHING], [entry([], [])]),
    "nothing found": ([NOTHING, NOTHING], [entry([[0, 0, 9, 9]], [1]), entry([], [])]),
    "nothing there": ([entry([[0, 0, 9, 9]], [1], [0.5])], [entry([], [])]),
    "a class found that isn't there": (
        [entry([[0, 0, 9, 9], [1, 1, 9, 9]], [1, 2], [0.5, 0.6])],
        [entry([[0, 0, 9, 9]], [1])],
    ),
    "duplicates of equal score": (
        [entry([[0, 0, 9, 9]] * 3 + [[20, 20, 40, 40]], [1] * 4, [0.5] * 4)],
        [entry([[0, 0, 9, 9], [20, 20, 40, 40]], [1, 1])],
    ),
    "equal objects": (
        [entry([[0, 0, 9, 9], [0, 0, 9, 8]], [1, 1], [0.5, 0.4])],
        [entry([[0, 0, 9, 9]] * 3, [1] * 3, area=torch.tensor([81.0, 2000, 10000]))],
    ),
    "only a crowd": (
        [entry([[0, 0, 9, 9], [50, 50, 60, 60]], [1, 1], [0.9, 0.8])],
        [entry([[0, 0, 20, 20]], [1], iscrowd=torch.tensor([1]))],
    ),
    "a crowd beside an object": (
        [entry([[0, 0, 9, 9], [1, 0, 9, 9], [2, 2, 8, 8]], [1] * 3, [0.9, 0.8, 0.7])],
        [entry([[0, 0, 20, 20], [0, 0, 9, 8]], [1, 1], iscrowd=torch.tensor([1, 0]))],
    ),
    "areas on the boundaries": (
        [entry([[0, 0, 32, 32], [100, 100, 196, 196], [0, 100, 31, 131]], [1] * 3, [0.9, 0.8, 0.7])],
        [entry([[0, 0, 32, 32], [100, 100, 196, 196], [0, 100, 32, 132]], [1] * 3)],
    ),
    "a false alarm on the boundary": (
        [entry([[50, 50, 82, 82], [0, 0, 10, 10], [0, 0, 60, 60]], [1] * 3, [0.9, 0.8, 0.7])],
        [entry([[0, 0, 10, 10], [0, 0, 60, 60]], [1, 1])],
    ),
    "more than 100": ([repeated(150), repeated(8)], [entry([[0, 0, 20, 20]], [1])] * 2),
    "boxes without area": (
        [entry([[5, 5, 5, 5], [5, 5, 9, 5], [1, 1, 4, 4]], [1] * 3, [0.9, 0.8, 0.7])],
        [entry([[5, 5, 5, 5], [1, 1, 4, 4]], [1, 1])],
    ),
    "overlap exactly at a threshold": (
        [entry([[0, 0, 10, 20], [0, 0, 20, 15], [0, 0, 20, 11]], [1, 2, 3], [0.9, 0.8, 0.7])],
        [entry([[0, 0, 20, 20]] * 3, [1, 2, 3])],
    ),
    "recall exactly at a point": (
        [entry([[30 * at, 0, 30 * at + 9, 9] for at in range(7)], [1] * 7, [0.9] * 7)],
        [entry([[30 * at, 0, 30 * at + 9, 9] for at in range(100)], [1] * 100)],
    ),
    "numbered pictures out of order": (
        [entry([[0, 0, 9, 9]], [1], [0.5]), entry([[50, 50, 59, 59]], [1], [0.5])],
        [
            entry([[0, 0, 9, 9]], [1], image_id=torch.tensor(7)),
            entry([[0, 0, 9, 9]], [1], image_id=torch.tensor(3)),
        ],
    ),
}


@pytest.mark.parametrize(("predictions", "targets"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_sets_score_as_in_pycocotools(oracle, predictions, targets):
    scores = coco_scores(predictions, targets, classes=range(1, 5))
    assert scores.twelve == pytest.approx(oracle(predictions, targets, range(1, 5)), abs=1e-9)


@pytest.mark.parametrize("seed", range(32))
def test_random_sets_score_as_in_pycocotools_number_by_number(evaluated, random_set, seed):
    predictions, targets = random_set(
        seed,
        classes=1 + seed % 4,
        grid=[None, 1, 4, 10][seed % 4],
        detections=[12, 150][seed % 7 == 0],
        areas=seed % 5 > 0,
    )
    expected = evaluated(predictions, targets, range(1, 7))
    scores = coco_scores(predictions, targets, classes=range(1, 7))
    assert list(scores.twelve.values()) == pytest.approx(expected.stats.tolist(), abs=1e-9)
    assert torch.allclose(scores.precision, torch.tensor(expected.eval["precision"][..., 0, 2]), atol=1e-9)
    for at, line in enumerate(scores.per_class.values()):
        table = expected.eval["precision"][:, :, at, :, 2]
        assert line.ap == pytest.approx(table[..., 0].mean(), abs=1e-9)
        assert line.ap50 == pytest.approx(table[0, :, 0].mean(), abs=1e-9)
        assert line.ap75 == pytest.approx(table[5, :, 0].mean(), abs=1e-9)
        sizes = [line.ap_small, line.ap_medium, line.ap_large]
        assert sizes == pytest.approx([table[..., area].mean() for area in (1, 2, 3)], abs=1e-9)
        assert line.ar_100 == pytest.approx(expected.eval["recall"][:, at, 0, 2].mean(), abs=1e-9)


@pytest.fixture(scope="module")
def scene_targets():
    notes = json.loads(scenes("val").coco_json.read_text(encoding="utf-8"))
    targets = []
    for image in notes["images"]:
        own = [note for note in notes["annotations"] if note["image_id"] == image["id"]]
        corners = [[x, y, x + w, y + h] for x, y, w, h in (note["bbox"] for note in own)]
        more = {"image_id": torch.tensor(image["id"]), "iscrowd": torch.zeros(len(own), dtype=torch.int64)}
        area = torch.tensor([float(note["area"]) for note in own])
        targets.append(entry(corners, [note["category_id"] for note in own], area=area, **more))
    return targets


def shaken(targets, seed, noise):
    """A plausible detector: moved boxes, some missed, some of another class, some from nowhere."""
    generator = torch.Generator().manual_seed(seed)
    predictions = []
    for target in targets:
        boxes = target["boxes"].repeat(3, 1)
        boxes = boxes + noise * torch.randn(boxes.shape, generator=generator)
        boxes = torch.cat(
            [torch.minimum(boxes[:, :2], boxes[:, 2:]), torch.maximum(boxes[:, :2], boxes[:, 2:])], 1
        )
        labels = target["labels"].repeat(3)
        wrong = torch.rand(len(labels), generator=generator) < 0.2
        labels = torch.where(wrong, torch.randint(1, 11, labels.shape, generator=generator), labels)
        scores = (torch.rand(len(labels), generator=generator) * 50).round() / 50
        kept = torch.rand(len(labels), generator=generator) < 0.6
        predictions.append({"boxes": boxes[kept], "labels": labels[kept], "scores": scores[kept]})
    return predictions


@pytest.mark.parametrize(("seed", "noise"), [(0, 0.0), (1, 2.0), (2, 5.0), (3, 12.0)])
def test_the_bundled_scenes_score_as_in_pycocotools(evaluated, scene_targets, seed, noise):
    predictions = shaken(scene_targets, seed, noise)
    expected = evaluated(predictions, scene_targets, range(1, 11))
    scores = coco_scores(predictions, scene_targets, classes=range(1, 11))
    assert list(scores.twelve.values()) == pytest.approx(expected.stats.tolist(), abs=1e-9)
    assert 0 < scores.ap < 1
    assert scores.ap_large == -1  # no digit is that large


def test_the_classes_come_from_the_targets_or_by_name():
    target, found = entry([[0, 0, 9, 9]], [3]), entry([[0, 0, 9, 9]], [3], [0.9])
    assert list(coco_scores([found], [target]).per_class) == [3]
    named = coco_scores([found], [target], classes={2: "cat", 3: "dog"}).per_class
    assert [(label, line.name, line.objects, line.ap) for label, line in named.items()] == [
        (2, "cat", 0, -1.0),
        (3, "dog", 1, 1.0),
    ]


def test_a_label_that_no_class_has_is_refused():
    predictions = [entry([[0, 0, 20, 20]], [9], [0.9])]
    with pytest.raises(InputError, match="must be among the classes"):
        coco_scores(predictions, [entry([[0, 0, 20, 20]], [1])], classes=[1])


def test_one_row_per_class_for_a_table():
    target, found = entry([[0, 0, 9, 9]], [3]), entry([[0, 0, 9, 9]], [3], [0.9])
    (row,) = coco_scores([found], [target], classes={3: "dog"}).rows()
    assert row["class"] == "dog"
    assert (row["objects"], row["ap50"], row["ap_large"]) == (1, 1.0, -1.0)


def test_what_comes_from_another_device_or_with_gradient_is_taken_as_it_is():
    target, found = entry([[0, 0, 9, 9]], [1]), entry([[0, 0, 9, 9]], [1], [0.9])
    found["boxes"].requires_grad_()
    found["scores"] = found["scores"].half().requires_grad_()
    assert coco_scores([found], [target]).ap == 1
    assert found["boxes"].requires_grad


def test_large_groups_are_worked_through_in_parts(random_set, monkeypatch):
    from vislearn.metrics.detection import coco

    predictions, targets = random_set(5, images=8)
    whole = coco_scores(predictions, targets)
    monkeypatch.setattr(coco, "_CELLS", 1)
    assert coco_scores(predictions, targets) == whole


SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=15, deadline=None)


@FEW
@given(SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_the_pictures_does_not_matter(random_set, seed, chance):
    predictions, targets = random_set(seed, distinct=True)
    order = list(range(len(targets)))
    chance.shuffle(order)
    shuffled = coco_scores([predictions[at] for at in order], [targets[at] for at in order])
    assert shuffled.twelve == pytest.approx(coco_scores(predictions, targets).twelve, abs=1e-12)


@FEW
@given(SEEDS)
def test_numbered_pictures_may_come_in_any_order_even_with_equal_scores(random_set, seed):
    predictions, targets = random_set(seed)
    targets = [target | {"image_id": torch.tensor(at)} for at, target in enumerate(targets)]
    assert coco_scores(predictions[::-1], targets[::-1]) == coco_scores(predictions, targets)


@FEW
@given(SEEDS, st.sampled_from([lambda s: s**3, lambda s: s / 2, lambda s: 0.3 + 0.7 * s]))
def test_only_the_order_of_the_scores_matters(random_set, seed, change):
    predictions, targets = random_set(seed)
    changed = [found | {"scores": change(found["scores"].double())} for found in predictions]
    assert coco_scores(changed, targets) == coco_scores(predictions, targets)


@FEW
@given(SEEDS)
def test_every_number_is_a_share_or_says_nothing_to_find(random_set, seed):
    scores = coco_scores(*random_set(seed))
    assert all(value == -1 or 0 <= value <= 1 for value in scores.twelve.values())
    assert scores.ap75 <= scores.ap50
    assert scores.ar_1 <= scores.ar_10 <= scores.ar_100


@FEW
@given(SEEDS)
def test_the_truth_itself_is_perfect(random_set, seed):
    _, targets = random_set(seed, crowd=0, empty_boxes=0)
    found = [target | {"scores": torch.ones(len(target["labels"]))} for target in targets]
    scores = coco_scores(found, targets)
    assert {scores.ap, scores.ap50, scores.ar_100} <= {1.0, -1.0}


@FEW
@given(SEEDS)
def test_a_false_alarm_below_all_others_never_raises_a_number(random_set, seed):
    predictions, targets = random_set(seed, detections=3)
    predictions = [found | {"scores": 0.1 + 0.9 * found["scores"]} for found in predictions]
    before = coco_scores(predictions, targets, classes=range(1, 4))
    alarm = entry([[900, 900, 940, 940]], [1], [0.05])
    predictions[0] = {
        key: torch.cat([predictions[0][key], alarm[key]]) for key in ("boxes", "labels", "scores")
    }
    after = coco_scores(predictions, targets, classes=range(1, 4))
    assert all(after.twelve[name] <= value for name, value in before.twelve.items())


@FEW
@given(SEEDS, st.sampled_from([0.25, 2.0, 16.0]))
def test_larger_pictures_score_the_same_but_for_the_sizes(random_set, seed, factor):
    predictions, targets = random_set(seed)
    scaled = [
        [part | {"boxes": part["boxes"] * factor} for part in parts] for parts in (predictions, targets)
    ]
    scaled[1] = [{key: target[key] for key in ("boxes", "labels", "iscrowd")} for target in scaled[1]]
    expected, got = coco_scores(predictions, targets), coco_scores(*scaled)
    for name in ("ap", "ap50", "ap75", "ar_1", "ar_10", "ar_100"):
        assert getattr(got, name) == getattr(expected, name)


def test_the_table_agrees_with_the_version_to_read(random_set):
    predictions, targets = random_set(11, classes=2, images=12)
    table = coco_scores(predictions, targets, classes=[1, 2]).precision.mean(dim=1)  # (10, K)
    for at, threshold in enumerate(IOU_THRESHOLDS.tolist()):
        for column, label in enumerate([1, 2]):
            alone = average_precision(predictions, targets, threshold, label=label)
            assert alone == pytest.approx(table[at, column].item(), abs=1e-12)


@pytest.mark.parametrize("seed", range(16))
def test_masks_are_scored_as_by_pycocotools(oracle, random_masks, seed):
    predictions, targets = random_masks(
        seed,
        classes=1 + seed % 3,
        areas=bool(seed % 2),
        grid=[None, 4][seed % 3 == 0],
        crowd=[0.15, 0.5][seed % 2],
    )
    scores = coco_scores(predictions, targets, classes=[1, 2, 3], kind="segm")
    assert scores.twelve == pytest.approx(oracle(predictions, targets, [1, 2, 3], "segm"), abs=1e-9)


def test_more_than_100_masks(oracle, random_masks):
    predictions, targets = random_masks(3, images=2, classes=1, detections=180)
    scores = coco_scores(predictions, targets, kind="segm")
    assert scores.twelve == pytest.approx(oracle(predictions, targets, [1], "segm"), abs=1e-9)


def test_masks_need_no_boxes_and_may_be_run_lengths(random_masks):
    predictions, targets = random_masks(2)
    expected = coco_scores(predictions, targets, kind="segm")
    bare = [
        [{k: v for k, v in e.items() if k != "boxes"} for e in entries] for entries in (predictions, targets)
    ]
    assert coco_scores(*bare, kind="segm") == expected
    runs = [[e | {"masks": as_run_lengths(e["masks"], "masks")} for e in entries] for entries in bare]
    assert coco_scores(*runs, kind="segm") == expected
    soft = [e | {"masks": e["masks"][:, None] * 0.6 + 0.2} for e in bare[0]]
    assert coco_scores(soft, bare[1], kind="segm") == expected


def test_a_ring_and_a_disc_share_their_box_and_little_else():
    disc = torch.ones(1, 40, 40, dtype=torch.bool)
    ring = disc.clone()
    ring[:, 2:-2, 2:-2] = False
    box, label = torch.tensor([[0.0, 0, 40, 40]]), torch.tensor([1])
    target = {"boxes": box, "labels": label, "masks": disc}
    found = {"boxes": box, "labels": label, "scores": torch.tensor([0.9]), "masks": ring}
    assert coco_scores([found], [target]).ap == 1
    assert coco_scores([found], [target], kind="segm").ap == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**20), st.booleans(), st.booleans())
def test_moving_mirroring_and_turning_masks_changes_no_score(random_masks, seed, mirrored, turned):
    predictions, targets = random_masks(seed, images=3, most=3, detections=4, distinct=True)
    options = {"classes": [1, 2, 3], "kind": "segm"}
    expected = coco_scores(predictions, targets, **options).twelve

    def changed(entry):
        masks = torch.nn.functional.pad(entry["masks"], (3, 5, 0, 7))
        masks = masks.flip(-1) if mirrored else masks
        rest = {key: value for key, value in entry.items() if key != "boxes"}
        return rest | {"masks": masks.mT if turned else masks}

    got = coco_scores(list(map(changed, predictions)), list(map(changed, targets)), **options).twelve
    assert got == pytest.approx(expected)


def test_every_mask_found_exactly_is_a_full_score(random_masks):
    _predictions, targets = random_masks(5, crowd=0, empty_boxes=0)
    targets = [
        {key: value[keep] for key, value in target.items()}
        for target in targets
        for keep in [target["masks"].flatten(1).any(dim=1)]
    ]
    chance = torch.Generator().manual_seed(0)
    found = [t | {"scores": torch.rand(len(t["labels"]), generator=chance)} for t in targets]
    assert coco_scores(found, targets, kind="segm").ap == 1


FOUND = {"labels": torch.tensor([1]), "scores": torch.tensor([0.5]), "masks": torch.ones(1, 4, 4)}


@pytest.mark.parametrize(
    ("found", "target", "message"),
    [
        ({"masks": None}, {}, r"predictions\[0\]\['masks'\] must be a tensor"),
        ({"masks": torch.ones(2, 4, 4)}, {}, r"must be as many as labels \(1\), got 2"),
        ({}, {"masks": torch.ones(1, 8, 8)}, r"the masks of picture 0 must all have its size, \(8, 8\)"),
        ({"labels": torch.tensor([0.0])}, {}, r"predictions\[0\]\['labels'\] must be integers"),
        ({"masks": torch.full((1, 4, 4), 7)}, {}, "must be 0 and 1, or probabilities, got 7…7"),
        ({"boxes": torch.ones(2, 4)}, {}, "must have shape"),
    ],
)
@pytest.mark.parametrize("score", [coco_scores, average_precision])
def test_masks_that_do_not_fit_are_refused(score, found, target, message):
    with pytest.raises(InputError, match=message):
        score([FOUND | found], [FOUND | target], kind="segm")


def test_masks_that_are_not_there():
    bare = {"boxes": torch.ones(1, 4), "labels": torch.tensor([1]), "scores": torch.tensor([0.5])}
    message = (
        r"targets\[0\]\['masks'\] must be there, got 'boxes', 'labels', 'scores'. Or is kind='bbox' meant"
    )
    with pytest.raises(InputError, match=message):
        coco_scores([FOUND], [bare], kind="segm")
    with pytest.raises(
        InputError, match=r"kind must be one of 'bbox', 'segm', got 'seg'\. Did you mean 'segm'"
    ):
        coco_scores([FOUND], [bare], kind="seg")
