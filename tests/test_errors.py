import pickle

import pytest

from vislearn.errors import (
    FileError,
    InputError,
    MissingError,
    VislearnError,
    Words,
    first_line,
    require_one_of,
)


def test_every_error_is_a_vislearn_error_and_its_builtin_kind():
    assert issubclass(InputError, (VislearnError, ValueError))
    for error, builtin in [(InputError, ValueError), (FileError, OSError), (MissingError, LookupError)]:
        assert issubclass(error, VislearnError)
        assert issubclass(error, builtin)


def test_input_error_says_name_rule_got_and_fix():
    error = InputError("size", "must be at least 1 pixel", got=0, fix="Try 224.")
    assert str(error) == "size must be at least 1 pixel, got 0. Try 224."


def test_file_error_survives_the_way_home_from_a_loader_worker():
    error = FileError("cats/3.jpg", "is empty", fix="Delete it.")
    back = pickle.loads(pickle.dumps(error))
    assert str(back) == str(error) == "cats/3.jpg is empty. Delete it."
    assert (back.path, back.problem, back.fix) == (error.path, error.problem, error.fix)


def test_a_message_with_values_is_filled_in_and_survives_the_way_home_too():
    error = FileError("a.jpg", "has {count} pixels", fix="Ask {who}.", count=3, who="{nobody}")
    back = pickle.loads(pickle.dumps(error))
    assert str(back) == str(error) == "a.jpg has 3 pixels. Ask {nobody}."
    assert (back.problem, back.fix) == ("has 3 pixels", "Ask {nobody}.")
    assert (back.messages, back.values) == (error.messages, error.values)


def test_words_know_what_they_are_made_of_and_survive_the_way_home():
    words = Words("{place} of {code}", place=Words("line {line}", line=4), code="{a}")
    back = pickle.loads(pickle.dumps(FileError("a.txt", words, fix=words)))
    assert str(back) == "a.txt line 4 of {a}. line 4 of {a}"
    assert back.messages == (words, words)
    assert back.messages[0].values["place"].values == {"line": 4}


def test_missing_error_says_what_and_how_to_get_it():
    assert str(MissingError("The photo weights are not here.", fix="Run make data.")).endswith(
        "Run make data."
    )


@pytest.mark.parametrize(
    ("value", "ending"),
    [("", ", got ''."), ("marco", "got 'marco'. Did you mean 'macro'?"), (7, ", got 7.")],
)
def test_require_one_of_refuses_and_guesses(value, ending):
    with pytest.raises(InputError) as caught:
        require_one_of("average", value, ["macro", "micro"])
    assert str(caught.value).endswith(ending)


def test_require_one_of_accepts_what_is_listed():
    require_one_of("average", "micro", iter(["macro", "micro"]))


@pytest.mark.parametrize(
    ("error", "plain", "named"),
    [
        (ValueError(), "ValueError", "ValueError"),
        (ValueError(" \n"), "ValueError", "ValueError"),
        (ValueError("no pictures"), "no pictures", "ValueError: no pictures"),
        (TypeError("\n first \nsecond"), "first", "TypeError: first"),
        (UserWarning("x" * 240), "x" * 240, "UserWarning: " + "x" * 240),
        (UserWarning("x" * 241), "x" * 239 + "…", "UserWarning: " + "x" * 239 + "…"),
    ],
)
def test_an_error_in_one_line(error, plain, named):
    assert first_line(error) == plain
    assert first_line(error, named=True) == named
