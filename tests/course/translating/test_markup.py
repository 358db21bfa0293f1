import pytest

from vislearn.course.translating.markup import disagreements, has_words, placeholders, without_code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ("1 + 2 = 3", False),
        ("`code` $x$ https://example.org/a", False),
        ("<br><!-- words -->", False),
        ("![](cat.png)", False),
        ("[text](`x`)", True),
        ("ছবি", True),
    ],
)
def test_has_words(text, expected):
    assert has_words(text) is expected


def test_placeholders_are_counted():
    assert placeholders("{a} {a!r} {b:.2f} {{c}}") == {"a": 2, "b": 1}


def test_what_is_left_without_code():
    text = "Call `fit` at $x$, [here](a.md), https://a.org <b>{count:.2f}</b>"
    assert without_code(text).split() == ["Call", "at", ",", "[here](", "),"]


@pytest.mark.parametrize(
    ("message", "translation"),
    [
        ("", ""),
        ("one", "এক"),
        ("`x` and `y`", "`y` আর `x`"),
        ("``a`b``", "``a`b`` এখানে"),
        ("$x^2$ is 4", "$x^2$ হলো ৪"),
        ("100,000 pictures", "১,০০,০০০টি ছবি"),
        ("118,000 pictures, 50 thousand", "১ লাখ ১৮ হাজারটি ছবি, ৫০ হাজার"),
        ("20000000 or 3000", "২ কোটি বা ৩ হাজার"),
        ("0.5 or 1/2", "০.৫ বা ১/২"),
        ("a picture", "১টি ছবি"),
        ("[here](a.md)", "[এখানে](a.md)"),
        ('[here](a.md "title")', '[এখানে](a.md "শিরোনাম")'),
        ("see https://example.org.", "https://example.org দেখো।"),
        ('<b title="x">one</b>', '<b title="এক">এক</b>'),
        ("**bold** text", "**মোটা** লেখা"),
        ("**bold**", "**মোটা**টি"),
        ("| a | b |", "| ক | খ |"),
        ("2 * 3 * 4", "২ * ৩ * ৪"),
        ("reshape it to (3, 1, 1).", "reshape করে `(3, 1, 1)` করুন।"),  # bare in the English
        ("below it -1 and 0", "নিচে `-1` আর ০"),
    ],
)
def test_a_good_translation(message, translation):
    assert disagreements(message, translation) == []


@pytest.mark.parametrize(
    ("message", "translation", "problem"),
    [
        ("`x` one", "এক", "lost the code 'x'"),
        ("`x` one", "`y` `x` এক", "added the code 'y'"),
        ("`x` and `x`", "`x`", "lost the code 'x'"),
        ("-1 and 3", "`-1`", "lost the number 3"),
        ("-1", "`-2`", "added the code '-2'"),
        ("$x$ one", "$y$ এক", "lost the formula '$x$'"),
        ("[a](b.md)", "[ক](c.md)", "lost the link 'b.md'"),
        ("![a](b.png)", "ক", "lost the link 'b.png'"),
        ("https://a.org b", "https://b.org ক", "added the address 'https://b.org'"),
        ("<b>a</b>", "<b>ক", "lost the tag 'b'"),
        ('<a href="x">a</a>', '<a href="y">ক</a>', "lost the tag 'a href=\"x\"'"),
        ("3 of 10", "৩টি", "lost the number 10"),
        ("118,000 pictures", "১ লাখ ১৭ হাজারটি ছবি", "lost the number 118000"),
        ("0.5", "০.৬", "lost the number 0.5"),
        ("**a** b", "**(ক)**খ", "has a * or ]( that Markdown shows as it stands; a space beside it may help"),
        ("**a** b", "** ক** খ", "has a * or ]( that Markdown shows as it stands; a space beside it may help"),
        (
            "**a** b",
            "**`x`**টি",
            "has a * or ]( that Markdown shows as it stands; a space beside it may help",
        ),
        ("[a](b.md)", "[ক] (b.md)", "lost the link 'b.md'"),
        ("| a | b |", "| ক |", "has 1 columns instead of 2"),
    ],
)
def test_what_a_translation_lost_or_broke(message, translation, problem):
    assert problem in disagreements(message, translation)


@pytest.mark.parametrize(
    ("translation", "problems"),
    [
        ("{count}টি ছবি", []),
        ("{cuont}টি ছবি", ["lost the placeholder 'count'", "added the placeholder 'cuont'"]),
        ("ছবি", ["lost the placeholder 'count'"]),
        ("{count ছবি", ["can't be filled in (expected '}' before end of string)"]),
    ],
)
def test_placeholders_of_templates(translation, problems):
    assert disagreements("{count} pictures", translation, formatted=True) == problems


@pytest.mark.parametrize("translation", ["{}টির {}টি", "{1}টির {0}টি"])
def test_holes_may_be_filled_in_another_order(translation):
    assert disagreements("{} of {}", translation) == []


@pytest.mark.parametrize("translation", ["{}টি", "{} {} {}", "{1}টির {2}টি", "{0} {}", "{0} {0}"])
def test_no_hole_gets_lost(translation):
    (problem,) = disagreements("{} of {}", translation)
    assert "holes {} instead of 2" in problem
