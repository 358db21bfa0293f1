import shutil
import signal

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from vislearn import datasets
from vislearn.cli import main


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / "set" / name).mkdir(parents=True)
        Image.fromarray(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)).save(
            tmp_path / "set" / name / "1.png"
        )
    return tmp_path / "set"


def run(*arguments):
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


def test_a_sound_folder_ends_well(folder):
    done = run(folder)
    assert done.exit_code == 0, done.output
    assert "2 pictures" in done.output
    assert "30×20 (2)" in done.output


def test_a_problem_is_named_and_ends_with_status_1(folder):
    shutil.copy(folder / "cat" / "1.png", folder / "dog" / "2.png")
    done = run(folder)
    assert done.exit_code == 1
    assert "is the same picture as" in done.output
    assert "Traceback" not in done.output


def test_a_validation_picture_that_was_learned_is_named_and_ends_with_status_1(folder, tmp_path):
    shutil.move(folder, tmp_path / "both" / "train")
    for name in ("cat", "dog"):
        (tmp_path / "both" / "val" / name).mkdir(parents=True)
        shutil.copy(tmp_path / "both" / "train" / name / "1.png", tmp_path / "both" / "val" / name / "2.png")
    done = run(tmp_path / "both")
    assert done.exit_code == 1
    assert "Nothing is wrong" not in done.output
    for name in ("cat", "dog"):
        assert str(tmp_path / "both" / "val" / name / "2.png") in done.output


def test_the_page_is_written_whole_beside_the_summary(folder, tmp_path):
    done = run(folder, "--html", tmp_path / "page.html")
    assert done.exit_code == 0, done.output
    assert f"Saved: {tmp_path / 'page.html'}" in done.output
    assert (tmp_path / "page.html").read_text(encoding="utf-8").endswith("</html>\n")


def test_a_place_that_takes_no_file_is_told_before_the_work(folder, tmp_path):
    (tmp_path / "file").write_text("")
    done = run(folder, "--html", tmp_path / "file" / "page.html")
    assert done.exit_code == 1
    assert "pictures per class" not in done.output


def test_a_folder_that_is_no_set_is_one_sentence(tmp_path):
    done = run(tmp_path / "absent")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "is not a folder" in done.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_is_not_told_that_something_is_wrong(folder, tmp_path, monkeypatch, number):
    monkeypatch.setattr(datasets, "overview", lambda *_, **__: signal.raise_signal(number))
    done = run(folder, "--html", tmp_path / "page.html")
    assert done.exit_code == 130
    assert done.output == "Stopped before every picture was looked at: there is no result.\n"
    assert not (tmp_path / "page.html").exists()


def test_a_page_that_is_a_folder_is_refused(folder):
    done = run(folder, "--html", folder)
    assert done.exit_code == 2
    assert "is a directory" in done.output


def test_label_images_may_have_a_longer_name_than_their_pictures(folder, tmp_path):
    for name, file in (("images", "a.png"), ("labels", "a_mask.png")):
        (tmp_path / "pairs" / name).mkdir(parents=True)
        Image.fromarray(np.eye(20, 30, dtype=np.uint8)).save(tmp_path / "pairs" / name / file)
    (tmp_path / "pairs" / "classes.txt").write_text("ground\nroad\n")
    assert "--suffix _mask" in run(tmp_path / "pairs").stderr
    done = run(tmp_path / "pairs", "--suffix", "_mask")
    assert (done.exit_code, "road         1" in done.output) == (0, True), done.output
    assert "suffix (_mask) is for these alone" in run(folder, "--suffix", "_mask").stderr


def test_twelve_bits_in_files_of_sixteen_are_told_once_and_read_right_by_scale(folder):
    twelve = np.random.default_rng(0).integers(0, 4096, (20, 30)).astype(np.uint16)
    Image.fromarray(twelve).save(folder / "cat" / "2.png")
    done = run(folder)  # a warning would be an error here
    assert done.exit_code == 1
    assert done.output.count("becomes nearly black") == 1
    assert "--scale" in done.output
    right = run(folder, "--scale", 4095)
    assert (right.exit_code, "1 nearly black" in done.output) == (0, True), right.output
    assert "0 nearly black" in right.output


def test_doubtful_pictures_of_sets_with_boxes_are_told_too(tmp_path):
    twelve = np.random.default_rng(0).integers(0, 4096, (20, 30)).astype(np.uint16)
    (tmp_path / "set").mkdir()
    Image.fromarray(twelve).save(tmp_path / "set" / "a.png")
    (tmp_path / "set" / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (tmp_path / "set" / "classes.txt").write_text("cat\n")
    done = run(tmp_path / "set")
    assert (done.exit_code, done.output.count("becomes nearly black")) == (1, 1), done.output
    assert run(tmp_path / "set", "--scale", 4095).exit_code == 0


@pytest.mark.parametrize("white", ["0", "-1", "nan", "inf"])
def test_white_is_a_number_above_0(folder, white):
    assert run(folder, "--scale", white).exit_code == 2
