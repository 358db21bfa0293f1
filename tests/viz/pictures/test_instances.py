import numpy as np
import pytest
import torch

from vislearn.errors import InputError
from vislearn.viz import instanced, instances, panels

GRAY = np.full((40, 60, 3), 128, np.uint8)


def squares(*lefts):
    masks = torch.zeros(len(lefts), 40, 60, dtype=torch.uint8)
    for at, left in enumerate(lefts):
        masks[at, 10:20, left : left + 10] = 1
    return masks


THREE = squares(0, 20, 40)
FORMS = {
    "masks": THREE,
    "bool": THREE.bool(),
    "a target": {"boxes": torch.zeros(3, 4), "labels": torch.tensor([1, 1, 1]), "masks": THREE},
    "a prediction": {
        "masks": THREE[:, None] * 0.9,
        "scores": torch.tensor([0.9, 0.8, 0.7]),
        "labels": torch.ones(3),
    },
    "numbers": (THREE * torch.tensor([3, 5, 9])[:, None, None]).amax(0),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_objects(form):
    drawing = instanced(GRAY, FORMS[form])
    assert drawing.numbers == (0, 1, 2)
    assert np.array_equal(drawing.masks, THREE.numpy() > 0)
    assert instances(GRAY, FORMS[form]).alt == "A picture with 3 objects, each in a colour of its own."


def test_no_objects():
    for nothing in (THREE[:0], torch.zeros(40, 60), {"masks": torch.zeros(0, 1, 40, 60)}):
        assert instances(GRAY, nothing, ["nucleus"]).alt.startswith("A picture with 0 objects")


def test_unsure_and_empty_ones_are_left_out():
    said = {"masks": torch.cat([THREE, THREE[:1] * 0]), "scores": torch.tensor([0.9, 0.4, 0.6, 0.9])}
    drawing = instanced(GRAY, said)
    assert drawing.scores == ("0.90", "0.60")
    assert len(instanced(GRAY, said, min_score=0.3).masks) == 3


def test_objects_keep_the_colours_of_the_other_figure():
    truth = squares(0, 20, 40)
    said = squares(41, 5, 19, 30)  # the third, nearly the first, the second, and one that isn't there
    assert instanced(GRAY, said, like=truth).numbers == (2, 0, 1, 3)
    assert instanced(GRAY, squares(0, 1), like=truth).numbers == (0, 3)  # one colour is given once
    assert instanced(GRAY, said, like=truth[:0]).numbers == (0, 1, 2, 3)
    assert instanced(GRAY, squares(), like=truth).numbers == ()


def test_the_first_is_on_top():
    ranks = instanced(GRAY, squares(0, 5))._ranks()
    assert ranks[15, [2, 7, 12, 20]].tolist() == [1, 1, 2, 0]


def test_tags_say_what_and_how_sure():
    said = {"masks": THREE, "scores": torch.tensor([0.9, 0.8, 0.7]), "labels": torch.tensor([1, 2, 1])}
    words = instances(GRAY, said, ["cat", "dog"]).digest["words"]
    assert words.count("cat") == 2
    assert words.count("dog") == 1
    assert panels({"one": instanced(GRAY, said)}, alt="One.").width > 400


def test_many_tags_would_hide_what_they_name():
    many = {"masks": THREE.repeat(5, 1, 1), "scores": torch.full((15,), 0.9), "labels": torch.ones(15).long()}
    assert instanced(GRAY, many, ["cat"]).words == ()
    assert instanced(GRAY, many, ["cat"]).scores == ()
    assert len(instanced(GRAY, many, ["cat"], tags=True).words) == 15
    assert instanced(GRAY, {"masks": THREE}, ["cat"], tags=False).words == ()


WRONG = [
    ({"objects": torch.zeros(2, 3, 40, 60)}, "must be masks"),
    ({"objects": {"boxes": torch.zeros(1, 4)}}, "must have 'masks', got 'boxes'"),
    ({"objects": squares(0)[:, 1:]}, "objects must be as large as the picture"),
    ({"objects": {"masks": THREE, "labels": [1]}}, r"one label and score per mask \(3\)"),
    ({"objects": {"masks": THREE, "labels": [1, 2, 3]}, "names": ["cat"]}, "labels must lie in 1 ... 1"),
    ({"objects": THREE, "alpha": -1}, "alpha must lie in 0..1"),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_refused(given, message):
    with pytest.raises(InputError, match=message):
        instances(GRAY, **given)
