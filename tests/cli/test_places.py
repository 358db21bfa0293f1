import pytest

from vislearn.cli.places import require_places
from vislearn.errors import FileError


def test_free_places_are_taken_and_no_empty_folder_is_left(tmp_path):
    require_places([], overwrite=False)
    (tmp_path / "kept").mkdir()
    places = [tmp_path / "new" / "in" / "a.csv", tmp_path / "new" / "b.csv", tmp_path / "kept" / "c.csv"]
    require_places(places, overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_two_results_in_one_file_are_refused_however_it_is_named(tmp_path):
    (tmp_path / "sub").mkdir()
    with pytest.raises(FileError, match="is named for two results"):
        require_places([tmp_path / "a.csv", tmp_path / "sub" / ".." / "a.csv"], overwrite=True)


def test_what_is_read_is_never_written_over(tmp_path):
    model = tmp_path / "m.pt"
    model.write_text("a week of work")
    with pytest.raises(FileError, match=r"m\.pt is read here, and would be overwritten"):
        require_places([model], read=[model], overwrite=True)
    assert model.read_text() == "a week of work"


@pytest.mark.parametrize(("fix", "said"), [("", "Choose another --out"), ("Go away.", "Go away.")])
def test_what_is_there_stays_unless_somebody_says_otherwise(tmp_path, fix, said):
    (tmp_path / "a.csv").touch()
    with pytest.raises(FileError, match=f"would be overwritten.* {said}"):
        require_places([tmp_path / "a.csv"], overwrite=False, fix=fix)
    require_places([tmp_path / "a.csv"], overwrite=True, fix=fix)


def test_a_folder_that_can_not_be_one_is_told_before_any_work(tmp_path):
    (tmp_path / "plain").touch()
    with pytest.raises(FileError, match="a file stands where a folder is needed"):
        require_places([tmp_path / "plain" / "a.csv"], overwrite=False)
