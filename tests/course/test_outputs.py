from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_output

from vislearn.course.outputs import WIDGET, check_outputs, stored_outputs, without_colours
from vislearn.course.tags import MAY_WARN


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def shown(**data):
    return new_output("display_data", {key.replace("_", "/"): value for key, value in data.items()})


def widget(**data):
    output = shown(**data)
    output.data[WIDGET] = {"model_id": "4711"}
    return output


def was_widget(**data):
    output = shown(**data)
    output.metadata = {"vislearn": {"widget": True}}
    return output


def test_no_outputs():
    assert stored_outputs([]) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([stream("a\n"), stream("b\n")], [stream("a\nb\n")]),
        ([stream("a"), stream("b", "stderr"), stream("c")],) * 2,
        ([stream("1 of 2\r2 of 2\r\ndone\n")], [stream("2 of 2\ndone\n")]),
        ([stream("1\r"), stream("2\r")], [stream("2")]),
        ([stream(" 50%|##  | 1/2\r100%|####| 2/2 [00:01]\n", "stderr")], []),
        ([stream("1%|# | 1/2\r9%|#", "stderr"), stream("\nHm\n", "stderr")], [stream("Hm\n", "stderr")]),
        ([stream("100%|####| 2/2\n", "stderr")], []),
        ([stream("<a object at 0x7f12ab34cd56>\n")], [stream("<a object at 0x…>\n")]),
        ([stream("")], []),
        ([widget(text_plain="100%|####| 2/2")], []),
        ([widget(text_html="<b>x</b>", text_plain="x")], [was_widget(text_html="<b>x</b>", text_plain="x")]),
        ([was_widget(text_html="<b>x</b>", text_plain="x")],) * 2,
        ([widget(text_plain="IntSlider()")], [widget(text_plain="IntSlider()")]),
        ([shown(text_plain="<a at 0x7f12ab34cd56>")], [shown(text_plain="<a at 0x…>")]),
        ([shown(text_html='<img src="data:image/png;base64,0x7f12ab34cd56">')] * 2,) * 2,
    ],
)
def test_outputs_as_they_are_stored(given, expected):
    assert stored_outputs(given) == expected


def test_a_measured_number_keeps_its_record():
    about = {"vislearn": {"metric": {"name": "acc", "value": 0.9}}}
    (stored,) = stored_outputs([new_output("display_data", {"text/plain": "acc"}, metadata=about)])
    assert stored.metadata == about


def test_the_order_of_kinds_is_always_the_same():
    one, other = shown(text_plain="a", text_html="b"), shown(text_html="b", text_plain="a")
    assert list(stored_outputs([one])[0].data) == list(stored_outputs([other])[0].data)


def error(name):
    return new_output("error", ename=name, evalue="", traceback=[])


@pytest.mark.parametrize(
    ("outputs", "problems"),
    [
        ([], []),
        ([stream("fine"), shown(text_plain="fine")], []),
        ([error("ValueError")], ["stops with ValueError"]),
        ([stream("a.py:1: UserWarning: no\n", "stderr")], ["writes to stderr: a.py:1: UserWarning: no"]),
        ([widget(text_plain="IntSlider()")], ["shows a widget that has no static fallback"]),
        ([stream("in /home/ayesha/x")], ["shows the folder /home/ayesha of this machine"]),
        ([shown(text_html="/home/ayesha")], ["shows the folder /home/ayesha of this machine"]),
        ([stream("/home/ayesha2/x")], []),
        ([shown(text_html='<img src="data:image/png;base64,/home/ayesha/">')], []),
    ],
)
def test_what_must_not_be_stored(outputs, problems):
    cell = new_code_cell("x", outputs=outputs)
    assert check_outputs(cell, (Path("/home/ayesha"), Path("/"))) == problems


def test_a_cell_may_be_about_a_warning():
    cell = new_code_cell("x", outputs=[stream("UserWarning", "stderr")], metadata={"tags": [MAY_WARN]})
    assert check_outputs(cell) == []


def test_colours_go_and_the_words_stay():
    assert without_colours("") == ""
    assert without_colours("\x1b[1;31mKeyError\x1b[0m [31m") == "KeyError [31m"


def test_an_error_shown_on_purpose_may_be_stored():
    cell = new_code_cell("1 / 0", outputs=[new_output("error", ename="ZeroDivisionError", evalue="no")])
    assert check_outputs(cell) == ["stops with ZeroDivisionError"]
    cell.metadata["tags"] = ["raises-exception"]
    assert check_outputs(cell) == []
