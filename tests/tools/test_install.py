"""The installer, with programs that only pretend: what it decides, what it asks for, what it says."""

import doctest
import os
import shutil
import socket
import subprocess
import sys
import tempfile

import pytest

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


def run(install, *arguments):
    """The exit status, whether main returns it or the program that took its place gives it."""
    try:
        return install.main(list(arguments))
    except SystemExit as exit:
        return exit.code


def sentence(capsys):
    """What was said to the learner: the last line on stderr; a traceback would be more than one."""
    said = capsys.readouterr().err
    assert "Traceback" not in said
    last = said.strip().splitlines()[-1]
    assert last.startswith("vislearn: ")
    return last


LAB = {"root": "/course", "files": "1f", "extra": "lab", "torch": "default", "python": "3.11", "done": True}


@pytest.mark.parametrize(
    ("stamp", "wanted", "version", "todo"),
    [
        (None, {}, "", "rebuild"),
        (None, {}, "3.11", "install"),
        ({"done": False}, {}, "3.11", "install"),  # interrupted: continue
        ({}, {}, "3.11", "nothing"),
        ({}, {}, "", "rebuild"),  # its Python is gone
        ({"root": "/elsewhere"}, {}, "3.11", "rebuild"),  # moved
        ({"files": "00"}, {}, "3.11", "install"),  # the course was updated
        ({}, {"extra": "test"}, "3.11", "install"),
        ({"extra": "test"}, {"extra": "lab"}, "3.11", "nothing"),
        ({}, {"torch": "cpu"}, "3.11", "rebuild"),
        ({}, {"python": "3.13"}, "3.11", "rebuild"),
    ],
)
def test_plan(install, stamp, wanted, version, todo):
    have = None if stamp is None else install.Stamp(**{**LAB, **stamp})
    assert install.plan(have, install.Stamp(**{**LAB, **wanted}), version=version) == todo


def test_doctests(install):
    assert doctest.testmod(install).failed == 0


def test_the_first_run_installs_and_starts_the_second_only_starts(pretend):
    assert run(pretend, "lab") == 0
    python = pretend.venv.program("python")
    assert pretend.called() == [
        f"uv pip install --python {python} --constraint constraints.txt --editable .[lab]",
        "program opens",
    ]
    assert run(pretend, "lab") == 0
    assert pretend.called() == ["program opens"]


def test_the_tests_add_to_the_lab_and_the_lab_takes_nothing_away(pretend):
    run(pretend, "lab")
    pretend.called()
    run(pretend, "test")
    assert [line[-7:] for line in pretend.called()] == [".[test]", "m tests"]
    run(pretend, "lab")
    assert pretend.called() == ["program opens"]


def test_words_after_the_purpose_are_the_program(pretend):
    run(pretend, "lab", "program", "--port", "9", "two words")
    assert pretend.called()[-1] == "program --port 9 two words"


def test_the_exit_status_is_the_programs_own(pretend):
    run(pretend, "lab")
    pretend.write("program", "exit 7")
    assert run(pretend, "lab") == 7


def test_the_small_build_is_asked_for_and_remembered(pretend, disk):
    disk(free=3)
    assert run(pretend, "--torch", "cpu", "lab") == 0
    assert " --torch-backend cpu " in pretend.called()[0]
    assert run(pretend, "lab") == 0
    assert pretend.called() == ["program opens"]
    (pretend.ROOT / "constraints.txt").write_text("torch==2.16.0\n")
    assert run(pretend, "lab") == 0
    assert " --torch-backend cpu " in pretend.called()[0]


@pytest.mark.parametrize(
    ("versions", "choice"),
    [
        ("oldest", "--resolution lowest-direct --only-binary :all: --upgrade"),
        ("newest", "--upgrade"),
    ],
)
def test_each_end_of_what_is_allowed_has_an_environment_of_its_own(pretend, versions, choice):
    assert run(pretend, "--versions", versions, "--torch", "cpu", "test") == 0
    python = pretend.Venv(pretend.ROOT / f".venv-{versions}").program("python")
    assert pretend.called() == [
        f"uv pip install --python {python} {choice} --torch-backend cpu --editable .[test]",
        "program tests",
    ]
    assert not pretend.venv.folder.exists()


def test_the_oldest_stay_what_they_were_and_the_newest_are_asked_for_anew(pretend):
    for versions, calls in [("oldest", 1), ("newest", 2)]:
        run(pretend, "--versions", versions, "test")
        pretend.called()
        run(pretend, "--versions", versions, "test")
        assert len(pretend.called()) == calls


def test_the_newest_without_the_index(pretend, capsys):
    run(pretend, "--versions", "newest", "test")
    venv = pretend.Venv(pretend.ROOT / ".venv-newest")
    pretend.write("uv", "echo error: Failed to fetch: x >&2; exit 2", venv)
    assert run(pretend, "--versions", "newest", "test") == 1
    assert "can't be reached" in sentence(capsys)


def test_an_unknown_build_is_refused(pretend, capsys):
    assert run(pretend, "--torch", "gpu", "lab") == 1
    assert "TORCH=gpu is no build of PyTorch" in sentence(capsys)
    assert not pretend.venv.folder.exists()


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("error: Failed to fetch: x. Caused by: dns error", "can't be reached"),
        ("error: tcp connect error: Connection refused", "can't be reached"),
        ("error: failed to write: No space left on device (os error 28)", "is full"),
        ("error: invalid peer certificate: UnknownIssuer", "certificate this machine doesn't trust"),
        ("error: No solution found", "the lines above say why"),
    ],
)
def test_a_failing_installer_is_explained(pretend, capsys, said, answer):
    pretend.make(uv=f'case "$*" in *--dry-run*) echo "{said}" >&2;; esac; exit 2')
    assert run(pretend, "lab") == 1
    assert answer in sentence(capsys)
    assert not pretend.Stamp.read(pretend.venv.stamp).done


