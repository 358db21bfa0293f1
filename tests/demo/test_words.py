import json

import pytest

from vislearn.demo.words import contents, words
from vislearn.deploy import Recipe

RECIPES = {kind: Recipe(kind, ("a", "b"), resize=(3,)) for kind in ("classifier", "segmenter", "detector")}


def leaves(tree):
    return [
        leaf for value in tree.values() for leaf in (leaves(value) if isinstance(value, dict) else [value])
    ]


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("kind", RECIPES)
def test_everything_is_said_in_both_languages(kind, static):
    english, bengali = (words(code, RECIPES[kind], static=static) for code in ("en", "bn"))
    assert english.keys() == bengali.keys()
    assert english["pad"].keys() == bengali["pad"].keys()
    assert not set(leaves(english)) & set(leaves(bengali))
    for name, sentence in english.items():
        if isinstance(sentence, str):
            holes = {hole for hole in ("{count}", "{reason}", "{limit}", "{answer}") if hole in sentence}
            assert all(hole in bengali[name] for hole in holes), name
    assert ("browser" in english["private"]) == static


def test_contents_are_json_with_the_recipe_and_a_colour_for_each_label():
    told = contents(RECIPES["detector"], "frogs", language="bn", static=True)
    assert json.loads(json.dumps(told))["recipe"]["resize"] == [3]
    assert (told["name"], told["language"], told["static"]) == ("frogs", "bn", True)
    assert len(set(told["colors"])) == 3  # labels count from 1
    own = Recipe("segmenter", ("a", "b"), ((0, 0, 0), (0, 128, 255)))
    assert contents(own, "", language="en", static=False)["colors"] == ["#000000", "#0080ff"]
