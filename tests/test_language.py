import pytest

from vislearn import language as rooms
from vislearn.errors import InputError
from vislearn.language import kinds_of_digits, language, one_kind_of_digits, translate, translate_to


@pytest.fixture
def bengali_catalog(tmp_path, monkeypatch):
    (tmp_path / "bn.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "{count} pictures"\nmsgstr "{count}টি ছবি"\n\n'
        '#, fuzzy\nmsgid "guess"\nmsgstr "আন্দাজ"\n\n'
        'msgid "untranslated"\nmsgstr ""\n\n'
        'msgid "size={count} of {count}"\nmsgstr "size={count}: {count}টি"\n\n'
        'msgid "{count} with {value} of 3, `x[{count}]`"\nmsgstr "৩টির {count}টি, {value}, `x[{count}]`"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(rooms, "_LOCALE", tmp_path)
    rooms._catalog.cache_clear()
    yield
    rooms._catalog.cache_clear()


@pytest.mark.parametrize(
    ("variable", "folder", "expected"),
    [("", "notebooks", "en"), ("", "bn", "bn"), ("en", "bn", "en"), ("bn", "notebooks", "bn")],
)
def test_the_variable_decides_then_the_folder(tmp_path, monkeypatch, variable, folder, expected):
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / folder)
    monkeypatch.setenv("VISLEARN_LANGUAGE", variable)
    assert language() == expected


def test_unknown_language_is_refused_with_the_list(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "fr")
    with pytest.raises(InputError, match=r"VISLEARN_LANGUAGE must be one of 'en', 'bn', got 'fr'"):
        language()


@pytest.mark.parametrize(
    ("message", "expected"),
    [("{count} pictures", "৩টি ছবি"), ("guess", "guess"), ("untranslated", "untranslated"), ("new", "new")],
)
def test_only_finished_translations_are_used(bengali_catalog, monkeypatch, message, expected):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert translate(message, count=3) == expected


def test_english_stays_english(bengali_catalog, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    assert translate("{count} pictures", count=3) == "3 pictures"


def test_a_message_for_readers_of_another_language():
    assert translate_to("bn", "Your turn") == "এবার আপনি"
    assert translate_to("en", "{count} pictures", count=3) == "3 pictures"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("যা", "৩টির ১২টি, যা, `x[12]`"),  # counts are Bengali, code is not
        (7, "৩টির ১২টি, ৭, `x[12]`"),
        (True, "৩টির ১২টি, True, `x[12]`"),
        ("float32", "৩টির ১২টি, float32, `x[12]`"),  # a name's digits
        (0.5, "3টির 12টি, 0.5, `x[12]`"),  # measured: one kind in the whole message
        ("(3, 4)", "3টির 12টি, (3, 4), `x[12]`"),
    ],
)
def test_one_kind_of_digits_in_a_message(bengali_catalog, value, expected):
    assert translate_to("bn", "{count} with {value} of 3, `x[{count}]`", count=12, value=value) == expected


def test_a_number_after_an_argument_s_name_is_code(bengali_catalog):
    assert translate_to("bn", "size={count} of {count}", count=32) == "size=32: 32টি"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("১", {"Bengali"}),
        ("1", {"Latin"}),
        ("১ 1", {"Latin", "Bengali"}),
        ("resnet18 v2.Resize `1` /tmp/x1 Python 3.11 mAP@.5", set()),
        ("1.png 0001.jpeg", set()),
        ("0.5", {"Latin"}),
    ],
)
def test_kinds_of_digits(text, expected):
    assert kinds_of_digits(text) == expected


def test_mixed_digits_become_latin():
    assert one_kind_of_digits("১ `১` 1") == "1 `1` 1"
    assert one_kind_of_digits("১ x1") == "১ x1"
