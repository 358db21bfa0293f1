import pytest

from vislearn import checkout
from vislearn.course import build, check
from vislearn.course.building.exercise_cells import lost_exercises
from vislearn.errors import FileError, MissingError
from vislearn.exercises import names

TITLE = "# %% [markdown]\n# # Title\n"
CELL = '\n# %% tags=["exercise:{}"]\n'


@pytest.fixture
def course(monkeypatch, tmp_path, make_lesson):
    """Writes a lesson with these exercises' cells, in a checkout of its own."""
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    return lambda exercises, name="01_tiny": make_lesson(TITLE + "".join(map(CELL.format, exercises)), name)


def of(folder):
    return [name for name in names() if name.startswith(folder)]


def test_lessons_without_exercises_lose_none(course):
    assert lost_exercises([]) == []
    assert lost_exercises([course([])]) == []


def test_a_course_without_its_lessons_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    with pytest.raises(MissingError, match="not beside this package"):
        lost_exercises()


def test_the_lessons_of_this_checkout_have_lost_nothing():
    assert lost_exercises() == []


def test_of_all_lessons_every_exercise_is_looked_for(course):
    course(of("pipeline."))
    course(of("overview."), "00_begin")
    missed = {problem.what.split()[3].rstrip(",") for problem in lost_exercises()}
    assert missed == set(names()) - set(of("pipeline.")) - set(of("overview."))


def test_a_lesson_elsewhere_has_no_exercises_here(make_lesson):
    assert lost_exercises([make_lesson(TITLE + CELL.format("pipeline.normalize"))]) == []


def test_a_damaged_source_is_another_s_complaint(course, make_lesson):
    lesson = course(of("pipeline.")[1:])
    assert len(lost_exercises([lesson])) == 1
    make_lesson("no cell", "02_damaged")
    assert lost_exercises([lesson]) == []


def test_the_build_stops_at_an_exercise_without_a_cell_and_names_both_files(course):
    lesson = course(["pipeline.to_unit_range", "pipeline.normalize"])
    with pytest.raises(FileError) as caught:
        build([lesson], "en")
    assert str(caught.value).startswith("vislearn/exercises/lessons/pipeline/loader.py:")
    assert "pipeline.seeded_loader" in str(caught.value)
    assert "notebooks/source/01_tiny.py" in str(caught.value)
    assert not lesson.notebook().exists()


def test_the_build_stops_at_a_cell_without_an_exercise_and_names_both_files(course):
    lesson = course([*of("pipeline."), "pipeline.gone"])
    with pytest.raises(FileError) as caught:
        build([lesson], "en")
    line = lesson.source.read_text("utf-8").splitlines().index('# %% tags=["exercise:pipeline.gone"]') + 1
    assert str(caught.value).startswith(f"notebooks/source/01_tiny.py:{line} is tagged for an exercise that")
    assert "vislearn/exercises/lessons/pipeline/" in str(caught.value)


def test_the_check_of_all_lessons_finds_both_once(course):
    first, *others = of("")
    course([*others, "pipeline.gone"])
    problems = [str(problem) for problem in check()]
    assert sum(f"exercise:{first} in notebooks/source/01_tiny.py" in p for p in problems) == 1
    assert sum("Write pipeline.gone in vislearn/exercises/lessons/pipeline/" in p for p in problems) == 1
