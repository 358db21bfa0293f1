"""Assignments for nbgrader and otter; benchmarks/grading.py runs their own commands and compares verdicts."""

import json
import re

import nbformat
import pytest
from nbclient import NotebookClient

from vislearn.errors import FileError, InputError
from vislearn.exercises import solution_source, starter
from vislearn.grading.exports import export_assignment

from .conftest import TASKS, answered

pytestmark = pytest.mark.usefixtures("small_course")

# nbgrader's schema of a cell's metadata, version 3 (nbgrader/nbgraderformat/v3.json)
SCHEMA = {
    "schema_version": int,
    "grade": bool,
    "locked": bool,
    "solution": bool,
    "task": bool,
    "grade_id": str,
    "points": (int, float),
    "cell_type": str,
}


@pytest.fixture
def export(tmp_path, small_course):
    course = small_course.parent / "course/01_small.ipynb"
    text = course.read_text(encoding="utf-8")
    for name in TASKS:  # ids as nbformat wants them
        text = text.replace(f'"exercise-{name}"', f'"exercise-{name.replace(".", "-")}"')
    course.write_text(text, encoding="utf-8")

    def make(to, **options):
        file = export_assignment("1", tmp_path / to, to, **options)
        return file, nbformat.read(file, as_version=4)

    return make


def of_kind(notebook, flag):
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get(flag)]


def test_nbgraders_cells_keep_its_schema(export):
    file, stored = export("nbgrader")
    nbformat.validate(stored)
    assert file.relative_to(file.parents[2]).as_posix() == "source/01_small/01_small.ipynb"
    told = [cell.metadata.nbgrader for cell in stored.cells if "nbgrader" in cell.metadata]
    for each in told:
        assert set(each) - {"points"} == set(SCHEMA) - {"points"}
        assert all(isinstance(value, SCHEMA[name]) for name, value in each.items())
        assert re.fullmatch(r"[a-zA-Z0-9_\-]*", each.grade_id)
        assert ("points" in each) == each.grade
    assert len({each.grade_id for each in told}) == len(told) == 7
    assert [cell.metadata.tags for cell in of_kind(stored, "solution")] == [
        [f"exercise:{name}"] for name in TASKS
    ]


def test_nbgrader_takes_the_solutions_and_the_hidden_tests_out(export):
    _file, stored = export("nbgrader")
    for name, answer in zip(TASKS, of_kind(stored, "solution"), strict=True):
        left = re.sub(
            r"    ### BEGIN SOLUTION\n.*\n    ### END SOLUTION",
            "    ...  # your code here\n",
            answer.source,
            flags=re.DOTALL,
        )
        assert left == starter(name)
    for name, test in zip(TASKS, of_kind(stored, "grade"), strict=True):
        shown, _begin, hidden = test.source.partition("### BEGIN HIDDEN TESTS\n")
        assert shown == f'check("{name}", {name.partition(".")[2]})\n'
        assert hidden.endswith("### END HIDDEN TESTS")


def test_each_export_draws_inputs_of_its_own(export):
    cells = [cell for _ in range(2) for cell in export("nbgrader", overwrite=True)[1].cells]
    salts = [salt for cell in cells for salt in re.findall('salt="([0-9a-f]{16})"', cell.source)]
    assert len(set(salts)) == len(salts) == 6


def graded(stored, answers, tmp_path):
    """Which of nbgrader's tests pass in a notebook with these answers, run from top to bottom in a kernel."""
    sources = dict(zip(TASKS, answers, strict=True))
    for cell in of_kind(stored, "solution"):
        cell.source = sources[cell.metadata.tags[0].removeprefix("exercise:")]
    NotebookClient(
        stored, allow_errors=True, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    outputs = [cell.outputs for cell in of_kind(stored, "grade")]
    return [not any(output.output_type == "error" for output in each) for each in outputs], outputs


def test_its_tests_give_our_verdicts(export, tmp_path):
    _file, stored = export("nbgrader")
    answers = (solution_source(TASKS[0]), starter(TASKS[1]), "def freeze(model:\n    pass\n")
    passed, outputs = graded(stored, answers, tmp_path)
    assert passed == [True, False, False]
    assert "Write your code in place of" in outputs[1][-1]["evalue"]


def test_otters_questions_are_whole(export):
    _file, stored = export("otter")
    nbformat.validate(stored)
    raw = [cell.source for cell in stored.cells if cell.cell_type == "raw"]
    assert raw[0].startswith("# ASSIGNMENT CONFIG\nname: 01_small\n")
    parts = ("BEGIN QUESTION", "BEGIN SOLUTION", "END SOLUTION", "BEGIN TESTS", "END TESTS", "END QUESTION")
    assert [text.splitlines()[0] for text in raw[1:]] == [f"# {part}" for part in parts] * 3
    hidden = [cell for cell in stored.cells if cell.source.startswith("# HIDDEN\n")]
    assert [re.search('require_right\\("(.+?)"', cell.source)[1] for cell in hidden] == list(TASKS)


def test_otters_solutions_run_and_pass(export, tmp_path):
    _file, stored = export("otter")
    names = {}
    for cell in stored.cells:
        if cell.cell_type == "code":
            exec(cell.source, names)


def test_what_a_solution_needs_of_its_lesson_comes_along(export, small_course):
    stored = answered({})
    stored["cells"][0]["source"] += "\n\nfrom vislearn.exercises import check\n\nprint('not this')\nhalf = 2"
    (small_course.parent / "course/01_small.ipynb").write_text(json.dumps(stored), encoding="utf-8")
    head = export("nbgrader")[1].cells[1].source
    assert head.splitlines()[:3] == [
        "import torch",
        "from torch import Tensor, nn",
        "from vislearn.exercises import check",
    ]


def test_in_another_language_prose_and_verdicts_are(export, small_course):
    folder = small_course.parent / "course/bn"
    folder.mkdir()
    stored = answered({}, language="bn")
    announced = {"cell_type": "markdown", "metadata": {}, "source": "আগে।\n\n**অনুশীলনী ১** (★, ৫ মিনিট)।"}
    stored["cells"] = [
        announced | {"source": "# ১. ছোট"},
        stored["cells"][0],
        announced,
        *stored["cells"][1:],
    ]
    (folder / "01_small.ipynb").write_text(json.dumps(stored), encoding="utf-8")
    cells = export("nbgrader", language="bn")[1].cells
    assert cells[0].source.startswith("# ১. ছোট\n\n")
    assert 'os.environ["VISLEARN_LANGUAGE"] = "bn"' in cells[1].source
    assert cells[2].source == "**অনুশীলনী ১** (★, ৫ মিনিট)।"


def test_what_stands_there_is_kept(export):
    file, _stored = export("nbgrader")
    config = file.parents[2] / "nbgrader_config.py"
    config.write_text("mine", encoding="utf-8")
    with pytest.raises(FileError, match="is there already"):
        export("nbgrader")
    export("nbgrader", overwrite=True)
    assert config.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("lesson", "to", "language"), [("7", "otter", "en"), ("1", "moodle", "en"), ("1", "otter", "fr")]
)
def test_what_is_not_known_is_named(tmp_path, lesson, to, language):
    with pytest.raises(InputError, match="must be one of"):
        export_assignment(lesson, tmp_path, to, language=language)
