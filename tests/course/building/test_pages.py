import pytest

from vislearn.course.building.pages import links, pictures_without_words


@pytest.mark.parametrize(
    ("html", "silent"),
    [
        ("", []),
        ("<p>text", []),
        ('<img src="a" alt="A cat">', []),
        ("<img>", ["<img>"]),
        ('<img alt="  ">', ['<img alt="  ">']),
        ('<figure><img src="a"/></figure>', ['<img src="a"/>']),
        ("<svg><path/></svg>", ["<svg>"]),
        ("<svg><title>A cat</title><path/></svg>", []),
        ('<svg aria-label="A cat"></svg><svg></svg>', ["<svg>"]),
        ('<svg aria-hidden="true"></svg>', []),
        ('<img src="' + "a" * 1000 + '">', ['<img src="' + "a" * 90]),
    ],
)
def test_pictures_need_words(html, silent):
    assert pictures_without_words(html) == silent


def test_links():
    assert links('<a href="a.md">a</a><img src="b.png"><a name="c">') == ["a.md", "b.png"]
