import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.errors import InputError
from vislearn.steps import Step
from vislearn.viz import Drawing, boxed, drawings, filmstrip, panels, stage

RED, BLUE = (Image.new("RGB", (40, 20), color) for color in ((220, 0, 0), (0, 0, 220)))
DRAWING = boxed(RED, torch.tensor([[5, 5, 20, 15]]), [1], names={1: "cat"})


def test_a_picture_is_no_drawing_and_a_drawing_is():
    assert isinstance(DRAWING, Drawing)
    assert not any(isinstance(one, Drawing) for one in (RED, torch.zeros(3, 4, 4), "words", None))


def test_panels_stand_side_by_side_under_their_titles():
    picture = panels({"before": RED, "after": DRAWING}, title="Both", alt="Two.")
    assert picture.digest["title"] == "Both"
    assert picture.digest["words"] == ["before", "after", "cat"]
    first, second = picture.digest["plots"][0]["images"]
    assert first["size"] == second["size"]
    pixels = np.asarray(picture.image()).astype(int)
    middle = pixels[pixels.shape[0] * 2 // 3]
    assert (abs(middle - (220, 0, 0)).max(axis=1) < 25).mean() > 0.7


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(1, None, 1), (3, None, 1), (4, None, 2), (4, 4, 1), (2, 9, 1)]
)
def test_rows_are_filled(count, columns, rows):
    picture = panels({str(at): BLUE for at in range(count)}, columns=columns, alt="Many.")
    wide = panels({"0": BLUE}, alt="One.")
    assert picture.width <= 1000
    assert (picture.height > 1.5 * wide.height * picture.width / 1000) == (rows > 1) or count == 1


def test_a_step_may_bring_its_own_picture():
    plain, drawn = Step("Count", 3), Step("Count", 3, picture=DRAWING)
    assert "images" not in stage(plain).digest["plots"][0]
    assert stage(drawn).digest["words"] == ["cat"]
    assert stage(drawn).height == 440
    assert stage(drawn).alt == stage(plain).alt == "Count: 3"
    strip = filmstrip([plain, drawn, Step("Red", 3, picture=RED)])
    assert len(strip.digest["plots"][0]["images"]) == 2
    assert "cat" in strip.digest["words"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"drawings": {}}, "drawings must hold at least one drawing, got none"),
        ({"columns": 0}, "columns must be at least 1, got 0"),
        ({"alt": " "}, "alt must say"),
    ],
)
def test_what_makes_no_sheet_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        panels(**{"drawings": {"a": RED}, "alt": "A test."} | arguments)


def test_panels_stand_18_px_apart(monkeypatch):
    places = []
    monkeypatch.setattr(drawings, "_draw", lambda _canvas, _item, *place: places.append(place))
    panels({str(at): BLUE for at in range(4)}, columns=2, size=200, alt="Many.")
    (x0, y0, width, height), (x1, y1, *_), (x2, y2, *_), _last = places
    assert (x1 - x0, y1, x2) == (width + 18, y0, x0)
    assert y2 >= y0 + height + 22
