"""predict, detect, segment and export on what can't be used, where nothing can be written, and killed.

One table for all four: a sentence, exit status 1, and all that was there is there afterwards. ``train`` has a
table of its own.
"""

import errno
import multiprocessing
import runpy
import struct
import zlib
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from vislearn.cli import main
from vislearn.models import classifier, detector, segmenter
from vislearn.training import save_model
from vislearn.transforms import detection_transform, eval_transform, segmentation_transform

COMMANDS = ("predict", "detect", "segment", "export")


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A small model for each command, of random numbers."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    networks = {
        "predict": (classifier("photo", 2, "scratch"), eval_transform(32)),
        "detect": (detector("faster_rcnn", 2, "scratch", max_objects=3), detection_transform(train=False)),
        "segment": (segmenter("lraspp", 2, "scratch", channels=8), segmentation_transform(train=False)),
    }
    saved = {
        command: save_model(folder / f"{command}.pt", model, classes=["a", "b"], transform=transform)
        for command, (model, transform) in networks.items()
    }
    return saved | {"export": saved["predict"], "demo": saved["predict"]}


@pytest.fixture
def pictures(tmp_path):
    (tmp_path / "in").mkdir()
    Image.linear_gradient("L").convert("RGB").resize((64, 48)).save(tmp_path / "in" / "a.png")
    return tmp_path / "in"


def line(command, model, pictures, out):
    """The command with its own words for a model, pictures, and a place for the result."""
    words = {
        "predict": [model, pictures, "--csv", out / "t.csv", "--html", out / "p.html"],
        "detect": [model, pictures, "--out", out, "--html", out / "p.html"],
        "segment": [pictures, "--model", model, "--out", out, "--html", out / "p.html"],
        "export": [model, "--pictures", pictures, "--out", out / "m.onnx"],
        "demo": [model, "--no-browser"],
    }
    return [command, *map(str, words[command])]


def run(command, model, pictures, out, *more):
    return CliRunner().invoke(main, [*line(command, model, pictures, out), *more])


def refused(done, *words):
    """One sentence, in which these words are."""
    assert done.exit_code == 1, done.output
    assert isinstance(done.exception, SystemExit)
    said = done.output.splitlines()[-1]
    assert all(word in done.output for word in words), done.output
    assert said.endswith("."), said


