"""What the plug-in does besides comparing; that it compares, tests/notebooks/test_faults.py shows."""

import os
import re
import shlex
import subprocess
import sys

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_notebook, new_output

from vislearn import course
from vislearn.checkout import ROOT
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


def run(folder, *arguments, cache="no:cacheprovider", **variables):
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("PYTEST") and key not in ("CI", "VISLEARN_FULL")
    }
    environment |= {"PYTHONPATH": str(ROOT)} | variables
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={folder}"]
    command += ["-p", "conftest", "-p", cache, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1200)
    return done.returncode, done.stdout + done.stderr


def command_in(output, name):
    (line,) = {line.partition(name)[2].strip() for line in output.splitlines() if name in line}
    return shlex.split(line)


def test_the_commands_of_a_report_show_the_failure_again_and_accept_the_output(tmp_path, monkeypatch):
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


def test_a_test_that_kills_its_process_ends_the_run_and_is_named(tmp_path):
    crash, fine = "import os\n\ndef test_dies():\n    os.abort()\n", "def test_lives():\n    pass\n"
    for name, source in [("a", fine), ("b", crash), *((f"c{number}", fine) for number in range(4))]:
        (tmp_path / f"test_{name}.py").write_text(source, encoding="utf-8")
    code, output = run(tmp_path, "-n", "2", "--dist", "loadfile", tmp_path)
    assert code == 1
    assert "crashed while running 'test_b.py::test_dies'" in output, output


def test_a_run_for_another_device_says_so_and_does_not_pass_on_the_cpu(tmp_path):
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0", execution_count=1)]), path)
    code, output = run(tmp_path, path, VISLEARN_DEVICE="mps" if sys.platform != "darwin" else "cuda")
    assert code == 1
    assert "VISLEARN_DEVICE must be a device this machine has" in output, output
    device = "mps" if sys.platform != "darwin" else "cuda"
    assert f"VISLEARN_DEVICE={device} python -m pytest a.ipynb" in output
    assert f"a tolerance for {device} alone: report.metric(…, on={{'{device}': …}})" in output


def test_a_run_without_a_device_asks_the_kernel_for_none(tmp_path, monkeypatch):
    monkeypatch.delenv("VISLEARN_DEVICE", raising=False)
    path = tmp_path / "a.ipynb"
    nbformat.write(
        new_notebook(
            cells=[new_code_cell("import sys; assert 'torch' not in sys.modules", execution_count=1)]
        ),
        path,
    )
    code, output = run(tmp_path, path)
    assert code == 0, output
    assert "3 passed" in output  # cut off, reference, the cell


@pytest.mark.parametrize("absent", ["jupyterlab", "jupytext", "markdown_it", "playwright"])
def test_notebooks_run_where_what_writers_need_is_not_installed(tmp_path, absent):
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1", execution_count=1)]), path)
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / f"{absent}.py").write_text("raise ModuleNotFoundError(name=__name__)\n")
    search = os.pathsep.join([str(tmp_path / "hidden"), str(ROOT)])
    code, output = run(tmp_path, path, PYTHONPATH=search)
    assert code == 0, output


EXERCISE = "overview.image_shape"


def with_an_exercise(path, language, verdict="✎ Your turn", check=EXERCISE):
    """A notebook as a learner finds it, with one exercise and what depends on nothing."""
    answer = new_code_cell("def image_shape(image):\n    ...", metadata={"tags": [f"exercise:{EXERCISE}"]})
    asked = new_code_cell(f"from vislearn.exercises import check\ncheck({check!r}, image_shape)")
    asked.outputs = [new_output("execute_result", {"text/plain": verdict}, execution_count=2)]
    cells = [answer, asked]
    for count, cell in enumerate(cells, 1):
        cell.execution_count = count
    nbformat.write(new_notebook(cells=cells, metadata={"vislearn": {"language": language}}), path)


@pytest.mark.parametrize(
    ("language", "check", "code"),
    [("en", EXERCISE, 0), ("bn", EXERCISE, 0), ("bn", "overview.value_range", 1)],
)
def test_a_translation_is_run_solved_and_its_checks_must_accept_the_solutions(
    tmp_path, language, check, code
):
    with_an_exercise(tmp_path / "a.ipynb", language, check=check)
    ended, output = run(tmp_path, "a.ipynb")
    assert ended == code, output
    assert ("the check of overview.value_range does not accept its solution" in output) == bool(code)


def test_only_what_passed_as_a_whole_and_stayed_is_not_run_again(tmp_path):
    path = tmp_path / "some" / "a.ipynb"
    path.parent.mkdir()

    def store(source):
        nbformat.write(new_notebook(cells=[new_code_cell(source, execution_count=1)]), path)

    def outcome(*arguments, **variables):
        code, output = run(tmp_path, *(arguments or ["some"]), cache="cacheprovider", **variables)
        return code, "unchanged since they passed here, not run again" in output

    store("1 / 0")
    assert outcome() == (1, False)
    assert outcome() == (1, False)  # it never passed
    store("import vislearn.errors")
    assert outcome() == (0, False)
    assert outcome() == (0, True)
    assert outcome("some/a.ipynb") == (0, False)  # asked for by name
    assert outcome(VISLEARN_FULL="1") == (0, False)
    store("import vislearn.files")
    assert outcome() == (0, False)


def test_the_longest_file_begins_first(tmp_path):
    for name, tests in [("a", 1), ("b", 3), ("c", 2)]:
        source = "".join(f"def test_{number}():\n    pass\n" for number in range(tests))
        (tmp_path / f"test_{name}.py").write_text(source, encoding="utf-8")
    _, output = run(tmp_path, tmp_path, "-v")
    assert re.findall(r"test_(\w)\.py::", output) == list("bbbcca")
