"""A small site, whole; what a reader sees of the real one is tested in a browser."""

import json
import shutil

import pytest

from vislearn.course.site import build_site
from vislearn.course.site import building as module
from vislearn.errors import FileError, MissingError


def write(path, title, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": f"# {title}\n\nWords."}
    notebook = {"cells": [text, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")


def write_course(root):
    for place, title in (("notebooks", "0. Toy"), ("notebooks/bn", "০. খেলনা")):
        write(root / place / "00_toy.ipynb", title)
        write(root / place / "index.ipynb", "not on the site: its map needs a kernel")
    return root / "notebooks"


@pytest.fixture
def notebooks(tmp_path):
    return write_course(tmp_path)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The one site that Sphinx makes for all tests here; they only read it."""
    root = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "reference_pages", dict)
        build_site(write_course(root), root / "site")
    return root / "site"


@pytest.fixture
def no_reference(monkeypatch):
    monkeypatch.setattr(module, "reference_pages", dict)


def test_pages_in_both_languages_and_one_in_front(built):
    assert 'href="bn/00_toy.html">০. খেলনা</a>' in (built / "index.html").read_text(encoding="utf-8")
    page = (built / "en/00_toy.html").read_text(encoding="utf-8")
    assert 'hreflang="bn" href="../bn/00_toy.html"' in page
    assert "Skip to main content" in page
    assert "searchindex.js" not in page  # the whole site's words; the search's own page loads them
    assert "searchindex.js" in (built / "en/search.html").read_text(encoding="utf-8")
    bengali = (built / "bn/00_toy.html").read_text(encoding="utf-8")
    assert "Skip to main content" not in bengali
    assert "মূল লেখায় যান" in bengali
    words = (built / "bn/_static/translations.js").read_text(encoding="utf-8")
    told = json.loads(words.removeprefix("Documentation.addTranslations(").removesuffix(");\n"))
    assert told["messages"]["Searching"] == "খোঁজা হচ্ছে"
    assert not list(built.rglob("*.map"))
    assert not (built / "jupyter_execute").exists()


@pytest.mark.usefixtures("no_reference")
def test_an_older_site_is_replaced_and_anything_else_is_not(notebooks, built, tmp_path, monkeypatch):
    out = shutil.copytree(built, tmp_path / "site")
    monkeypatch.setattr(module, "_sphinx", lambda project, out, language: write(out / "new.html", "New"))
    assert build_site(notebooks, out) == out / "index.html"
    assert not (out / "en/00_toy.html").exists()
    assert (out / "en/new.html").exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "essay.txt").write_text("mine")
    with pytest.raises(FileError, match="holds something that is no site"):
        build_site(notebooks, other)
    assert (other / "essay.txt").read_text() == "mine"


@pytest.mark.usefixtures("no_reference")
def test_a_folder_without_lessons(tmp_path):
    with pytest.raises(FileError, match="holds no lessons"):
        build_site(tmp_path, tmp_path / "site")
    assert not (tmp_path / "site").exists()


@pytest.mark.usefixtures("no_reference")
def test_what_sphinx_warns_of_stops_the_build_and_the_old_site_stays(notebooks, built, tmp_path):
    shutil.copytree(built, tmp_path / "site")
    write(notebooks / "01_more.ipynb", "1. [nowhere](02_absent.ipynb)")
    with pytest.raises(FileError, match=r"refused by Sphinx \(en\)"):
        build_site(notebooks, tmp_path / "site")
    assert not (tmp_path / "site/en/01_more.html").exists()
    assert (tmp_path / "site/en/00_toy.html").exists()


@pytest.mark.usefixtures("no_reference")
def test_without_sphinx_the_extra_is_named(notebooks, tmp_path, monkeypatch):
    (tmp_path / "python").write_text("#!/bin/sh\necho 'No module named sphinx' >&2\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(module.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(MissingError, match=r"\[site\]"):
        build_site(notebooks, tmp_path / "site")
