import importlib
import os
import subprocess
import sys
from collections import namedtuple
from types import SimpleNamespace

import pytest

from vislearn.checkout import ROOT

GIB = 2**30
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def tool(monkeypatch):
    """Imports a module of tools/ afresh: no package, because they run before anything is installed."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    names = [path.stem for path in (ROOT / "tools").glob("*.py")]
    yield importlib.import_module
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def disk(tool, monkeypatch):
    """``disk(free=3)`` leaves 3 GiB."""
    usage = namedtuple("usage", "total used free")

    def leave(*, free):
        monkeypatch.setattr(tool("shutil"), "disk_usage", lambda folder: usage(500 * GIB, 0, int(free * GIB)))

    leave(free=100)
    return leave


@pytest.fixture
def install(tool, disk, tmp_path, monkeypatch):
    """The installer, at work in a course of its own whose folder has a space in its name."""
    module = tool("install")
    root = tmp_path / "my course"
    root.mkdir()
    (root / "pyproject.toml").write_text("[project]\n")
    (root / "constraints.txt").write_text("torch==2.15.0\n")
    monkeypatch.setattr(module, "ROOT", root)
    monkeypatch.setattr(
        module, "DEFAULT_PROGRAMS", {"lab": ["program", "opens"], "test": ["program", "tests"]}
    )
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "HOME"):  # where settings of uv and pip would lie
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return module


@pytest.fixture
def pretend(install, tool, monkeypatch):
    """A .venv whose programs write down how they were called; ``uv`` does what the test says."""
    venv = install.Venv(install.ROOT / ".venv")
    calls = install.ROOT / "calls.txt"

    def write(name, body, venv=venv):
        venv.program(name).write_text(f'#!/bin/sh\necho {name} "$@" >> "{calls}"\n{body}\n')
        venv.program(name).chmod(0o755)

    def make(venv=venv, *, uv="exit 0"):
        venv.bin.mkdir(parents=True)
        write("python", f"echo {HERE}", venv)
        write("uv", uv, venv)
        write("program", "exit 0", venv)

    def called():
        lines = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return [line for line in lines if not line.startswith(("python -c", "python -m pip config"))]

    def machine(*, platform="linux", gpu=False):
        """What the choice of a PyTorch looks at."""
        for name in ("torch_build", "packages"):
            monkeypatch.setattr(tool(name), "sys", SimpleNamespace(platform=platform))
        monkeypatch.setattr(tool("torch_build"), "has_nvidia_gpu", lambda: gpu)

    monkeypatch.setattr(install, "make_venv", make)
    machine(platform="darwin")  # where there is nothing to choose
    # exec would replace pytest itself
    monkeypatch.setattr(
        install.os, "execve", lambda path, command, env: sys.exit(subprocess.run(command, env=env).returncode)
    )
    install.machine = machine
    install.write, install.called, install.make, install.venv = write, called, make, venv
    return install
