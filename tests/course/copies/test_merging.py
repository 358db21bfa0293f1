"""Learners' notebooks of every kind against a newer edition: what they typed is there afterwards."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vislearn.course.copies.merging import edition, edition_of_copy, holds_work, merge, stamped
from vislearn.course.tags import exercise_of

STARTER = 'def double(x):\n    """Twice as much."""\n    ...  # your code here\n'
ANSWER = "def double(x):\n    return 2 * x"


def text(name, source):
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def code(name, source, outputs=(), tags=()):
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code",
        "id": name,
        "metadata": metadata,
        "source": source,
        "outputs": list(outputs),
        "execution_count": None,
    }


def exercise(source=STARTER, name="exercise-toy-double"):
    return code(name, source, tags=["exercise:toy.double"])


def notebook(*cells, **said):
    return {"cells": list(cells), "metadata": {"vislearn": {"lesson": "00_toy"} | said}, "nbformat": 4}


def course():
    return notebook(
        text("a", "# Toy"), code("b", "x = 1"), exercise(), code("c", 'check("toy.double", double)')
    )


def newer():
    return notebook(
        text("a2", "# Toy, better"),
        code("b", "x = 1"),
        text("n", "A new paragraph."),
        exercise(STARTER.replace("much", "many")),
        code("c", 'check("toy.double", double)'),
    )


def mine():
    return copy.deepcopy(stamped(course()))


def sources(notebook):
    return [cell["source"] for cell in notebook["cells"]]


def test_a_copy_knows_its_edition_and_an_original_has_none():
    assert edition_of_copy(mine()) == edition(course())
    assert edition_of_copy(course()) is None
    assert edition(course()) != edition(newer())
    run = course()
    run["cells"][1]["outputs"] = ["1"]
    assert edition(run) == edition(course())


@pytest.mark.parametrize("damage", [None, 3, {}, {"copied": 3}, {"copied": {"edition": 3, "cells": 3}}])
def test_a_damaged_note_counts_as_none(damage):
    damaged = mine()
    damaged["metadata"]["vislearn"] = damage
    assert edition_of_copy(damaged) is None
    assert sources(merge(damaged, course()).notebook) == sources(course())


def test_where_nothing_was_written_the_newer_edition_is_all_there_is():
    assert not holds_work(mine(), newer())
    merged = merge(mine(), newer())
    assert sources(merged.notebook) == sources(newer())
    assert (merged.answers, merged.kept, merged.doubled) == ((), 0, 0)
    assert edition_of_copy(merged.notebook) == edition(newer())


def test_an_answer_stands_in_the_newer_editions_cell():
    learner = mine()
    learner["cells"][2]["source"] = ANSWER
    assert holds_work(learner, newer())
    merged = merge(learner, newer())
    assert sources(merged.notebook)[3] == ANSWER
    assert merged.notebook["cells"][3]["metadata"] == {"tags": ["exercise:toy.double"]}
    assert (merged.answers, merged.kept) == (("toy.double",), 0)


def test_a_note_in_the_starter_is_work_too():
    learner = mine()
    learner["cells"][2]["source"] = STARTER.replace("...  #", "...  # perhaps x + x;")
    assert merge(learner, newer()).answers == ("toy.double",)


def test_an_answer_pasted_into_another_cell_is_found_by_its_tag():
    learner = mine()
    learner["cells"].append(exercise(ANSWER, name="pasted"))
    assert sources(merge(learner, newer()).notebook)[3] == ANSWER


def test_an_answer_in_two_pieces_keeps_their_order():
    learner = mine()
    learner["cells"][2]["source"] = "def helper(x):\n    return x"
    learner["cells"].insert(3, exercise(ANSWER, name="second"))
    merged = sources(merge(learner, newer()).notebook)
    assert merged[3:5] == ["def helper(x):\n    return x", ANSWER]


def test_an_answer_that_was_copied_along_stays_an_answer():
    """Who wrote into the clone's own notebooks before they had a copy has answers in the note as well."""
    answered = course()
    answered["cells"][2]["source"] = ANSWER
    assert sources(merge(stamped(answered), newer()).notebook)[3] == ANSWER


def test_an_exercise_that_the_course_took_out_stays_if_it_was_answered():
    shorter = notebook(*[cell for cell in newer()["cells"] if not exercise_of(cell)])
    assert merge(mine(), shorter).notebook["cells"] == shorter["cells"]
    learner = mine()
    learner["cells"][2]["source"] = ANSWER
    assert sources(merge(learner, shorter).notebook)[2] == ANSWER


