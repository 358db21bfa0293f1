"""What ``vislearn doctor`` looks at: one small check per topic, each answer with what to do about it."""

import platform
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from vislearn import checkout
from vislearn.errors import VislearnError, first_line
from vislearn.language import translate as _
from vislearn.problems import Problem

__all__ = ["CHECKS", "Answer", "State", "examine"]

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Answer:
    """What a check says about its topic: what is there, or what is wrong.

    Args:
        topic: a word.
        found: what is there and as it should be, in words; else the `Problem`, whose ``what`` is a whole
            sentence here: the topic stands in a column beside it.
        hinders: lessons don't run until the problem is mended; else it is a warning.
    """

    topic: str
    found: str | Problem
    hinders: bool = True

    @property
    def state(self) -> State:
        """The word at the beginning of the line."""
        if isinstance(self.found, str):
            return "ok"
        return "problem" if self.hinders else "warning"

    @property
    def what(self) -> str:
        """The sentence after the topic."""
        return self.found if isinstance(self.found, str) else self.found.what

    @property
    def todo(self) -> str:
        """What to do about it; "" if nothing is."""
        return "" if isinstance(self.found, str) else self.found.fix


def _problem(topic: str, what: str, todo: str = "") -> Answer:
    return Answer(topic, Problem(topic, what, todo))


def _warning(topic: str, what: str, todo: str) -> Answer:
    return Answer(topic, Problem(topic, what, todo), hinders=False)


def examine() -> Iterator[Answer]:
    """Every check in order; one that itself breaks is an answer too."""
    for topic, check in CHECKS.items():
        try:
            yield from check()
        except VislearnError as error:  # says itself what to do
            yield _problem(topic, str(error))
        except Exception as error:  # whatever a broken machine throws belongs in the table
            yield _problem(topic, first_line(error, named=True), _reinstall())


def check_python() -> Iterator[Answer]:
    """The interpreter's version and place."""
    here = f"{platform.python_version()}, {sys.executable}"
    if (3, 11) <= sys.version_info[:2] <= (3, 14):
        yield Answer("Python", here)
    else:
        yield _warning("Python", here, _("The course is tested with Python 3.11 to 3.14."))


def check_packages() -> Iterator[Answer]:
    """Direct requirements against pyproject.toml's ranges and the versions the outputs were made with."""
    from packaging.requirements import Requirement

    tested, exact = _constraints(), 0
    all_needs = map(Requirement, requires("vislearn") or [])
    # by name: what the extra says of a package the course needs anyway stands for both
    needs = {
        need.name: need for need in all_needs if not need.marker or need.marker.evaluate({"extra": "lab"})
    }
    for need in needs.values():
        try:
            have = version(need.name)
        except PackageNotFoundError:
            yield _problem("packages", _("{name} is not installed.", name=need.name), _reinstall())
            continue
        if not need.specifier.contains(have, prereleases=True):
            what = _(
                "{name} is {have}, the course needs {need}.", name=need.name, have=have, need=need.specifier
            )
            yield _problem("packages", what, _reinstall())
        elif (known := tested.get(need.name)) and have.split("+")[0] != known:
            what = _(
                "{name} is {have}; the stored outputs were made with {known}.",
                name=need.name,
                have=have,
                known=known,
            )
            yield _warning("packages", what, _("Nothing, or for the same numbers: make clean, make lab."))
        else:
            exact += 1
    yield Answer("packages", _("{exact} of {total} as tested.", exact=exact, total=len(needs)))


def _constraints() -> dict[str, str]:
    try:
        lines = (checkout.ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    except OSError:  # installed without its checkout: no stored outputs to agree with
        return {}
    return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))


def check_torch() -> Iterator[Answer]:
    """Do torch and torchvision fit each other, and where will the arithmetic happen?"""
    import torch
    import torchvision

    from vislearn.device import best_device, describe

    names = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
    try:
        torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)  # lives in torchvision's compiled half
    except (RuntimeError, AttributeError) as error:
        what = _("{names} do not fit each other: {error}", names=names, error=first_line(error))
        yield _problem("torch", what, _reinstall())
        return
    yield Answer("torch", names)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        device = best_device()
    if caught:
        yield _warning(
            "device",
            first_line(caught[0].message),
            _("Update the graphics driver, or go on without."),
        )
    yield Answer("device", _(describe(device)))


def check_data() -> Iterator[Answer]:
    """The bundled pictures, sets with the same trouble on one line."""
    from vislearn import datasets

    sets = list(datasets.status())
    troubles: dict[tuple[str, str], list[str]] = {}
    for found in sets:
        if found.state != "ready":
            troubles.setdefault((found.state, found.problem), []).append(found.name)
    for (state, problem), names in troubles.items():
        what = f"{', '.join(names)}: {problem}"
        if state == "foreign":
            yield _problem("data", what, _("Move that folder away; then: vislearn data build"))
        else:
            yield _warning("data", what, _("vislearn data build (lessons do it too, on first use)"))
    ready = [found.size_mb for found in sets if found.state == "ready"]
    values = {
        "ready": len(ready),
        "total": len(sets),
        "size": round(sum(ready)),
        "folder": datasets.data_root(),
    }
    yield Answer("data", _("{ready} of {total} sets ready, {size:.0f} MB in {folder}", **values))


