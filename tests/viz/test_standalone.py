import pytest
from PIL import Image

from vislearn.errors import Words
from vislearn.viz.standalone import facts, small_picture, standalone_page, tile


@pytest.mark.parametrize("code", ["en", "bn"])
def test_a_page_is_whole_says_its_language_and_follows_the_system(monkeypatch, code):
    monkeypatch.setenv("VISLEARN_LANGUAGE", code)
    page = standalone_page("cats & dogs", ["<p>one</p>", "<p>two</p>"], style=".own{color:red}")
    assert page.startswith(f'<!doctype html>\n<html lang="{code}">')
    assert "<title>cats &amp; dogs</title>" in page
    assert "<body><p>one</p>\n<p>two</p></body>" in page
    assert ".own{color:red}</style>" in page
    assert "prefers-color-scheme: dark" in page


def test_a_page_leaves_what_it_is_given_as_it_is():
    assert '<p title="50 % off.png">50 % off.png</p>' in standalone_page(
        "38 %", ['<p title="50 % off.png">50 % off.png</p>']
    )


@pytest.mark.parametrize(("size", "expected"), [((400, 300), (160, 120)), ((20, 30), (20, 30))])
def test_a_tile_is_small_and_never_enlarged(tmp_path, size, expected):
    Image.new("RGB", size).save(tmp_path / "a.png")
    assert tile(tmp_path / "a.png").size == expected


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (6000, 40), (2, 900)])
def test_the_smallest_and_the_thinnest_pictures_stand_on_a_page_too(tmp_path, size):
    Image.new("RGB", size).save(tmp_path / "a.png")
    assert small_picture(tmp_path / "a.png", "a line").startswith('<img alt="a line"')


def test_facts_made_of_words_are_said_in_the_learner_s_language(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    page = facts("", {"device": Words("CPU ({threads} threads)", threads=4), "seed": None})
    assert "CPU (৪টি থ্রেড)" in page
    assert "–" in page
