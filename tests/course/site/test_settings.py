import pytest

from vislearn.course.site.settings import Bengali, settings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("সেগমেন্টেশন: প্রতিটি পিক্সেল", ["সেগমেন্টেশন", "প্রতিটি", "পিক্সেল"]),
        ("IoU ও mask_iou", ["IoU", "ও", "mask_iou"]),
        ("বাক্য শেষ।আবার", ["বাক্য", "শেষ", "আবার"]),
    ],
)
def test_bengali_words_are_whole(text, words):
    assert Bengali({}).split(text) == words


def test_nothing_is_run_and_a_page_knows_its_languages():
    said = settings("bn", {"en": "English", "bn": "বাংলা"}, ["api_io"])
    assert said["nb_execution_mode"] == "off"
    assert said["language"] == "bn"
    assert said["html_context"]["only_here"] == ["api_io"]
