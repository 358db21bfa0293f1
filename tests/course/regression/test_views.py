import pytest
from nbformat.v4 import new_output

from vislearn.course.regression.views import view_differences


def picture(words="A box.", *, widget=False, html="<img>", **digest):
    about = {"vislearn": {"figure": {"size": [9, 9], **digest}} | ({"widget": True} if widget else {})}
    return new_output("display_data", {"text/plain": words, "text/html": html}, metadata=about)


def photo(data):
    return new_output("display_data", {"image/png": data, "text/plain": "a photo"})


TEXT = new_output("stream", name="stdout", text="a")


@pytest.mark.parametrize(
    ("stored", "fresh"),
    [
        ([], []),
        ([TEXT], []),
        ([picture(title="a")], [TEXT, picture(title="a", html="<img other>")]),
        ([photo("AA")], [photo("AA")]),
    ],
)
def test_the_same_is_seen(stored, fresh):
    assert view_differences(stored, fresh) == []


@pytest.mark.parametrize(
    ("stored", "fresh", "says"),
    [
        ([picture(title="Loss")], [picture(title="Accuracy")], "figure 1: the title"),
        ([picture(), picture(title="Loss")], [picture(), picture(title="a")], "figure 2: the title"),
        ([picture("A cat.")], [], "figure 1 is missing\n  expected  A cat."),
        ([], [picture("A cat.")], "figure 1 is not in the notebook\n  got       A cat."),
        ([photo("AA")], [picture()], "figure 1 has no digest in the notebook"),
        ([picture()], [photo("AA")], "figure 1 has no digest in this run"),
        ([photo("AA")], [photo("BB")], "figure 1 has other bytes, and no digest"),
        ([picture(widget=True)], [picture()], "the number of widgets changed\n  expected  1\n  got       0"),
    ],
)
def test_something_else_is_seen(stored, fresh, says):
    (difference,) = view_differences(stored, fresh)
    assert str(difference).startswith(says)
