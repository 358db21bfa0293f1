"""Each check, on a machine where the thing it looks for is wrong."""

import shutil
import subprocess
import sys
from collections import namedtuple
from importlib.metadata import PackageNotFoundError

import pytest
import torchvision

from vislearn import checkout, datasets
from vislearn.cli import examination
from vislearn.cli.examination import Answer, examine
from vislearn.errors import InputError
from vislearn.problems import Problem


@pytest.fixture(autouse=True)
def _english(monkeypatch, tmp_path):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("VISLEARN_DEVICE", raising=False)


def states(check):
    return {answer.what: answer.state for answer in check()}


def only(check):
    (answer,) = check()
    return answer


def test_a_healthy_machine_has_no_problem():
    """This one: the suite runs in the environment that make test has set up."""
    found = list(examine())
    assert [answer for answer in found if answer.state == "problem"] == []
    assert {answer.topic for answer in found} >= set(examination.CHECKS)


@pytest.mark.parametrize(
    ("version", "state"),
    [((3, 10, 9), "warning"), ((3, 11, 0), "ok"), ((3, 14, 9), "ok"), ((3, 15, 0), "warning")],
)
def test_a_python_is_tested_or_not(monkeypatch, version, state):
    monkeypatch.setattr(examination.sys, "version_info", version)
    assert only(examination.check_python).state == state


@pytest.mark.parametrize(
    ("have", "state", "said"),
    [
        ("2.15.0", "ok", "1 of 1 as tested."),
        ("2.15.0+cpu", "ok", "1 of 1 as tested."),
        ("2.16.0", "warning", "torch is 2.16.0; the stored outputs were made with 2.15.0."),
        ("2.8.0", "problem", "torch is 2.8.0, the course needs >=2.9."),
        (None, "problem", "torch is not installed."),
    ],
)
def test_a_package_of_another_version(monkeypatch, have, state, said):
    def version(name):
        if have is None:
            raise PackageNotFoundError(name)
        return have

    monkeypatch.setattr(examination, "requires", lambda name: ["torch>=2.9", "pytest>=8; extra == 'test'"])
    monkeypatch.setattr(examination, "version", version)
    monkeypatch.setattr(examination, "_constraints", lambda: {"torch": "2.15.0"})
    first = next(examination.check_packages())
    assert (first.state, first.what) == (state, said)
    assert bool(first.todo) == (state != "ok")


def test_a_package_that_the_lab_wants_newer_is_counted_once(monkeypatch):
    monkeypatch.setattr(examination, "requires", lambda name: ["torch>=2.8", "torch>=2.9; extra == 'lab'"])
    monkeypatch.setattr(examination, "version", lambda name: "2.8.0")
    monkeypatch.setattr(examination, "_constraints", dict)
    problem, summary = examination.check_packages()
    assert problem.what == "torch is 2.8.0, the course needs >=2.9."
    assert summary.what == "0 of 1 as tested."


def test_a_torchvision_that_does_not_fit(monkeypatch):
    def broken(*arguments):
        raise RuntimeError("operator torchvision::nms does not exist\nand more")

    monkeypatch.setattr(torchvision.ops, "nms", broken)
    answer = only(examination.check_torch)
    assert answer.state == "problem"
    assert answer.what.endswith("do not fit each other: operator torchvision::nms does not exist")


def test_an_old_graphics_driver_is_a_warning(monkeypatch):
    import warnings

    import torch

    def old():
        warnings.warn("The NVIDIA driver on your system is too old\nmore", stacklevel=1)
        return False

    monkeypatch.setattr(torch.cuda, "is_available", old)
    assert states(examination.check_torch)["The NVIDIA driver on your system is too old"] == "warning"


def test_a_device_that_is_not_there_says_so_itself(monkeypatch):
    monkeypatch.setenv("VISLEARN_DEVICE", "tpu")
    (answer,) = [answer for answer in examine() if answer.state == "problem"]
    assert answer == Answer("torch", Problem("torch", answer.what, ""))
    assert answer.what.startswith("VISLEARN_DEVICE must be one of")


def test_data_that_is_absent_or_damaged(monkeypatch, tmp_path):
    def status():
        for name, state, problem in (
            ("photos", "ready", ""),
            ("digits", "absent", "not built"),
            ("clip", "absent", "not built"),
            ("scenes", "foreign", "not ours"),
        ):
            yield datasets.SetStatus(name, state, tmp_path, 2.0, problem)

    monkeypatch.setattr(datasets, "status", status)
    assert states(examination.check_data) == {
        "digits, clip: not built": "warning",
        "scenes: not ours": "problem",
        f"1 of 4 sets ready, 2 MB in {tmp_path / 'data'}": "ok",
    }


