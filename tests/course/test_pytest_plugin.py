"""What the plug-in does besides comparing; that it compares, tests/notebooks/test_faults.py shows."""

import os
import shlex
import subprocess
import sys

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_notebook

from vislearn import course
from vislearn.checkout import ROOT
from vislearn.cli import main
from vislearn.course.builder import build
from vislearn.course.lessons import Lesson

SOURCE = """\
# %% [markdown]
# # A number

# %% id="number"
from vislearn.report import metric
metric("n", 2, within=0.1)
"""


def run(folder, *arguments, **variables):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    environment |= {"PYTHONPATH": str(ROOT)} | variables
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={folder}"]
    command += ["-p", "conftest", "-p", "no:cacheprovider", *map(str, arguments)]
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
