import pytest
from nbformat.v4 import new_code_cell, new_notebook

from vislearn.course.kernels import kernel_environment, run_notebook
from vislearn.course.outputs import check_outputs, stored_outputs
from vislearn.widgets import bar, progress

SEEN = "from vislearn.widgets import progress\n"


@pytest.mark.parametrize("items", [[], [1, 2, 3], range(4), "ab"])
def test_the_items_come_through(items, capsys):
    assert list(progress(items, "looking")) == list(items)
    capsys.readouterr()


def test_it_shows_at_once_and_counts_what_has_no_length(capsys):
    one_by_one = progress((letter for letter in "abc"), "reading")
    assert "reading: 0" in capsys.readouterr().err
    assert list(one_by_one) == ["a", "b", "c"]
    assert "reading: 3" in capsys.readouterr().err


def test_who_stops_early_leaves_no_open_bar(capsys):
    for item in progress(range(5), "trying"):
        if item == 2:
            break
    assert capsys.readouterr().err.endswith("\n")


def test_the_words_are_the_lesson_s_translation(monkeypatch, capsys):
    monkeypatch.setattr(bar, "in_their_language", {"training": "ট্রেনিং"}.get)
    list(progress([1], "training"))
    assert "ট্রেনিং: 100%" in capsys.readouterr().err


def test_it_updates_ten_times_a_second_at_most(monkeypatch, capsys):
    given = {}
    monkeypatch.setattr(bar, "tqdm", lambda items, **options: given.update(options) or items)
    list(progress([1], "x"))
    assert given["mininterval"] >= 0.1


@pytest.mark.parametrize("items", ["[1, 2]", "iter([1, 2])"])
def test_a_stored_notebook_keeps_no_trace(tmp_path, items):
    notebook = new_notebook(cells=[new_code_cell(f"{SEEN}for one in progress({items}, 'training'): pass")])
    with kernel_environment(1) as environment:
        run_notebook(notebook, tmp_path, environment)
    (cell,) = notebook.cells
    assert len(cell.outputs) == 1
    cell.outputs = stored_outputs(cell.outputs)
    assert cell.outputs == []
    assert check_outputs(cell) == []
