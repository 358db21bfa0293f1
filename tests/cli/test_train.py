import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from vislearn.cli import main
from vislearn.cli.train import _stopped, _told
from vislearn.models import classifier
from vislearn.training import load_model
from vislearn.training.tasks import ClassificationTask


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def tree(tmp_path):
    for split in ("train", "val"):
        for number, name in enumerate(("dark", "light")):
            (tmp_path / "tree" / split / name).mkdir(parents=True)
            for index in range(3):
                pixels = np.full((32, 32, 3), 200 * number + index, dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / "tree" / split / name / f"{index}.png")
    return tmp_path / "tree"


def run(tree, *arguments):
    return CliRunner().invoke(main, ["train", "--data_root", str(tree), *arguments])


def test_two_networks_stand_in_one_table_and_the_better_one_is_saved(tree, tmp_path):
    out = tmp_path / "runs" / "c.pt"
    networks = ("--backbone", "photo", "--backbone", "photo:scratch")
    done = run(tree, *networks, "--epochs", "2", "--batch-size", "3", "--lr", "0.02", "--out", str(out))
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    table = [line.split() for line in lines[lines.index("") + 1 :][:3]]
    assert table[0][:3] == ["network:mode", "val", "accuracy"]
    assert [row[0] for row in table[1:]] == ["photo:frozen", "photo:scratch"]
    best = max(table[1:], key=lambda row: float(row[1]))[0]
    assert lines[-1] == f"Saved: {out} ({best})."
    assert load_model(out, classifier).classes == ["dark", "light"]


def test_pictures_to_judge_by_that_are_learned_from_are_told(tree, tmp_path):
    arguments = ("--epochs", "1", "--overwrite", "--out", str(tmp_path / "c.pt"))
    same = run(tree, *arguments)
    assert same.exit_code == 0, same.output
    assert (
        f"6 of the 6 pictures in val are in train, too, such as {tree / 'val' / 'dark' / '0.png'}"
        in same.output
    )
    assert "are in train, too" not in run(tree, *arguments, "--no-audit").output
    for path in (tree / "val").rglob("*.png"):
        Image.open(path).transpose(Image.Transpose.ROTATE_90).resize((31, 32)).save(path)
    assert "are in train, too" not in run(tree, *arguments).output


def test_a_place_where_nothing_can_be_written_is_refused_before_training(tree, tmp_path):
    (tmp_path / "file").touch()
    done = run(tree, "--out", str(tmp_path / "file" / "c.pt"))
    assert done.exit_code == 1
    assert "a file stands where a folder is needed" in done.output
    assert "Looking at" not in done.output


def test_a_gif_among_the_pictures_is_one_of_them(tree, tmp_path):
    frames = [Image.new("L", (32, 32), value) for value in (10, 200)]
    frames[0].save(
        tree / "train" / "dark" / "moving.GIF", format="GIF", save_all=True, append_images=frames[1:]
    )
    out = tmp_path / "c.pt"
    done = run(tree, "--epochs", "1", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "Looking at 13 pictures" in done.output
    assert load_model(out, classifier).classes == ["dark", "light"]


def test_every_damaged_picture_is_named_before_anything_is_computed(tree, tmp_path):
    whole = (tree / "train" / "dark" / "0.png").read_bytes()
    damaged = [tree / "train" / "light" / "1.png", tree / "val" / "dark" / "2.png"]
    for path in damaged:
        path.write_bytes(whole[: len(whole) // 2])
    done = run(tree, "--epochs", "1", "--out", str(tmp_path / "c.pt"))
    assert done.exit_code == 1
    assert all(str(path) in done.output for path in damaged)
    assert "features of" not in done.output


def test_what_ends_the_table_does_not_cost_the_training(tree, tmp_path, monkeypatch):
    def broken(outcomes):
        raise OSError("the pipe is gone")

    monkeypatch.setattr("vislearn.cli.train._table", broken)
    run(tree, "--epochs", "1", "--out", str(tmp_path / "c.pt"))
    assert load_model(tmp_path / "c.pt", classifier).classes == ["dark", "light"]


@pytest.mark.parametrize(
    ("arguments", "mode"),
    [((), "frozen"), (("--unfreeze_backbone",), "finetune"), (("--mode", "scratch"), "scratch")],
)
def test_the_mode_of_a_bare_name(tree, tmp_path, arguments, mode):
    done = run(tree, *arguments, "--epochs", "1", "--out", str(tmp_path / "c.pt"))
    assert done.exit_code == 0, done.output
    assert f"(photo:{mode})" in done.output


def test_pictures_in_test_are_scored_once_at_the_end(tree, tmp_path):
    shutil.copytree(tree / "val", tree / "test")
    done = run(
        tree,
        "--epochs",
        "1",
        "--backbone",
        "photo",
        "--backbone",
        "photo:scratch",
        "--out",
        str(tmp_path / "c.pt"),
    )
    assert done.exit_code == 0, done.output
    assert done.output.count("Pictures in test: 6; accuracy ") == 1


def test_one_folder_is_split_on_request_and_the_list_is_there(tree, tmp_path):
    done = run(tree / "train", "--split", ".3", "--epochs", "1", "--out", str(tmp_path / "c.pt"))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "c.split.csv").exists()
    assert not (tmp_path / "c.training").exists()


def test_a_classifier_that_is_there_is_not_overwritten_silently(tree, tmp_path):
    (tmp_path / "c.pt").write_text("a week of work")
    done = run(tree, "--epochs", "1", "--out", str(tmp_path / "c.pt"))
    assert done.exit_code == 1
    assert "c.pt is there already" in done.output
    assert "Looking at" not in done.output
    assert (tmp_path / "c.pt").read_text() == "a week of work"


@pytest.mark.parametrize("moment", ["the first epoch", "the second epoch"])
def test_ctrl_c_is_one_sentence_and_code_130(tree, tmp_path, monkeypatch, moment):
    loss, calls = ClassificationTask.loss, []

    def stopping(task, model, batch):
        calls.append(1)
        if len(calls) == (1 if moment == "the first epoch" else 2):
            raise KeyboardInterrupt
        return loss(task, model, batch)

    monkeypatch.setattr(ClassificationTask, "loss", stopping)
    done = run(tree, "--epochs", "3", "--out", str(tmp_path / "c.pt"))
    assert done.exit_code == 130
    last = done.output.splitlines()[-1]
    assert last.startswith("Stopped")
    assert ("c.pt" in last) == (moment == "the second epoch") == (tmp_path / "c.pt").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--num_classes", "3"),
            "num_classes হতে হবে ২, ক্লাসের ফোল্ডার যতটি; কিন্তু দেওয়া আছে ৩। বাদ দিন: নিজেই গোনা হয়।",
        ),
        (("--backbone", "photo:frosen"), "mode must be one of"),
    ],
)
def test_what_can_not_be_is_said_in_one_language(tree, monkeypatch, arguments, sentence):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    done = run(tree, *arguments)
    assert done.output.removeprefix("Error: ").startswith(sentence)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--backbone", "fotograph"), "backbone must be 'photo', 'scene' or a classification network"),
        (("--backbone", "photo:frosen"), "mode must be one of"),
        (("--num_classes", "3"), "num_classes must be 2"),
    ],
)
def test_what_can_not_be_is_one_sentence(tree, arguments, sentence):
    done = run(tree, *arguments)
    assert done.exit_code == 1
    assert sentence in done.output
    assert "Traceback" not in done.output


