import errno
import json
import logging
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vislearn import checkout
from vislearn.datasets.bundled import store
from vislearn.datasets.bundled.store import MANIFEST, Recipe, data_root, ensure_built, inspect_set
from vislearn.errors import FileError
from vislearn.files import user_folder


def build_three(folder):
    for name in ("a", "b", "c"):
        (folder / "sub").mkdir(exist_ok=True)
        (folder / "sub" / f"{name}.txt").write_text(name * 10, encoding="utf-8")
        yield


LETTERS = Recipe("letters", version=1, units=3, build=build_three)


def recipe(build):
    return Recipe("letters", version=1, units=3, build=build)


def contents(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*.txt")}


WHOLE = {"a.txt": "a" * 10, "b.txt": "b" * 10, "c.txt": "c" * 10}


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def as_a_new_process(monkeypatch):
    monkeypatch.setattr(store, "_trusted", set())


def test_nothing_is_there_until_it_is_asked_for(fresh):
    found = inspect_set(LETTERS)
    assert (found.state, found.folder, found.size_mb) == ("absent", fresh / "letters", 0)
    assert not fresh.exists()


def test_a_set_is_built_once_and_counted(fresh):
    steps = []
    folder = ensure_built(LETTERS, steps.append)
    assert contents(folder) == WHOLE
    assert steps == [1, 1, 1]
    ensure_built(LETTERS, steps.append)
    assert steps == [1, 1, 1, 3]
    assert inspect_set(LETTERS).state == "ready"
    assert inspect_set(LETTERS).size_mb == pytest.approx(30e-6)
    assert visible(fresh) == ["letters"]


def test_the_manifest_knows_every_file_and_is_the_same_every_time(fresh, monkeypatch, tmp_path):
    first = (ensure_built(LETTERS) / MANIFEST).read_bytes()
    assert sorted(json.loads(first)["files"]) == ["sub/a.txt", "sub/b.txt", "sub/c.txt"]
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path / "elsewhere"))
    assert (ensure_built(LETTERS) / MANIFEST).read_bytes() == first


def remove(folder):
    (folder / "sub" / "b.txt").unlink()


def cut_off(folder):
    (folder / "sub" / "b.txt").write_text("b", encoding="utf-8")


def change_in_place(folder):
    (folder / "sub" / "b.txt").write_text("B" * 10, encoding="utf-8")


def spoil_manifest(folder):
    (folder / MANIFEST).write_text('{"files"', encoding="utf-8")


def empty_manifest(folder):
    (folder / MANIFEST).write_text("[]", encoding="utf-8")


def nul_in_a_name(folder):
    tampered(folder, lambda files: files.update({"a\0b": files["sub/a.txt"]}))


def entry_without_a_sum(folder):
    tampered(folder, lambda files: files["sub/a.txt"].pop("sha256"))
    change_in_place(folder)
    (folder / "sub" / "a.txt").write_text("A" * 10, encoding="utf-8")


def deep_manifest(folder):
    (folder / MANIFEST).write_text("[" * 100_000, encoding="utf-8")


def tampered(folder, change):
    record = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    change(record["files"])
    (folder / MANIFEST).write_text(json.dumps(record), encoding="utf-8")
    time.sleep(0.01)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (remove, "sub/b.txt is missing"),
        (cut_off, "sub/b.txt has 1 bytes instead of 10"),
        (change_in_place, "sub/b.txt has been changed"),
        (spoil_manifest, "manifest can't be read"),
        (empty_manifest, "manifest can't be read"),
        (deep_manifest, "manifest can't be read"),
        (nul_in_a_name, "is missing or can't be read"),
        (entry_without_a_sum, "sub/a.txt is missing or can't be read"),
    ],
)
def test_damage_is_found_told_and_repaired(fresh, monkeypatch, caplog, damage, words):
    folder = ensure_built(LETTERS)
    time.sleep(0.01)
    damage(folder)
    as_a_new_process(monkeypatch)
    found = inspect_set(LETTERS)
    assert found.state == "damaged"
    assert words in found.problem
    with caplog.at_level(logging.WARNING, "vislearn"):
        ensure_built(LETTERS)
    assert f"Building the data set letters again: {found.problem}." in caplog.text
    assert contents(folder) == WHOLE
    assert visible(fresh) == ["letters"]


def test_a_change_that_keeps_size_and_time_is_found_by_a_thorough_look(fresh, monkeypatch):
    folder = ensure_built(LETTERS)
    file = folder / "sub" / "b.txt"
    before = file.stat()
    change_in_place(folder)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    as_a_new_process(monkeypatch)
    assert inspect_set(LETTERS).state == "ready"
    assert inspect_set(LETTERS, thorough=True).state == "damaged"


def test_looking_again_in_the_same_process_costs_nothing(fresh, monkeypatch):
    ensure_built(LETTERS)
    inspect_set(LETTERS)
    monkeypatch.setattr(store, "_first_damage", lambda *rest: pytest.fail("looked at the files again"))
    assert ensure_built(LETTERS) == fresh / "letters"


