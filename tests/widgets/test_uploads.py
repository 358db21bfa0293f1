import io
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

from vislearn.errors import InputError
from vislearn.widgets import upload, uploads
from vislearn.widgets.rendering import view_problems


def file(data, name="mine.png"):
    """As a browser sends it."""
    return {
        "name": name,
        "type": "",
        "size": len(data),
        "content": memoryview(data),
        "last_modified": datetime.now(UTC),
    }


def saved(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def give(lab, data, name="mine.png"):
    lab._chooser.set_trait("value", (file(data, name),))


def test_nothing_given_is_the_bundled_photograph():
    picture = upload("cat").picture()
    assert (picture.mode, picture.size) == ("RGB", (451, 300))


def test_an_unknown_photograph_is_refused():
    with pytest.raises(InputError, match="Did you mean 'cat'"):
        upload("cats")


def test_a_picture_takes_its_place_and_is_followed():
    lab, seen = upload("cat"), []
    lab.on_change(lambda picture: seen.append(picture.size))
    give(lab, saved(Image.new("RGB", (40, 30), "red")))
    assert lab.picture().getpixel((0, 0)) == (255, 0, 0)
    assert seen == [(451, 300), (40, 30)]
    assert 'alt="Your picture, mine.png."' in lab._shown.value


def test_it_is_turned_as_the_camera_was_held():
    lab, exif = upload("cat"), Image.Exif()
    exif[0x0112] = 6
    give(lab, saved(Image.new("RGB", (40, 30)), "JPEG", exif=exif), "mine.jpg")
    assert lab.picture().size == (30, 40)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"hello", "holds text, not a picture"),
        (
            saved(Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)))[:-500],
            "cut off",
        ),
    ],
)
def test_a_file_that_is_no_picture_is_named_and_changes_nothing(data, says):
    lab = upload("cat")
    before = lab.picture()
    give(lab, data, "<b>.png")
    assert 'role="alert"' in lab._said.value
    assert "&lt;b&gt;.png can&#x27;t be used; the picture below stays." in lab._said.value
    assert says in lab._said.value
    assert lab.picture() == before


def test_a_good_picture_ends_the_complaint():
    lab = upload("cat")
    give(lab, b"hello")
    give(lab, saved(Image.new("L", (9, 9))))
    assert lab._said.value == ""
    assert lab.picture().size == (9, 9)


def test_what_is_too_large_is_refused_or_made_smaller(monkeypatch):
    lab = upload("cat")
    give(lab, saved(Image.new("RGB", (4096, 1000))))
    assert lab.picture().size == (2048, 500)
    monkeypatch.setattr(uploads, "_LARGEST_MB", 0.0001)
    give(lab, saved(Image.new("RGB", (40, 30))) + bytes(100))
    assert "is larger than" in lab._said.value


def test_the_picture_given_may_be_drawn_on():
    lab = upload("cat")
    lab.picture().paste("red", (0, 0, 100, 100))
    assert lab.picture().getpixel((0, 0)) != (255, 0, 0)


@pytest.mark.parametrize(
    ("size", "shown"),
    [((4000, 400), (480, 48)), ((100, 400), (100, 400)), ((1, 4000), (1, 400)), ((48, 48), (400, 400))],
)
def test_any_shape_fits_a_screen(size, shown):
    assert uploads._shown_wh(Image.new("RGB", size)) == shown


def test_the_stand_in_is_a_figure_of_the_bundled_photograph():
    lab = upload("coffee", "Your cup")
    data, metadata = lab._repr_mimebundle_()
    assert "A cup of espresso" in data["text/plain"]
    assert metadata["vislearn"]["figure"]
    assert lab._chooser.tooltip == "Your cup"
    assert view_problems([lab.view.model_id]) == []


def test_beside_an_answer_the_picture_is_small():
    lab = upload("cat")
    assert 'width="480"' in lab._shown.value
    lab.on_change(lambda picture: "<p>An answer.</p>")
    assert 'width="180"' in lab._shown.value
    give(lab, saved(Image.new("RGB", (400, 300), "red")))
    assert 'width="160" height="120"' in lab._shown.value


@pytest.mark.parametrize(
    ("size", "shown"),
    [((451, 300), (480, 319)), ((300, 2000), (60, 400)), ((2048, 1), (480, 1)), ((1, 2048), (1, 400))],
)
def test_it_is_shown_as_large_as_leaves_room_for_the_controls(size, shown):
    assert uploads._shown_wh(Image.new("1", size)) == shown
