import ipywidgets
from PIL import Image

from vislearn.viz import Picture
from vislearn.widgets.own import OwnPicture

BUNDLED = Picture(b"RIFF", "Bundled.", 4, 3)


class Given(OwnPicture):
    def __init__(self):
        super().__init__(ipywidgets.HTML("x"), BUNDLED, "A lab.", "Run it.")
        self.now = Image.new("RGB", (1, 1))

    def picture(self):
        return self.now

    def give(self, picture):
        self.now = picture
        self._changed()


def test_nobody_follows_and_nothing_happens():
    lab = Given()
    lab.give(Image.new("RGB", (2, 2)))
    assert lab._below.value == ""


def test_a_follower_is_called_at_once_and_after_each_change_and_its_answer_shown():
    lab, sizes = Given(), []

    def follow(picture):
        sizes.append(picture.size)
        return BUNDLED if picture.width == 1 else f"<b>{picture.width}</b>"

    lab.on_change(follow)
    assert lab._below.value == BUNDLED.html()
    lab.give(Image.new("RGB", (3, 3)))
    assert lab._below.value == "<b>3</b>"
    assert sizes == [(1, 1), (3, 3)]


def test_without_a_kernel_the_first_answer_is_seen_and_how_to_get_others():
    lab, answer = Given(), Picture(b"RIFF", "An answer.", 4, 3)
    hint = "<p><em>Run it.</em></p>"
    assert (lab.fallback, lab.figure) == (BUNDLED.html() + hint, BUNDLED)
    lab.on_change(lambda picture: answer if picture.width == 1 else BUNDLED)
    lab.give(Image.new("RGB", (3, 3)))
    assert (lab.fallback, lab.figure) == (answer.html() + hint, answer)
    lab.on_change(lambda picture: "<b>no picture</b>")
    assert lab.figure is answer


def test_a_follower_may_say_nothing():
    lab = Given()
    lab.on_change(lambda picture: "<b>1</b>")
    lab.on_change(lambda picture: None)
    assert lab._below.value == ""


def test_a_follower_that_fails_says_so_in_a_sentence():
    lab = Given()
    lab.on_change(lambda picture: 1 / 0)
    assert lab._below.value == '<p role="alert">⚠ <strong>ZeroDivisionError: division by zero</strong></p>'
