import sys

import numpy as np
import pytest

from vislearn.datasets import photos
from vislearn.deploy import Recipe, int8, load
from vislearn.errors import FileError, InputError, MissingError
from vislearn.io import read_pil
from vislearn.models.bundled import bundled_card, load_bundled
from vislearn.training import export_model, load_model, save_model

BOXES = np.array([[0, 0, 10, 10], [20, 20, 30, 30]], np.float32)


def right_by(*pixels):
    """Squares of ten pixels, so far to the right."""
    return np.array([[x, 0, x + 10, 10] for x in pixels], np.float32)


class Says:
    """Answers that are known, the same for every picture, or one for each."""

    def __init__(self, kind, answers):
        self.recipe, self.answers = Recipe(kind), answers

    def probabilities(self, pictures):
        return np.array([self.answers[picture] for picture in pictures])

    def mask(self, picture):
        return self.answers[picture]

    def boxes(self, picture, *, score):
        labels, boxes, *scores = self.answers[picture]
        scores = np.array(scores[0] if scores else [1.0] * len(labels))
        sure = scores >= score
        return {"boxes": boxes[sure], "labels": np.array(labels)[sure], "scores": scores[sure]}


@pytest.mark.parametrize(
    ("kind", "one", "other", "share"),
    [
        ("classifier", [[0.9, 0.1], [0.4, 0.6]], [[0.6, 0.4], [0.7, 0.3]], 0.5),
        (
            "segmenter",
            [np.zeros((2, 2)), np.ones((1, 4))],
            [np.zeros((2, 2)), np.array([[1, 1, 1, 0]])],
            0.875,
        ),
        ("detector", [([1, 2], BOXES)], [([1, 2], BOXES + 1)], 1.0),
        ("detector", [([1, 2], BOXES)], [([1, 1], BOXES)], 0.5),
        ("detector", [([1, 2], BOXES)], [([1], BOXES[:1])], 2 / 3),
        ("detector", [([1, 1], BOXES[[0, 0]])], [([1], BOXES[:1])], 2 / 3),
        ("detector", [([1], BOXES[:1])], [([1], BOXES[:1] + 6)], 0.0),
        ("detector", [([1], BOXES[:1])], [([1], np.array([[0, 0, 10, 5]]))], 1.0),  # an IoU of a half
        ("detector", [([1], BOXES[:1])], [([1], np.array([[0, 0, 10, 4.9]]))], 0.0),
        ("detector", [([1, 2], BOXES, [0.5, 0.49])], [([1, 2], BOXES, [0.5, 0.2])], 1.0),
        ("detector", [([1, 2], BOXES, [0.5, 0.5])], [([1, 2], BOXES, [0.5, 0.49])], 2 / 3),
        # each counts once, and goes to the one it fits best
        ("detector", [([1, 1], right_by(0, 5))], [([1, 1], right_by(2, 1))], 1.0),
    ],
)
def test_agreement_by_hand(kind, one, other, share):
    pictures = range(len(one))
    assert int8.agreement(Says(kind, one), Says(kind, other), pictures) == pytest.approx(share)


@pytest.mark.parametrize(
    ("one", "other", "iou"),
    [
        ([0, 0, 10, 10], [0, 0, 10, 10], 1.0),
        ([0, 0, 10, 10], [5, 0, 15, 10], 1 / 3),
        ([0, 0, 10, 10], [10, 0, 20, 10], 0.0),
        ([0, 0, 10, 10], [20, 20, 30, 30], 0.0),  # apart in both directions: two negative sides
        ([3, 3, 3, 3], [3, 3, 3, 3], 0.0),  # a box of nothing
    ],
)
def test_overlap_by_hand(one, other, iou):
    assert int8._iou(np.array(one, float), np.array(other, float)) == pytest.approx(iou)


@pytest.mark.parametrize(("share", "written"), [(0.95, True), (0.949, False)])
def test_95_percent_of_the_answers_are_asked_for_unless_somebody_says_otherwise(
    share, written, exported, pictures, tmp_path, monkeypatch
):
    monkeypatch.setattr(int8, "agreement", lambda *_models_and_pictures: share)
    if written:
        done = int8.quantize(exported, tmp_path / "m8.onnx", pictures=pictures[:2])
        assert (done.agreement, done.compared) == (share, 1)
    else:
        with pytest.raises(
            FileError, match=r"would give 94\.9% of the float model's answers, fewer than 95%"
        ):
            int8.quantize(exported, tmp_path / "m8.onnx", pictures=pictures[:2])
    assert (tmp_path / "m8.onnx").exists() is written


