"""DetectionTask: losses in, COCO's scores out, and nothing wrong passes unseen."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from vislearn.datasets import detection_collate
from vislearn.errors import InputError, VislearnError
from vislearn.metrics import coco_scores
from vislearn.models import SmallResNet, detector
from vislearn.sample import empty_target
from vislearn.training import DetectionTask, evaluate, fit

BOX = torch.tensor([[20.0, 12, 44, 36]])


def sample(number, *, objects=True, **changes):
    """A white square, or nothing, on black."""
    image = torch.zeros(3, 48, 64)
    target = empty_target(number)
    if objects:
        image[:, 12:36, 20:44] = 1
        target = target | {"boxes": BOX, "labels": torch.tensor([1]), "area": torch.tensor([576.0])}
        target |= {"iscrowd": torch.tensor([0])}
    return image, target | changes


def loader(samples, size=2):
    return DataLoader(samples, batch_size=size, collate_fn=detection_collate)


def model(num_classes=1):
    torch.manual_seed(0)
    return detector(
        "faster_rcnn",
        num_classes,
        SmallResNet(2, width=8),
        channels=16,
        anchor_sizes=(24,),
        aspect_ratios=(1.0,),
        frozen_norm=True,
    )


class Fixed(nn.Module):
    """A detector that says what it was told, picture by picture; its loss is the number of objects."""

    def __init__(self, answers=()):
        super().__init__()
        self.weight, self.answers, self.seen = nn.Parameter(torch.zeros(1)), list(answers), []

    def forward(self, images, targets=None):
        if not self.training:
            return [self.answers.pop(0) for _image in images]
        self.seen += targets
        objects = sum(len(target["boxes"]) for target in targets)
        return {"loss_one": objects + self.weight.sum(), "loss_two": self.weight.sum() ** 2}


def answer(boxes, scores, labels):
    return {
        "boxes": torch.tensor(boxes).reshape(-1, 4),
        "scores": torch.tensor(scores),
        "labels": torch.tensor(labels),
    }


def test_no_batch_no_scores():
    with pytest.raises(InputError, match="at least one batch"):
        DetectionTask().evaluate(Fixed().eval(), [])
    assert DetectionTask().parts == {}


def test_fit_finds_the_square_and_keeps_a_history():
    torch.manual_seed(0)
    detects, task = model(), DetectionTask(classes=["square"], watch=1)
    samples = [sample(1), sample(2, objects=False)] * 4
    optimizer = torch.optim.Adam(detects.parameters(), lr=3e-3)
    history = fit(
        detects,
        task,
        loader(samples),
        epochs=8,
        optimizer=optimizer,
        clip_norm=5.0,
        val_loader=loader([sample(1), sample(2, objects=False)]),
    )
    assert history["val_map50"][-1] == 1
    assert history["val_map"][-1] > 0.5
    assert history["train_loss"][-1] < history["train_loss"][0] / 3
    assert set(task.parts) == {"loss_classifier", "loss_box_reg", "loss_objectness", "loss_rpn_box_reg"}
    assert all(len(column) == 8 * 4 for column in task.parts.values())
    epoch = [sum(parts) for parts in zip(*task.parts.values(), strict=True)][:4]
    assert sum(epoch) / 4 == pytest.approx(history["train_loss"][0], rel=1e-4)
    assert [len(kept) for kept in task.watched] == [1] * 8
    assert torch.allclose(task.watched[-1][0]["boxes"][0], BOX[0], atol=4)
    assert task.scores.per_class[1].name == "square"


def test_masks_are_learned_and_scored_beside_the_boxes():
    torch.manual_seed(0)
    detects = detector("mask_rcnn", 1, SmallResNet(2, width=8), channels=16, anchor_sizes=(24,))
    mask = torch.zeros(1, 48, 64, dtype=torch.uint8)
    mask[:, 12:36, 20:44] = 1
    samples, task = [sample(1, masks=mask), sample(2, objects=False)], DetectionTask(watch=1)
    optimizer = torch.optim.Adam(detects.parameters(), lr=3e-3)
    history = fit(detects, task, loader(samples * 4), epochs=2, optimizer=optimizer)
    assert "loss_mask" in task.parts
    assert history["train_loss"][1] < history["train_loss"][0]
    found = answer(BOX.tolist(), [0.9], [1]) | {"masks": 0.9 * mask[:, None].float()}
    nothing = answer([], [], []) | {"masks": torch.zeros(0, 1, 48, 64)}
    empty = torch.zeros(0, 48, 64, dtype=torch.uint8)
    true = [sample(1, masks=mask), sample(2, objects=False, masks=empty)]
    scores = task.evaluate(Fixed([found, nothing]).eval(), loader(true))
    assert (scores["mask_map"], scores["mask_map50"], task.mask_scores.ap) == (1, 1, 1)
    half = found | {"masks": found["masks"] * (torch.arange(64) < 30)}  # 10 of 24 columns: IoU .42
    scores = task.evaluate(Fixed([half, nothing]).eval(), loader(true))
    assert (scores["map50"], scores["mask_map50"]) == (1, 0)
    assert "masks" not in task.watched[-1][0]


def test_mask_rcnn_says_that_masks_are_missing():
    detects = detector("mask_rcnn", 1, SmallResNet(2, width=8), channels=16, anchor_sizes=(24,))
    with pytest.raises(InputError, match=r"targets\[0\] must have masks for Mask R-CNN, got boxes, labels"):
        DetectionTask().loss(detects, next(iter(loader([sample(1)]))))


def test_bf16_leaves_boxes_exact_enough():
    detects = model()
    optimizer = torch.optim.Adam(detects.parameters(), lr=3e-3)
    history = fit(
        detects,
        DetectionTask(),
        loader([sample(1), sample(2)] * 4),
        epochs=6,
        optimizer=optimizer,
        amp="bf16",
        channels_last=True,
        val_loader=loader([sample(1), sample(2, objects=False)]),
    )
    assert history["val_map50"][-1] == 1


def test_scores_are_those_of_the_metric_over_all_batches():
    answers = [
        answer([[20.0, 12, 44, 36], [0, 0, 9, 9]], [0.9, 0.8], [1, 1]),
        answer([[21.0, 12, 44, 30]], [0.7], [2]),
        answer([], [], []),
    ]
    samples = [sample(1), sample(2, labels=torch.tensor([2])), sample(3)]
    task = DetectionTask(classes=["ant", "bee"])
    scores = task.evaluate(Fixed(answers).eval(), loader(samples))
    expected = coco_scores(answers, [target for _image, target in samples])
    assert scores == {
        "map": expected.ap,
        "map50": expected.ap50,
        "map75": expected.ap75,
        "ar": expected.ar_100,
    }
    assert 0 < scores["map"] < scores["map50"] < 1


def test_crowds_are_not_learned_from_but_judged_by():
    crowd = sample(
        1,
        boxes=torch.cat([BOX, BOX + 4]),
        labels=torch.tensor([1, 1]),
        iscrowd=torch.tensor([0, 1]),
        area=torch.tensor([576.0, 576]),
    )
    fixed, task = Fixed(), DetectionTask()
    loss = task.loss(fixed, detection_collate([crowd, sample(2, objects=False)]))
    assert loss == 1
    assert [len(target[key]) for target in fixed.seen for key in ("boxes", "labels", "iscrowd", "area")] == [
        1
    ] * 4 + [0] * 4
    assert len(crowd[1]["boxes"]) == 2  # the data set's own target is untouched
    twice = answer([[20.0, 12, 44, 36], [24.0, 16, 48, 40]], [0.9, 0.8], [1, 1])
    assert task.evaluate(Fixed([twice]).eval(), loader([crowd]))["map"] == 1


WRONG = [
    (sample(1, labels=torch.tensor([0])), r"targets\[1\]\['labels'\] must be 1 or more"),
    (sample(1, labels=torch.tensor([2])), "must be at most 1, the number of classes"),
    (sample(1, boxes=torch.tensor([[20.0, 12, 99, 36]])), "must lie on the picture"),
    (sample(1, boxes=torch.zeros(0)), r"must have shape \(N, 4\)"),
    (
        (torch.zeros(3, 48, 64, dtype=torch.uint8), empty_target(1)),
        r"images\[1\] must be float32 \(3, H, W\) in 0..1",
    ),
]


@pytest.mark.parametrize(("wrong", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_a_wrong_sample_is_named_in_any_batch(wrong, sentence):
    detects, task = model(), DetectionTask()
    sound = detection_collate([sample(1), sample(2)])
    task.loss(detects, sound)
    with pytest.raises(InputError, match=sentence):
        task.loss(detects, detection_collate([sample(1), wrong]))
    with pytest.raises(InputError, match=sentence):
        evaluate(detects, task, loader([sample(1), wrong]))
    assert task.complaint(sound) == ""


def test_a_stacked_batch_is_refused():
    with pytest.raises(
        InputError, match="must be a list of pictures and a list of as many targets, got Tensor"
    ):
        DetectionTask().loss(model(), (torch.zeros(2, 3, 48, 64), [empty_target(1), empty_target(2)]))


def test_a_loss_that_explodes_stops_the_training():
    detects = model()
    optimizer = torch.optim.SGD(detects.parameters(), lr=1e9)
    with pytest.raises(VislearnError):
        fit(detects, DetectionTask(), loader([sample(1), sample(2)] * 3), epochs=2, optimizer=optimizer)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda image: image * 255, r"got values from 0 to 255. v2.ToDtype\(torch.float32, scale=True\)"),
        (lambda image: (image - 0.45) / 0.22, "got values from -2.05 to 2.5. Leave v2.Normalize out"),
        (lambda image: image * 2 - 1, "got values from -1 to 1. Leave v2.Normalize out"),
        (lambda image: image.double(), r"got float64 \(3, 48, 64\)"),
        (lambda image: image.permute(1, 2, 0), r"got float32 \(48, 64, 3\). The channels come last"),
    ],
)
def test_pictures_that_a_detector_would_misread_are_refused(change, said):
    image, target = sample(1)
    batch = detection_collate([(change(image), target)])
    with pytest.raises(InputError, match=r"images\[0\] must be float32 \(3, H, W\) in 0..1, " + said):
        DetectionTask().loss(model(), batch)
    with pytest.raises(InputError, match=r"images\[0\] must be"):
        DetectionTask().evaluate(model().eval(), [batch])


def test_a_little_beyond_the_range_and_a_detector_that_normalises_nothing_are_let_alone():
    image, target = sample(1)
    task, detects = DetectionTask(), model()
    assert task.loss(detects, detection_collate([(image * 1.2 - 0.1, target)])).isfinite()
    detects.transform.image_mean, detects.transform.image_std = [0.0] * 3, [1.0] * 3
    assert task.loss(detects, detection_collate([((image - 0.45) / 0.22, target)])).isfinite()


def test_a_background_that_a_one_stage_detector_found_is_no_answer():
    answers = [answer([[20.0, 12, 44, 36], [20, 12, 44, 36]], [0.9, 0.8], [0, 1])]
    task = DetectionTask(classes=["ant"], watch=1)
    assert task.evaluate(Fixed(answers).eval(), loader([sample(1)]))["map50"] == 1
    assert task.watched[0][0]["labels"].tolist() == [1]