def test_added_cells_stay_below_what_they_stood_below():
    learner = mine()
    learner["cells"].insert(2, text("mine", "my note"))
    learner["cells"].insert(0, text("top", "my name"))
    learner["cells"].append(code("end", "print(x)"))
    merged = merge(learner, newer())
    found = sources(merged.notebook)
    assert found[0] == "my name"
    assert found[found.index("x = 1") + 1] == "my note"
    assert found[-1] == "print(x)"
    assert merged.kept == 3


def test_an_edited_cell_stays_where_the_course_left_it_alone():
    learner = mine()
    learner["cells"][1] |= {"source": "x = 7", "outputs": ["7"]}
    merged = merge(learner, newer())
    assert sources(merged.notebook)[1] == "x = 7"
    assert merged.notebook["cells"][1]["outputs"] == ["7"]
    assert (merged.kept, merged.doubled) == (1, 0)


def test_a_cell_that_both_changed_stands_twice():
    learner, changed = mine(), newer()
    learner["cells"][1]["source"] = "x = 7"
    changed["cells"][1]["source"] = "x = 2"
    merged = merge(learner, changed)
    assert sources(merged.notebook)[1:3] == ["x = 2", "x = 7"]
    assert len({cell["id"] for cell in merged.notebook["cells"]}) == len(merged.notebook["cells"])
    assert merged.doubled == 1


def test_an_edited_cell_that_the_course_took_out_stays():
    learner = mine()
    learner["cells"][0]["source"] = "# Toy, my way"
    merged = merge(learner, newer())
    assert sources(merged.notebook)[0] == "# Toy, my way"
    assert merged.doubled == 0


def test_results_of_the_same_code_stay_and_others_do_not():
    learner = mine()
    learner["cells"][1] |= {"outputs": ["ran here"], "execution_count": 4}
    changed = newer()
    assert merge(learner, changed).notebook["cells"][1]["outputs"] == ["ran here"]
    changed["cells"][1] |= {"source": "x = 2", "outputs": ["stored"]}
    assert merge(learner, changed).notebook["cells"][1]["outputs"] == ["stored"]


def test_cells_that_were_deleted_or_emptied_come_back():
    learner = mine()
    del learner["cells"][0]
    learner["cells"][0]["source"] = "  \n"
    assert not holds_work(learner, newer())
    assert sources(merge(learner, newer()).notebook) == sources(newer())


def test_a_copy_made_by_hand_loses_nothing():
    by_hand = course()
    by_hand["cells"][2]["source"] = ANSWER
    by_hand["cells"].append(text("mine", "my note"))
    merged = sources(merge(by_hand, newer()).notebook)
    assert ANSWER in merged
    assert "my note" in merged
    untouched = merge(course(), course())
    assert sources(untouched.notebook) == sources(course())
    assert untouched.answers == ()


def test_merging_changes_neither_of_the_two():
    learner, changed = mine(), newer()
    learner["cells"][1]["source"] = "x = 7"
    before = copy.deepcopy((learner, changed))
    merge(learner, changed)
    assert (learner, changed) == before


SOURCES = st.sampled_from(["x = 1", "x = 2", "# a", "# b", ANSWER, STARTER, "", "y"])
CELLS = st.builds(
    lambda kind, name, source: (
        {"text": text, "code": code}[kind](name, source) if kind != "exercise" else exercise(source, name)
    ),
    st.sampled_from(["text", "code", "exercise"]),
    st.sampled_from([f"id{number}" for number in range(6)]),
    SOURCES,
)
NOTEBOOKS = st.lists(CELLS, max_size=7, unique_by=lambda cell: cell["id"])


def _one_exercise(cells):
    """A course has one cell for each exercise, and a starter in it."""
    others = [cell for cell in cells if not exercise_of(cell)]
    return [*others, *(exercise(name=cell["id"]) for cell in cells if exercise_of(cell))][: len(others) + 1]


@settings(max_examples=300, deadline=None)
@given(NOTEBOOKS, NOTEBOOKS, NOTEBOOKS)
def test_nothing_typed_is_lost_whatever_both_sides_did(old, typed, new):
    old, new = notebook(*_one_exercise(old)), notebook(*_one_exercise(new))
    learner = copy.deepcopy(stamped(old)) | {"cells": typed}
    merged = merge(learner, new).notebook
    said = {(cell["cell_type"], cell["id"]): cell["source"] for cell in old["cells"]}
    there = sources(merged)
    for cell in typed:
        ours = said.get((cell["cell_type"], cell["id"])) == cell["source"]
        if cell["source"].strip() and not ours and cell["source"] != STARTER:
            assert there.count(cell["source"]) >= 1
    typed_into = {cell["id"] for cell in typed}
    for cell in new["cells"]:
        assert cell["source"] in there or cell["id"] in typed_into or exercise_of(cell)
    assert len({cell["id"] for cell in merged["cells"]}) == len(merged["cells"])
    assert sources(merge(merged, new).notebook) == there
