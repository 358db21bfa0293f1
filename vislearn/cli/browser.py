"""Where this machine keeps a Chromium for the browser tests; ``tools/browser.py`` gets one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from vislearn.errors import MissingError

__all__ = ["HOW_TO_GET", "find_chromium", "require_chromium"]

HOW_TO_GET = (
    "Install one (Debian: sudo apt install chromium; Fedora: sudo dnf install chromium; macOS: brew install "
    "--cask chromium; Windows has Edge; with internet make test does it by itself), "
    "or set VISLEARN_BROWSER to the path of one."
)
_COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)


def require_chromium() -> Path:
    """The browser to test with.

    Raises:
        MissingError: there is none, or ``VISLEARN_BROWSER`` is not one.
    """
    if found := find_chromium():
        return found
    chosen = os.environ.get("VISLEARN_BROWSER")
    raise MissingError(
        f"VISLEARN_BROWSER={chosen} is not a program." if chosen else "No Chromium for the browser tests.",
        fix=HOW_TO_GET,
    )


def find_chromium() -> Path | None:
    """Chromium, Chrome or Edge, the first found; where ``VISLEARN_BROWSER`` is set, it alone counts."""
    if chosen := os.environ.get("VISLEARN_BROWSER"):
        return _program(chosen)
    return next(filter(None, map(_program, (*_COMMANDS, *_places()))), None)


def _program(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found and _starts(found) else None


def _starts(program: str) -> bool:
    """On Linux one may lack libraries, or be a script that asks for a snap; elsewhere a window would open."""
    if sys.platform != "linux":
        return True
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=120).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _places() -> Iterator[str]:
    """Full paths of programs that no PATH names; Playwright's own downloads last, newest first."""
    home = Path.home()
    if sys.platform == "darwin":
        for app in ("Chromium", "Google Chrome", "Microsoft Edge"):
            for folder in (Path("/Applications"), home / "Applications"):
                yield str(folder / f"{app}.app/Contents/MacOS/{app}")
        downloads, program = home / "Library/Caches/ms-playwright", "chrome-mac*/*.app/Contents/MacOS/*"
    elif sys.platform == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            for program in (
                "Chromium/Application/chrome",
                "Google/Chrome/Application/chrome",
                "Microsoft/Edge/Application/msedge",
            ):
                yield str(Path(os.environ.get(variable, "C:/")) / f"{program}.exe")
        downloads, program = (
            Path(os.environ.get("LOCALAPPDATA", home)) / "ms-playwright",
            "chrome-win*/chrome.exe",
        )
    else:
        yield from ("/snap/bin/chromium", "/opt/google/chrome/chrome")
        downloads, program = home / ".cache/ms-playwright", "chrome-linux*/chrome"
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or downloads)
    yield from sorted(map(str, downloads.glob(f"chromium-*/{program}")), reverse=True)
