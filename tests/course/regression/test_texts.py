import pytest
from nbformat.v4 import new_output

from vislearn.course.regression.texts import sanitised, text_differences


def printed(text):
    return new_output("stream", name="stdout", text=text)


def shown(metadata=None, **data):
    kinds = {key.replace("_", "/"): value for key, value in data.items()}
    return new_output("display_data", kinds, metadata=metadata or {})


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("", ""),
        ("<object object at 0x7f12ab34cd56>", "<object object at <address>>"),
        ("mask 0xff", "mask 0xff"),
        ("saved to /tmp/tmpab12/model.pt, done", "saved to <temporary file>, done"),
        ("'/private/var/folders/x1/y/T/tmp1'", "'<temporary file>'"),
        (r"C:\Users\a\AppData\Local\Temp\x.pt", "<temporary file>"),
        ("/home/a/tmp", "/home/a/tmp"),
        ("took 1.25 s, 3ms, 4 µs and 2 minutes", "took <time>, <time>, <time> and <time>"),
        ("at 12:34:56", "at <time>"),
        ("812.5 images/s", "<rate>"),
        ("5 samples, 12 steps, 3 scenes, 4 sets", "5 samples, 12 steps, 3 scenes, 4 sets"),
        ("accuracy 0.93", "accuracy 0.93"),
    ],
)
def test_what_differs_from_run_to_run_is_taken_out_and_nothing_else(text, clean):
    assert sanitised(text) == clean


@pytest.mark.parametrize(
    ("stored", "fresh", "expected", "got"),
    [
        ([printed("a\nb\n")], [printed("a\nc\n")], "'b'", "'c'"),
        ([printed("a\nb\n")], [printed("a\n")], "'b'", "no such line"),
        ([printed("a\n")], [printed("a\nb\n")], "no such line", "'b'"),
        ([shown(text_plain="[1]")], [shown(text_plain="[2]")], "'[1]'", "'[2]'"),
        ([shown(text_html="<b>1</b>")], [shown(text_html="<b>2</b>")], "'<b>1</b>'", "'<b>2</b>'"),
        (
            [shown(text_plain="A cat.", text_html="<img>")],
            [shown(text_plain="A dog.", text_html="<img>")],
            "'A cat.'",
            "'A dog.'",
        ),
    ],
)
def test_the_first_line_that_differs(stored, fresh, expected, got):
    (difference,) = text_differences(stored, fresh)
    assert (difference.expected, difference.got) == (expected, got)
    assert "--- stored" in difference.detail


@pytest.mark.parametrize(
    ("stored", "fresh"),
    [
        ([], []),
        ([printed("in 1 s\n")], [printed("in 2 s\n")]),
        ([shown(text_html='<img src="a">')], [shown(text_html='<img src="b">')]),
        (
            [shown({"vislearn": {"metric": {}}}, text_plain="a = 1")],
            [shown({"vislearn": {"metric": {}}}, text_plain="a = 2")],
        ),
    ],
)
def test_what_has_a_tolerance_of_its_own_is_no_text(stored, fresh):
    assert text_differences(stored, fresh) == []


def test_a_long_difference_is_cut():
    many = [printed("\n".join(f"{n}" for n in range(start, start + 90))) for start in (0, 1000)]
    (difference,) = text_differences(many[:1], many[1:])
    assert len(difference.detail.splitlines()) == 21
    assert difference.detail.endswith("lines")
