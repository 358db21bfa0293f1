"""Notebooks on their way to the web: figures out, links right, folds kept, nothing else changed."""

import base64
import copy

import pytest

from vislearn.course.site.staging import stage

PIXELS = b"RIFF picture"
URI = "data:image/webp;base64," + base64.b64encode(PIXELS).decode()


def html(text):
    return {"output_type": "display_data", "data": {"text/html": [text], "text/plain": ["x"]}, "metadata": {}}


def code(source, *outputs, **metadata):
    return {"cell_type": "code", "source": [source], "outputs": list(outputs), "metadata": metadata}


def staged(folder, *cells):
    notebook = {"cells": list(cells), "metadata": {"a": 1}, "nbformat": 4}
    before = copy.deepcopy(notebook)
    page = stage("05_toy", notebook, folder)
    assert notebook == before
    return page


def shown(page, number=0):
    return page.notebook["cells"][number]["outputs"][0]["data"]["text/html"]


def test_a_figure_becomes_a_file_once_and_keeps_its_words(tmp_path):
    figure = html(f'<img alt="A cat." src="{URI}" width="3" height="2">')
    page = staged(tmp_path, code("a", figure), code("b", figure))
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == PIXELS
    words = f'alt="A cat." src="../figures/{file.name}" width="3" height="2"'
    wanted = f'<img loading="lazy" decoding="async" {words}>'
    assert (shown(page, 0), shown(page, 1)) == (wanted, wanted)


def test_other_outputs_stay_as_they_are(tmp_path):
    stream = {"output_type": "stream", "name": "stdout", "text": ["1"]}
    page = staged(tmp_path, code("print(1)", stream))
    assert page.notebook["cells"][0]["outputs"] == [stream]


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        ("04_detection.ipynb", "04_detection.html"),
        ("04_detection.ipynb#recall", "04_detection.html#recall"),
        ("https://example.org/a.ipynb", "https://example.org/a.ipynb"),
    ],
)
def test_links_to_lessons_lead_to_their_pages(tmp_path, link, wanted):
    page = staged(tmp_path, code("a", html(f'<a href="{link}">')))
    assert shown(page) == f'<a href="{wanted}">'


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        (code("x", tags=["exact"]), ["exact"]),
        (code("x", tags=["exercise:toy.f", "budget:20s"]), ["exercise"]),
        (code("draw()", jupyter={"source_hidden": True}), ["hide-input"]),
        (code('vl.widgets.ask("05.a")', jupyter={"source_hidden": True}), ["remove-input"]),
    ],
)
def test_tags_tell_the_builder_what_to_fold(tmp_path, cell, tags):
    assert staged(tmp_path, cell).notebook["cells"][0]["metadata"] == {"tags": tags}


def test_a_page_has_the_lesson_s_title(tmp_path):
    text = {"cell_type": "markdown", "source": ["# 5. Toy\n", "\n", "Words."], "metadata": {}}
    assert staged(tmp_path, text).title == "5. Toy"
    assert staged(tmp_path).title == "05_toy"
