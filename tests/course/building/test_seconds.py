import json

from vislearn.course.building.seconds import built_seconds, cell_seconds, measured_rows, note_seconds


def test_nothing_measured_no_rows(lesson):
    assert measured_rows(lesson.root) == {}


def test_a_build_replaces_its_lesson_s_own_figure_and_nobody_else_s(lesson, make_lesson):
    path = lesson.root / "source" / "seconds.json"
    built = {name: {"seconds": 9, "machine": "old"} for name in ("01_tiny", "02_more")}
    elsewhere = [{"machine": "GPU", "seconds": {"01_tiny": 3}}]
    path.write_text(json.dumps({"built": built, "elsewhere": elsewhere}), encoding="utf-8")
    note_seconds(lesson, 12.4, threads=2)
    first, second, last = measured_rows(lesson.root).items()
    assert first[0].startswith("2 threads of ")
    assert "torch " in first[0]
    assert first[1] == {"01_tiny": 12}
    assert (second, last) == (("old", {"02_more": 9}), ("GPU", {"01_tiny": 3}))


def test_lessons_are_kept_in_order(make_lesson):
    for name in ("02_b", "01_a"):
        note_seconds(make_lesson(name=name), 1.0, threads=2)
    (row,) = measured_rows(make_lesson().root).values()
    assert list(row) == ["01_a", "02_b"]


def test_slow_cells_are_kept_too(lesson):
    note_seconds(lesson, 12.4, threads=2, cells={"train": 7.26, "look": 0.4})
    assert cell_seconds(lesson) == {"train": 7.3}
    note_seconds(lesson, 3.0, threads=2, cells={"train": 0.9})
    assert cell_seconds(lesson) == {}
    assert built_seconds(lesson.root) == {"01_tiny": 3}


def test_a_lesson_that_was_never_built_has_no_slow_cells(lesson):
    assert cell_seconds(lesson) == {}
