import pytest

from vislearn.deploy import Recipe
from vislearn.errors import InputError

WHOLE = Recipe(
    "segmenter",
    ("মাটি", "গাছ"),
    ((0, 0, 0), (0, 128, 0)),
    resize=(48, 64),
    interpolation="bicubic",
    crop=(32, 32),
    mean=(0.1, 0.2, 0.3),
    std=(0.5, 0.5, 0.5),
    about={"torch": "2.15"},
)


def test_text_and_back():
    assert Recipe.from_text(WHOLE.as_text()) == WHOLE
    assert Recipe.from_text(Recipe("detector").as_text()) == Recipe("detector")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "[1]", '{"kind": "oven"}', '{"kind": "detector", "oven": 3}']
)
def test_other_texts_are_refused(text):
    with pytest.raises(InputError):
        Recipe.from_text(text)
