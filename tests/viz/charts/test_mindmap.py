import pytest

from vislearn.errors import InputError
from vislearn.viz import mind_map
from vislearn.viz.canvas import MARGIN, Canvas
from vislearn.viz.letters import text_width

SMALL = {"root": {"one\nits role": ["a", "b"], "two": ["c"], "three": []}}


@pytest.fixture
def written(monkeypatch):
    """Every line of text: words → x of its left edge, x of its right edge."""
    places = {}
    plain = Canvas.text

    def text(canvas, x, y, words, *, size=15.0, weight="normal", ha="left", **style):
        width = text_width(words, size, weight)
        left = {"left": x, "center": x - width / 2, "right": x - width}[ha]
        places[words] = (left, left + width)
        plain(canvas, x, y, words, size=size, weight=weight, ha=ha, **style)

    monkeypatch.setattr(Canvas, "text", text)
    return places


def test_every_word_is_on_the_map_and_on_the_sheet(written):
    long = {
        f"a_module_with_a_long_name_{n}": ["draw_segmentation_masks_and_more", "W" * 60] for n in range(9)
    }
    mind_map({"torchvision": long}, alt="A map.")
    assert all(left >= MARGIN and right <= 1000 - MARGIN for left, right in written.values())
    written.clear()
    mind_map(SMALL, title="A small map", alt="A map.")
    assert set(written) == {"A small map", "root", "one", "its role", "two", "three", "a", "b", "c"}


def test_the_first_branches_are_on_the_right_and_both_sides_balance(written):
    mind_map({"root": {str(n): ["leaf"] * 3 for n in range(6)}}, alt="A map.")
    right = [name for name in "012345" if written[name][0] > 500]
    assert right == ["0", "1", "2"]


def test_every_branch_is_linked_to_the_root_and_every_example_to_its_branch(monkeypatch):
    cards, links = [], []
    card, curve = Canvas.card, Canvas.curve
    monkeypatch.setattr(
        Canvas, "card", lambda canvas, *place, **style: [cards.append(place), card(canvas, *place, **style)]
    )
    monkeypatch.setattr(
        Canvas,
        "curve",
        lambda canvas, xs, ys, **style: [links.append((xs, ys)), curve(canvas, xs, ys, **style)],
    )
    mind_map(SMALL, alt="A small map.")
    *branches, root = cards
    edges = [{(x, y + height / 2), (x + width, y + height / 2)} for x, y, width, height in branches]
    ends = [((xs[0], ys[0]), (xs[-1], ys[-1])) for xs, ys in links]
    for sides in edges:
        (start,) = [start for start, end in ends if end in sides]
        assert root[0] < start[0] < root[0] + root[2]
        assert start[1] == root[1] + root[3] / 2
    leaves = [start for start, _end in ends if start in set().union(*edges)]
    assert (len(leaves), len(links)) == (3, 6)


@pytest.mark.parametrize("count", [1, 2, 12])
def test_any_number_of_branches(count):
    picture = mind_map({"root": {f"branch {n}": ["leaf"] for n in range(count)}}, alt="A map.")
    assert picture.width == 1000


@pytest.mark.parametrize(
    ("tree", "alt", "message"),
    [
        ({}, "A map.", "tree must have one root, got 0 roots"),
        ({"a": {"b": []}, "c": {"d": []}}, "A map.", "tree must have one root, got 2 roots"),
        ({"a": {}}, "A map.", "tree must have branches, got none"),
        (SMALL, "", "alt must say"),
    ],
)
def test_a_map_without_a_middle_is_refused(tree, alt, message):
    with pytest.raises(InputError, match=message):
        mind_map(tree, alt=alt)
