"""Which PyTorch a machine gets: fake machines, fake indexes, and what is said before the download."""

import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

MIRROR = "http://mirror.school/simple"
OFFERS, LACKS = "exit 0", 'case "$*" in *--torch-backend*) exit 2;; esac'


@pytest.fixture
def prepare(pretend, capsys):
    """One call on a machine: the build that is there then, and what was said."""

    def call(*words, index=OFFERS, **machine):
        pretend.machine(**machine)
        make = pretend.make
        pretend.make_venv = lambda venv: (
            shutil.rmtree(venv.folder, ignore_errors=True),
            make(venv, uv=index),
        )
        pretend.prepare(pretend.Venv(pretend.ROOT / ".venv"), pretend.parse([*words, "lab"]))
        return pretend.Stamp.read(pretend.venv.stamp).torch, capsys.readouterr().out

    return call


@pytest.mark.parametrize(
    ("machine", "build", "says", "size"),
    [
        ({"platform": "linux"}, "cpu", "No NVIDIA GPU is here: PyTorch's small build", "0.4 GB"),
        ({"platform": "linux", "gpu": True}, "auto", "An NVIDIA GPU is here: PyTorch's build with", "3.2 GB"),
        ({"platform": "win32", "gpu": True}, "auto", "An NVIDIA GPU is here: PyTorch's build with", "3.2 GB"),
        ({"platform": "win32"}, "default", "", "0.4 GB"),  # PyPI has the small one for it
        ({"platform": "darwin"}, "default", "", "0.4 GB"),
    ],
)
def test_a_first_call_looks_at_the_machine(prepare, pretend, machine, build, says, size):
    chosen, said = prepare(**machine)
    assert chosen == build
    assert says in said
    assert f"PyTorch above all ({size} to download)" in said
    assert (f"--torch-backend {build}" in pretend.called()[-1]) == (build != "default")


@pytest.mark.parametrize("gpu", [False, True])
def test_where_pytorchs_index_is_not_reached_the_package_index_has_one(prepare, pretend, gpu):
    chosen, said = prepare(index=LACKS, gpu=gpu)
    assert chosen == "default"
    assert "PyTorch's own index can't be reached or lacks these versions" in said
    assert "(3.2 GB to download)" in said
    assert "--torch-backend" not in pretend.called()[-1]


def test_what_was_found_is_remembered_and_nothing_asked_again(prepare, pretend):
    prepare()
    pretend.called()
    assert prepare(gpu=True, index=LACKS) == ("cpu", "")
    assert pretend.called() == []


def test_a_finished_installation_counts_as_what_it_is(prepare, pretend):
    """Made before the choice was: the build of the package index, on a machine without a GPU."""
    prepare("--torch", "default")
    pretend.called()
    assert prepare() == ("default", "")
    assert pretend.called() == []


@pytest.mark.parametrize("build", ["cpu", "default", "cu130"])
def test_what_is_typed_counts_and_nothing_is_looked_at(prepare, pretend, build):
    chosen, said = prepare("--torch", build, gpu=True, index="exit 0")
    assert chosen == build
    assert "GPU" not in said
    assert len(pretend.called()) == 1


def test_auto_looks_again(prepare):
    assert prepare()[0] == "cpu"
    assert prepare("--torch", "auto")[0] == "cpu"
    assert prepare("--torch", "auto", gpu=True)[0] == "auto"
    assert prepare("--torch", "auto")[0] == "cpu"


def test_auto_takes_nothing_away_for_a_build_that_is_not_offered(prepare, pretend):
    prepare("--torch", "default", index=LACKS)
    pretend.called()
    assert prepare("--torch", "auto")[0] == "default"
    assert [line for line in pretend.called() if "--dry-run" not in line] == []


@pytest.mark.parametrize("words", [[], ["--torch", "cpu"], ["--torch", "auto"]])
def test_a_mirror_is_asked_alone(prepare, pretend, monkeypatch, words):
    monkeypatch.setenv("PIP_INDEX_URL", MIRROR)
    chosen, said = prepare(*words)
    assert chosen == "default"
    assert ("asked alone: its PyTorch, not TORCH=cpu" in said) == ("cpu" in words)
    assert [line for line in pretend.called() if "--torch-backend" in line] == []


def test_an_update_asks_the_mirror_alone(prepare, pretend, monkeypatch):
    prepare()
    pretend.called()
    monkeypatch.setenv("UV_DEFAULT_INDEX", MIRROR)
    (pretend.ROOT / "constraints.txt").write_text("torch==2.16.0\n")
    assert prepare()[0] == "cpu"
    (update,) = pretend.called()
    assert "--torch-backend" not in update


@pytest.mark.parametrize(
    ("program", "trace", "there"),
    [
        ("echo 'GPU 0: NVIDIA H100'", False, True),
        ("echo 'No devices were found'; exit 6", True, False),
        ("", True, True),
        ("", False, False),
    ],
)
def test_a_gpu_is_what_the_driver_lists(tool, tmp_path, monkeypatch, program, trace, there):
    build = tool("torch_build")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(build.Path, "exists", lambda path: trace)
    if program:
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{program}\n")
        (tmp_path / "nvidia-smi").chmod(0o755)
    assert build.has_nvidia_gpu() is there


@pytest.fixture
def school():
    """A mirror that has nothing and remembers what it was asked for."""
    asked = []

    class Shelf(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *words):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple", asked
        server.shutdown()


def test_a_mirror_in_pips_settings_serves_uv_too(install, tool, school, tmp_path, monkeypatch):
    """The real pip and the real uv, and no way to any other index."""
    address, asked = school
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {address}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # answers nobody
    (install.ROOT / "pyproject.toml").write_text(
        '[project]\nname = "a"\nversion = "1"\ndependencies = ["torch"]\n'
    )
    monkeypatch.setattr(install.Venv, "program", lambda venv, name: Path(sys.executable).with_name(name))
    venv = install.Venv(install.ROOT / ".venv")
    assert tool("torch_build").choose(venv, "cpu", None) == "default"
    tool("packages").rehearse(venv, install.Stamp("", "", "lab", "cpu", ""))
    assert "/simple/torch/" in asked
