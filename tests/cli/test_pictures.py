import pytest
from PIL import Image

from vislearn.cli.pictures import for_each, pictures_named, require_own_names
from vislearn.errors import FileError


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


def test_two_pictures_of_one_name_are_refused(folder):
    require_own_names([folder / "a.png", folder / "b.png"], "mask")
    with pytest.raises(FileError, match=r"A\.jpg would have the mask of a\.png too"):
        require_own_names([folder / "a.png", folder / "in" / "A.jpg"], "mask")


def test_what_can_not_be_read_ends_nothing(folder):
    def work(picture):
        if picture.suffix == ".jpg":
            raise FileError(picture, "is damaged")
        return picture.stem

    results, troubles = for_each([folder / "b.png", folder / "in" / "a.jpg"], work)
    assert results == {folder / "b.png": "b"}
    assert troubles == [f"{folder / 'in' / 'a.jpg'} is damaged."]
