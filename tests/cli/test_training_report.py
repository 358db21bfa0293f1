import json
import shutil

import pytest
from click.testing import CliRunner

from vislearn.cli import main
from vislearn.cli.training_report import _plain


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def tree(tmp_path, noise_tree):
    """One dark picture to judge by lies among the light ones."""
    tree = noise_tree(tmp_path / "tree", {"dark": 30, "light": 200}, spread=30, train=4, val=3)
    shutil.move(tree / "val" / "dark" / "2.png", tree / "val" / "light" / "3.png")
    return tree


def run(tree, *arguments):
    out = tree.parent / "c.pt"
    line = ["train", "--data_root", str(tree), "--epochs", "4", "--lr", ".05", "--out", str(out), *arguments]
    return CliRunner().invoke(main, line)


def test_the_record_holds_what_the_terminal_says_and_more(tree):
    done = run(tree, "--backbone", "photo", "--backbone", "photo:scratch")
    assert done.exit_code == 0, done.output
    record = json.loads((tree.parent / "c.json").read_text(encoding="utf-8"))
    assert record["classes"] == ["dark", "light"]
    assert [one["network"] for one in record["networks"]] == ["photo:frozen", "photo:scratch"]
    assert [len(one["epochs"]) for one in record["networks"]] == [4, 4]
    val = record["parts"]["val"]
    assert val["pictures"] == sum(map(sum, val["confusion"])) == sum(val["calibration"]["counts"]) == 6
    assert val["accuracy"] == max(one["val_accuracy"] for one in record["networks"])
    assert record["settings"]["lr"] == 0.05
    assert record["settings"]["epochs"] == 4
    assert {"torch", "vislearn", "Python"} <= record["versions"].keys()


def test_a_picture_in_the_wrong_folder_is_the_worst_mistake(tree):
    done = run(tree)
    assert done.exit_code == 0, done.output
    worst = json.loads((tree.parent / "c.json").read_text(encoding="utf-8"))["parts"]["val"]["mistakes"][0]
    assert worst["file"] == str(tree / "val" / "light" / "3.png")
    assert (worst["truth"], worst["answer"]) == ("light", "dark")
    page = (tree.parent / "c.html").read_text(encoding="utf-8")
    assert "val/light/3.png" in page
    assert page.endswith("</html>\n")


def test_the_test_part_is_in_it(tree):
    shutil.copytree(tree / "val", tree / "test")
    assert run(tree).exit_code == 0
    record = json.loads((tree.parent / "c.json").read_text(encoding="utf-8"))
    assert list(record["parts"]) == ["val", "test"]


def test_it_can_be_left_out(tree):
    done = run(tree, "--no-report")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tree.parent.iterdir()) == ["c.pt", "tree"]
    assert "Report:" not in done.output


def test_a_report_that_is_there_is_not_overwritten_silently(tree):
    (tree.parent / "c.html").write_text("mine")
    done = run(tree)
    assert done.exit_code == 1
    assert "c.html is there already" in done.output
    assert (tree.parent / "c.html").read_text() == "mine"


def test_json_has_no_nan():
    assert _plain({"a": [float("nan"), 1.0], "b": ("x", float("inf"))}) == {
        "a": [None, 1.0],
        "b": ["x", None],
    }