def check_weights() -> Iterator[Answer]:
    """The bundled networks, which lessons need, and published weights, for cells *At full size* alone."""
    from vislearn import models

    sound = []
    for name in models.BUNDLED:
        try:
            models.pretrained(name)
            sound.append(name)
        except VislearnError as trouble:
            yield _problem("weights", str(trouble))
    if sound:
        yield Answer("weights", _("{names}: ready.", names=", ".join(sound)))
    yield Answer("weights", _published_weights())


def _published_weights() -> str:
    from torch.hub import get_dir

    folder = Path(get_dir()) / "checkpoints"
    found = sorted(folder.glob("*.pth"))
    if not found:
        return _(
            "None of torchvision's published weights in {folder}; the lessons do without.", folder=folder
        )
    size = sum(path.stat().st_size for path in found) / 1e6
    return _(
        "{count} published weights, {size:.0f} MB in {folder}",
        count=len(found),
        size=round(size),
        folder=folder,
    )


def check_disk() -> Iterator[Answer]:
    """Room for data sets and notebooks, and the right to write them."""
    from vislearn import datasets

    for name, folder in {"data": datasets.data_root(), "notebooks": checkout.ROOT / "notebooks"}.items():
        while not folder.exists():
            folder = folder.parent
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            what = _(
                "Can't write {name} in {folder}: {error}.", name=name, folder=folder, error=error.strerror
            )
            yield _problem(
                "disk",
                what,
                _("Copy the course to a folder of yours, or set VISLEARN_DATA to one."),
            )
            continue
        free = shutil.disk_usage(folder).free / 1e9
        what = _("{free:.1f} GB free for {name} in {folder}", free=free, name=name, folder=folder)
        if free >= 1:
            yield Answer("disk", what)
        else:
            yield Answer("disk", Problem("disk", what, _("Free some space.")), hinders=free < 0.2)


def check_jupyter() -> Iterator[Answer]:
    """JupyterLab, and a kernel that is this Python."""
    try:
        names = ", ".join(f"{name} {version(name)}" for name in ("jupyterlab", "ipykernel", "ipywidgets"))
    except PackageNotFoundError as error:
        yield _problem("JupyterLab", _("{name} is not installed.", name=error.name), _reinstall())
        return
    yield Answer("JupyterLab", names)


def check_lessons() -> Iterator[Answer]:
    """The notebooks of this checkout."""
    folder = checkout.ROOT / "notebooks"
    count = len(list(folder.glob("[0-9][0-9]_*.ipynb")))
    if count:
        yield Answer("lessons", _("{count} in {folder}", count=count, folder=folder))
    else:
        yield _problem("lessons", _("None in {folder}.", folder=folder), _("Work in a clone of the course."))


def check_fonts() -> Iterator[Answer]:
    """Letters to show Bengali with."""
    if has_bengali_font():
        yield Answer("fonts", _("A font with Bengali letters is installed."))
    else:
        todo = _(
            "To read the Bengali edition install one. Debian and Ubuntu: sudo apt install fonts-noto-core"
        )
        yield _warning("fonts", _("No font with Bengali letters."), todo)


def has_bengali_font() -> bool:
    """Windows and macOS bring one; elsewhere fontconfig knows."""
    if sys.platform in ("win32", "darwin"):
        return True
    try:
        asked = subprocess.run(["fc-list", ":lang=bn", "family"], capture_output=True, text=True, timeout=20)
        return bool(asked.stdout.strip())
    except (OSError, subprocess.TimeoutExpired):
        places = (Path("/usr/share/fonts"), Path.home() / ".fonts", Path.home() / ".local/share/fonts")
        return any(any(place.rglob("*[Bb]engali*")) for place in places)


def check_browser() -> Iterator[Answer]:
    """Chromium; only the tests need one, a learner reads in any browser."""
    from vislearn.cli.browser import HOW_TO_GET, find_chromium

    if found := find_chromium():
        yield Answer("browser", str(found))
    else:
        yield _warning("browser", _("No Chromium; only make test needs one."), _(HOW_TO_GET))


def _reinstall() -> str:
    return _("make clean, then make lab. Without make: pip install -c constraints.txt -e '.[lab]'")


CHECKS: dict[str, Callable[[], Iterator[Answer]]] = {
    "Python": check_python,
    "packages": check_packages,
    "torch": check_torch,
    "data": check_data,
    "weights": check_weights,
    "disk": check_disk,
    "JupyterLab": check_jupyter,
    "lessons": check_lessons,
    "fonts": check_fonts,
    "browser": check_browser,
}
