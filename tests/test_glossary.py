import unicodedata

import pytest

from vislearn.glossary import spellings, terms
from vislearn.language import LANGUAGES


def test_each_term_stands_once_and_is_explained_in_every_language():
    names = [term.names["en"] for term in terms()]
    assert sorted(set(names)) == sorted(names)
    assert {frozenset(texts) for term in terms() for texts in (term.names, term.means)} == {
        frozenset(LANGUAGES)
    }
    assert all(text.strip() for term in terms() for text in (*term.names.values(), *term.means.values()))


@pytest.mark.parametrize(("code", "name"), [("en", "epoch"), ("bn", "ইপক")])
def test_a_term_speaks_the_learner_s_language(monkeypatch, code, name):
    monkeypatch.setenv("VISLEARN_LANGUAGE", code)
    epoch = next(term for term in terms() if term.names["en"] == "epoch")
    assert epoch.name == name
    assert epoch.meaning == epoch.means[code]


def test_a_word_that_is_asked_for_is_nowhere_forbidden():
    forbidden = {word for entry in (*terms(), *spellings()) for word in entry.never}
    wanted = {term.names["bn"] for term in terms()} | {spelling.write for spelling in spellings()}
    assert wanted & forbidden == set()


def test_its_bengali_is_in_one_form_of_unicode():
    texts = [text for term in terms() for text in (*term.names.values(), *term.means.values(), *term.never)]
    assert [text for text in texts if not unicodedata.is_normalized("NFC", text)] == []
