import json

import pytest

from vislearn.demo import folder as folders
from vislearn.demo.folder import write_folder
from vislearn.demo.serving import page_files
from vislearn.errors import FileError, MissingError


@pytest.fixture
def model(make, monkeypatch, tmp_path):
    """A file, and what it stands for; ONNX Runtime for browsers is two small files."""
    monkeypatch.setattr(folders, "load", lambda _: make())
    monkeypatch.setattr(folders, "runtime_files", lambda _: {"ort.mjs": b"script", "ort.wasm": b"\0asm"})
    (tmp_path / "frogs.onnx").write_bytes(b"a network")
    return tmp_path / "frogs.onnx"


def test_all_that_the_page_needs_in_a_new_folder(model, tmp_path):
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "below" / "page", tmp_path / "empty"):
        files = write_folder(model, place)
        names = {path.name for path in files}
        assert names == {*page_files(), "config.json", "model.onnx", "ort.mjs", "ort.wasm"}
        assert {path.name for path in place.iterdir()} == names
        assert [path.name for path in place.parent.iterdir() if path.name.startswith(".")] == []
    told = json.loads((place / "config.json").read_text("utf-8"))
    assert (told["name"], told["static"]) == ("frogs", True)
    assert (place / "model.onnx").read_bytes() == b"a network"


def test_what_stands_there_is_never_replaced(model, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "mine.html").write_text("mine")
    for place in ("site", "frogs.onnx"):
        with pytest.raises(FileError, match=f"{place} already holds something"):
            write_folder(model, tmp_path / place)
    assert (tmp_path / "site" / "mine.html").read_text() == "mine"
    with pytest.raises(FileError, match="a file stands where a folder is needed"):
        write_folder(model, model / "page")


def test_without_a_runtime_nothing_is_written(model, tmp_path, monkeypatch):
    def missing(_):
        raise MissingError("npm is not installed.", fix="Install it.")

    monkeypatch.setattr(folders, "runtime_files", missing)
    with pytest.raises(MissingError):
        write_folder(model, tmp_path / "page")
    assert [path.name for path in tmp_path.iterdir()] == ["frogs.onnx"]
