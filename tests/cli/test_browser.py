import subprocess
from types import SimpleNamespace

import pytest

from vislearn.cli import browser
from vislearn.errors import MissingError


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """A machine with no browser and an empty home; the folder is its PATH."""
    monkeypatch.delenv("VISLEARN_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(browser, "_places", lambda: iter(()))
    return tmp_path


def program(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_none_is_said_with_the_way_to_get_one():
    assert browser.find_chromium() is None
    with pytest.raises(MissingError, match=r"No Chromium .* sudo apt install chromium.*VISLEARN_BROWSER"):
        browser.require_chromium()


@pytest.mark.parametrize("name", ["chromium", "google-chrome", "microsoft-edge"])
def test_one_on_the_path(bare, name):
    there = program(bare / name)
    assert browser.require_chromium() == there


def test_chromium_before_others(bare):
    program(bare / "google-chrome")
    preferred = program(bare / "chromium")
    assert browser.find_chromium() == preferred


def test_the_chosen_one_alone_counts(bare, monkeypatch):
    program(bare / "chromium")
    monkeypatch.setenv("VISLEARN_BROWSER", str(program(bare / "my browser/chrome")))
    assert browser.find_chromium() == bare / "my browser/chrome"
    monkeypatch.setenv("VISLEARN_BROWSER", "/nowhere/chrome")
    with pytest.raises(MissingError, match="VISLEARN_BROWSER=/nowhere/chrome is not a program"):
        browser.require_chromium()


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", ".cache/ms-playwright/chromium-1200/chrome-linux64/chrome"),
        ("darwin", "Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("win32", "Microsoft/Edge/Application/msedge.exe"),
    ],
)
def test_usual_places_of_each_system(bare, monkeypatch, platform, place):
    monkeypatch.undo()
    monkeypatch.setenv("HOME", str(bare))
    monkeypatch.setenv("LOCALAPPDATA", str(bare))
    monkeypatch.setattr(browser.sys, "platform", platform)
    found = program(bare / place)
    assert str(found) in list(browser._places())


def test_the_newest_download_comes_first(bare, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("HOME", str(bare))
    monkeypatch.setattr(browser.sys, "platform", "linux")
    for version in (1100, 1200):
        program(bare / f".cache/ms-playwright/chromium-{version}/chrome-linux/chrome")
    downloads = [place for place in browser._places() if "ms-playwright" in place]
    assert ["1200" in place for place in downloads] == [True, False]


@pytest.mark.parametrize(("platform", "taken"), [("linux", False), ("darwin", True)])
def test_on_linux_it_must_start_and_elsewhere_no_window_opens(bare, monkeypatch, platform, taken):
    there = program(bare / "chromium")
    there.write_text(f"#!/bin/sh\n: > {bare}/started\nexit 1\n")
    monkeypatch.setattr(browser.sys, "platform", platform)
    assert browser.find_chromium() == (there if taken else None)
    assert (bare / "started").exists() == (not taken)


@pytest.mark.skipif(browser.sys.platform != "linux", reason="elsewhere nothing is started")
def test_nothing_of_what_it_says_is_shown(bare, capfd):
    there = program(bare / "chromium")
    there.write_text("#!/bin/sh\necho Chromium 120\necho no display >&2\n")
    assert browser.find_chromium() == there
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("needed", "taken"), [(119, True), (121, False)])
def test_a_slow_computer_has_two_minutes_to_start_it(bare, monkeypatch, needed, taken):
    def run(line, *, timeout, **_how):
        if timeout < needed:
            raise subprocess.TimeoutExpired(line, timeout)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(browser.sys, "platform", "linux")
    monkeypatch.setattr(browser.subprocess, "run", run)
    there = program(bare / "chromium")
    assert browser.find_chromium() == (there if taken else None)
