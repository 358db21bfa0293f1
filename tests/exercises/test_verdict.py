import re
from html.parser import HTMLParser

import pytest

from vislearn.errors import InputError
from vislearn.exercises import check, hint, solution
from vislearn.exercises.verdict import STATUSES, Check, Hint, Verdict

FULL = Verdict(
    "pipeline.x",
    "wrong",
    "Use `a < b` & go.",
    "value",
    "1 expected, <b>2</b> returned.",
    ("first", "second `code`", "third"),
    (Check("runs", True), Check("type", False), Check("value", None)),
    (Check("It shuffles", True), Check("It <stops>", False)),
    "printed <i>",
)


class Outline(HTMLParser):
    """Texts with how many <details> each lies in, and whether every tag is closed in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts, self.styles = [], [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.open.append(tag)
        self.styles.append(dict(attrs).get("style", ""))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open.count("details"), data))


def test_plain_text_of_a_full_verdict():
    assert str(FULL).splitlines() == [
        "✗ Not yet right: Use `a < b` & go.",
        "  1 expected, <b>2</b> returned.",
        "  ✓ runs  ✗ type  – value",
        "  ✓ It shuffles",
        "  ✗ It <stops>",
        "  Your function printed: printed <i>",
        '  Stuck? hint("pipeline.x") shows a hint.',
    ]
    assert repr(FULL) == str(FULL)


def test_plain_text_of_a_bare_verdict():
    assert str(Verdict("pipeline.x", "right", "Good.")) == "✓ Right: Good."


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_shows_as_icon_word_and_colour(status):
    verdict = Verdict("pipeline.x", status, "Text.")
    others = [Verdict("pipeline.x", other, "Text.") for other in STATUSES if other != status]
    badge = re.search(r"background-color:(#\w{6})[^>]*>(.) ([^<]+)<", verdict._repr_html_()).groups()
    assert str(verdict).startswith(f"{badge[1]} {badge[2]}: ")
    for other in others:
        other_badge = re.search(r"background-color:(#\w{6})[^>]*>(.) ([^<]+)<", other._repr_html_()).groups()
        assert all(a != b for a, b in zip(badge, other_badge, strict=True))


@pytest.mark.parametrize("status", STATUSES)
def test_white_on_the_badge_is_legible(status):
    colour = re.search(r"background-color:#(\w{6})", Verdict("x", status, "")._repr_html_())[1]
    channels = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    assert 1.05 / (luminance + 0.05) >= 4.5  # WCAG AA


def test_html_escapes_sets_code_and_keeps_its_tags_in_order():
    html = FULL._repr_html_()
    texts = [text for _depth, text in Outline(html).texts]
    assert "a < b" in texts
    assert "<b>2</b>" not in html
    assert "<stops>" not in html
    assert "printed <i>" in texts
    assert "`" not in "".join(texts)


def test_what_is_stressed_is_set_so_and_shows_no_stars():
    html = Verdict("x", "wrong", "The *last* one.", hints=("Not *that*.",))._repr_html_()
    assert "The <em>last</em> one." in html
    assert "Not <em>that</em>." in html


def test_hints_open_one_after_another():
    depth = {text: depth for depth, text in Outline(FULL._repr_html_()).texts}
    assert (depth["Hint 1 of 3"], depth["first"]) == (1, 1)
    assert (depth["Hint 2 of 3"], depth["second "]) == (2, 2)
    assert (depth["Hint 3 of 3"], depth["third"]) == (3, 3)


def test_colours_suit_light_and_dark_pages():
    """Text inherits its colour; only badges, white on their own ground, set one."""
    styles = Outline(FULL._repr_html_()).styles
    for style in styles:
        colour = re.search(r"(?<![-\w])color:([^;]+)", style)
        assert colour is None or colour[1] == "inherit" or "border-radius:12px" in style
        ground = re.search(r"background-color:([^;]+)", style)
        assert (
            ground is None
            or "border-radius:12px" in style
            or "rgba" in ground[1]
            or ground[1] == "transparent"
        )


def test_an_empty_verdict_has_no_details():
    assert "details" not in Verdict("pipeline.x", "right", "Good.")._repr_html_()


def test_hints_in_their_order():
    hints = [hint("pipeline.to_unit_range", number) for number in (1, 2, 3)]
    assert hint("pipeline.to_unit_range") == hints[0]
    assert (
        str(hints[0])
        == "Hint 1 of 3: A byte holds 0 to 255. By which number must 255 be divided to become 1?"
    )
    assert repr(hints[0]) == str(hints[0])
    assert [one.text for one in hints] == list(check("pipeline.to_unit_range", lambda image: None).hints)


@pytest.mark.parametrize("number", [0, 4, -1, "1", None, 1.5])
def test_a_hint_that_is_not_there_is_refused(number):
    with pytest.raises(InputError, match="hint number must be 1 to 3"):
        hint("pipeline.to_unit_range", number)


def test_a_hints_html():
    outline = Outline(Hint("Use `x < 1`.", 2, 3)._repr_html_())
    assert [text for _depth, text in outline.texts] == ["Hint 2 of 3", "Use ", "x < 1", "."]


def test_a_solution_shows_as_coloured_code():
    shown = solution("pipeline.to_unit_range")
    assert str(shown).startswith("def to_unit_range(image")
    assert shown._repr_markdown_() == f"```python\n{shown}```"
    assert repr(shown) == str(shown)
