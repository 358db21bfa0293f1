"""What the knobs of the detection lessons draw: anchors, thresholds, epochs."""

import numpy as np
import pytest
import torch
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import batched_nms, box_iou

from vislearn.errors import InputError
from vislearn.viz import anchors, boxes_at_thresholds, predictions_by_epoch
from vislearn.viz.pictures import detections

IMAGE = np.full((48, 64, 3), 90, np.uint8)
TRUTH = {"boxes": torch.tensor([[4.0, 4, 24, 24], [40, 10, 60, 40]]), "labels": torch.tensor([1, 2])}


@pytest.fixture
def drawn(monkeypatch):
    """The drawing and its heading, kept on their way to paper."""
    kept = {}

    def keep(drawings, **settings):
        kept.update(drawings)
        return real(drawings, **settings)

    real = detections.panels
    monkeypatch.setattr(detections, "panels", keep)
    return kept


def found(boxes, labels, scores):
    return {
        "boxes": torch.tensor(boxes).reshape(-1, 4),
        "labels": torch.tensor(labels, dtype=torch.int64),
        "scores": torch.tensor(scores),
    }


def test_anchors_are_torchvisions_and_told_apart(drawn):
    anchors(IMAGE, sizes=(16, 24), ratios=(0.5, 2.0), stride=8, at=(17, 1), alt="Anchors.")
    ((heading, drawing),) = drawn.items()
    assert heading == "2 sizes × 2 shapes × 48 places = 192 anchors"
    expected = AnchorGenerator(((16.0, 24.0),), ((0.5, 2.0),)).cell_anchors[0] + torch.tensor(
        [16.0, 0, 16, 0]
    )
    assert torch.equal(drawing.boxes, expected)
    areas = [(box[2:] - box[:2]).prod().sqrt().item() for box in drawing.boxes]
    looks = {(style.color, style.dash): area for style, area in zip(drawing.styles, areas, strict=True)}
    assert len(looks) == 4
    assert all(
        abs(area - (16 if style.color == drawing.styles[0].color else 24)) < 1
        for style, area in zip(drawing.styles, areas, strict=True)
    )


def test_each_object_says_how_well_the_best_anchor_fits(drawn):
    anchors(IMAGE, sizes=(20,), ratios=(1.0,), stride=16, truth=TRUTH, alt="Anchors.")
    (drawing,) = drawn.values()
    generator = AnchorGenerator(((20.0,),), ((1.0,),))
    grid = generator(ImageList(torch.zeros(1, 3, 48, 64), [(48, 64)]), [torch.zeros(1, 1, 3, 4)])[0]
    best = box_iou(TRUTH["boxes"], grid).amax(1)
    assert drawing.words[:2] == ["best IoU"] * 2
    assert drawing.numbers[:2] == [f"{iou:.2f}" for iou in best.tolist()]
    anchors(IMAGE, truth=torch.zeros(0, 4), alt="No object.")


@pytest.mark.parametrize("wrong", [{"sizes": ()}, {"ratios": ()}, {"stride": 0}])
def test_anchors_need_something_to_draw(wrong):
    with pytest.raises(InputError, match="anchors need sizes"):
        anchors(IMAGE, alt="Anchors.", **wrong)


@pytest.mark.parametrize(
    "truth", [None, TRUTH, {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}]
)
def test_nothing_found_is_drawn_too(drawn, truth):
    assert boxes_at_thresholds(IMAGE, found([], [], []), truth=truth, alt="Nothing.").alt == "Nothing."
    (heading,) = drawn
    assert heading.startswith("0 kept, NMS dropped 0")


def test_thresholds_keep_what_nms_keeps_and_count_rightly(drawn):
    candidates = found(
        [[4.0, 4, 24, 24], [5, 4, 25, 24], [5, 5, 24, 24], [40, 10, 60, 40], [0, 30, 9, 40], [4, 4, 24, 23]],
        [1, 1, 2, 2, 1, 1],
        [0.9, 0.8, 0.7, 0.65, 0.6, 0.2],
    )
    boxes_at_thresholds(IMAGE, candidates, 0.5, 0.5, names=["ant", "bee"], truth=TRUTH, alt="Thresholds.")
    ((heading, drawing),) = drawn.items()
    assert heading == "4 kept, NMS dropped 1 · 2 of 2 found, 2 false"
    sure = candidates["scores"] >= 0.5
    kept = batched_nms(candidates["boxes"][sure], candidates["scores"][sure], candidates["labels"][sure], 0.5)
    assert torch.equal(drawing.boxes[-4:], candidates["boxes"][sure][kept])
    assert drawing.words[-4:] == ["ant", "bee", "bee", "ant"]
    assert drawing.numbers[-4:] == ["0.90", "0.70", "0.65", "0.60"]
    dashes = [bool(style.dash) for style in drawing.styles[-4:]]
    assert dashes == [False, True, False, True]  # the false ones are told apart without colour


def test_a_second_box_on_an_object_is_false(drawn):
    twice = found([[4.0, 4, 24, 24], [5, 4, 25, 24]], [1, 1], [0.9, 0.8])
    boxes_at_thresholds(IMAGE, twice, 0.5, 1.0, truth=TRUTH, alt="Twice.")
    assert "2 kept, NMS dropped 0 · 1 of 2 found, 1 false" in drawn


def test_epochs_stand_side_by_side(drawn):
    epochs = [found([], [], []), found([[4.0, 4, 24, 24]], [1], [0.4]), found([[4.0, 4, 24, 24]], [2], [0.9])]
    predictions_by_epoch(IMAGE, epochs, names=["ant", "bee"], truth=TRUTH, alt="Epochs.")
    assert list(drawn) == ["Epoch 1", "Epoch 2", "Epoch 3"]
    assert [len(one.boxes) for one in drawn.values()] == [2, 2, 3]  # the truth's two, and what is sure enough
    assert drawn["Epoch 3"].words[-1].startswith("bee")


@pytest.mark.parametrize("names", [["ant"], ["__background__", "ant", "bee"]])
def test_names_that_do_not_fit_the_labels_are_refused(names):
    said = found([[4.0, 4, 24, 24]], [2], [0.9])
    with pytest.raises(InputError, match=r"must lie in 1 \.\.\. 1|must begin with the name of label 1"):
        boxes_at_thresholds(IMAGE, said, names=names, alt="Thresholds.")
    with pytest.raises(InputError, match=r"must lie in 1 \.\.\. 1|must begin with the name of label 1"):
        predictions_by_epoch(IMAGE, [said], names=names, alt="Epochs.")


@pytest.mark.parametrize("epochs", [[0], [4], [1, 9]])
def test_an_epoch_that_was_not_is_refused(epochs):
    with pytest.raises(InputError, match="epochs must lie in 1 … 1"):
        predictions_by_epoch(IMAGE, [found([], [], [])], epochs=epochs, alt="Epochs.")
    with pytest.raises(InputError, match="epochs must lie in 1 … 0, got none"):
        predictions_by_epoch(IMAGE, [], alt="Epochs.")
