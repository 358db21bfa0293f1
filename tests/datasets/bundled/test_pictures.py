import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from vislearn.checkout import ROOT
from vislearn.datasets.bundled import pictures
from vislearn.datasets.bundled.pictures import PICTURES, SourcePicture, source_file
from vislearn.errors import MissingError

README = (ROOT / "data" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_lies_in_its_package_and_opens(name):
    with Image.open(source_file(name)) as image:
        assert min(image.size) >= 300


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_the_readme_names_every_picture_its_file_and_licence(picture):
    (row,) = [line for line in README.splitlines() if line.startswith(f"| {picture.name} |")]
    assert f"`{Path(picture.file).name}`" in row
    assert picture.licence in row


def functions_of_skimage():
    """The docstring of every function of skimage.data, by the file it loads; read, not imported."""
    text = (Path(find_spec("skimage").origin).parent / "data" / "_fetchers.py").read_text(encoding="utf-8")
    for body in re.split(r"\ndef ", text):
        for file in re.findall(r"_load\(['\"](data/[^'\"]+)", body):
            yield file, body


@pytest.mark.parametrize("name", [name for name, picture in PICTURES.items() if picture.package == "skimage"])
def test_scikit_image_itself_states_the_licence_of_each_of_its_pictures(name):
    doc = dict(functions_of_skimage())[PICTURES[name].file]
    words = {"CC0": r"CC0", "public domain": r"public\s+domain"}[PICTURES[name].licence]
    assert re.search(words, doc)


@pytest.mark.parametrize("name", [name for name, picture in PICTURES.items() if picture.package == "sklearn"])
def test_scikit_learn_itself_states_the_licence_of_each_of_its_pictures(name):
    file = source_file(name)
    stated = (file.parent / "README.txt").read_text(encoding="utf-8")
    entry = stated[stated.index(f"Image: {file.name}") :]
    assert "creativecommons.org/licenses/by/2.0/" in entry
    assert PICTURES[name].credit.removeprefix("flickr.com/photos/") in entry


def test_a_picture_that_is_not_installed_is_told_with_the_command_that_helps(monkeypatch):
    lost = SourcePicture("lost", "", "skimage", "data/lost.png", "", "")
    monkeypatch.setitem(pictures.PICTURES, "lost", lost)
    with pytest.raises(MissingError, match=r"data/lost.png of scikit-image .* pip install .* scikit-image"):
        source_file("lost")
    monkeypatch.setattr(pictures, "find_spec", lambda package: None)
    with pytest.raises(MissingError, match="scikit-learn"):
        source_file("flower")


def test_looking_for_files_imports_no_package():
    code = (
        "import sys; from vislearn.datasets.bundled.pictures import source_file; source_file('cat'); "
        "source_file('flower'); print({'skimage', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
