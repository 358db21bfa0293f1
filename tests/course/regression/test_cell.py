import shlex

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_notebook, new_output

from vislearn import course
from vislearn.cli import main
from vislearn.course.building.builder import build
from vislearn.course.lessons import Lesson

SOURCE = """\
# %% [markdown]
# # A number

# %% id="number"
from vislearn.report import metric
metric("n", 2, within=0.1)
"""


def command_in(output, name):
    (line,) = {line.partition(name)[2].strip() for line in output.splitlines() if name in line}
    return shlex.split(line)


def test_the_commands_of_a_report_show_the_failure_again_and_accept_the_output(run, tmp_path, monkeypatch):
    lesson = Lesson(tmp_path / "notebooks", "01_tiny")
    lesson.source.parent.mkdir(parents=True)
    lesson.source.write_text(SOURCE, encoding="utf-8")
    (path,) = build([lesson], "en", root=lesson.root)
    path.write_text(
        path.read_text(encoding="utf-8").replace('"value": 2.0', '"value": 1.5'), encoding="utf-8"
    )
    code, output = run(tmp_path, path)
    assert code == 1
    assert "metric 'n' left its tolerance" in output
    assert "notebooks/01_tiny.ipynb, cell 2 (id number)" in output

    python, *again = command_in(output, "See it again:")
    assert (python, again) == ("python", ["-m", "pytest", "notebooks/01_tiny.ipynb"])
    program, *words = command_in(output, "Accept the new output:")
    assert program == "vislearn"
    monkeypatch.setattr(
        course,
        "build",
        lambda names, language, progress, force: build(names, "en", progress, root=lesson.root, force=force),
    )
    assert CliRunner().invoke(main, words).exit_code == 0
    assert run(tmp_path, path)[0] == 0


EXERCISE = "overview.image_shape"


def with_an_exercise(path, language, verdict="✎ Your turn", check=EXERCISE):
    """A notebook as a learner finds it, with one exercise and what depends on nothing."""
    answer = new_code_cell("def image_shape(image):\n    ...", metadata={"tags": [f"exercise:{EXERCISE}"]})
    asked = new_code_cell(f"from vislearn.exercises import check\ncheck({check!r}, image_shape)")
    asked.outputs = [new_output("execute_result", {"text/plain": verdict}, execution_count=3)]
    cells = [new_code_cell("from torch import Tensor"), answer, asked]  # as in the lesson
    for count, cell in enumerate(cells, 1):
        cell.execution_count = count
    nbformat.write(new_notebook(cells=cells, metadata={"vislearn": {"language": language}}), path)


@pytest.mark.parametrize(
    ("language", "check", "code"),
    [("en", EXERCISE, 0), ("bn", EXERCISE, 0), ("bn", "overview.value_range", 1)],
)
def test_a_translation_is_run_solved_and_its_checks_must_accept_the_solutions(
    run, tmp_path, language, check, code
):
    with_an_exercise(tmp_path / "a.ipynb", language, check=check)
    ended, output = run(tmp_path, "a.ipynb")
    assert ended == code, output
    assert ("the check of overview.value_range does not accept its solution" in output) == bool(code)


def test_the_state_of_the_answers_can_be_named_and_a_wrong_one_must_be_rejected(run, tmp_path):
    with_an_exercise(tmp_path / "a.ipynb", "en")
    assert run(tmp_path, "a.ipynb", VISLEARN_ANSWERS="solved")[0] == 0
    assert run(tmp_path, "a.ipynb", VISLEARN_ANSWERS="wrong")[0] == 0
    notebook = nbformat.read(tmp_path / "a.ipynb", as_version=4)
    accepts_anything = "type('Verdict', (), {'__repr__': lambda self: '✓ Right'})()"
    notebook.cells[2].source = f"#check('{EXERCISE}', image_shape)\n{accepts_anything}"
    nbformat.write(notebook, tmp_path / "a.ipynb")
    ended, output = run(tmp_path, "a.ipynb", VISLEARN_ANSWERS="wrong")
    assert ended == 1
    assert "the check of overview.image_shape does not reject a wrong answer" in output, output
