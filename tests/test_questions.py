import pytest

from vislearn.errors import InputError
from vislearn.questions import (
    Answer,
    Question,
    from_json,
    messages,
    parse_question,
    to_json,
    translated,
)

ROCKET = """The model knows ten words; *rocket* is none of them.

What will it say?

- [ ] Nothing: all ten come out near zero.
  They can't: softmax makes them
  add up to 1.
- [x] One of its ten words.

  A probability is no "I know".
- [ ] Less than 20 %.
  Nothing holds the largest down.
"""
TWO = "Which?\n- [x] This.\n  Yes.\n- [ ] That.\n  No."


def test_a_question_is_read_as_lessons_write_it():
    assert parse_question("00.rocket", ROCKET) == Question(
        "00.rocket",
        "The model knows ten words; *rocket* is none of them.\n\nWhat will it say?",
        (
            Answer("Nothing: all ten come out near zero.", "They can't: softmax makes them add up to 1."),
            Answer("One of its ten words.", 'A probability is no "I know".', right=True),
            Answer("Less than 20 %.", "Nothing holds the largest down."),
        ),
    )


def test_the_right_answer_has_a_place():
    assert parse_question("00.rocket", ROCKET).right == 1


def test_recall_names_its_lesson():
    question = parse_question("01.softmax", TWO, "recall", "00_overview")
    assert (question.kind, question.lesson) == ("recall", "00_overview")


@pytest.mark.parametrize(
    ("markdown", "says"),
    [
        ("", "must begin with the question"),
        ("Which?", "must have 2 to 4 answers, got 0"),
        ("- [x] This.\n  Yes.\n- [ ] That.\n  No.", "must begin with the question"),
        ("Which?\n- [x] This.\n  Yes.", "must have 2 to 4 answers, got 1"),
        (TWO + "".join(f"\n- [ ] {n}\n  No." for n in range(3)), "must have 2 to 4 answers, got 5"),
        (TWO.replace("[x]", "[ ]"), "exactly one right answer, got 0. Mark it"),
        (TWO.replace("[ ]", "[x]"), "exactly one right answer, got 2"),
        (TWO.replace("\n  No.", ""), "a reason for every answer, got none for 'That.'"),
        (TWO.replace("That.", "This."), "answers that differ"),
        (TWO.replace("- [ ]", "- [X]"), "q, line 4: an answer must begin with '- [ ] ' or '- [x] '"),
        (TWO.replace("- [ ] That", "- That"), "q, line 4: an answer must begin"),
        (TWO.replace("  No.", "No."), "q, line 5: below an answer, its reason must be indented, got 'No.'"),
    ],
)
def test_another_form_is_refused_in_words(markdown, says):
    with pytest.raises(InputError) as refused:
        parse_question("q", markdown)
    assert says in str(refused.value)


def test_kinds_and_lessons_are_checked():
    with pytest.raises(InputError, match="kind must be one of 'ask', 'recall', got 'quiz'"):
        parse_question("q", TWO, "quiz")
    with pytest.raises(InputError, match="must name the lesson"):
        parse_question("q", TWO, "recall")


def test_json_keeps_every_word():
    question = parse_question("১.প্রশ্ন", ROCKET, "recall", "00_overview")
    assert from_json(to_json(question)) == question
    assert "১.প্রশ্ন" in to_json(question)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must be what to_json wrote"),
        ("[]", "must be what to_json wrote"),
        ("[" * 100_000, "must be what to_json wrote"),
        ('{"name": "q", "text": "?"}', "must be what to_json wrote"),
        ('{"name": "q", "text": "?", "answers": []}', "2 to 4 answers"),
    ],
)
def test_other_json_is_refused(text, says):
    with pytest.raises(InputError, match=says):
        from_json(text)


def test_a_translation_changes_words_and_nothing_else():
    question = parse_question("00.rocket", ROCKET)
    there = translated(question, {message: message.upper() for message in messages(question)})
    assert messages(there) == [message.upper() for message in messages(question)]
    assert (there.name, there.right) == ("00.rocket", 1)


@pytest.mark.parametrize("gone", range(5))
def test_a_translation_with_a_gap_is_refused(gone):
    question = parse_question("q", TWO)
    mapping = {message: "…" + message for message in messages(question)}
    mapping[messages(question)[gone]] = ""
    with pytest.raises(InputError, match="translated whole"):
        translated(question, mapping)
