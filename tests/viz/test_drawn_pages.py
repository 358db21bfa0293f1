import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from vislearn.viz import ClassFound, Drawn, DrawnPage, drawn_page, drawn_pages


@pytest.fixture
def page(tmp_path):
    drawn = []
    for number, (name, sure) in enumerate({"a.png": 0.9, "in/b.png": 0.6, "c.png": None}.items()):
        file = tmp_path / f"{number}.png"
        Image.fromarray(np.full((600, 800, 3), number, np.uint8)).save(file)
        drawn.append(Drawn(name, file, ["<2> × ব্যাঙ", "60 %"] if sure else ["nothing"], sure))
    classes = [ClassFound("cats & dogs", "#e69f00", "× 2"), ClassFound("background", "", "on 3 pictures")]
    told = ["d.png is <cut off>."], ["Stopped."], {"file": "m.pt"}, {"torch": "2.15"}
    return DrawnPage("<title>", "Least sure first.", drawn, classes, *told)


@pytest.mark.parametrize("code", ["en", "bn"])
def test_the_page_holds_everything_and_needs_nothing_else(page, monkeypatch, code):
    monkeypatch.setenv("VISLEARN_LANGUAGE", code)
    html = drawn_page(page)
    assert f'<html lang="{code}">' in html
    assert re.findall(r'href="([^"]*)"', html) == ["#part-0", "#part-1"]
    assert set(re.findall(r'id="([^"]*)"', html)) == {"part-0", "part-1"}
    sources = re.findall(r'src="([^"]*)"', html)
    assert len(sources) == 3
    assert all(source.startswith("data:image/") for source in sources)
    assert html.count('width="300" height="225" loading="lazy"') == 3
    told = ("Least sure first.", "Stopped.", "m.pt", "2.15", "d.png is &lt;cut off&gt;.", "&lt;2&gt; × ব্যাঙ")
    assert all(text in html for text in told)
    assert ("Nothing was found: 1" in html) == (code == "en")
    assert ("কিছু পাওয়া যায়নি: ১টি" in html) == (code == "bn")


def test_the_least_sure_comes_first_and_what_has_nothing_comes_last(page):
    assert re.findall(r'class="file">([^<]*)<', drawn_page(page)) == ["in/b.png", "a.png", "c.png"]


def test_the_legend_says_which_class_has_which_colour(page):
    html = drawn_page(page)
    assert '<span class="swatch" style="background:#e69f00"></span>cats &amp; dogs × 2</li>' in html
    assert "<li>background on 3 pictures</li>" in html


def test_alt_texts_say_what_is_drawn(page, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    assert 'alt="The picture in/b.png: &lt;2&gt; × ব্যাঙ; 60 %."' in drawn_page(page)


def test_of_very_many_pictures_the_least_sure_are_shown(page, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    monkeypatch.setattr(drawn_pages, "_PICTURES", 1)
    html = drawn_page(page)
    assert re.findall(r'class="file">([^<]*)<', html) == ["in/b.png", "c.png"]
    assert "1 of 2 pictures are shown here." in html


def test_a_drawing_that_went_away_meanwhile_keeps_its_words(page):
    page.drawn[1].file.unlink()
    html = drawn_page(page)
    assert html.count("<img") == 2
    assert f"{page.drawn[1].file} does not exist" in html
    assert "in/b.png" in html


def test_where_nothing_could_be_read_the_page_says_what(page):
    html = drawn_page(replace(page, drawn=[], classes=[]))
    assert "d.png" in html
    assert not re.search("<nav|<section|Least sure first", html)