def test_a_changed_recipe_builds_again(fresh, caplog):
    ensure_built(LETTERS)
    newer = Recipe("letters", version=2, units=3, build=build_three)
    assert inspect_set(newer).state == "outdated"
    ensure_built(newer)
    assert "its recipe has changed" in caplog.text
    assert inspect_set(newer).state == "ready"


def test_a_set_moved_to_another_disk_is_rebuilt_there_again_and_again(fresh, monkeypatch, tmp_path):
    folder = ensure_built(LETTERS)
    (tmp_path / "disk").mkdir()
    far = tmp_path / "disk" / "letters of mine"
    folder.rename(far)
    folder.symlink_to(far, target_is_directory=True)
    for _time in range(3):
        remove(folder)
        as_a_new_process(monkeypatch)
        assert ensure_built(LETTERS) == folder
        assert contents(far) == WHOLE
    assert folder.is_symlink()
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["letters of mine"]


def test_a_link_to_a_disk_that_is_not_there_is_told(fresh, tmp_path):
    fresh.mkdir()
    (fresh / "letters").symlink_to(tmp_path / "disk" / "letters", target_is_directory=True)
    with pytest.raises(FileError, match=r"is a link to .*letters, which isn't there\. Connect that disk"):
        ensure_built(LETTERS)
    (tmp_path / "disk").mkdir()
    assert contents(ensure_built(LETTERS)) == WHOLE
    assert (tmp_path / "disk" / "letters").is_dir()


@pytest.mark.parametrize("end", ["part", "old"])
@pytest.mark.parametrize("kind", ["folder", "file", "link", "dangling link"])
def test_leftovers_of_every_kind_are_swept_up(fresh, tmp_path, kind, end):
    fresh.mkdir()
    leftover, precious = fresh / f".letters.12345678.{end}", tmp_path / "precious"
    precious.mkdir()
    (precious / "mine.txt").touch()
    if kind == "folder":
        leftover.mkdir()
    elif kind == "file":
        leftover.touch()
    else:
        leftover.symlink_to(precious if kind == "link" else tmp_path / "no")
    assert contents(ensure_built(LETTERS)) == WHOLE
    assert visible(fresh) == ["letters"]
    assert not os.path.lexists(leftover)
    assert (precious / "mine.txt").exists()


def test_files_of_the_learner_survive_a_rebuild(fresh, monkeypatch, caplog):
    folder = ensure_built(LETTERS)
    (folder / "mine.txt").write_text("precious", encoding="utf-8")
    (folder / ".DS_Store").touch()
    remove(folder)
    as_a_new_process(monkeypatch)
    ensure_built(LETTERS)
    assert contents(folder) == WHOLE
    (kept,) = fresh.glob("letters-before-*")
    assert (kept / "mine.txt").read_text(encoding="utf-8") == "precious"
    assert str(kept) in caplog.text


def test_a_folder_that_is_not_ours_is_never_touched(fresh):
    (fresh / "letters").mkdir(parents=True)
    (fresh / "letters" / "mine.txt").write_text("precious", encoding="utf-8")
    assert inspect_set(LETTERS).state == "foreign"
    with pytest.raises(FileError, match=r"in the way: it wasn't built by vislearn\. Move it away\."):
        ensure_built(LETTERS)
    assert contents(fresh) == {"mine.txt": "precious"}


def test_an_empty_folder_of_that_name_is_no_obstacle(fresh):
    (fresh / "letters").mkdir(parents=True)
    assert contents(ensure_built(LETTERS)) == WHOLE


def failing(trouble):
    def build(folder):
        (folder / "half.txt").touch()
        yield
        raise trouble

    return recipe(build)


@pytest.mark.parametrize(
    ("trouble", "kind", "words"),
    [
        (OSError(errno.ENOSPC, "no space"), FileError, "disk is full. Free some space. Set VISLEARN_DATA"),
        (OSError(errno.EROFS, "read-only"), FileError, "no permission.* Set VISLEARN_DATA"),
        (ValueError("a bug"), ValueError, "a bug"),
        (KeyboardInterrupt("stop"), KeyboardInterrupt, "stop"),
    ],
)
def test_a_failed_build_leaves_nothing(fresh, trouble, kind, words):
    with pytest.raises(kind, match=words):
        ensure_built(failing(trouble))
    assert visible(fresh) == []
    assert contents(ensure_built(LETTERS)) == WHOLE


def test_a_data_folder_that_is_a_file_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path / "file"))
    with pytest.raises(FileError, match=r"a file stands where a folder is needed. Set VISLEARN_DATA"):
        ensure_built(LETTERS)


def test_a_finished_set_in_a_folder_nobody_may_write_to_is_used(fresh, monkeypatch):
    ensure_built(LETTERS)
    (fresh / ".letters.12345678.part").mkdir()

    def refuse(*rest, **more):
        raise PermissionError(errno.EACCES, "read-only")

    monkeypatch.setattr(store, "FileLock", refuse)
    assert ensure_built(LETTERS) == fresh / "letters"


