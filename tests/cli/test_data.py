import pytest
from click.testing import CliRunner

from vislearn import datasets
from vislearn.cli import main


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


def test_status_names_every_set(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path))
    lines = CliRunner().invoke(main, ["data", "status"]).output.splitlines()
    assert [line.split()[0] for line in lines] == [found.name for found in datasets.status()]
    assert all(" absent " in line and line.endswith("it hasn't been built yet") for line in lines)
    assert not list(tmp_path.iterdir())  # looking builds nothing


def test_build_says_where_the_pictures_are(monkeypatch, tmp_path):
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path))
    built = []
    monkeypatch.setattr(datasets, "build_all", lambda progress: built.append(progress))
    done = CliRunner().invoke(main, ["data", "build"])
    assert built == [True]
    assert done.output == f"The pictures are ready in {tmp_path}.\n"


def test_a_folder_that_cannot_be_is_one_sentence(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path / "file"))
    done = CliRunner().invoke(main, ["data", "build"])
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert "VISLEARN_DATA" in done.output
