"""``vislearn train`` on what nobody can train on, and where nobody can write: one sentence, nothing lost."""

import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from vislearn.cli import main


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def tree(tmp_path, noise_tree):
    return noise_tree(tmp_path / "tree", {"dark": 30, "light": 200}, spread=30, train=3, val=3)


def emptied(tree):
    shutil.rmtree(tree / "train" / "dark")
    (tree / "train" / "dark").mkdir()


def one_class(tree):
    for part in ("train", "val"):
        shutil.rmtree(tree / part / "light")


def damaged(tree):
    path = tree / "train" / "dark" / "0.png"
    path.write_bytes(path.read_bytes()[:200])


def no_picture(tree):
    (tree / "train" / "dark" / "0.png").write_text("a letter to my aunt")


def huge(tree):
    """A bomb: a small file that claims 900 million pixels."""
    whole = bytearray((tree / "train" / "dark" / "0.png").read_bytes())
    whole[16:24] = (30_000).to_bytes(4, "big") * 2
    (tree / "train" / "dark" / "0.png").write_bytes(whole)


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (shutil.rmtree, "does not exist"),
        (lambda tree: shutil.rmtree(tree / "val"), "val is not there"),
        (emptied, "is an empty class folder"),
        (one_class, "holds a single class"),
        (damaged, "0.png"),
        (no_picture, "0.png"),
        (huge, "0.png"),
        (lambda tree: (tree / "train" / "dark" / "notes.docx").touch(), "notes.docx is not a picture"),
        (lambda tree: (tree / "val" / "dark").rename(tree / "val" / "drak"), "drak is a class that"),
    ],
)
def test_what_can_not_be_trained_on_is_named_and_nothing_is_left_behind(tree, tmp_path, break_it, words):
    break_it(tree)
    line = ["train", "--data_root", str(tree), "--epochs", "1", "--out", str(tmp_path / "runs" / "c.pt")]
    done = CliRunner().invoke(main, line)
    assert done.exit_code == 1, done.output
    assert words in done.output
    assert "Traceback" not in done.output
    assert list((tmp_path / "runs").iterdir()) == []


def on_a_full_disk(*arguments, limit):
    """In a process of its own, which can't write files longer than ``limit`` bytes."""

    def limited():
        import resource  # Windows has none

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-m", "vislearn", *arguments],
        # bytecode would be cut at the limit, too, and break every later run
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        preexec_fn=limited,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for one process")
@pytest.mark.parametrize(
    "limit",
    [2_000, 600_000],  # not even the first checkpoint fits; the head's do, the whole classifier doesn't
    ids=["at once", "at the end"],
)
def test_a_full_disk_is_one_sentence_keeps_what_was_there_and_can_be_gone_on_with(tree, tmp_path, limit):
    out = tmp_path / "c.pt"
    out.write_text("the old one")
    line = ["train", "--data_root", str(tree), "--epochs", "2", "--out", str(out)]
    done = on_a_full_disk(*line, "--overwrite", limit=limit)
    assert done.returncode == 1, done.stderr
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert out.read_text() == "the old one"
    assert not list(tmp_path.glob(".c-*"))
    done = CliRunner().invoke(main, [*line, "--resume"])
    assert done.exit_code == 0, done.output
    assert out.stat().st_size > 1_000_000


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_told_before_anything_is_read(tree, tmp_path):
    (tmp_path / "runs").mkdir(mode=0o500)
    line = ["train", "--data_root", str(tree), "--out", str(tmp_path / "runs" / "c.pt")]
    done = CliRunner().invoke(main, line)
    assert done.exit_code == 1
    assert "no permission" in done.output
    assert "Looking at" not in done.output