def test_leftovers_of_killed_builds_are_swept_up_even_when_the_set_is_fine(fresh):
    ensure_built(LETTERS)
    for name in (".letters.12345678.part", ".letters.12345678.old"):
        (fresh / name / "sub").mkdir(parents=True)
    (fresh / ".other.12345678.part").mkdir()
    ensure_built(LETTERS)
    assert visible(fresh) == [".other.12345678.part", "letters"]


def test_threads_and_processes_that_want_the_same_set_share_one_build(fresh):
    builds = []

    def slowly(folder):
        builds.append(folder)
        for unit in build_three(folder):
            time.sleep(0.05)
            yield unit

    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(lambda _: ensure_built(recipe(slowly)), range(4)))
    assert folders == {fresh / "letters"}
    assert len(builds) == 1


def test_a_lock_that_is_never_released_is_told(fresh, monkeypatch):
    fresh.mkdir()
    eager = store.FileLock
    monkeypatch.setattr(store, "FileLock", lambda path, timeout: eager(path, timeout=0.05))
    with (
        eager(fresh / ".letters.lock"),
        ThreadPoolExecutor(1) as pool,
        pytest.raises(FileError, match="being built by another process"),
    ):
        pool.submit(ensure_built, LETTERS).result()


SLOW_BUILD = """
import sys, time
version, stop = map(int, sys.argv[1:])
from vislearn.datasets.bundled.store import Recipe, ensure_built
def build(folder):
    for index in range(60):
        (folder / f"{index}.txt").write_text("x" * 1000, encoding="utf-8")
        time.sleep(0.004)
        if index == stop:
            print("halfway", flush=True)
            input()
        yield
print("started", flush=True)
ensure_built(Recipe("numbers", version=version, units=60, build=build))
print("finished", flush=True)
"""


def start_slow_build(version, *, stop=-1):
    """A process that has begun to build, or come to the file number ``stop`` and waits there."""
    command = [sys.executable, "-c", SLOW_BUILD, str(version), str(stop)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    if stop >= 0:
        process.stdout.readline()
    return process


@pytest.mark.parametrize("old_set", [False, True], ids=["first build", "rebuild"])
def test_a_build_killed_at_any_moment_leaves_nothing_or_everything(fresh, monkeypatch, old_set):
    def build(folder):
        for index in range(60):
            (folder / f"{index}.txt").write_text("x" * 1000, encoding="utf-8")
            yield

    if old_set:
        ensure_built(Recipe("numbers", version=1, units=60, build=build))
    moments = random.Random(0)
    for version, stop in [(2, 0), (3, 30), (4, 59), (5, -1), (6, -1), (7, -1)]:
        process = start_slow_build(version, stop=stop)
        if stop < 0:  # also while it ends
            time.sleep(moments.uniform(0.1, 0.4))
        process.kill()
        process.communicate()
        assert stop < 0 or list(fresh.glob(".numbers.*.part"))
        as_a_new_process(monkeypatch)
        found = inspect_set(Recipe("numbers", version=version, units=60, build=build), thorough=True)
        assert found.state in {"absent", "outdated", "ready"}
    last = Recipe("numbers", version=8, units=60, build=build)
    ensure_built(last)
    assert len(contents(fresh / "numbers")) == 60
    assert inspect_set(last, thorough=True).state == "ready"
    assert visible(fresh) == ["numbers"]


def test_two_processes_building_at_once_are_safe(fresh, monkeypatch):
    first, second = start_slow_build(1), start_slow_build(1)
    for process in (first, second):  # communicate() would miss what the first line has brought along
        assert process.stdout.read() == "finished\n"
        process.communicate()
    assert len(contents(fresh / "numbers")) == 60
    assert visible(fresh) == ["numbers"]


def test_where_the_data_lies(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path))
    assert data_root() == tmp_path
    monkeypatch.setenv("VISLEARN_DATA", "~/pictures")
    assert data_root() == Path.home() / "pictures"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VISLEARN_DATA", "here")
    assert data_root() == tmp_path / "here"  # whole, so that a later change of folder moves nothing
    monkeypatch.delenv("VISLEARN_DATA")
    assert data_root() == checkout.ROOT / "data"


def test_an_installed_package_keeps_data_with_the_users_other_data(tmp_path, monkeypatch):
    monkeypatch.delenv("VISLEARN_DATA", raising=False)
    monkeypatch.setattr(checkout, "ROOT", tmp_path / "site-packages")
    assert data_root() == user_folder() / "vislearn"


def test_a_build_that_went_well_leaves_no_error_for_others_to_swallow(fresh):
    fresh.mkdir(parents=True)
    done = []
    store._repair(LETTERS, fresh / "letters", done.append)
    assert sum(done) == 3
    assert [path.name for path in fresh.iterdir()] == ["letters"]
    store._repair(LETTERS, fresh / "letters", done.append)  # somebody else just did
    assert done[-1] == 3