def test_bundled_weights_are_sound_and_published_ones_counted_and_nobody_needs_them(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    bundled, published = examination.check_weights()
    assert (bundled.state, bundled.what) == ("ok", "photo, scene: ready.")
    assert published.what.startswith("None of torchvision's published weights")
    (tmp_path / "hub/checkpoints").mkdir(parents=True)
    (tmp_path / "hub/checkpoints/resnet18-f37072fd.pth").write_bytes(bytes(3_000_000))
    *_bundled, published = examination.check_weights()
    assert published.what.startswith("1 published weights, 3 MB")
    assert published.state == "ok"


def test_damaged_bundled_weights_are_a_problem_that_says_what_to_do(tmp_path):
    spoilt = tmp_path / "data" / "weights"
    shutil.copytree(checkout.ROOT / "data" / "weights", spoilt)
    (spoilt / "photo.safetensors").write_bytes(b"spoilt")
    damaged, sound, _published = examination.check_weights()
    assert damaged.state == "problem"
    assert "photo.safetensors" in damaged.what
    assert sound.what == "scene: ready."


@pytest.mark.parametrize(
    ("free", "state"),
    [(50.0, "ok"), (1.0, "ok"), (0.99, "warning"), (0.2, "warning"), (0.19, "problem"), (0.0, "problem")],
)
def test_a_disk_that_fills(monkeypatch, free, state):
    usage = namedtuple("usage", "free")(free * 1e9)
    monkeypatch.setattr(examination.shutil, "disk_usage", lambda folder: usage)
    found = list(examination.check_disk())
    assert {answer.state for answer in found} == {state}
    assert [answer.what.split(" in ")[0] for answer in found] == [
        f"{free:.1f} GB free for {name}" for name in ("data", "notebooks")
    ]


def test_a_folder_that_cannot_be_written(monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(examination.tempfile, "TemporaryFile", refuse)
    found = list(examination.check_disk())
    assert {answer.state for answer in found} == {"problem"}
    assert found[0].what.startswith("Can't write data in ")


def test_no_jupyterlab(monkeypatch):
    def version(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(examination, "version", version)
    answer = only(examination.check_jupyter)
    assert (answer.state, answer.what) == ("problem", "jupyterlab is not installed.")


def test_no_lessons(monkeypatch, tmp_path):
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    assert only(examination.check_lessons).state == "problem"  # "Problems: 0" would be a lie
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/00_overview.ipynb").touch()
    assert only(examination.check_lessons).what == f"1 in {tmp_path / 'notebooks'}"


@pytest.mark.parametrize(("families", "there"), [("Noto Sans Bengali\n", True), ("", False)])
def test_letters_for_bengali(monkeypatch, families, there):
    monkeypatch.setattr(examination.sys, "platform", "linux")
    answer = subprocess.CompletedProcess([], 0, stdout=families)
    monkeypatch.setattr(examination.subprocess, "run", lambda *arguments, **options: answer)
    assert examination.has_bengali_font() is there
    assert only(examination.check_fonts).state == ("ok" if there else "warning")


@pytest.mark.parametrize(
    ("system", "needed", "folder", "there"),
    [
        ("win32", 0, "", True),  # they bring one
        ("darwin", 0, "", True),
        ("linux", 19, "", True),  # a slow computer has twenty seconds
        ("linux", 21, "", False),
        ("linux", 21, ".fonts/Lohit-Bengali.ttf", True),
        ("linux", 21, ".local/share/fonts/noto/bengali.otf", True),
        ("linux", None, ".fonts/a/Bengali", True),  # no fontconfig
        ("linux", None, ".fonts/Sans", False),
    ],
)
def test_where_letters_for_bengali_are_looked_for(monkeypatch, tmp_path, system, needed, folder, there):
    def run(line, *, timeout, **_how):
        if needed is None:
            raise FileNotFoundError(line[0])
        if timeout < needed:
            raise subprocess.TimeoutExpired(line, timeout)
        return subprocess.CompletedProcess([], 0, stdout="Noto Sans Bengali\n")

    monkeypatch.setattr(examination.sys, "platform", system)
    monkeypatch.setattr(examination.subprocess, "run", run)
    monkeypatch.setattr(
        examination,
        "Path",
        type("Home", (), {"home": lambda: tmp_path, "__new__": lambda _c, _p: tmp_path / "no"}),
    )
    if folder:
        (tmp_path / folder).parent.mkdir(parents=True)
        (tmp_path / folder).touch()
    assert examination.has_bengali_font() is there


def test_no_browser_is_a_warning_only(monkeypatch):
    monkeypatch.setenv("VISLEARN_BROWSER", "/nowhere")
    answer = only(examination.check_browser)
    assert answer.state == "warning"
    assert "only make test needs one" in answer.what


def test_a_check_that_breaks_is_an_answer(monkeypatch):
    def breaks():
        raise KeyError("surprise")

    def refuses():
        raise InputError("size", "must be positive", got=-1)

    monkeypatch.setattr(examination, "CHECKS", {"one": breaks, "two": refuses})
    one, two = examine()
    assert (one.topic, one.state, one.what) == ("one", "problem", "KeyError: 'surprise'")
    assert (two.what, two.todo) == ("size must be positive, got -1.", "")


def test_constraints_are_read_from_the_checkout(monkeypatch, tmp_path):
    assert examination._constraints()["torch"]
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    assert examination._constraints() == {}


def test_this_python_is_named():
    assert sys.executable in only(examination.check_python).what
