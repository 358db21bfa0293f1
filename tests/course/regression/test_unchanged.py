import pytest

from vislearn import checkout
from vislearn.course.regression import unchanged
from vislearn.course.regression.unchanged import has_changed, record_of, runs_everything


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """A notebook and a module, in a package with words and weights of its own."""
    package = tmp_path / "vislearn"
    (package / "course").mkdir(parents=True)
    (package / "words.po").write_text("a", encoding="utf-8")
    (package / "course" / "checker.py").write_text("a", encoding="utf-8")
    (tmp_path / "data" / "weights").mkdir(parents=True)
    (tmp_path / "data" / "weights" / "photo.json").write_text("a", encoding="utf-8")
    (tmp_path / "built" / "digits").mkdir(parents=True)
    (tmp_path / "built" / "digits" / "vislearn-manifest.json").write_text("a", encoding="utf-8")
    for name in ("a.ipynb", "vislearn/loaded.py", "vislearn/other.py"):
        (tmp_path / name).write_text("a", encoding="utf-8")
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    monkeypatch.setattr(checkout, "PACKAGE", package)
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path / "built"))
    return tmp_path


def record(folder):
    unchanged._digest.cache_clear()
    return record_of([folder / "a.ipynb", folder / "vislearn" / "loaded.py"], threads=1)


def changed(known, threads=1):
    unchanged._digest.cache_clear()
    return has_changed(known, threads=threads)


@pytest.mark.parametrize("known", [None, {}, {"files": {}}])
def test_what_never_passed_is_run(notebook, known):
    assert changed(known)


def test_what_passed_and_stayed_is_not_run(notebook):
    assert not changed(record(notebook))


def test_another_lesson_s_sidecar_is_none_of_its_business(notebook):
    known = record(notebook)
    other = notebook / "vislearn" / "lessons" / "02_more" / "en.json"
    other.parent.mkdir(parents=True)
    other.write_text("{}", encoding="utf-8")
    assert not changed(known)


@pytest.mark.parametrize(
    "name",
    [
        "a.ipynb",
        "vislearn/loaded.py",
        "vislearn/words.po",
        "vislearn/course/checker.py",
        "data/weights/photo.json",
        "built/digits/vislearn-manifest.json",
    ],
)
@pytest.mark.parametrize("change", ["other bytes", "deleted"])
def test_whatever_a_run_depends_on_makes_it_run_again(notebook, name, change):
    known = record(notebook)
    if change == "deleted":
        (notebook / name).unlink()
    else:
        (notebook / name).write_text("b", encoding="utf-8")
    assert changed(known)


def test_a_module_that_the_kernel_did_not_load_may_change(notebook):
    known = record(notebook)
    (notebook / "vislearn" / "other.py").write_text("b", encoding="utf-8")
    assert not changed(known)


def test_a_new_file_of_words_is_read_by_all(notebook):
    known = record(notebook)
    (notebook / "vislearn" / "more.json").write_text("b", encoding="utf-8")
    assert changed(known)


def test_another_number_of_threads_or_another_version_is_another_run(notebook, monkeypatch):
    known = record(notebook)
    assert changed(known, threads=2)
    monkeypatch.setattr(unchanged, "distributions", list)
    unchanged._conditions.cache_clear()
    assert changed(known)
    unchanged._conditions.cache_clear()


@pytest.mark.parametrize("name", ["CI", "VISLEARN_FULL"])
def test_a_full_run_is_asked_for_by_name_and_always_in_ci(monkeypatch, name):
    for other in ("CI", "VISLEARN_FULL"):
        monkeypatch.delenv(other, raising=False)
    assert not runs_everything()
    monkeypatch.setenv(name, "1")
    assert runs_everything()
