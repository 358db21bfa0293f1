"""A small site, whole; what a reader sees of the real one is tested in a browser."""

import json

import pytest

from vislearn.course.site import build_site
from vislearn.course.site import building as module
from vislearn.errors import FileError, MissingError


def write(path, title, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": f"# {title}\n\nWords."}
    notebook = {"cells": [text, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture
def notebooks(tmp_path):
    for place, title in (("notebooks", "0. Toy"), ("notebooks/bn", "০. খেলনা")):
        write(tmp_path / place / "00_toy.ipynb", title)
        write(tmp_path / place / "index.ipynb", "not on the site: its map needs a kernel")
    return tmp_path / "notebooks"


@pytest.fixture
def no_reference(monkeypatch):
    monkeypatch.setattr(module, "reference_pages", dict)


@pytest.mark.usefixtures("no_reference")
def test_pages_in_both_languages_and_one_in_front(notebooks, tmp_path):
    front = build_site(notebooks, tmp_path / "site")
    assert 'href="bn/00_toy.html">০. খেলনা</a>' in front.read_text(encoding="utf-8")
    page = (tmp_path / "site/en/00_toy.html").read_text(encoding="utf-8")
    assert 'hreflang="bn" href="../bn/00_toy.html"' in page
    assert not list((tmp_path / "site").rglob("*.map"))
    assert not (tmp_path / "site/jupyter_execute").exists()


@pytest.mark.usefixtures("no_reference")
def test_an_older_site_is_replaced_and_anything_else_is_not(notebooks, tmp_path):
    out = tmp_path / "site"
    build_site(notebooks, out)
    (out / "en/old.html").touch()
    build_site(notebooks, out)
    assert not (out / "en/old.html").exists()
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
def test_what_sphinx_warns_of_stops_the_build_and_the_old_site_stays(notebooks, tmp_path):
    build_site(notebooks, tmp_path / "site")
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
