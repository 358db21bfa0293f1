import errno
import io
import signal
import threading
import zipfile
from pathlib import Path

import pytest
import torch

from vislearn.errors import FileError
from vislearn.training.checkpoints import file as checkpoint


def test_what_was_written_is_read_and_needs_no_trust(tmp_path):
    file = tmp_path / "new folder" / "run.pt"
    checkpoint.write(file, "training", {"epoch": 3, "rows": [{"a": 0.5}], "weights": {"w": torch.ones(2)}})
    found = checkpoint.read(file, "training")
    assert (found["epoch"], found["rows"], found["weights"]["w"].tolist()) == (3, [{"a": 0.5}], [1, 1])
    assert set(found["versions"]) == {"vislearn", "torch", "python"}
    assert [path.name for path in file.parent.iterdir()] == ["run.pt"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, r"run.pt does not exist\. Check its name and its folder\."),
        (b"", "it is damaged"),
        (b"no checkpoint", "it is damaged"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path, content, problem):
    file = tmp_path / "run.pt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(FileError, match=problem):
        checkpoint.read(file, "training")


def test_a_file_cut_short_is_damaged(tmp_path):
    file = tmp_path / "run.pt"
    checkpoint.write(file, "training", {"weights": torch.ones(1000)})
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(FileError, match="it is damaged"):
        checkpoint.read(file, "training")


def test_a_file_whose_instructions_were_changed_is_damaged(tmp_path):
    """Each byte of the pickle in turn: read, or refused with a sentence."""
    file = tmp_path / "run.pt"
    checkpoint.write(file, "training", {"weights": torch.ones(2), "names": ["a"]})
    with zipfile.ZipFile(file) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    (pickled,) = (name for name in parts if name.endswith("data.pkl"))
    refused = 0
    for at in range(len(parts[pickled])):
        changed = bytearray(parts[pickled])
        changed[at] = ord("e")  # pickle's APPENDS: takes what may not be there
        with zipfile.ZipFile(file, "w") as tampered:
            for name, content in parts.items():
                tampered.writestr(name, bytes(changed) if name == pickled else content)
        try:
            checkpoint.read(file, "training")
        except FileError:
            refused += 1
    assert refused > 100


class Harmful:
    def __reduce__(self):
        return print, ("this must never run",)


def test_code_in_a_file_is_not_run(tmp_path, capsys):
    torch.save({"vislearn": "training", "more": Harmful()}, tmp_path / "run.pt")
    with pytest.raises(FileError, match="no file of vislearn's"):
        checkpoint.read(tmp_path / "run.pt", "training")
    assert capsys.readouterr().out == ""


def test_a_model_is_no_checkpoint_and_weights_alone_are_neither(tmp_path):
    checkpoint.write(tmp_path / "a.pt", "model", {})
    with pytest.raises(FileError, match="holds a saved model, not a training's checkpoint"):
        checkpoint.read(tmp_path / "a.pt", "training")
    torch.save({"w": torch.ones(1)}, tmp_path / "b.pt")
    with pytest.raises(FileError, match=r"b\.pt holds something else, not a saved .*training\.save_model\."):
        checkpoint.read(tmp_path / "b.pt", "model")
    with pytest.raises(FileError, match="holds something else, not a training's checkpoint"):
        checkpoint.read(tmp_path / "b.pt", "training")


def test_who_gives_a_checkpoint_for_a_model_is_told_which_file_to_take(tmp_path):
    file, best = tmp_path / "run.pt", tmp_path / "run.best.pt"
    checkpoint.write(file, "training", {})
    with pytest.raises(FileError) as refused:
        checkpoint.read(file, "model")
    later = f"Go on with the training: after its next epoch {best} holds the model of the best one."
    assert str(refused.value) == f"{file} holds a training's checkpoint, not a saved model. {later}"
    checkpoint.write(best, "model", {})
    with pytest.raises(FileError, match=r"run\.best\.pt: the model of its best epoch\.$"):
        checkpoint.read(file, "model")


def test_half_written_files_are_swept_away_and_only_those(tmp_path):
    for name in (".run-0123abcd.pt", ".run-0123abcd.jpg", ".runs-0123abcd.pt", "run.pt", "run-0123abcd.pt"):
        (tmp_path / name).touch()
    checkpoint.sweep(tmp_path / "run.pt")
    assert not (tmp_path / ".run-0123abcd.pt").exists()
    assert len(list(tmp_path.iterdir())) == 4


class Full(io.BytesIO):
    """A file on a disk that takes 500 bytes more."""

    def write(self, some):
        if self.tell() + len(some) > 500:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(some)


def test_a_full_disk_is_told_and_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "run.pt"
    file.write_text("the old one")
    monkeypatch.setattr(Path, "open", lambda path, mode: Full())
    with pytest.raises(FileError, match=r"run\.pt can't be written: the disk is full"):
        checkpoint.write(file, "model", {"weights": {"w": torch.ones(1000)}})
    monkeypatch.undo()
    assert file.read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]


class Stopping(io.FileIO):
    """A file at whose first bytes somebody stops the program."""

    def __init__(self, path, mode, number):
        super().__init__(path, mode)
        self.number = number

    def write(self, some):
        if self.tell() == 0:
            signal.raise_signal(self.number)
        return super().write(some)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_while_a_file_is_written_finds_it_whole(tmp_path, monkeypatch, number):
    file = tmp_path / "run.pt"
    monkeypatch.setattr(Path, "open", lambda path, mode: Stopping(path, mode, number))
    before = signal.signal(number, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            checkpoint.write(file, "model", {"weights": {"w": torch.ones(1000)}})
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)
    assert checkpoint.read(file, "model")["weights"]["w"].sum() == 1000
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]


def test_in_another_thread_it_is_written_too(tmp_path):
    thread = threading.Thread(target=checkpoint.write, args=(tmp_path / "run.pt", "model", {"a": 1}))
    thread.start()
    thread.join()
    assert checkpoint.read(tmp_path / "run.pt", "model")["a"] == 1


def test_an_exported_model_is_called_what_it_is(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"\x08\x08onnx")
    with pytest.raises(FileError, match=r"exported, for programs without torch. Give the \.pt"):
        checkpoint.read(tmp_path / "model.onnx", "model")
