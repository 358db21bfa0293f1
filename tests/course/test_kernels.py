import json
import os
import pickle
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from vislearn.course.kernels import RunError, kernel_environment, run_notebook


def run(folder, *sources, **options):
    notebook = new_notebook(cells=[new_markdown_cell("# T"), *map(new_code_cell, sources)])
    with kernel_environment(1) as environment:
        run_notebook(notebook, folder, environment, **options)
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells[1:]]


def test_cells_run_in_order_in_the_folder_in_one_kernel(tmp_path):
    seen = []
    where, answer = run(
        tmp_path, "import pathlib; print(pathlib.Path.cwd()); x = 6", "print(7 * x)", on_cell=seen.append
    )
    assert (where, answer) == (f"{tmp_path.resolve()}\n", "42\n")
    assert seen == [1, 2]


def test_the_kernel_is_this_python_whatever_the_home_folder_says(tmp_path, monkeypatch):
    kernel = tmp_path / ".local" / "share" / "jupyter" / "kernels" / "python3"
    startup = tmp_path / ".ipython" / "profile_default" / "startup"
    for folder in (kernel, startup):
        folder.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["false"], "display_name": "Trap", "language": "python"}')
    (startup / "trap.py").write_text("print('startup')")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PATH", str(kernel.parents[1]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / ".ipython"))
    before = set(tmp_path.rglob("*"))
    assert run(tmp_path, "import sys; print(sys.prefix)") == [f"{os.sys.prefix}\n"]
    assert set(tmp_path.rglob("*")) == before


def test_a_kernel_listens_where_no_other_one_can(tmp_path):
    code = "import ipykernel; print(ipykernel.get_connection_info())"
    one, other = (json.loads(run(tmp_path, code)[0]) for _ in range(2))
    assert one["transport"] == other["transport"] == ("tcp" if os.name == "nt" else "ipc")
    assert (one["ip"], one["shell_port"]) != (other["ip"], other["shell_port"])  # ip: for sockets, a path


@pytest.mark.parametrize(
    ("sources", "index", "what", "line"),
    [
        (
            ["x = 1", "y = 2\nint('a')"],
            2,
            "stops with ValueError: invalid literal for int() with base 10: 'a'",
            2,
        ),
        (["def f():\n    raise RuntimeError\n\nf()"], 1, "stops with RuntimeError", 4),
        (["x = (", "1"], 1, "stops with _IncompleteInputError: incomplete input (2103480783.py, line 1)", 1),
        (["import os; os._exit(1)"], 1, "kills its kernel; out of memory perhaps", 0),
    ],
)
def test_a_cell_that_does_not_run_through(tmp_path, sources, index, what, line):
    with pytest.raises(RunError) as caught:
        run(tmp_path, *sources)
    if "incomplete" in what:  # every Python calls it something else
        assert "line 1)" in caught.value.what
    else:
        assert caught.value.what == what
    assert (caught.value.index, caught.value.line) == (index, line)


def test_a_cell_that_takes_too_long(tmp_path):
    with pytest.raises(RunError, match="Cell 2 takes longer than 1 s"):
        run(tmp_path, "import time; time.sleep(60)", cell_timeout_s=1)


def test_an_error_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(RunError(3, "stops with KeyError", 7)))
    assert (str(error), error.index, error.line) == ("Cell 4 stops with KeyError", 3, 7)


def test_the_environment_hides_what_would_make_outputs_differ(monkeypatch):
    for name in ("VISLEARN_LANGUAGE", "VISLEARN_ASSETS", "TORCH_HOME", "IPYTHONDIR", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("VISLEARN_DATA", "mine")
    with kernel_environment(3) as environment:
        assert "VISLEARN_LANGUAGE" not in environment
        assert "VISLEARN_ASSETS" not in environment
        assert environment["VISLEARN_DATA"] == "mine"
        assert environment["OMP_NUM_THREADS"] == "3"
        scratch = Path(environment["TORCH_HOME"]).parent
        assert Path(environment["IPYTHONDIR"]).parent == scratch
        assert scratch.is_dir()
    assert not scratch.exists()


def test_what_runs_in_it_is_nobodys_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_PROGRESS", str(tmp_path / "progress.jsonl"))
    code = "from vislearn import progress; progress.record('ask', 'x', 'right'); print(progress.read())"
    assert run(tmp_path, code) == ["[]\n"]
    assert not (tmp_path / "progress.jsonl").exists()


def test_what_each_cell_took_is_told(tmp_path):
    notebook = new_notebook(
        cells=[new_markdown_cell("# T"), new_code_cell("import time; time.sleep(0.3)", id="nap")]
    )
    with kernel_environment(1) as environment:
        seconds = run_notebook(notebook, tmp_path, environment)
    assert list(seconds) == ["nap"]
    assert seconds["nap"] >= 0.3
