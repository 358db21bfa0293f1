"""How a machine comes by a browser: with fake package managers, and pytest's word where it did not."""

import os
import subprocess
import sys

import pytest

from vislearn.checkout import ROOT


@pytest.fixture
def bare(pretend, tool, tmp_path, monkeypatch):
    """A prepared course on a machine without a browser; ``bare.put`` adds programs to its PATH.

    Its Playwright can start as long as ``bare.driver`` is there.
    """
    path, found, driver = tmp_path / "bin", tmp_path / "found", tmp_path / "driver"
    path.mkdir()
    found.touch()
    driver.touch()
    monkeypatch.delenv("VISLEARN_BROWSER", raising=False)
    for program in ("sh", "cat", "touch", "test"):
        (path / program).symlink_to(f"/bin/{program}")
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    pretend.prepare(pretend.venv, pretend.parse(["test"]))
    pretend.write("python", f'cat "{found}"')  # what find_chromium answers
    pretend.called()

    def put(name, body="exit 0", *, brings="", folder=path):
        """A program that writes down how it was called, and may bring a browser."""
        brings = f'echo "{brings}" > "{found}"; touch "{brings}"' if brings else ""
        program = pretend.venv.program(name) if folder is None else folder / name
        starts = f'[ "$1" != --version ] || exec test -e "{driver}"' if name == "playwright" else ""
        calls = f'echo {name} "$@" >> "{pretend.ROOT}/calls.txt"'
        program.write_text("\n".join(["#!/bin/sh", starts, calls, brings, body, ""]))
        program.chmod(0o755)

    module = tool("browser")
    module.put, module.called, module.file = put, pretend.called, tmp_path / "chromium"
    module.found, module.driver = found, driver
    module.go = lambda: module.provide(pretend.venv)
    module.remembered = lambda: pretend.Stamp.read(pretend.venv.stamp).browser
    put("playwright", "exit 1", folder=None)
    return module


PLAYWRIGHT = "playwright install --no-shell chromium"
APT = [
    "apt-get update -qq",
    "apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 chromium",
]


def test_one_that_is_there_is_remembered_and_nothing_else_is_tried(bare, capsys):
    bare.file.touch()
    bare.found.write_text(str(bare.file))
    bare.go()
    assert bare.called() == []
    assert bare.remembered() == str(bare.file)
    assert capsys.readouterr().out == ""


def test_playwrights_own_download_comes_first(bare):
    bare.put("playwright", brings=bare.file, folder=None)
    bare.put("apt-get")
    bare.go()
    assert bare.called() == [PLAYWRIGHT]
    assert bare.remembered() == str(bare.file)


def test_a_download_that_lacks_libraries_gets_them(bare, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    bare.put(
        "playwright", f'case "$1" in install-deps) echo "{bare.file}" > "{bare.found}";; esac', folder=None
    )
    bare.put("apt-get")
    bare.go()
    assert bare.called() == [PLAYWRIGHT, "playwright install-deps chromium"]
    assert bare.remembered() == str(bare.file)


@pytest.mark.parametrize(
    ("manager", "calls"),
    [("apt-get", APT), ("dnf", ["dnf install -q -y chromium"])],
)
def test_the_systems_package_manager_comes_second(bare, monkeypatch, manager, calls):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    bare.put(manager, brings=bare.file)
    bare.go()
    assert bare.called() == [PLAYWRIGHT, *calls]
    assert bare.remembered() == str(bare.file)


def test_a_library_that_playwright_cannot_start_without_is_installed_first(bare, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    bare.driver.unlink()
    bare.put("playwright", brings=bare.file, folder=None)
    bare.put("apt-get")
    bare.go()
    assert bare.called() == [APT[0], APT[1].replace("chromium", "libatomic1"), PLAYWRIGHT]
    assert "Getting a library that Playwright needs, with apt-get" in capsys.readouterr().out


@pytest.mark.parametrize("allowed", [True, False])
def test_sudo_is_used_where_it_asks_for_no_password(bare, allowed):
    bare.put("dnf", brings=bare.file)
    bare.put("sudo", 'shift; [ "$1" = env ] || exit 0; shift 2; exec "$@"' if allowed else "exit 1")
    bare.go()
    installs = [line for line in bare.called() if line.startswith("dnf")]
    assert bool(installs) is allowed
    assert bool(bare.remembered()) is allowed


def test_where_nothing_can_be_had_nothing_is_remembered(bare):
    bare.go()
    assert bare.called() == [PLAYWRIGHT]
    assert bare.remembered() == ""


def test_what_is_remembered_costs_nothing_until_it_is_gone(bare):
    bare.put("playwright", brings=bare.file, folder=None)
    bare.go()
    bare.called()
    bare.go()
    assert bare.called() == []
    bare.file.unlink()
    bare.found.write_text("")
    bare.go()
    assert bare.called() == [PLAYWRIGHT]


def test_a_chosen_browser_is_left_to_its_chooser(bare, monkeypatch):
    monkeypatch.setenv("VISLEARN_BROWSER", "/nowhere/chrome")
    bare.go()
    assert bare.called() == []


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        ("", True),
        ("-x -k io", True),
        ("tests", True),
        ("tests/browser/test_lab.py::test_cells", True),
        ("tests/io tests/browser", True),
        ("tests/io -x", False),
        ("notebooks", False),
        ("--ignore=tests/browser", False),
    ],
)
def test_who_asks_for_other_tests_needs_no_browser(tool, words, needed):
    program = ["python", "-m", "pytest", "-n", "2", "--dist", "loadfile", *words.split()]
    assert tool("browser").needs_browser(program, ROOT) is needed


def test_the_suite_gets_a_browser_and_the_lab_does_not(pretend, monkeypatch):
    asked = []
    monkeypatch.setattr(pretend, "provide", asked.append)
    monkeypatch.setattr(pretend, "start", lambda venv, words: 0)
    pretend.main(["test", "vislearn", "lessons", "build"])
    pretend.main(["lab"])
    assert asked == []
    pretend.main(["test", "python", "-m", "pytest"])
    assert len(asked) == 1


@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
def test_without_a_browser_pytest_says_so_before_its_first_test(workers):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        *workers,
        "tests/browser/test_lab.py",
    ]
    env = os.environ | {"VISLEARN_BROWSER": "/nowhere/chrome"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: VISLEARN_BROWSER=/nowhere/chrome is not a program. Install one" in done.stderr
    assert "no tests ran" in done.stdout


def test_without_a_browser_other_tests_run():
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_errors.py"]
    env = os.environ | {"VISLEARN_BROWSER": "/nowhere/chrome"}
    assert subprocess.run(command, cwd=ROOT, env=env, capture_output=True).returncode == 0
