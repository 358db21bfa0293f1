import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from vislearn import sidecar
from vislearn.errors import InputError
from vislearn.viz.meaning.compare import compare
from vislearn.viz.pil import bundle, register


class Shell:
    display_formatter = DisplayFormatter()


@pytest.fixture
def said(monkeypatch):
    """The running cell says this of its next picture."""
    monkeypatch.setattr(sidecar, "next_figure", lambda: sidecar.Description("A red square.", "", "Red."))


def test_an_image_becomes_one_small_picture_with_words(said):
    register(Shell)
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8))
    data, metadata = Shell.display_formatter.format(noise)
    assert set(data) == {"text/html", "text/plain"}
    assert data["text/plain"] == "A red square."
    assert 'width="400" height="300" style="max-width:100%' in data["text/html"]
    assert "data:image/webp" in data["text/html"]
    assert "<figcaption>Red.</figcaption>" in data["text/html"]
    assert set(metadata) == {"vislearn"}


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "RGBA", "P", "CMYK", "F", "I;16"])
def test_images_of_any_mode(said, mode):
    assert bundle(Image.new(mode, (6, 5)))[0]["text/plain"] == "A red square."


def test_a_large_image_fits_a_laptop(said):
    figure = bundle(Image.new("RGB", (4000, 1000)))[1]["vislearn"]["figure"]
    assert figure["size"] == [1000, 250]


def test_its_digest_tells_one_picture_from_another(said):
    red, redder, blue = (
        bundle(Image.new("RGB", (40, 30), color))[1]["vislearn"]["figure"]
        for color in ("#f00000", "#f20000", "#0000f0")
    )
    assert compare(red, redder) == []
    assert compare(red, blue) != []


def test_a_learner_s_own_image_needs_no_words_a_lesson_s_does(monkeypatch):
    monkeypatch.setattr(sidecar, "_shell", object())
    assert bundle(Image.new("RGB", (6, 5)))[0]["text/plain"] == "A picture of 6 × 5 pixels."
    monkeypatch.setenv(sidecar.STRICT_VARIABLE, "1")
    with pytest.raises(InputError, match="alt must say what the picture shows"):
        bundle(Image.new("RGB", (6, 5)))
