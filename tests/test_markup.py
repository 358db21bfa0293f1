"""Code and emphasis, and nothing else, have a meaning."""

import pytest

from vislearn.markup import docstring, inline


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


TASK = """\
Mend the `loop`, and
name its trap.

    for x in y:
        pass

Args:
    x: (N,), from
        0 to 1.
    **more: whatever.

Returns:
    The sum: a float,
    0 < sum.

```
<a>
  <b/>
```
"""


def test_a_docstring_s_wrapped_lines_are_joined_and_its_code_keeps_its_form():
    assert docstring(TASK) == (
        "<p>Mend the <code>loop</code>, and name its trap.</p>"
        "<pre>for x in y:\n    pass</pre>"
        "<p>Args:<br>x: (N,), from 0 to 1.<br>**more: whatever.</p>"
        "<p>Returns:<br>The sum: a float, 0 &lt; sum.</p>"
        "<pre>&lt;a&gt;\n  &lt;b/&gt;</pre>"
    )


def test_a_list_stays_a_list():
    text = 'In this order:\n\n- "right": IoU > .5\n  of its class;\n- `none`.\n\nArgs:\n    box: (4,).'
    assert docstring(text) == (
        "<p>In this order:</p>"
        '<ul><li>"right": IoU &gt; .5 of its class;</li><li><code>none</code>.</li></ul>'
        "<p>Args:<br>box: (4,).</p>"
    )
