"""Each check, on a machine where the thing it looks for is wrong."""

import shutil
import subprocess
import sys
from collections import namedtuple
from importlib.metadata import PackageNotFoundError

import pytest
import torchvision

from vislearn import checkout, datasets
from vislearn.cli import findings
from vislearn.cli.findings import Finding, examine
from vislearn.errors import InputError


@pytest.fixture(autouse=True)
def _english(monkeypatch, tmp_path):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("VISLEARN_DEVICE", raising=False)


def states(check):
    return {finding.what: finding.state for finding in check()}


def only(check):
    (finding,) = check()
    return finding


def test_a_healthy_machine_has_no_problem():
    """This one: the suite runs in the environment that make test has set up."""
    found = list(examine())
    assert [finding for finding in found if finding.state == "problem"] == []
    assert {finding.topic for finding in found} >= set(findings.CHECKS)


@pytest.mark.parametrize("version", [(3, 10, 1), (3, 15, 0)])
def test_an_untested_python(monkeypatch, version):
    monkeypatch.setattr(findings.sys, "version_info", version)
    assert only(findings.check_python).state == "warning"


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

    monkeypatch.setattr(findings, "requires", lambda name: ["torch>=2.9", "pytest>=8; extra == 'test'"])
    monkeypatch.setattr(findings, "version", version)
    monkeypatch.setattr(findings, "_constraints", lambda: {"torch": "2.15.0"})
    first = next(findings.check_packages())
    assert (first.state, first.what) == (state, said)
    assert bool(first.todo) == (state != "ok")


def test_a_torchvision_that_does_not_fit(monkeypatch):
    def broken(*arguments):
        raise RuntimeError("operator torchvision::nms does not exist\nand more")

    monkeypatch.setattr(torchvision.ops, "nms", broken)
    finding = only(findings.check_torch)
    assert finding.state == "problem"
    assert finding.what.endswith("do not fit each other: operator torchvision::nms does not exist")


def test_an_old_graphics_driver_is_a_warning(monkeypatch):
    import warnings

    import torch

    def old():
        warnings.warn("The NVIDIA driver on your system is too old\nmore", stacklevel=1)
        return False

    monkeypatch.setattr(torch.cuda, "is_available", old)
    assert states(findings.check_torch)["The NVIDIA driver on your system is too old"] == "warning"


def test_a_device_that_is_not_there_says_so_itself(monkeypatch):
    monkeypatch.setenv("VISLEARN_DEVICE", "tpu")
    (finding,) = [finding for finding in examine() if finding.state == "problem"]
    assert finding == Finding("torch", "problem", finding.what)
    assert finding.what.startswith("VISLEARN_DEVICE must be one of")


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
    assert states(findings.check_data) == {
        "digits, clip: not built": "warning",
        "scenes: not ours": "problem",
        f"1 of 4 sets ready, 2 MB in {tmp_path / 'data'}": "ok",
    }


def test_bundled_weights_are_sound_and_published_ones_counted_and_nobody_needs_them(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    bundled, published = findings.check_weights()
    assert (bundled.state, bundled.what) == ("ok", "photo, scene: ready.")
    assert published.what.startswith("None of torchvision's published weights")
    (tmp_path / "hub/checkpoints").mkdir(parents=True)
    (tmp_path / "hub/checkpoints/resnet18-f37072fd.pth").write_bytes(bytes(3_000_000))
    *_bundled, published = findings.check_weights()
    assert published.what.startswith("1 published weights, 3 MB")
    assert published.state == "ok"


def test_damaged_bundled_weights_are_a_problem_that_says_what_to_do(tmp_path):
    spoilt = tmp_path / "data" / "weights"
    shutil.copytree(checkout.ROOT / "data" / "weights", spoilt)
    (spoilt / "photo.safetensors").write_bytes(b"spoilt")
    damaged, sound, _published = findings.check_weights()
    assert damaged.state == "problem"
    assert "photo.safetensors" in damaged.what
    assert sound.what == "scene: ready."


@pytest.mark.parametrize(("free", "state"), [(50.0, "ok"), (0.5, "warning"), (0.1, "problem")])
def test_a_disk_that_fills(monkeypatch, free, state):
    usage = namedtuple("usage", "free")(free * 1e9)
    monkeypatch.setattr(findings.shutil, "disk_usage", lambda folder: usage)
    assert set(states(findings.check_disk).values()) == {state}


def test_a_folder_that_cannot_be_written(monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(findings.tempfile, "TemporaryFile", refuse)
    found = list(findings.check_disk())
    assert {finding.state for finding in found} == {"problem"}
    assert found[0].what.startswith("Can't write data in ")


def test_no_jupyterlab(monkeypatch):
    def version(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(findings, "version", version)
    finding = only(findings.check_jupyter)
    assert (finding.state, finding.what) == ("problem", "jupyterlab is not installed.")


def test_no_lessons(monkeypatch, tmp_path):
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    assert only(findings.check_lessons).state == "warning"
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/00_overview.ipynb").touch()
    assert only(findings.check_lessons).what == f"1 in {tmp_path / 'notebooks'}"


@pytest.mark.parametrize(("families", "there"), [("Noto Sans Bengali\n", True), ("", False)])
def test_letters_for_bengali(monkeypatch, families, there):
    monkeypatch.setattr(findings.sys, "platform", "linux")
    answer = subprocess.CompletedProcess([], 0, stdout=families)
    monkeypatch.setattr(findings.subprocess, "run", lambda *arguments, **options: answer)
    assert findings.has_bengali_font() is there
    assert only(findings.check_fonts).state == ("ok" if there else "warning")


def test_no_browser_is_a_warning_only(monkeypatch):
    monkeypatch.setenv("VISLEARN_BROWSER", "/nowhere")
    finding = only(findings.check_browser)
    assert finding.state == "warning"
    assert "only make test needs one" in finding.what


def test_a_check_that_breaks_is_a_finding(monkeypatch):
    def breaks():
        raise KeyError("surprise")

    def refuses():
        raise InputError("size", "must be positive", got=-1)

    monkeypatch.setattr(findings, "CHECKS", {"one": breaks, "two": refuses})
    one, two = examine()
    assert (one.topic, one.state, one.what) == ("one", "problem", "KeyError: 'surprise'")
    assert (two.what, two.todo) == ("size must be positive, got -1.", "")


def test_constraints_are_read_from_the_checkout(monkeypatch, tmp_path):
    assert findings._constraints()["torch"]
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    assert findings._constraints() == {}


def test_this_python_is_named():
    assert sys.executable in only(findings.check_python).what