def test_what_the_tools_say_is_silenced_and_later_heard_again(caplog):
    import logging
    import warnings

    with int8._silence():
        logging.warning("done already")
        warnings.warn("of the tools", stacklevel=1)
        logging.error("lost")
    logging.warning("heard")
    assert [record.message for record in caplog.records] == ["lost", "heard"]


def test_a_detector_that_finds_nothing_proves_nothing():
    nothing = Says("detector", [([], BOXES[:0])])
    with pytest.raises(InputError, match="must hold objects that the detector finds"):
        int8.agreement(nothing, nothing, [0])


@pytest.fixture(scope="module")
def pictures():
    """Parts of photographs, as many as thirty-two."""
    return [
        read_pil(path).crop((x, x, x + 120, x + 120))
        for path in list(photos().values())[:8]
        for x in (0, 40, 80, 120)
    ]


@pytest.fixture(scope="module")
def exported(tmp_path_factory, pictures):
    """The bundled network of photographs, in floats."""
    folder = tmp_path_factory.mktemp("float")
    card, model = bundled_card("photo"), load_bundled("photo")
    save_model(folder / "m.pt", model, classes=list(card.classes), transform=card.transform)
    export_model(load_model(folder / "m.pt", model), folder / "m.onnx", pictures=pictures[:1])
    return folder / "m.onnx"


def test_a_quarter_of_the_bytes_and_the_same_answers(exported, pictures, tmp_path, capfd):
    done = int8.quantize(exported, tmp_path / "m8.onnx", pictures=pictures)
    assert done.compared == 16
    assert done.agreement >= 0.95
    assert done.float_bytes == exported.stat().st_size
    assert done.int8_bytes == (tmp_path / "m8.onnx").stat().st_size < done.float_bytes / 3
    small, exact = load(tmp_path / "m8.onnx"), load(exported)
    assert small.recipe == exact.recipe
    away = np.abs(small.probabilities(pictures) - exact.probabilities(pictures))
    assert away.max() > 1e-4  # it is another network
    assert away.mean() < 0.02
    assert capfd.readouterr() == ("", "")


def test_what_answers_otherwise_is_not_written(exported, pictures, tmp_path):
    """Ranges of black pictures fit no others."""
    black = [picture.point(lambda _: 0) for picture in pictures]
    mixed = [picture for pair in zip(black, pictures, strict=True) for picture in pair]
    with pytest.raises(FileError, match=r"m8\.onnx would give \d+\.\d% of the float model's answers, fewer"):
        int8.quantize(exported, tmp_path / "m8.onnx", pictures=mixed)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["segmenter", "detector"])
def test_segmenters_and_detectors_too(kind, exports, photographs, tmp_path, monkeypatch):
    """Untrained ones: what they say is close to chance, so any agreement will do, and any box counts."""
    from onnxruntime.quantization import shape_inference

    asked, prepare = [], shape_inference.quant_pre_process
    monkeypatch.setattr(
        shape_inference,
        "quant_pre_process",
        lambda *given, **more: asked.append(more) or prepare(*given, **more),
    )
    monkeypatch.setattr(int8, "_SURE", 0.0)
    done = int8.quantize(exports(kind)[1], tmp_path / "x.onnx", pictures=photographs, at_least=0)
    assert 0 <= done.agreement <= 1
    # a detector's reshaping stays as it is: optimised, it fails on pictures without any object
    assert [one["skip_optimization"] for one in asked] == [kind == "detector"]
    small = load(tmp_path / "x.onnx")
    assert small.recipe.kind == kind
    blank = photographs[0].point(lambda _: 0)
    ask = small.mask if kind == "segmenter" else small.boxes
    assert len(ask(blank)) > 0  # a blank one, in which a detector finds nothing, is no trouble


def test_one_picture_is_too_few_and_what_is_missing_is_named(exported, pictures, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="pictures must be two or more"):
        int8.quantize(exported, tmp_path / "m8.onnx", pictures=pictures[:1])
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingError, match=r'pip install "vislearn\[export\]"'):
        int8.quantize(exported, tmp_path / "m8.onnx", pictures=pictures)


def test_what_the_tools_do_not_take_is_said_in_a_sentence(exported, pictures, tmp_path, monkeypatch):
    from onnxruntime import quantization

    def fails(*_, **__):
        raise RuntimeError("no such operation")

    monkeypatch.setattr(quantization, "quantize_static", fails)
    with pytest.raises(FileError, match=r"m8\.onnx can't be quantised: no such operation"):
        int8.quantize(exported, tmp_path / "m8.onnx", pictures=pictures)
