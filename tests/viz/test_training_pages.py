import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.metrics import Judged
from vislearn.viz import TrainingPage, training_page

NAMES = ("cats & dogs", "পাতা", "sea")


def judged(root, names=NAMES, right=False):
    """Two pictures of each class; the first of each is taken for the next class."""
    count = len(names)
    truth = torch.arange(count).repeat(2)
    answers = truth.clone()
    if not right:
        answers[:count] = (truth[:count] + 1) % count
    shares = torch.full((2 * count, count), 0.1 / (count - 1)).scatter(1, answers[:, None], 0.9)
    files = []
    for at in range(2 * count):
        path = root / "val" / str(int(truth[at])) / f"{at}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((30, 40, 3), at, np.uint8)).save(path)
        files.append(str(path))
    return Judged(names, files, truth, shares)


@pytest.fixture
def page(tmp_path):
    epochs = [
        {"train_loss": 2.0, "val_loss": 1.5, "val_accuracy": 0.3},
        {"train_loss": 1.0, "val_loss": 1.2, "val_accuracy": 0.5},
    ]
    network = {"network": "photo:frozen", "accuracy": "0.5"}
    settings, versions = {"lr": 0.1, "split": None}, {"torch": "2.15"}
    parts = {"val": judged(tmp_path)}
    return TrainingPage("<title>", tmp_path, parts, [network, network], epochs, 1, settings, versions)


@pytest.mark.parametrize("code", ["en", "bn"])
def test_the_page_holds_everything_and_needs_nothing_else(page, monkeypatch, code):
    monkeypatch.setenv("VISLEARN_LANGUAGE", code)
    html = training_page(page)
    assert f'<html lang="{code}">' in html
    sources = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert len(sources) == 3 + 3  # confusion, reliability and curves; three mistakes
    assert all(source.startswith("data:image/") for source in sources)
    alts = re.findall(r'<img alt="([^"]*)"', html)
    assert len(alts) == 6
    assert all(alts)
    assert len(html.encode()) < 300_000
    assert ("Class by class" in html) == (code == "en")
    assert ("এক এক ক্লাস করে" in html) == (code == "bn")


def test_curves_are_told_from_the_first_epoch_to_the_last(page, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    told = "Curves over 2 epochs: the loss on val goes from 1.500 to 1.200, the accuracy ends at 0.500."
    assert told in training_page(page)


def test_mistakes_have_their_files_names_and_shares_and_right_answers_do_not(page, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    html = training_page(page)
    assert "The worst mistakes: 3 of 3" in html
    assert re.findall(r'class="file">([^<]*)<', html) == ["val/0/0.png", "val/1/1.png", "val/2/2.png"]
    assert "✗ পাতা 90\u00a0%" in html
    assert "✓ cats &amp; dogs 5\u00a0%" in html


def test_every_table_scrolls_in_a_box_of_its_own_where_the_page_is_narrow(page):
    html = training_page(page)
    assert html.count("<table>") == html.count('<div class="boxed"><table>') > 2
    assert ".boxed{overflow-x:auto}" in html


def test_names_are_text_not_html(page):
    html = training_page(page)
    assert "&lt;title&gt;" in html
    assert "cats & dogs" not in html


def test_where_nothing_is_wrong_it_is_said(page, tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    html = training_page(replace(page, parts={"val": judged(tmp_path, right=True)}))
    assert "No picture was answered wrong." in html
    assert 'class="cards"' not in html


def test_very_many_classes_are_a_table_of_confusions(page, tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    many = judged(tmp_path, tuple(f"class {number}" for number in range(30)))
    html = training_page(replace(page, parts={"val": many}))
    assert "Taken for another most often" in html
    assert "What was taken for what" not in html
    assert "The worst mistakes: 24 of 30" in html


def test_every_part_has_its_section(page, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    html = training_page(replace(page, parts={"val": page.parts["val"], "test": page.parts["val"]}))
    assert re.findall(r"<h2>(\w+): accuracy 0\.500, pictures: 6</h2>", html) == ["val", "test"]


def test_one_network_is_compared_with_none(page, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    assert "Networks that were compared" in training_page(page)
    assert "Networks that were compared" not in training_page(replace(page, networks=page.networks[:1]))
