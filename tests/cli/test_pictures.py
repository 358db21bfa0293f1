import signal
import warnings

import click
import pytest
from PIL import Image

from vislearn.cli.pictures import for_each, left_out, own_names, pictures_named
from vislearn.errors import DoubtWarning, FileError
from vislearn.problems import Problem


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "in/a.jpg", "in/._a.jpg", "in/notes.txt", ".cache/c.png"):
        place = tmp_path / "given" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.suffix == ".txt":
            place.write_text("no picture")
        else:
            Image.new("RGB", (4, 4)).save(place)
    return tmp_path / "given"


def test_files_and_all_that_is_below_folders_each_once(folder):
    assert pictures_named([folder, folder / "b.png"]) == [folder / "b.png", folder / "in" / "a.jpg"]


def test_a_file_is_taken_whatever_it_is_called(folder):
    assert pictures_named([folder / "in" / "notes.txt"]) == [folder / "in" / "notes.txt"]


def test_places_that_can_not_be(folder, tmp_path):
    with pytest.raises(FileError, match=r"gone does not exist"):
        pictures_named([folder, tmp_path / "gone"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError, match=r"empty has no pictures in it"):
        pictures_named([tmp_path / "empty"])


def test_a_place_that_can_not_be_is_told_beside_others_and_alone_ends_the_work(folder, tmp_path):
    problems = []
    assert pictures_named([tmp_path / "gone", folder / "b.png"], problems) == [folder / "b.png"]
    assert [problem.where for problem in problems] == [str(tmp_path / "gone")]
    with pytest.raises(FileError, match=r"gone does not exist"):
        pictures_named([tmp_path / "gone"], [])


def test_of_two_pictures_of_one_name_the_second_is_left_out_and_named(folder):
    both = [folder / "a.png", folder / "b.png"]
    assert own_names(both) == (both, [])
    kept, (told,) = own_names([*both, folder / "in" / "A.jpg"])
    assert kept == both
    assert "A.jpg would be written to the file of a.png, too" in str(told)


def test_what_lies_in_a_folder_and_can_not_be_taken_is_told(folder, tmp_path):
    (folder / "dead.png").symlink_to("gone.png")
    (folder / "back").symlink_to(folder, target_is_directory=True)
    (tmp_path / "far").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "far" / "f.png")
    (folder / "linked").symlink_to(tmp_path / "far", target_is_directory=True)
    problems, others = [], []
    assert pictures_named([folder], problems, others) == [
        folder / "b.png",
        folder / "in" / "a.jpg",
        folder / "linked" / "f.png",
    ]
    assert {problem.where: problem.what for problem in problems} == {
        str(folder / "dead.png"): "is a link to a file that isn't there",
        str(folder / "back"): f"is a link that leads back to {folder}",
    }
    assert others == [folder / "in" / "notes.txt"]
    assert left_out(others) == ["Left out, because no picture is called so: notes.txt (files: 1)."]
    assert left_out([]) == []
    with pytest.raises(FileError):
        pictures_named([folder])


def test_what_is_doubtful_has_a_result_and_is_told_at_the_end(folder, capsys):
    def work(picture):
        warnings.warn(DoubtWarning(FileError(picture, "is nearly black")), stacklevel=1)
        return picture.stem

    done = for_each([folder / "b.png"], work)
    assert (done.results, done.troubles) == ({folder / "b.png": "b"}, [])
    assert done.notes == [f"{folder / 'b.png'} is nearly black."]
    assert capsys.readouterr().err == ""
    done.finish()
    assert capsys.readouterr().err == f"{folder / 'b.png'} is nearly black.\n"


def test_what_can_not_be_read_ends_nothing(folder):
    def work(picture):
        if picture.suffix == ".jpg":
            raise FileError(picture, "is damaged")
        return picture.stem

    done = for_each(
        [folder / "b.png", folder / "in" / "a.jpg"], work, [Problem("left.png", "is left out", "")]
    )
    assert done.results == {folder / "b.png": "b"}
    assert done.troubles == ["left.png is left out.", f"{folder / 'in' / 'a.jpg'} is damaged."]
    with pytest.raises(click.ClickException, match=r"left out\.\n.*is damaged"):
        done.finish()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_keeps_what_is_done(folder, signal_number, capsys):
    def work(picture):
        if picture.suffix == ".jpg":
            signal.raise_signal(signal_number)
        return picture.stem

    before = signal.getsignal(signal.SIGTERM)
    done = for_each([folder / "b.png", folder / "in" / "a.jpg", folder / "c.png"], work)
    assert done.results == {folder / "b.png": "b"}
    assert signal.getsignal(signal.SIGTERM) is before
    with pytest.raises(click.exceptions.Exit) as ended:
        done.finish()
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err == "Stopped: 1 of 3 pictures are done, and kept.\n"


def test_stopped_before_the_first_picture_there_is_nothing_to_keep(folder, capsys):
    def work(picture):
        raise KeyboardInterrupt

    with pytest.raises(click.exceptions.Exit) as ended:
        for_each([folder / "b.png"], work)
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err == "Stopped before the first picture was done: nothing is saved.\n"


def test_a_result_that_can_not_be_kept_ends_the_work(folder, tmp_path):
    seen = []

    def work(picture):
        seen.append(picture)
        raise FileError(tmp_path / "out.png", "can't be written: the disk is full")

    with pytest.raises(FileError, match="the disk is full"):
        for_each([folder / "b.png", folder / "in" / "a.jpg"], work)
    assert seen == [folder / "b.png"]
