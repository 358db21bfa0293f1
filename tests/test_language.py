import pytest

from vislearn import language as rooms
from vislearn.errors import InputError
from vislearn.language import language, translate, translate_to


@pytest.fixture
def bengali_catalog(tmp_path, monkeypatch):
    (tmp_path / "bn.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "{count} pictures"\nmsgstr "{count}টি ছবি"\n\n'
        '#, fuzzy\nmsgid "guess"\nmsgstr "আন্দাজ"\n\n'
        'msgid "untranslated"\nmsgstr ""\n',
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
    [("{count} pictures", "3টি ছবি"), ("guess", "guess"), ("untranslated", "untranslated"), ("new", "new")],
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
