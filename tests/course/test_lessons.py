import pytest

from vislearn.course.lessons import Lesson, digest, find_lessons, languages, notebooks_folder, pick, read_text
from vislearn.errors import FileError, InputError


def test_no_lessons_in_an_empty_folder(tmp_path):
    assert find_lessons(tmp_path) == []


def test_lessons_come_in_order_of_number(make_lesson):
    second, first = make_lesson(name="10_last"), make_lesson(name="02_first")
    assert find_lessons(first.root) == [first, second]
    assert [lesson.number for lesson in find_lessons(first.root)] == ["02", "10"]


def test_home_comes_last_and_has_no_number(make_lesson):
    home, first = make_lesson(name="index"), make_lesson(name="02_first")
    assert find_lessons(home.root) == [first, home]
    assert (home.number, home.is_home, first.is_home) == ("index", True, False)
    assert pick(["index"], home.root) == [home]


@pytest.mark.parametrize("name", ["draft", "1_pipeline", "01-pipeline", "01_Pipeline"])
def test_a_source_that_is_not_named_like_a_lesson(make_lesson, name):
    with pytest.raises(FileError, match="Call it NN_name"):
        find_lessons(make_lesson(name=name).root)


def test_two_lessons_with_one_number(make_lesson):
    make_lesson(name="01_a")
    with pytest.raises(FileError, match="same number as 01_a"):
        find_lessons(make_lesson(name="01_b").root)


def test_where_the_files_of_a_lesson_lie(tmp_path):
    lesson = Lesson(tmp_path / "notebooks", "01_tiny")
    paths = [lesson.source, lesson.translation("bn"), lesson.notebook(), lesson.notebook("bn")]
    assert [lesson.relative(path) for path in paths] == [
        "notebooks/source/01_tiny.py",
        "notebooks/source/bn/01_tiny.po",
        "notebooks/01_tiny.ipynb",
        "notebooks/bn/01_tiny.ipynb",
    ]


@pytest.mark.parametrize("name", ["1", "01", "১", "01_tiny"])
def test_a_lesson_by_name_or_number(lesson, name):
    assert pick([name], lesson.root) == [lesson]
    assert pick([lesson]) == [lesson]


def test_none_is_all_and_an_empty_list_is_nothing(lesson):
    assert pick(None, lesson.root) == [lesson]
    assert pick([], lesson.root) == []


def test_a_lesson_that_is_not_there(lesson):
    with pytest.raises(InputError, match="Did you mean '01_tiny'"):
        pick(["01_tyni"], lesson.root)


def test_languages():
    assert languages(None) == ["en", "bn"]
    assert languages("bn") == ["bn"]
    with pytest.raises(InputError, match="must be one of 'en', 'bn', got 'de'"):
        languages("de")


def test_this_checkout_has_its_lessons():
    assert notebooks_folder().name == "notebooks"
    assert all(lesson.root == notebooks_folder() for lesson in find_lessons())


def test_text_reads_the_same_with_any_line_ends(tmp_path):
    (tmp_path / "a").write_bytes(b"one\r\ntwo\n")
    assert read_text(tmp_path / "a") == "one\ntwo\n"


@pytest.mark.parametrize(("content", "message"), [(None, "is not there"), (b"\xff\xfe", "is not UTF-8")])
def test_a_file_that_can_not_be_read(tmp_path, content, message):
    path = tmp_path / "a.py"
    if content:
        path.write_bytes(content)
    with pytest.raises(FileError, match=message):
        read_text(path)


def test_a_digest_is_that_of_the_text_not_of_its_line_ends(tmp_path):
    for name, content in (("unix", b"a\nb\n"), ("windows", b"a\r\nb\r\n"), ("other", b"a\nc\n")):
        (tmp_path / name).write_bytes(content)
    assert digest(tmp_path / "unix") == digest(tmp_path / "windows") != digest(tmp_path / "other")
