import pytest
import torch

from vislearn.errors import InputError
from vislearn.exercises import use
from vislearn.exercises.registry import find

NAME = "pipeline.to_unit_range"


def untouched(image):
    """Scale it."""
    ...


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (untouched, "to_unit_range: the course's own, as yours isn't written yet.\n"),
        (lambda image: image.float() / 256, "to_unit_range: the course's own, as yours isn't right yet.\n"),
        (lambda image: 1 / 0, "to_unit_range: the course's own, as yours stops with an error.\n"),
        ("no function", "to_unit_range: the course's own, as yours stops with an error.\n"),
    ],
    ids=["untouched", "wrong", "error", "no function"],
)
def test_the_course_s_own_steps_in(answer, line, capsys):
    assert use(NAME, answer) is find(NAME).reference
    assert capsys.readouterr().out == line


def test_a_right_answer_is_used_itself(capsys):
    def mine(image):
        return image.float() / 255

    assert use(NAME, mine) is mine
    assert capsys.readouterr().out == "to_unit_range: yours.\n"


def test_an_answer_in_place_leaves_the_lesson_s_data_alone():
    def mine(boxes, labels, height, width):
        first, second = boxes[:, :2], boxes[:, 2:]
        boxes[:] = torch.cat([torch.minimum(first, second), torch.maximum(first, second)], dim=1)
        boxes[:, 0::2] = boxes[:, 0::2].clamp(0, width)
        boxes[:, 1::2] = boxes[:, 1::2].clamp(0, height)
        keep = (boxes[:, 2:] > boxes[:, :2]).all(1)
        return boxes[keep], labels[keep] + 1

    boxes = torch.tensor([[3.0, 2.0, 1.0, 4.0]])
    mended = use("detector.repair", mine)(boxes, torch.tensor([0]), 8, 10)[0]
    assert mended.tolist() == [[1.0, 2.0, 3.0, 4.0]]
    assert boxes.tolist() == [[3.0, 2.0, 1.0, 4.0]]


def test_the_line_is_in_the_learner_s_language(monkeypatch, capsys):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    use(NAME, untouched)
    assert "the course's own" not in capsys.readouterr().out


def test_an_exercise_that_is_not_there():
    with pytest.raises(InputError, match="exercise must be one of"):
        use("pipeline.gone", untouched)
