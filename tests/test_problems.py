import pytest

from vislearn.errors import FileError, InputError, Words
from vislearn.io.refusals import COPY_AGAIN
from vislearn.language import translate
from vislearn.problems import Problem, joined, problem_of, told_in, words_of


def test_a_problem_reads_as_one_sentence_and_its_remedy():
    assert str(Problem("a.jpg", "is empty", "Delete it.")) == "a.jpg is empty. Delete it."


def test_a_bengali_sentence_ends_as_bengali_sentences_do():
    assert str(Problem("a.jpg", "ফাঁকা", "মুছে ফেলুন।")) == "a.jpg ফাঁকা। মুছে ফেলুন।"


@pytest.mark.parametrize(
    ("code", "what", "fix", "stop"),
    [
        ("bn", "ফাঁকা", "", "।"),
        ("bn", "নেই", "এটি কি সঠিক ফোল্ডার?", "।"),
        ("en", "is the picture বিড়াল.jpg", "", "."),
        ("en", "is empty", "Is ছবি the right folder?", "."),
        ("bn", "is empty", "Delete it.", "."),
    ],
)
def test_the_stop_is_that_of_the_sentence_s_language(monkeypatch, code, what, fix, stop):
    monkeypatch.setenv("VISLEARN_LANGUAGE", code)
    assert str(Problem("a.jpg", what, fix)).startswith(f"a.jpg {what}{stop}")


def test_words_inside_words_are_said_in_the_learner_s_language(monkeypatch):
    place = Words("{place} ({name})", place=Words("line {line}", line=4), name="cat")
    trouble = FileError(
        "a.txt", "has {trouble} ({where})", trouble=Words("a mask without a pixel"), where=place
    )
    assert str(problem_of(trouble)) == "a.txt has a mask without a pixel (line 4 (cat))."
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert str(problem_of(trouble)) == "a.txt ফাইলে আছে পিক্সেলহীন একটি মাস্ক (৪ নম্বর লাইন (cat))।"
    assert str(trouble) == "a.txt has a mask without a pixel (line 4 (cat))."


def test_words_may_be_a_whole_problem_or_its_remedy(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    again = Words("{first} {then}", first=Words("Correct them."), then=Words("Draw it again."))
    told = problem_of(FileError("a.txt", Words("repeats line {line}", line=2), fix=again))
    assert str(told) == "a.txt ২ নম্বর লাইনের হুবহু পুনরাবৃত্তি। সংখ্যাগুলো শুধরে দিন। আবার আঁকুন।"


def test_words_in_a_row(monkeypatch):
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a and b and c"
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert translate(joined(["a", "b", "c"])) == "a ও b ও c"


def test_what_is_wrong_with_an_argument_is_said_without_its_remedy(monkeypatch):
    defect = InputError("boxes", "must be a tensor", got=[1], fix="Make it one.")
    assert words_of(defect) == "boxes must be a tensor, got [1]"
    assert words_of(InputError("boxes", "must be {odd}", got=2)) == "boxes must be {odd}, got 2"
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert translate(words_of(defect)) == "boxes টেনসর হতে হবে, কিন্তু আছে [1]"


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
