import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from vislearn.viz import PredictionPage, prediction_page, prediction_pages

CLASSES = ("cats & dogs", "পাতা", "sea")
CHANCES = {
    "a.png": [0.4, 0.3, 0.3],
    "b.png": [0.1, 0.2, 0.7],
    "in/c.png": [0.2, 0.3, 0.5],
    "d.png": [0.9, 0.1, 0],
}


@pytest.fixture
def page(tmp_path):
    for number, name in enumerate(CHANCES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((300, 400, 3), number, np.uint8)).save(tmp_path / name)
    answers = {tmp_path / name: chances for name, chances in CHANCES.items()}
    told = ["e.png is <cut off>."], ["Stopped."], 2, {"file": "m.pt"}, {"torch": "2.15"}
    return PredictionPage("<title>", CLASSES, answers, *told)


@pytest.mark.parametrize("code", ["en", "bn"])
def test_the_page_holds_everything_and_needs_nothing_else(page, monkeypatch, code):
    monkeypatch.setenv("VISLEARN_LANGUAGE", code)
    html = prediction_page(page)
    assert f'<html lang="{code}">' in html
    assert re.findall(r'href="([^"]*)"', html) == ["#class-0", "#class-2"]
    sources = re.findall(r'src="([^"]*)"', html)
    assert len(sources) == 4
    assert all(source.startswith("data:image/") for source in sources)
    assert html.count('loading="lazy"') == 4
    assert all(text in html for text in ("Stopped.", "m.pt", "2.15", "e.png is &lt;cut off&gt;."))
    assert ("Without an answer: 1" in html) == (code == "en")
    assert ("উত্তর নেই: ১টি" in html) == (code == "bn")
    assert html.count("sea (2)" if code == "en" else "sea (২টি)") == 2  # the way to it, and its heading


def test_in_each_class_the_least_sure_comes_first(page):
    sections = re.findall(r"(?s)<section id=\"class-(\d)\">(.*?)</section>", prediction_page(page))
    files = {number: re.findall(r'class="file">([^<]*)<', section) for number, section in sections}
    assert files == {"0": ["a.png", "d.png"], "2": ["in/c.png", "b.png"]}
    assert 'class="answer">sea 50\u00a0%</span><span>পাতা 30\u00a0%</span><span class="file">' in sections[1][1]


def test_alt_texts_say_whose_opinion_it_is(page, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    assert 'alt="The picture in/c.png, which the model takes for sea."' in prediction_page(page)


def test_classes_without_a_picture_are_named(page, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    assert "No picture was taken for: পাতা<" in prediction_page(page)


def test_names_are_text_not_html(page):
    html = prediction_page(page)
    assert "<title>&lt;title&gt;</title>" in html
    assert "cats & dogs" not in html


def test_of_very_many_pictures_the_least_sure_of_each_class_are_shown(page, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    monkeypatch.setattr(prediction_pages, "_of_each", lambda counts: [1 for _ in counts])
    html = prediction_page(page)
    assert "2 of 4 pictures are on this page" in html
    assert re.findall(r'class="file">([^<]*)<', html) == ["a.png", "in/c.png"]
    assert ">sea (2)<" in html


def test_a_picture_that_went_away_meanwhile_keeps_its_answer(page):
    gone = next(iter(page.answers))
    gone.unlink()
    html = prediction_page(page)
    assert html.count("<img") == 3
    assert f"{gone} does not exist" in html


def test_where_nothing_could_be_read_the_page_says_what(page):
    html = prediction_page(replace(page, answers={}))
    assert "e.png" in html
    assert "<nav" not in html
