import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from vislearn.datasets import overview
from vislearn.viz import dataset_page


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for name in ("cats & dogs", "পাতা"):
            (tmp_path / "set" / split / name).mkdir(parents=True)
            for number in range(3):
                pixels = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / "set" / split / name / f"{number}.png")
    pixels = np.asarray(Image.open(tmp_path / "set" / "train" / "পাতা" / "0.png"))
    Image.fromarray(pixels).save(tmp_path / "set" / "val" / "পাতা" / "leak.bmp")
    (tmp_path / "set" / "val" / "পাতা" / "note.txt").write_text("no picture")
    return tmp_path / "set"


@pytest.mark.parametrize("code", ["en", "bn"])
def test_the_page_holds_everything_and_needs_nothing_else(folder, monkeypatch, code):
    monkeypatch.setenv("VISLEARN_LANGUAGE", code)
    page = dataset_page(overview(folder))
    assert page.startswith("<!doctype html>")
    assert f'<html lang="{code}">' in page
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 9  # one pair of copies, and four figures for each part
    assert all(source.startswith("data:image/") for source in sources)
    alts = re.findall(r'<img alt="([^"]*)"', page)
    assert len(alts) == 9
    assert all(alts)
    assert len(page.encode()) < 1_000_000
    assert "note.txt" in page
    assert ("What is wrong: 2" in page) == (code == "en")
    assert ("সমস্যা: ২টি" in page) == (code == "bn")


def test_names_are_text_not_html(folder):
    page = dataset_page(overview(folder))
    assert "cats & dogs" not in page
    assert "cats &amp; dogs" in page


def test_a_dark_system_gets_a_dark_page(folder):
    page = dataset_page(overview(folder))
    assert "prefers-color-scheme: dark" in page
    assert ":root[data-theme=dark]" in page
    assert "vislearn-night" in page  # the figures follow


def test_a_sound_set_is_said_to_be_sound(folder, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    page = dataset_page(overview(folder / "train"))
    assert "Nothing is wrong with its files." in page
    assert "What is wrong" not in page


def test_a_part_that_is_none_yet_is_noted(folder, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    page = dataset_page(replace(overview(folder / "train"), notes=("There is no val & no test yet.",)))
    assert "<p>There is no val &amp; no test yet.</p>" in page


def test_many_classes_and_problems_are_cut_short(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    for number in range(42):
        (tmp_path / "set" / f"{number:02d}").mkdir(parents=True)
        Image.new("RGB", (9, 9), (number, 0, 0)).save(tmp_path / "set" / f"{number:02d}" / "a.png")
    for number in range(103):
        (tmp_path / "set" / "00" / f"{number}.txt").write_text("")
    page = dataset_page(overview(tmp_path / "set"))
    assert "... and 3 more." in page
    assert page.count("<li>") == 100
