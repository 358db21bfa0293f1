import pytest

from vislearn.course.translating.messages import check_messages, package_messages, update_messages
from vislearn.exercises import names, prompt

CODE = """
from there import translate as _
def f(n):
    # Translators: said when it is over
    _("done")
    _("{count} of "
      "{all}", count=n, all="many")
    _(n)
    other("not this")
HINTS = [N_("first hint"), N_("done")]
"""


@pytest.fixture
def package(tmp_path):
    package = tmp_path / "tiny"
    (package / "deep").mkdir(parents=True)
    (package / "a.py").write_text(CODE, encoding="utf-8")
    (package / "deep" / "z.py").write_text('_("done")\n', encoding="utf-8")
    return package


def fill_in(path, translations):
    text = path.read_text(encoding="utf-8")
    for message, translation in translations.items():
        text = text.replace(f'msgid "{message}"\nmsgstr ""', f'msgid "{message}"\nmsgstr "{translation}"')
    path.write_text(text, encoding="utf-8")


def test_a_package_that_says_nothing(tmp_path):
    assert package_messages(tmp_path) == []


def test_messages_are_literals_in_either_marker(package):
    found = [(entry.message, *entry.places) for entry in package_messages(package)]
    assert found == [
        ("done", "a.py"),
        ("{count} of {all}", "a.py"),
        ("first hint", "a.py"),
        ("done", "a.py"),
        ("done", "deep/z.py"),
    ]


def test_an_exercise_s_prompt_is_its_docstring(tmp_path):
    code = '@exercise("a.b", hints=[])\ndef solve(x):\n    """Solve it.\n\n    Twice.\n    """\n\n'
    (tmp_path / "a.py").write_text(code + 'def helper():\n    """Not said."""\n', encoding="utf-8")
    assert [entry.message for entry in package_messages(tmp_path)] == ["Solve it.\n\nTwice."]


def test_a_message_stands_once_with_its_places_and_notes(package):
    (path,) = update_messages(package)
    assert path == package / "locale" / "bn.po"
    text = path.read_text(encoding="utf-8")
    done = '#. Translators: said when it is over\n#: a.py\n#: deep/z.py\nmsgid "done"\nmsgstr ""\n'
    assert done in text
    assert text.count('msgid "done"') == 1
    assert update_messages(package) == []


def test_a_package_without_its_catalogue(package):
    (problem,) = check_messages(package)
    assert str(problem) == (
        "tiny/locale/bn.po lacks the source's message 'done' and 2 more. Run: vislearn lessons translate"
    )


def test_a_whole_catalogue_and_one_that_lost_a_placeholder(package):
    (path,) = update_messages(package)
    fill_in(path, {"done": "শেষ", "{count} of {all}": "{all}টির {count}টি", "first hint": "ইঙ্গিত"})
    assert check_messages(package) == []
    path.write_text(path.read_text(encoding="utf-8").replace("{all}টির ", ""), encoding="utf-8")
    (problem,) = check_messages(package)
    assert problem.what == "at '{count} of {all}': the translation lost the placeholder 'all'"


def test_words_of_another_glossary_are_found_in_the_catalogue(package):
    (path,) = update_messages(package)
    fill_in(path, {"done": "এখনও", "{count} of {all}": "{all}টির {count}টি", "first hint": "ইঙ্গিত"})
    (problem,) = check_messages(package)
    assert str(problem) == "tiny/locale/bn.po at 'done': the translation says 'এখনও'. Write 'এখনো'."


def test_this_package_s_messages_are_found():
    messages = {entry.message for entry in package_messages()}
    assert "{count} of {all}" not in messages  # tests are no part of it
    assert "Hint {number} of {count}" in messages
    assert {prompt(name) for name in names()} <= messages
