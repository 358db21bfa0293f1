import json
import subprocess
import sys

import pytest

from vislearn import progress
from vislearn.files import user_folder
from vislearn.progress import done, progress_file, read, record


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The file of a learner who has done nothing yet."""
    file = tmp_path / "deep" / "progress.jsonl"
    monkeypatch.setenv("VISLEARN_PROGRESS", str(file))
    return file


def test_nothing_done_is_an_empty_list(kept):
    assert read() == []
    assert done() == {}
    assert not kept.exists()


def test_entries_come_back_in_order(kept):
    record("ask", "00.rocket", "wrong")
    record("verdict", "overview.image_shape", "wrong", "আগে C, then H")
    assert [(one.kind, one.name, one.status, one.diagnosis) for one in read()] == [
        ("ask", "00.rocket", "wrong", ""),
        ("verdict", "overview.image_shape", "wrong", "আগে C, then H"),
    ]
    assert all(one.time.endswith("+00:00") for one in read())


def test_tests_and_builds_keep_nothing(monkeypatch):
    monkeypatch.setenv("VISLEARN_PROGRESS", "0")
    record("ask", "00.rocket", "right")
    assert progress_file() is None
    assert read() == []


def test_otherwise_it_lies_with_the_users_data(monkeypatch):
    monkeypatch.delenv("VISLEARN_PROGRESS")
    assert progress_file() == user_folder() / "vislearn" / "progress.jsonl"


def test_a_user_without_a_home_has_no_progress(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("VISLEARN_PROGRESS")
    monkeypatch.setattr(progress, "user_folder", homeless)
    record("ask", "00.rocket", "right")
    assert read() == []


def test_where_nothing_can_be_written_the_lesson_goes_on(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VISLEARN_PROGRESS", str(tmp_path / "file" / "progress.jsonl"))
    record("ask", "00.rocket", "right")
    assert read() == []
    monkeypatch.setenv("VISLEARN_PROGRESS", str(tmp_path))  # a folder
    record("ask", "00.rocket", "right")
    assert read() == []


def test_damaged_lines_are_passed_over(kept):
    record("ask", "one", "right")
    with kept.open("ab") as file:
        file.write(
            b'\n{"time": "2026", "kind": \n\xff\xfe\n[]\n{}\n\n{"time": 1, "kind": 2, "name": 3, "status": 4}'
        )
        file.write(b"\n" + b"[" * 100_000)
    record("ask", "two", "right")
    assert [one.name for one in read()] == ["one", "two"]


def test_what_a_later_version_adds_is_passed_over(kept):
    record("ask", "one", "right")
    line = json.loads(kept.read_text()) | {"seconds": "3"}
    kept.write_text(json.dumps(line) + "\n")
    assert [one.name for one in read()] == ["one"]


def test_a_line_cut_off_spoils_no_other(kept):
    kept.parent.mkdir()
    kept.write_text('{"time": "20')  # the computer was switched off
    record("ask", "one", "right")
    record("ask", "two", "right")
    assert [one.name for one in read()] == ["one", "two"]


def test_the_latest_verdict_counts_but_an_untouched_cell_undoes_nothing(kept):
    for name, status in [
        ("a", "wrong"),
        ("a", "right"),
        ("a", "not attempted"),
        ("b", "not attempted"),
        ("c", "right"),
        ("c", "error"),
    ]:
        record("verdict", name, status)
    record("ask", "d", "right")
    assert done() == {"a": "right", "b": "not attempted", "c": "error"}


def test_kernels_side_by_side_lose_nothing(kept):
    code = "from vislearn.progress import record\nfor i in range(200): record('ask', f'{i}', 'x' * 500)"
    kernels = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [kernel.wait() for kernel in kernels] == [0, 0, 0]
    assert len(read()) == 600
