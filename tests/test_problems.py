import pytest

from vislearn.errors import FileError, InputError
from vislearn.problems import Problem, problem_of, told_in


def test_a_problem_reads_as_one_sentence_and_its_remedy():
    assert str(Problem("a.jpg", "is empty", "Delete it.")) == "a.jpg is empty. Delete it."


def test_a_bengali_sentence_ends_as_bengali_sentences_do():
    assert str(Problem("a.jpg", "ফাঁকা", "মুছে ফেলুন।")) == "a.jpg ফাঁকা। মুছে ফেলুন।"


def test_an_error_about_a_file_says_the_same_as_a_problem():
    error = FileError("a.jpg", "is empty", fix="Delete it.")
    assert str(problem_of(error)) == str(error)


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
