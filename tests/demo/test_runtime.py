import base64
import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from vislearn.demo import runtime
from vislearn.demo.runtime import RUNTIME_FILES, VERSION, runtime_files
from vislearn.errors import FileError, MissingError


@pytest.fixture
def package(monkeypatch, tmp_path):
    """What npm pack would write, small; it counts as what was published. The cache is empty."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name in (*RUNTIME_FILES, "ort.other.mjs"):
            entry = tarfile.TarInfo(f"package/dist/{name}")
            entry.size = len(name)
            archive.addfile(entry, io.BytesIO(name.encode()))
    digest = hashlib.sha512(file.getvalue()).digest()
    monkeypatch.setattr(runtime, "_SHA512", base64.b64encode(digest).decode())
    monkeypatch.setattr(runtime, "cache_folder", lambda: tmp_path / "cache")
    return file.getvalue()


@pytest.fixture
def npm(package, monkeypatch):
    """npm, which notes what it is asked for and writes ``package``, or fails."""
    asked = []

    def run(command, **_):
        asked.append(command)
        if run.fails:
            raise subprocess.CalledProcessError(1, command, stderr=run.fails)
        (Path(command[-1]) / f"onnxruntime-web-{VERSION}.tgz").write_bytes(run.gives)

    run.fails, run.gives, run.asked = "", package, asked
    monkeypatch.setattr(runtime.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(runtime.subprocess, "run", run)
    return run


def test_fetched_once_and_kept(npm, tmp_path):
    wanted = {name: name.encode() for name in RUNTIME_FILES}
    assert runtime_files() == wanted
    assert runtime_files() == wanted
    assert [command[1:3] for command in npm.asked] == [["pack", f"onnxruntime-web@{VERSION}"]]
    assert [path.name for path in (tmp_path / "cache" / "vislearn").iterdir()] == [
        f"onnxruntime-web-{VERSION}.tgz"
    ]


def test_a_damaged_cache_is_fetched_again(npm, tmp_path):
    runtime_files()
    (cached,) = (tmp_path / "cache" / "vislearn").iterdir()
    cached.write_bytes(cached.read_bytes()[:-9])
    runtime_files()
    assert len(npm.asked) == 2


def test_an_archive_at_hand_needs_neither_npm_nor_cache(npm, package, tmp_path):
    (tmp_path / "o.tgz").write_bytes(package)
    assert runtime_files(tmp_path / "o.tgz").keys() == set(RUNTIME_FILES)
    assert npm.asked == []
    (tmp_path / "o.tgz").write_bytes(package + b"x")
    with pytest.raises(FileError, match=r"o\.tgz is not onnxruntime-web@.* as it was published"):
        runtime_files(tmp_path / "o.tgz")
    with pytest.raises(FileError, match=r"gone\.tgz does not exist"):
        runtime_files(tmp_path / "gone.tgz")


def test_what_somebody_changed_is_neither_used_nor_kept(npm, tmp_path):
    npm.gives += b"x"
    with pytest.raises(FileError, match="is not what was published"):
        runtime_files()
    assert not (tmp_path / "cache").exists()


def test_without_npm_or_internet_one_is_told_what_to_do(npm, monkeypatch):
    npm.fails = "npm error code ENOTFOUND\nnpm error a log"
    with pytest.raises(MissingError, match=r"npm could not fetch .*: npm error code ENOTFOUND\. Try again"):
        runtime_files()
    monkeypatch.setattr(runtime.shutil, "which", lambda _: None)
    with pytest.raises(MissingError, match=r"npm, .* is not installed\. Install Node\.js.*--runtime"):
        runtime_files()
