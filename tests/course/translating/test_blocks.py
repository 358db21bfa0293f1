import pytest

from vislearn.course.translating.blocks import blocks, replace_blocks

CASES = {
    "empty": ("", []),
    "paragraph": ("one\ntwo", [("paragraph", "one two")]),
    "two paragraphs": ("one\n\ntwo", [("paragraph", "one"), ("paragraph", "two")]),
    "hard break": ("one  \ntwo\\\nthree", [("paragraph", "one\\\ntwo\\\nthree")]),
    "heading and text": ("## Head ##\ntext", [("heading", "Head"), ("paragraph", "text")]),
    "list": ("- one\n  more\n- two", [("list item", "one more"), ("list item", "two")]),
    "nested": ("1. one\n   - two\n\n   3", [("list item", "one"), ("list item", "two")]),
    "task": ("- [ ] one", [("list item", "[ ] one")]),
    "quote": ("> one\n> two\n>\n> three", [("quote", "one two"), ("paragraph", "three")]),
    "table": ("|a|b|\n|--|:-:|\n| 1 |  `y` |", [("table row", "| a | b |")]),
    "escaped bar": ("|a|\n|-|\n| one \\| two |", [("table row", "| a |"), ("table row", "| one \\| two |")]),
    "code": ("```python\nx = 1\n```\n\n    y = 2", []),
    "drawing": ("```\ncat -> dog\n```", [("drawing", "cat -> dog")]),
    "arrows": ("```\n--> 1\n```", []),
    "formula": ("$$\n\\text{no}\n$$\n\ntext", [("paragraph", "text")]),
    "rule": ("one\n\n---\n\ntwo", [("paragraph", "one"), ("paragraph", "two")]),
    "html": ('<div class="a">\none\n</div>', [("html", '<div class="a">\none\n</div>')]),
    "comment": ("<!-- note -->", []),
    "only code": ("`x`\n\n- `y` $z$ 3", []),
    "picture": ("![A cat](cat.png)", [("paragraph", "![A cat](cat.png)")]),
}


@pytest.mark.parametrize(("markdown", "expected"), CASES.values(), ids=CASES)
def test_what_is_a_message(markdown, expected):
    assert [(block.kind, block.text) for block in blocks(markdown)] == expected


@pytest.mark.parametrize(("markdown", "expected"), CASES.values(), ids=CASES)
def test_replacing_a_message_by_itself_changes_no_message(markdown, expected):
    assert [(b.kind, b.text) for b in blocks(replace_blocks(markdown, str))] == expected


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("", ""),
        ("## one ##\ntwo\nthree\n\nfour", "## ONE ##\nTWO THREE\n\nFOUR"),
        ("> - one\n>   two\n>\n> three", "> - ONE TWO\n>\n> THREE"),
        ("* one\\\n  two", "* ONE\\\n  TWO"),
        ("> one\\\n> two", "> ONE\\\n> TWO"),
        ("1. one\n\n   ```\n   cat\n   ```", "1. ONE\n\n   ```\n   CAT\n   ```"),
        ("  | a | `b` |\n  |--|--|\n  | 1 | 2 |", "  | A | `B` |\n  |--|--|\n  | 1 | 2 |"),
        ("one\n\n```python\nx\n```\n\n$$y$$", "ONE\n\n```python\nx\n```\n\n$$y$$"),
    ],
)
def test_only_messages_are_replaced(markdown, expected):
    assert replace_blocks(markdown, str.upper) == expected
