import re

import pytest

from vislearn.checkout import ROOT
from vislearn.exercises import names
from vislearn.exercises.orphans import no_such_exercise, orphans

NAMES = names()
TAGS = [(f"notebooks/source/{name.partition('.')[0]}.py:7", name) for name in NAMES]


def test_every_exercise_is_missed_where_there_is_no_lesson():
    problems = orphans([])
    assert len(problems) == len(NAMES)
    assert "in its lesson in notebooks/source, or delete" in problems[0].fix


def test_nothing_is_looked_for_near_nothing():
    assert orphans([], near=[]) == []


def test_everything_in_its_place():
    assert orphans(TAGS) == []


def test_an_exercise_without_a_cell_names_its_module_and_the_lesson():
    (problem,) = orphans([tag for tag in TAGS if tag[1] != "pipeline.normalize"])
    assert str(problem) == (
        f"{problem.where} holds the exercise pipeline.normalize, which no lesson has a cell for. "
        "Tag a cell exercise:pipeline.normalize in notebooks/source/pipeline.py, or delete the exercise."
    )
    path, line = problem.where.split(":")
    assert path == "vislearn/exercises/lessons/pipeline/ranges.py"
    written = (ROOT / path).read_text("utf-8").splitlines()[int(line) - 1 :]
    assert written[:2] == ["@exercise(", '    "pipeline.normalize",']


def test_a_cell_without_its_exercise_names_the_source_and_the_folder():
    (problem,) = orphans([*TAGS, ("notebooks/source/01_tiny.py:4", "pipeline.qqq")])
    assert str(problem) == (
        "notebooks/source/01_tiny.py:4 is tagged for an exercise that isn't there. "
        "Write pipeline.qqq in vislearn/exercises/lessons/pipeline/, or mend the tag."
    )


def test_a_misspelt_tag_is_told_what_was_meant_and_where_it_lies():
    problem = no_such_exercise("a.py:1", "pipeline.normalise")
    assert re.search(
        r" Did you mean pipeline\.normalize \(vislearn/exercises/lessons/pipeline/ranges\.py:\d+\)\?$",
        problem.fix,
    )


LOST = [("notebooks/source/01_tiny.py:4", "pipeline.gone"), ("notebooks/source/20_new.py:9", "new.first")]


@pytest.mark.parametrize(
    ("near", "found"),
    [
        (["overview.image_shape"], []),
        (
            ["pipeline.loader"],
            ["notebooks/source/01_tiny.py", "vislearn/exercises/lessons/pipeline/ranges.py"],
        ),
        (["new.first", "overview.image_shape"], ["notebooks/source/20_new.py"]),
    ],
)
def test_only_the_neighbours_are_looked_at(near, found):
    tags = [tag for tag in TAGS if tag[1] not in ("pipeline.normalize", "vision.align")]
    assert [problem.where.split(":")[0] for problem in orphans(tags + LOST, near)] == found
