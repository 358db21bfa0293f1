"""Code and emphasis, and nothing else, have a meaning."""

import pytest

from vislearn.markup import inline


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a*b*c", "a<em>b</em>c"),
        ("`a*b*c` < *x y*", "<code>a*b*c</code> &lt; <em>x y</em>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("**bold** and `<b>`", "<strong>bold</strong> and <code>&lt;b&gt;</code>"),
    ],
)
def test_code_and_emphasis_are_set(text, html):
    assert inline(text) == html


def test_code_has_the_style_that_is_given():
    assert inline("`a`", "color:red") == '<code style="color:red">a</code>'
