"""What JupyterLab is started with; that it then works in a browser, tests/browser shows."""

import json
import os
import socket
from pathlib import Path

import jupyterlab.labapp
import pytest
from click.testing import CliRunner

from vislearn import datasets
from vislearn.cli import lab as module
from vislearn.cli import main
from vislearn.course.copies import folder as copies
from vislearn.errors import FileError, InputError


@pytest.fixture
def folder(tmp_path):
    """Two lessons in two languages, in a folder with a space."""
    notebooks = tmp_path / "my course/notebooks"
    for place in (notebooks, notebooks / "bn"):
        place.mkdir(parents=True)
        for name in ("00_overview", "01_pipeline"):
            (place / f"{name}.ipynb").write_text("{}")
    return notebooks


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Runs ``vislearn lab`` up to the point where JupyterLab would start, and returns what it was given."""
    calls = []

    def launch(arguments):
        configuration = Path(os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0])
        overrides = configuration / "labconfig/default_setting_overrides.json"
        calls.append((arguments, json.loads(overrides.read_text()), os.environ.get("VISLEARN_LANGUAGE")))

    monkeypatch.setattr(jupyterlab.labapp.LabApp, "launch_instance", launch)
    monkeypatch.setattr(datasets, "build_all", lambda progress: calls.append("built"))
    monkeypatch.setattr(datasets, "status", list)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/theirs")  # restored afterwards, like the next
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    monkeypatch.setenv("GOMP_SPINCOUNT", "")
    monkeypatch.delenv("GOMP_SPINCOUNT")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))  # where trusted notebooks are listed

    def start(*words):
        done = CliRunner().invoke(main, ["lab", *map(str, words)])
        return done, calls

    return start


@pytest.mark.parametrize(("language", "place"), [("en", ""), ("bn", "bn/")])
def test_the_map_of_the_lessons_opens_where_there_is_one(started, folder, language, place):
    (folder / place / "index.ipynb").write_text("{}")
    _, [(arguments, *_)] = started("--notebooks", folder, "--language", language)
    assert f"--LabApp.default_url=/lab/tree/notebooks/{place}index.ipynb" in arguments


def test_kernels_leave_their_cores_to_the_browser_while_they_wait(started, folder, monkeypatch):
    started("--notebooks", folder)
    assert os.environ["GOMP_SPINCOUNT"] == "1000"
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    started("--notebooks", folder)
    assert os.environ["GOMP_SPINCOUNT"] == "7"


def test_notebooks_of_the_course_are_trusted_and_no_others(started, folder, monkeypatch):
    (folder / "index.ipynb").write_text("{}")
    (folder / "mine.ipynb").write_text("{}")
    trusted = []
    monkeypatch.setattr("vislearn.cli.trust.trust", lambda paths: trusted.extend(paths))
    started("--notebooks", folder)
    names = sorted(path.relative_to(folder).as_posix() for path in trusted)
    lessons = ["00_overview.ipynb", "01_pipeline.ipynb"]
    assert names == [*lessons, *(f"bn/{name}" for name in lessons), "index.ipynb"]


def test_the_overview_opens_with_settings_of_its_own(started, folder):
    done, [(arguments, settings, language)] = started("--notebooks", folder)
    assert done.exit_code == 0
    assert f"--ServerApp.root_dir={folder.parent}" in arguments
    assert "--LabApp.default_url=/lab/tree/notebooks/00_overview.ipynb" in arguments
    assert settings == module.SETTINGS
    assert language is None  # each notebook's folder decides


def test_nothing_is_left_behind(started, folder):
    _, [(arguments, *_)] = started("--notebooks", folder)
    (workspaces,) = [word.partition("=")[2] for word in arguments if "workspaces_dir" in word]
    assert not Path(workspaces).parent.exists()


@pytest.mark.parametrize(
    ("words", "argument"),
    [
        (["--lesson", "01"], "--LabApp.default_url=/lab/tree/notebooks/01_pipeline.ipynb"),
        (["--lesson", "1"], "--LabApp.default_url=/lab/tree/notebooks/01_pipeline.ipynb"),
        (["--language", "bn"], "--LabApp.default_url=/lab/tree/notebooks/bn/00_overview.ipynb"),
        (["--no-browser"], "--no-browser"),
        (["--ServerApp.token=x"], "--ServerApp.token=x"),
        (["--ip", "0.0.0.0"], "0.0.0.0"),
    ],
)
def test_options(started, folder, words, argument):
    _, [(arguments, *_)] = started("--notebooks", folder, *words)
    assert argument in arguments


def test_the_learners_language_is_the_default(started, folder, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    _, [(arguments, *_)] = started("--notebooks", folder)
    assert "--LabApp.default_url=/lab/tree/notebooks/bn/00_overview.ipynb" in arguments


def test_the_learner_s_own_copy_opens_and_never_the_course_s_files(started, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(copies, "course_notebooks", lambda: folder)
    monkeypatch.setattr(copies.checkout, "ROOT", tmp_path / "installed")
    for path in folder.rglob("*.ipynb"):
        path.write_text('{"cells": [], "metadata": {}}')
    monkeypatch.chdir(tmp_path)
    done, [(arguments, *_)] = started()
    assert f"--ServerApp.root_dir={tmp_path}" in arguments
    assert "--LabApp.default_url=/lab/tree/my-lessons/00_overview.ipynb" in arguments
    mine = tmp_path / "my-lessons"
    assert done.output == f"Copying the lessons into {mine}: yours to write in.\n"
    assert sorted(path.name for path in mine.glob("*.ipynb")) == ["00_overview.ipynb", "01_pipeline.ipynb"]


def test_what_is_new_comes_by_itself_and_what_holds_work_waits(started, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(copies, "course_notebooks", lambda: folder)
    monkeypatch.setattr(copies.checkout, "ROOT", tmp_path / "installed")
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "one"}
    for path in folder.rglob("*.ipynb"):
        path.write_text(json.dumps({"cells": [cell], "metadata": {}}))
    monkeypatch.chdir(tmp_path)
    started()
    written = tmp_path / "my-lessons/01_pipeline.ipynb"
    written.write_text(written.read_text().replace("one", "my words"))
    before = written.read_text()
    (folder / "02_more.ipynb").write_text('{"cells": [], "metadata": {}}')
    for name in ("00_overview", "01_pipeline"):
        (folder / f"{name}.ipynb").write_text(
            json.dumps({"cells": [cell | {"source": "two"}], "metadata": {}})
        )
    done, _calls = started()
    assert done.output.startswith("A newer edition is there of 01_pipeline.ipynb. Bring it in, ")
    assert done.output.endswith(": vislearn update\n")
    assert written.read_text() == before
    assert "two" in (tmp_path / "my-lessons/00_overview.ipynb").read_text()
    assert (tmp_path / "my-lessons/02_more.ipynb").exists()


def test_a_free_port_is_taken_and_no_other(started, folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    _, [(arguments, *_)] = started("--notebooks", folder, "--port", port)
    assert {f"--ServerApp.port={port}", "--ServerApp.port_retries=0"} <= set(arguments)


def test_an_occupied_port_is_one_sentence(started, folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done, calls = started("--notebooks", folder, "--port", port)
    assert (done.exit_code, calls) == (1, [])
    assert done.output.startswith(f"Error: port must be a free one, got {port} (")
    assert "leave it out" in done.output


def test_pictures_are_built_once_and_announced(started, folder, monkeypatch):
    absent = datasets.SetStatus("photos", "absent", folder, 0.0)
    monkeypatch.setattr(datasets, "status", lambda: [absent])
    done, calls = started("--notebooks", folder)
    assert calls[0] == "built"
    assert done.output == "Building the pictures of the course, once:\n"


def test_before_any_notebook_is_built_the_folder_opens(started, tmp_path):
    (tmp_path / "notebooks").mkdir()
    done, [(arguments, *_)] = started("--notebooks", tmp_path / "notebooks")
    assert "--LabApp.default_url=/lab/tree/notebooks" in arguments
    assert done.output == "There is no 00.ipynb yet; JupyterLab opens its folder.\n"


def test_a_home_that_cannot_be_written_is_lent(tmp_path, monkeypatch):
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    for name in names:
        monkeypatch.setenv(name, "")  # restored afterwards
    monkeypatch.setenv("HOME", os.devnull)  # no folder can be made in it, not even by root
    module.lend_home(tmp_path)
    assert {os.environ[name] for name in names} == {str(tmp_path / name.lower()) for name in names}


def test_a_home_that_can_be_written_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("JUPYTER_DATA_DIR", raising=False)
    module.lend_home(tmp_path)
    assert "JUPYTER_DATA_DIR" not in os.environ


def test_jupyterlab_missing_is_one_sentence(started, folder, monkeypatch):
    monkeypatch.setitem(module.sys.modules, "jupyterlab.labapp", None)
    done, calls = started("--notebooks", folder)
    assert (done.exit_code, calls) == (1, [])
    assert done.output == "Error: JupyterLab is not installed. Install it: pip install -e '.[lab]'\n"


@pytest.mark.parametrize(
    ("lesson", "language", "error", "said"),
    [
        ("77", "en", InputError, "lesson must be one of '00_overview', '01_pipeline', got '77'"),
        ("00", "de", InputError, "language must be one of 'en', 'bn', got 'de'"),
    ],
)
def test_no_such_lesson(folder, lesson, language, error, said):
    with pytest.raises(error, match=said):
        module.choose_notebook(folder, lesson, language)


def test_no_such_folder(tmp_path):
    with pytest.raises(FileError, match="is not a folder"):
        module.choose_notebook(tmp_path / "nowhere", "00", "en")


@pytest.mark.parametrize(
    ("port", "no_browser", "more"),
    [
        (None, False, []),
        (8999, False, ["--ServerApp.port=8999", "--ServerApp.port_retries=0"]),
        (None, True, ["--no-browser"]),
    ],
)
def test_jupyterlab_is_given_this_command_line(folder, tmp_path, monkeypatch, port, no_browser, more):
    monkeypatch.setattr(module.sys, "platform", "win32")  # nobody is root there
    state = tmp_path / "state"
    found = module.jupyter_arguments(
        folder.parent, folder / "01_pipeline.ipynb", state, port, no_browser, ("x",)
    )
    assert found == [
        f"--ServerApp.root_dir={folder.parent}",
        "--LabApp.default_url=/lab/tree/notebooks/01_pipeline.ipynb",
        f"--LabApp.workspaces_dir={state / 'workspaces'}",
        "--LabApp.news_url=None",
        "--Application.log_level=WARN",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.tornado_settings={'websocket_max_message_size': 67108864}",  # 30 MB are 40 as base64
        *more,
        "x",
    ]
    nowhere = module.jupyter_arguments(folder.parent, folder / "none.ipynb", state, None, False, ())
    assert nowhere[1] == "--LabApp.default_url=/lab/tree/notebooks"
