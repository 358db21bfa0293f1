import numpy as np
import pytest

from vislearn.errors import MissingError
from vislearn.viz import grid, stored
from vislearn.viz.meaning.compare import compare
from vislearn.viz.stored import Missing, Substitute, full_size, keep


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "_FOLDER", tmp_path / "stored")
    monkeypatch.delenv("VISLEARN_KEEP", raising=False)


def draw():
    return grid([np.zeros((8, 8, 3), np.uint8)], alt="a black square")


def fail():
    raise MissingError("The weights are not here.", fix="Fetch them.")


def test_what_can_be_drawn_is_drawn_and_not_kept(tmp_path):
    assert full_size(draw, stored="square") == draw()
    assert not (tmp_path / "stored").exists()


def test_what_is_missing_is_replaced_by_the_kept_picture_with_the_reason():
    keep(draw(), "square")
    shown = full_size(fail, stored="square")
    assert isinstance(shown, Substitute)
    assert shown.picture == draw()
    html = shown._repr_mimebundle_()[0]["text/html"]
    assert "Not run here. The weights are not here. Fetch them." in html
    assert 'alt="a black square"' in html


def test_what_the_kept_picture_shows_is_kept_too_and_marked_as_a_substitute():
    keep(draw(), "square")
    shown = full_size(fail, stored="square")
    assert shown.picture.digest == draw().digest
    assert shown._repr_mimebundle_()[1] == {"vislearn": {"figure": {**draw().digest, "substitute": True}}}


def test_an_author_keeps_a_new_result(monkeypatch):
    monkeypatch.setenv("VISLEARN_KEEP", "1")
    full_size(draw, stored="square")
    assert full_size(fail, stored="square").picture == draw()


def test_with_nothing_kept_the_reason_is_the_error():
    with pytest.raises(MissingError, match="Fetch them"):
        full_size(fail, stored="square")


def test_where_nobody_had_the_means_yet_one_line_says_so():
    shown = full_size(fail, stored="square", optional=True)
    assert shown == Missing("The weights are not here. Fetch them.")
    data, facts = shown._repr_mimebundle_()
    assert data["text/plain"] == "Not run here. The weights are not here. Fetch them."
    assert data["text/html"] == f"<p>{data['text/plain']}</p>"
    assert compare(facts["vislearn"]["figure"], draw().digest) == []  # another computer may have them


def test_a_bengali_learner_sees_the_picture_with_bengali_words_and_the_english_one_where_there_is_none(
    monkeypatch,
):
    white = grid([np.full((8, 8, 3), 255, np.uint8)], alt="a white square")
    keep(draw(), "square")
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert full_size(fail, stored="square").picture.data == draw().data
    keep(white, "square")
    assert full_size(fail, stored="square").picture.data == white.data
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    assert full_size(fail, stored="square").picture.data == draw().data


def test_what_could_be_made_once_is_shown_even_where_it_is_optional():
    keep(draw(), "square")
    assert full_size(fail, stored="square", optional=True).picture == draw()
    assert full_size(draw, stored="other", optional=True) == draw()