def bomb():
    """A PNG of 70 bytes that claims 900 million pixels."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (b"a letter to my aunt", "holds text, not a picture"),
        (b"\x89PNG\r\n\x1a\n cut off", "is a damaged PNG"),
        (bomb(), "has 30000×30000 pixels"),
    ],
    ids=["empty", "foreign", "damaged", "huge"],
)
def test_a_picture_that_can_not_be_read_is_named(models, pictures, tmp_path, command, content, words):
    (pictures / "b.png").write_bytes(content)
    refused(run(command, models[command], pictures, tmp_path / "out"), f"{pictures / 'b.png'} {words}")


@pytest.mark.parametrize("command", COMMANDS)
def test_places_without_a_picture_are_told_before_anything_is_computed(models, tmp_path, command):
    refused(run(command, models[command], tmp_path / "gone", tmp_path / "out"), "gone")
    (tmp_path / "empty").mkdir()
    refused(run(command, models[command], tmp_path / "empty", tmp_path / "out"), "has no pictures in it")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", [*COMMANDS, "demo"])
@pytest.mark.parametrize(
    "content", [None, b"", b"no network", "half"], ids=["missing", "empty", "foreign", "cut"]
)
def test_a_model_that_is_none_is_named_and_nothing_is_written(models, pictures, tmp_path, command, content):
    file = tmp_path / "m.pt"
    if content is not None:
        whole = models[command].read_bytes()
        file.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    refused(run(command, file, pictures, tmp_path / "out"), str(file))
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_place_that_may_not_be_written_to_is_told_before_the_model_is_read(
    models, pictures, tmp_path, monkeypatch, command
):
    def closed(_path):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "touch", closed)
    refused(run(command, tmp_path / "gone.pt", pictures, tmp_path / "out"), "can't be written: no permission")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_ends_it_in_one_sentence_and_leaves_no_half_file(
    models, pictures, tmp_path, monkeypatch, command
):
    def full(_path):
        raise OSError(errno.ENOSPC, "No space left on device")

    # test_train_hostile has a limit for a process; within pytest it would cut pytest's files, too
    monkeypatch.setattr("vislearn.files._onto_the_disk", full)
    for number in range(3):  # the first that can't be kept ends it: the others would be computed for nothing
        (pictures / f"{number}.png").write_bytes((pictures / "a.png").read_bytes())
    done = run(command, models[command], pictures, tmp_path / "out")
    refused(done, "can't be written: the disk is full. Free some space.")
    assert done.output.count("the disk is full") == 1
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_is_one_sentence_and_code_130(models, pictures, tmp_path, monkeypatch, command):
    def stopped(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("vislearn.io.read_pil" if command == "export" else "vislearn.io.read_image", stopped)
    done = run(command, models[command], pictures, tmp_path / "out")
    assert done.exit_code == 130, done.output
    before_any = "Stopped before the first picture was done: nothing is saved."
    last = done.output.splitlines()[-1]
    assert last.startswith("Stopped: ") if command == "export" else last == before_any
    assert not list((tmp_path / "out").rglob("*.onnx"))


@pytest.mark.parametrize("command", COMMANDS)
def test_neither_the_model_nor_a_picture_is_written_over(models, pictures, tmp_path, command):
    model = tmp_path / "in" / "m.pt"
    model.write_bytes(models[command].read_bytes())
    words = {
        "predict": [model, pictures, "--csv", model],
        "detect": [model, pictures, "--html", model, "--out", tmp_path / "out"],
        "segment": [pictures, "--model", model, "--html", pictures / "a.png", "--out", tmp_path / "out"],
        "export": [model, "--pictures", pictures, "--out", model],
    }
    done = CliRunner().invoke(main, [command, *map(str, words[command]), "--overwrite"])
    refused(done, "is read here, and would be overwritten. Choose another name.")
    assert model.read_bytes() == models[command].read_bytes()


@pytest.fixture(scope="module")
def killed():
    """A command in a process of its own, which is killed over a half-written file."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["vislearn.cli", "vislearn.training.recipes.exporting"])

    def killed(arguments, number):
        script = str(Path(__file__).with_name("killable_command.py"))
        given = {"ARGUMENTS": {"arguments": arguments, "number": number}}
        process = context.Process(target=runpy.run_path, args=(script, given, "__main__"))
        process.start()
        process.join(240)
        return process.exitcode

    return killed


def whole_files(folder):
    """Name → bytes of what bears its own name; what a killed process left half-written bears none."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("command", "targets", "number"),
    [
        ("predict", ["t.csv", "p.html"], 2),
        ("detect", ["drawn/a.png", "drawn/b.png", "detections.json", "p.html"], 3),
        ("segment", ["masks/a.png", "overlays/a.png", "masks/b.png", "overlays/b.png", "p.html"], 4),
        ("export", ["m.onnx"], 1),
    ],
)
def test_killed_while_it_writes_it_leaves_whole_files_and_can_be_run_again(
    models, pictures, tmp_path, killed, command, targets, number
):
    (pictures / "b.png").write_bytes((pictures / "a.png").read_bytes())
    out = tmp_path / "out"
    for target in targets:
        (out / target).parent.mkdir(parents=True, exist_ok=True)
        (out / target).write_bytes(b"of an earlier run")
    read, model = whole_files(pictures), models[command].read_bytes()
    arguments = [*line(command, models[command], pictures, out), "--overwrite"]
    assert killed(arguments, number) not in (0, 1)
    left = whole_files(out)
    assert sorted(left) == sorted(targets)
    assert all(left[target] == b"of an earlier run" for target in targets[number - 1 :])
    assert whole_files(pictures) == read
    assert models[command].read_bytes() == model
    if command != "export":  # whose whole runs take seconds, and are in test_export
        assert run(command, models[command], pictures, out, "--overwrite").exit_code == 0
        again = whole_files(out)
        assert all(again[target] == left[target] for target in targets[: number - 1])
        assert b"of an earlier run" not in again.values()