def test_words_nobody_knows_are_shown_to_the_learner(pretend, capsys):
    pretend.make(uv="echo error: No solution found >&2; exit 2")
    run(pretend, "lab")
    assert "No solution found" in capsys.readouterr().err


def test_an_interrupted_installation_is_continued_not_begun_anew(pretend, capsys, monkeypatch):
    def interrupted(venv, wanted):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pretend, "install_packages", interrupted)
        assert run(pretend, "--torch", "cpu", "lab") == 130
    assert "continues where it was" in sentence(capsys)
    assert not pretend.Stamp.read(pretend.venv.stamp).done
    mark = pretend.venv.folder / "half done"
    mark.touch()
    assert run(pretend, "lab") == 0
    assert mark.exists()
    assert " --torch-backend cpu " in pretend.called()[0]  # nor is the choice forgotten


@pytest.mark.parametrize("damage", ["interpreter gone", "a file in its place", "unfinished", "moved"])
def test_a_broken_environment_is_made_anew(install, damage, monkeypatch):
    """With a real .venv, because the damage must be noticed by running it."""
    venv = install.Venv(install.ROOT / ".venv")
    if damage == "a file in its place":
        venv.folder.touch()
    else:
        venv.bin.mkdir(parents=True)
    if damage == "interpreter gone":
        venv.program("python").symlink_to("/nowhere/python")
    if damage == "moved":
        venv.program("python").symlink_to(sys.executable)
        install.Stamp("/elsewhere", "", "lab", "default", HERE).write(venv.stamp)
    monkeypatch.setattr(install, "install_uv", lambda venv: None)
    monkeypatch.setattr(install, "choose", lambda venv, typed, before: "default")
    monkeypatch.setattr(install, "install_packages", lambda venv, wanted: None)
    monkeypatch.setattr(install, "start", lambda venv, words: 0)
    real = subprocess.run

    def without_pip(command, **options):  # 3 s that say nothing about the damage
        return real([*command, "--without-pip"] if "venv" in command else command, **options)

    monkeypatch.setattr(install.subprocess, "run", without_pip)
    assert install.main(["lab"]) == 0
    assert subprocess.run([venv.program("python"), "-c", ""]).returncode == 0
    stamp = install.Stamp.read(venv.stamp)
    assert (stamp.root, stamp.done) == (str(install.ROOT), True)


def test_python_without_venv_names_the_package(install, capsys, monkeypatch):
    find = install.importlib.util.find_spec
    monkeypatch.setattr(
        install.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name)
    )
    assert install.main(["lab"]) == 1
    assert f"sudo apt install python{HERE}-venv" in sentence(capsys)


def test_a_full_disk_offers_the_small_build(pretend, disk, capsys):
    pretend.machine(gpu=True)
    disk(free=4)
    assert run(pretend, "lab") == 1
    assert "TORCH=cpu, which needs 2 GB" in sentence(capsys)
    assert not [line for line in pretend.called() if "install" in line and "--dry-run" not in line]


def test_an_update_needs_no_room_for_what_is_there(pretend, disk, capsys):
    run(pretend, "lab")
    torch = pretend.venv.folder / f"lib/python{HERE}/site-packages/torch"
    torch.mkdir(parents=True)
    (torch / "version.py").touch()
    disk(free=1)
    (pretend.ROOT / "constraints.txt").write_text("tqdm==5.0\n")
    capsys.readouterr()
    assert run(pretend, "test") == 0
    assert "GB to download" not in capsys.readouterr().out


def test_a_read_only_folder_is_noticed_before_anything_is_made(pretend, capsys, monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert run(pretend, "lab") == 1
    assert "copy the course to a folder of your own" in sentence(capsys)
    assert not pretend.venv.folder.exists()


def test_a_finished_installation_runs_from_a_read_only_folder(pretend, monkeypatch):
    run(pretend, "lab")
    monkeypatch.setattr(pretend, "check_writable", lambda folder: pytest.fail("nothing is to be written"))
    assert run(pretend, "lab") == 0


def test_a_program_that_vanished_is_named(pretend, capsys):
    run(pretend, "lab")
    pretend.venv.program("program").unlink()
    assert run(pretend, "lab") == 1
    assert "program is missing; run `make clean`" in sentence(capsys)


def test_no_network_during_the_first_installation(install, capsys, monkeypatch):
    """Nothing pretended: a fresh .venv, and a real pip whose index is a closed port."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{closed.getsockname()[1]}/simple")
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_RETRIES", "0")
        assert install.main(["lab"]) == 1
    assert "the package index can't be reached" in sentence(capsys)
    assert not install.Stamp.read(install.ROOT / ".venv/vislearn-stamp.json").done


def test_what_would_leak_into_the_environment_is_left_out(install, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/old/modules")
    monkeypatch.setenv("PIP_INDEX_URL", "http://mirror.school/simple")
    venv = install.Venv(install.ROOT / ".venv")
    env = install.environment(venv)
    assert "PYTHONPATH" not in env
    assert env["PATH"].split(os.pathsep)[0] == str(venv.bin)
    assert env["UV_DEFAULT_INDEX"] == "http://mirror.school/simple"


def test_the_stamp_survives_nothing_but_a_whole_write(install):
    path = install.ROOT / "stamp.json"
    stamp = install.Stamp(**LAB)
    stamp.write(path)
    assert install.Stamp.read(path) == stamp
    path.write_text(path.read_text()[:-9])
    assert install.Stamp.read(path) is None
    assert shutil.os.listdir(install.ROOT).count("stamp.json.part") == 0
