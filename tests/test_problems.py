import pytest

from vislearn.errors import FileError, InputError
from vislearn.io.refusals import COPY_AGAIN
from vislearn.problems import Problem, problem_of, told_in


def test_a_problem_reads_as_one_sentence_and_its_remedy():
    assert str(Problem("a.jpg", "is empty", "Delete it.")) == "a.jpg is empty. Delete it."


def test_a_bengali_sentence_ends_as_bengali_sentences_do():
    assert str(Problem("a.jpg", "ফাঁকা", "মুছে ফেলুন।")) == "a.jpg ফাঁকা। মুছে ফেলুন।"


def test_an_error_about_a_file_says_the_same_as_a_problem():
    error = FileError("a.jpg", "is empty", fix="Delete it.")
    assert str(problem_of(error)) == str(error)
    assert str(problem_of(FileError("a.jpg", "is odd"))) == "a.jpg is odd."


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "a.jpg is cut off or damaged ({broken}). Copy it again from where it came, or delete it."),
        ("bn", "a.jpg কাটা পড়েছে, নয়তো নষ্ট ({broken})। যেখান থেকে এসেছিল সেখান থেকে আবার কপি করুন, নয়তো মুছে ফেলুন।"),
    ],
)
def test_it_says_so_in_the_learner_s_language_and_quotes_what_has_no_translation(monkeypatch, code, said):
    monkeypatch.setenv("VISLEARN_LANGUAGE", code)
    trouble = FileError("a.jpg", "is cut off or damaged ({said})", fix=COPY_AGAIN, said="{broken}")
    assert str(problem_of(trouble)) == said


def test_what_no_catalogue_has_stays_as_it_is(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert (
        str(problem_of(FileError("a.jpg", "quotes {a brace}", fix="Mend {it}.")))
        == "a.jpg quotes {a brace}. Mend {it}."
    )


def test_errors_about_files_join_a_list_or_are_raised():
    kept = []
    for error in (FileError("a.jpg", "is empty"), FileError("b.jpg", "is empty")):
        with told_in(kept):
            raise error
    assert [problem.where for problem in kept] == ["a.jpg", "b.jpg"]
    with pytest.raises(FileError, match=r"a\.jpg"), told_in(None):
        raise FileError("a.jpg", "is empty")


def test_other_errors_are_nobody_s_to_keep():
    with pytest.raises(InputError), told_in([]):
        raise InputError("x", "must be 1", got=2)
