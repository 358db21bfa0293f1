from vislearn.errors import FileError
from vislearn.problems import Problem, problem_of


def test_a_problem_reads_as_one_sentence_and_its_remedy():
    assert str(Problem("a.jpg", "is empty", "Delete it.")) == "a.jpg is empty. Delete it."


def test_a_bengali_sentence_ends_as_bengali_sentences_do():
    assert str(Problem("a.jpg", "ফাঁকা", "মুছে ফেলুন।")) == "a.jpg ফাঁকা। মুছে ফেলুন।"


def test_an_error_about_a_file_says_the_same_as_a_problem():
    error = FileError("a.jpg", "is empty", fix="Delete it.")
    assert str(problem_of(error)) == str(error)
