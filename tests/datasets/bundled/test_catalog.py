import subprocess
import sys

import pytest

from vislearn import datasets
from vislearn.datasets import build_all, ensure, status
from vislearn.datasets.bundled.catalog import RECIPES
from vislearn.errors import InputError


def test_status_before_and_after(fresh, data_folder, monkeypatch):
    assert {entry.state for entry in status()} == {"absent"}
    assert not fresh.exists()
    monkeypatch.setenv("VISLEARN_DATA", str(data_folder))
    assert {entry.state for entry in status(thorough=True)} == {"ready"}


def test_everything_is_small(bundled):
    assert sum(entry.size_mb for entry in status()) < 25


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_give_the_same_bytes_again_and_announce_their_units(bundled, tmp_path, name):
    recipe = RECIPES[name]
    assert sum(1 for _ in recipe.build(tmp_path)) == recipe.units
    built = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    stored = {path.relative_to(bundled / name) for path in (bundled / name).rglob("*") if path.is_file()}
    assert {path.name for path in stored - built} == {"vislearn-manifest.json"}
    assert [
        path for path in built if (tmp_path / path).read_bytes() != (bundled / name / path).read_bytes()
    ] == []


def test_one_bar_counts_all_sets_when_asked_and_none_off_a_terminal(bundled, monkeypatch, capsys):
    build_all(progress=True)
    assert capsys.readouterr().err == ""  # captured: not a terminal
    import tqdm

    made = []
    ordinary = tqdm.tqdm

    def watched(*rest, **more):
        made.append(ordinary(*rest, **{**more, "disable": False}))
        return made[-1]

    monkeypatch.setattr(tqdm, "tqdm", watched)
    build_all(progress=True)
    (bar,) = made
    assert bar.n == bar.total == sum(recipe.units for recipe in RECIPES.values())


def test_an_unknown_set_is_answered_with_a_guess(bundled):
    with pytest.raises(InputError, match="Did you mean 'scenes'"):
        ensure("scene")


def test_ensure_gives_the_folder_and_reports_progress(bundled):
    units = []
    assert ensure("clip", units.append) == bundled / "clip"
    assert units == [1]


def test_the_room_lists_its_names_and_refuses_others():
    assert dir(datasets) == datasets.__all__
    assert datasets.image_folder.__module__ == "vislearn.datasets.folders"
    with pytest.raises(AttributeError, match="attribute imagefolder"):
        datasets.imagefolder  # noqa: B018


def test_building_and_checking_need_no_torch(bundled):
    code = "import sys; from vislearn.datasets import status; status(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