class Report:
    """Of a classifier with known mistakes."""

    accuracy = 0.87654

    def average(self, kind):
        assert kind == "macro"
        return {"f1": 0.5}

    def mistakes(self, count):
        return [("cat", "dog", 9), ("dog", "cat", 4), ("cow", "cat", 1), ("cow", "dog", 1)][:count]

    def __str__(self):
        return "class by class"


def test_what_a_run_has_to_say_in_the_end():
    outcome = SimpleNamespace(choice="photo:frozen", report=Report(), trainable=1026, seconds=12.6)
    other = SimpleNamespace(choice="scratch", report=Report(), trainable=9, seconds=0.4)
    run = SimpleNamespace(
        outcomes=[outcome, other], tested=None, out=Path("runs/a.pt"), file=lambda ending: f"runs/a{ending}"
    )
    lines = _told(run, outcome, report=False)
    assert lines[1].splitlines() == [
        "network:mode  val accuracy  macro F1  trainable  seconds",
        "photo:frozen         0.877     0.500       1026       13",
        "scratch              0.877     0.500          9        0",
    ]
    assert lines[:1] + lines[2:] == [
        "",
        "",
        "photo:frozen, class by class:",
        "class by class",
        "9 × cat taken for dog",
        "4 × dog taken for cat",
        "1 × cow taken for cat",
        f"Saved: {run.out} (photo:frozen).",
    ]
    run.tested = SimpleNamespace(files=["x"] * 7, report=Report())
    assert _told(run, outcome, report=True)[-3:] == [
        "Pictures in test: 7; accuracy 0.877.",
        "Report: runs/a.html",
        f"Saved: {run.out} (photo:frozen).",
    ]
    run.best = None
    assert (
        _stopped(run) == "Stopped before the first epoch was over: no classifier is saved. --resume goes on."
    )
    run.best = outcome
    assert _stopped(run) == (
        f"Stopped. The best so far is saved: {run.out} (photo:frozen, accuracy 0.877). --resume goes on."
    )


def test_twelve_bits_are_told_once_or_read_by_scale_which_the_classifier_remembers(tree, tmp_path):
    twelve = np.random.default_rng(0).integers(0, 4096, (32, 32)).astype(np.uint16)
    Image.fromarray(twelve).save(tree / "train" / "dark" / "deep.png")
    arguments = ("--epochs", "1", "--overwrite", "--no-audit", "--out", str(tmp_path / "c.pt"))
    told = run(tree, *arguments)  # a warning would be an error here
    assert (told.exit_code, told.output.count("becomes nearly black")) == (0, 1), told.output
    assert load_model(tmp_path / "c.pt", classifier).scale is None
    right = run(tree, *arguments, "--scale", "4095")
    assert (right.exit_code, "nearly black" in right.output) == (0, False), right.output
    assert load_model(tmp_path / "c.pt", classifier).scale == 4095
