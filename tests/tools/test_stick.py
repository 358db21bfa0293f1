"""A stick made of tiny wheels: filled, and installed from without a network."""

import os
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import pytest

from vislearn.checkout import ROOT

INSTALL = ROOT / "tools" / "stick_install.py"
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


def write_wheel(folder, name, version="1.0", needs=(), script=""):
    """A package with one command of its name, as small as pip takes it."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: lab\n"
    metadata += "".join(f'Requires-Dist: {need} ; extra == "lab"\n' for need in needs)
    files = {
        f"{name}.py": script,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for place, text in files.items():
            wheel.writestr(place, text)
    return path


COMMAND = """
import pathlib, sys
def main():
    assert sys.argv[1] == "new"
    pathlib.Path(sys.argv[2]).mkdir()
    print("lessons copied")
"""


@pytest.fixture
def stick(tmp_path):
    """A stick with the course and one package that it needs, in a folder with a space."""
    folder = tmp_path / "my stick"
    write_wheel(folder / "wheels", "vislearn", needs=["needed"], script=COMMAND)
    write_wheel(folder / "wheels", "needed")
    (folder / "install.py").write_bytes(INSTALL.read_bytes())
    (folder / "READ ME.txt").write_text("vislearn, for Linux with Python 3.11.\n", encoding="utf-8")
    return folder


def install(stick, tmp_path, *words):
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:9/nowhere", "HOME": str(tmp_path / "home")}
    (tmp_path / "home").mkdir(exist_ok=True)
    command = [sys.executable, str(stick / "install.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | offline)


def test_it_installs_from_the_stick_alone_and_says_how_to_begin(stick, tmp_path):
    done = install(stick, tmp_path, tmp_path / "course")
    assert (done.returncode, done.stderr) == (0, "")
    assert "lessons copied" in done.stdout
    assert f"lab --notebooks {tmp_path / 'course' / 'lessons'} --language bn" in done.stdout
    again = install(stick, tmp_path, tmp_path / "course")  # interrupted, or once more: the lessons stay
    assert again.returncode == 0
    assert "lessons copied" not in again.stdout


def test_by_default_it_goes_into_the_home_folder(stick, tmp_path):
    assert install(stick, tmp_path).returncode == 0
    assert (tmp_path / "home/vislearn/lessons").is_dir()


def test_another_kind_of_computer_is_told(stick, tmp_path):
    (stick / "wheels/needed-1.0-py3-none-any.whl").rename(stick / "wheels/needed-1.0-cp27-none-win32.whl")
    done = install(stick, tmp_path, tmp_path / "course")
    assert done.returncode == 1
    assert "needed" in done.stderr
    assert "made for another computer? It says: vislearn, for Linux" in done.stderr


def test_half_a_stick_is_told(stick, tmp_path):
    for wheel in stick.glob("wheels/*"):
        wheel.unlink()
    done = install(stick, tmp_path, tmp_path / "course")
    assert done.returncode == 1
    assert "copy the whole folder from the stick" in done.stderr
    assert not (tmp_path / "course").exists()


@pytest.fixture
def stick_tool(tool, monkeypatch, tmp_path):
    """tools/stick.py with pip's calls noted and answered by the course's wheel."""
    module, calls = tool("stick"), []

    def pip(venv, words):
        calls.append(words)
        if words[0] == "wheel":
            write_wheel(tmp_path / "stick/wheels", "vislearn")

    monkeypatch.setattr(module, "_pip", pip)
    monkeypatch.setattr(module, "_tracked", lambda: tmp_path / "clone")
    return SimpleNamespace(module=module, calls=calls, folder=tmp_path / "stick")


def test_the_tested_versions_are_fetched_as_wheels(stick_tool, monkeypatch, capsys):
    monkeypatch.setattr(stick_tool.module, "torch_index", lambda venv: "")
    assert stick_tool.module.main([str(stick_tool.folder)]) == 0
    _build, fetch = stick_tool.calls
    assert fetch[-1].startswith("vislearn[lab] @ file://")
    assert fetch[fetch.index("--constraint") + 1] == str(ROOT / "constraints.txt")
    assert "--extra-index-url" not in fetch
    assert (stick_tool.folder / "install.py").read_bytes() == INSTALL.read_bytes()
    assert f"Python {HERE}" in (stick_tool.folder / "READ ME.txt").read_text(encoding="utf-8")
    assert "There: python3 install.py" in capsys.readouterr().out


def test_the_small_build_of_torch_comes_from_where_it_was_installed_from(stick_tool, monkeypatch):
    stamp = SimpleNamespace(torch="cpu")
    monkeypatch.setattr(stick_tool.module.Stamp, "read", lambda path: stamp)
    monkeypatch.setattr(stick_tool.module.Venv, "mirror", "")
    said = "torch==2.15.0+cpu\n    # from http://127.0.0.1/cpu\n"
    answer = SimpleNamespace(stdout=said, stderr="", returncode=0)
    monkeypatch.setattr(stick_tool.module.subprocess, "run", lambda *words, **more: answer)
    assert stick_tool.module.main([str(stick_tool.folder)]) == 0
    fetch = stick_tool.calls[1]
    assert fetch[fetch.index("--extra-index-url") + 1] == "http://127.0.0.1/cpu"


def test_without_a_folder_the_line_to_type_is_told(stick_tool, capsys):
    assert stick_tool.module.main([]) == 1
    assert "make stick FOLDER=" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_one_sentence(stick_tool, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert stick_tool.module.main([str(tmp_path / "file" / "stick")]) == 1
    assert "choose another folder" in capsys.readouterr().err
