import pytest

from vislearn.course.translating.catalogs import (
    Entry,
    catalog_problems,
    one_text,
    read_catalog,
    translations,
    update_catalog,
)
from vislearn.errors import FileError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bn.po"


def update(path, *messages, **options):
    entries = [message if isinstance(message, Entry) else Entry(message) for message in messages]
    return update_catalog(path, "bn", entries, title="a lesson", **options)


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def translate(path, message, translation):
    edit(path, f'msgid "{message}"\nmsgstr ""', f'msgid "{message}"\nmsgstr "{translation}"')


def problems(path, *messages, formatted=False):
    catalog = read_catalog(path, "bn")
    found = catalog_problems("bn.po", catalog, messages, update="UPDATE", formatted=formatted)
    return [str(problem) for problem in found]


def test_the_file_of_nothing(path):
    assert translations(read_catalog(path, "bn")) == {}
    assert update(path)
    assert path.read_text(encoding="utf-8") == (
        "# a lesson\n"
        'msgid ""\n'
        'msgstr ""\n'
        '"Language: bn\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
    )
    assert problems(path) == []


def test_a_file_reads_in_the_order_of_the_text_without_dates_or_line_numbers(path):
    update(path, Entry("zebra", ["heading"], ["b.py"]), Entry("ant 100 % of it", [], ["a.py"]), "zebra")
    body = path.read_text(encoding="utf-8").split("\n\n", 1)[1]
    assert body == (
        '#. heading\n#: b.py\nmsgid "zebra"\nmsgstr ""\n\n#: a.py\nmsgid "ant 100 % of it"\nmsgstr ""\n'
    )


def test_an_update_of_what_is_up_to_date_writes_nothing(path):
    update(path, "one", "two")
    assert not update(path, "one", "two")


def test_a_translation_and_its_translator_s_notes_stay_with_the_message(path):
    update(path, "one thing", "another matter")
    translate(path, "one thing", "এক")
    edit(path, "# a lesson", "# Ayesha translated this")
    edit(path, 'msgid "one thing"', '# think again\nmsgid "one thing"')
    assert update(path, "something new", "another matter", "one thing")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Ayesha translated this\nmsgid")
    assert '\n# think again\nmsgid "one thing"\nmsgstr "এক"\n' in text
    assert translations(read_catalog(path, "bn")) == {"one thing": "এক"}


def test_a_changed_message_keeps_its_translation_as_fuzzy_with_the_old_message(path):
    update(path, "a picture is a tensor of bytes")
    translate(path, "a picture is a tensor of bytes", "ছবি")
    update(path, "a picture is a tensor of floats")
    expected = (
        "#, fuzzy\n"
        '#| msgid "a picture is a tensor of bytes"\n'
        'msgid "a picture is a tensor of floats"\n'
        'msgstr "ছবি"\n'
    )
    assert path.read_text(encoding="utf-8").split("\n\n", 1)[1] == expected
    assert not update(path, "a picture is a tensor of floats")  # and stays as it is
    assert translations(read_catalog(path, "bn")) == {}


def test_a_long_old_message_is_kept_whole(path):
    long = "a picture is a tensor of bytes, " * 12
    update(path, long + "old")
    edit(path, 'tensor of bytes, old"\nmsgstr ""', 'tensor of bytes, old"\nmsgstr "ছবি"')
    update(path, long + "new")
    (message,) = (message for message in read_catalog(path, "bn") if message.id)
    assert one_text(message.previous_id) == long + "old"
    assert all(
        line.startswith('#| "') for line in path.read_text(encoding="utf-8").splitlines() if "old" in line
    )


def test_what_is_gone_moves_to_the_end_and_comes_back(path):
    update(path, "one thing", "another matter")
    translate(path, "one thing", "এক")
    update(path, "another matter")
    assert path.read_text(encoding="utf-8").endswith('\n#~ msgid "one thing"\n#~ msgstr "এক"\n')
    update(path, "another matter", "one thing")
    assert translations(read_catalog(path, "bn")) == {"one thing": "এক"}
    assert "#~" not in path.read_text(encoding="utf-8")


def test_what_is_gone_can_be_forgotten(path):
    update(path, "one thing", "another matter")
    translate(path, "one thing", "এক")
    update(path, "another matter", prune=True)
    assert "one thing" not in path.read_text(encoding="utf-8")


def test_every_kind_of_problem_is_one_sentence_with_its_remedy(path):
    update(path, "gone for good", "a sentence", "left open")
    translate(path, "gone for good", "গেছে")
    translate(path, "a sentence", "অনুবাদ")
    update(path, "a changed sentence", "left open")
    edit(path, 'msgid "left open"', 'msgid "not in the text"\nmsgstr "নেই"\n\nmsgid "left open"')
    assert problems(path, "a changed sentence", "left open", "quite new") == [
        "bn.po lacks the source's message 'quite new'. Run: UPDATE",
        "bn.po has a message that is no longer in the source, 'not in the text'. Run: UPDATE",
        "bn.po has no translation of 'left open'. Translate them there",
        "bn.po has a fuzzy translation of 'a changed sentence'. Mend each there and delete its '#, fuzzy'",
        "bn.po keeps an obsolete translation of 'gone for good'. Run: UPDATE --prune",
    ]


@pytest.mark.parametrize(
    ("message", "translation", "formatted", "problem"),
    [
        ("call `f` now", "ডাকো", False, "lost the code 'f'"),
        ("{n} pictures", "ছবি", True, "lost the placeholder 'n'"),
    ],
)
def test_a_translation_that_lost_something(path, message, translation, formatted, problem):
    update(path, message)
    translate(path, message, translation)
    assert problems(path, message, formatted=formatted) == [
        f"bn.po at '{message}': the translation {problem}. Mend it there"
    ]


@pytest.mark.parametrize("content", [b'msgid "a', b'msgid "a"\nmsgstr "\xff"\n', b"nonsense\n"])
def test_a_damaged_file(path, content):
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"bn\.po is damaged"):
        read_catalog(path, "bn")


@pytest.mark.parametrize(
    ("text", "expected"), [(None, ""), ("", ""), ((), ""), ("a", "a"), (("a", "as"), "a")]
)
def test_one_text(text, expected):
    assert one_text(text) == expected
