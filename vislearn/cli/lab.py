"""``vislearn lab``: JupyterLab at a lesson, with the course's settings and none of them left behind."""

import json
import os
import socket
import sys
import tempfile
from pathlib import Path

import click

from vislearn import checkout
from vislearn.course.lessons import HOME, full_name, is_lesson_name
from vislearn.errors import FileError, InputError, MissingError, require_one_of
from vislearn.language import LANGUAGES, N_
from vislearn.language import translate as _

__all__ = ["SETTINGS", "choose_notebook", "jupyter_arguments", "lab", "write_settings"]

SETTINGS = {
    # Nothing asks, nothing fetches: a classroom has no internet, and a learner's first sight is the lesson.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    # A laptop's 1366 pixels, or a projector's large type, would cut the ends of lines off.
    "@jupyterlab/notebook-extension:tracker": {"codeCellConfig": {"lineNumbers": False, "lineWrap": True}},
}
_LARGEST_MESSAGE = 64 * 2**20  # bytes; widgets.upload says itself what is too large
_DISABLED = {
    "@jupyterlab/apputils-extension:announcements": True,
    "@jupyterlab/extensionmanager-extension": True,  # it would list what a classroom can't download
}


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--lesson", help="Number or name: 1, 01, 01_pipeline. Default: the map of all lessons.")
@click.option("--language", help=f"{', '.join(LANGUAGES)}. Default: VISLEARN_LANGUAGE, else English.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: the first free one from 8888.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option(
    "--notebooks",
    "folder",
    type=click.Path(path_type=Path),
    help="Default: your copy of the lessons, the folder my-lessons; made if it isn't there.",
)
@click.argument("jupyter", nargs=-1, type=click.UNPROCESSED)
def lab(
    lesson: str | None,
    language: str | None,
    port: int | None,
    no_browser: bool,
    folder: Path | None,
    jupyter: tuple[str, ...],
) -> None:
    """Open JupyterLab at the map of the lessons, or at one; other arguments are passed on to it."""
    folder = (folder or ready_copy()).absolute()
    notebook = choose_notebook(folder, lesson, language or os.environ.get("VISLEARN_LANGUAGE") or "en")
    if port:
        require_free(port)
    try:
        from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingError(
            "JupyterLab is not installed.", fix="Install it: pip install -e '.[lab]'"
        ) from error
    build_pictures()
    if not notebook.is_file():
        click.echo(_("There is no {file} yet; JupyterLab opens its folder.", file=notebook.name))
    with tempfile.TemporaryDirectory(prefix="vislearn-lab-") as state:
        write_settings(Path(state))
        lend_home(Path(state))
        trust_lessons(folder)
        # A notebook speaks the language of its folder; one that was chosen for all would overrule that.
        os.environ.pop("VISLEARN_LANGUAGE", None)
        # Waiting threads spin otherwise: beside other work, on two cores, a training took 7 times as long.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
        LabApp.launch_instance(
            jupyter_arguments(folder.parent, notebook, Path(state), port, no_browser, jupyter)
        )


def build_pictures() -> None:
    """Make the bundled sets ready, and say so before the minute that takes the first time."""
    from vislearn import datasets

    if any(found.state != "ready" for found in datasets.status()):
        click.echo(_("Building the pictures of the course, once:"))
        datasets.build_all(progress=True)


def trust_lessons(folder: Path) -> None:
    """Let figures of the course's notebooks follow the theme before anybody has run them."""
    from vislearn.cli.trust import trust  # here, because it needs what comes with JupyterLab

    trust(path for path in folder.glob("**/*.ipynb") if is_notebook_of_course(path))


def is_notebook_of_course(path: Path) -> bool:
    """Is it named as a lesson is, or as their home page?"""
    return path.stem == HOME or is_lesson_name(path.stem)


def ready_copy() -> Path:
    """The learner's copy of the lessons: made the first time, later with what is new.

    A lesson in which the learner has written waits for `vislearn update`: nothing of theirs moves unasked.

    Raises:
        MissingError: this package came without its lessons.
        FileError: nothing can be written where the copy should be.
    """
    from vislearn.course.copies import is_copy, outdated, own_copy, update_copy

    folder = own_copy()
    if not is_copy(folder):
        click.echo(_("Copying the lessons into {folder}: yours to write in.", folder=folder))
    update_copy(folder, with_work=False)
    if waiting := outdated(folder):
        click.echo(
            _(
                "A newer edition is there of {names}. Bring it in, with all that you wrote: {command}",
                names=", ".join(waiting),
                command="make update" if checkout.is_checkout() else "vislearn update",
            )
        )
    return folder


def choose_notebook(folder: Path, lesson: str | None, language: str) -> Path:
    """The notebook of a lesson, by its number or name, in a language; absent only if all are.

    Without a lesson it is the home page, or the first lesson where there is none.

    Raises:
        FileError: ``folder`` does not exist.
        InputError: there is no such language, or no such lesson although there are others.
    """
    require_one_of("language", language, LANGUAGES)
    if not folder.is_dir():
        raise FileError(folder, N_("is not a folder"), fix=N_("Give the folder that holds the notebooks."))
    place = folder if language == "en" else folder / language
    there = [path.stem for path in sorted(place.glob("*.ipynb")) if is_notebook_of_course(path)]
    lesson = lesson or (HOME if HOME in there else "00")
    return place / f"{full_name(lesson, there) if there else lesson}.ipynb"


def require_free(port: int) -> None:
    """Refuse a port that something else listens on; JupyterLab would quietly take another.

    Raises:
        InputError: the port is taken, or not ours to take.
    """
    with socket.socket() as probe:
        if os.name == "posix":  # what a server does, so that one just stopped does not count as taken
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise InputError(
                "port",
                "must be a free one",
                got=f"{port} ({str(error.strerror).lower()})",
                fix="Choose another, or leave it out: the first free one is found.",
            ) from None


def write_settings(state: Path) -> None:
    """Put the course's defaults where only this server looks: first on its configuration path.

    A learner's own settings (theme, keys, text size) still win over defaults and are never written to.
    """
    config = state / "config" / "labconfig"
    config.mkdir(parents=True)
    (config / "default_setting_overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    (config / "page_config.json").write_text(json.dumps({"disabledExtensions": _DISABLED}), encoding="utf-8")
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(config.parent), others]))


def lend_home(state: Path) -> None:
    """Where the home folder can't be written, as on some schools' machines, let Jupyter write elsewhere."""
    try:
        with tempfile.TemporaryFile(dir=Path.home()):
            pass
    except OSError:
        for variable in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            os.environ[variable] = str(state / variable.lower())


def jupyter_arguments(
    root: Path, notebook: Path, state: Path, port: int | None, no_browser: bool, others: tuple[str, ...]
) -> list[str]:
    """The command line of JupyterLab; what the learner adds comes last and wins."""
    from urllib.parse import quote

    shown = notebook if notebook.is_file() else notebook.parent
    arguments = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{quote(shown.relative_to(root).as_posix())}",
        f"--LabApp.workspaces_dir={state / 'workspaces'}",  # fresh: no tabs of yesterday
        "--LabApp.news_url=None",
        "--Application.log_level=WARN",  # leaves the address, and what goes wrong
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        # A picture that a learner uploads is one message; larger than 10 MiB, it would end the connection.
        f"--ServerApp.tornado_settings={{'websocket_max_message_size': {_LARGEST_MESSAGE}}}",
    ]
    if port:
        arguments += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if no_browser:
        arguments.append("--no-browser")
    if sys.platform != "win32" and os.geteuid() == 0:
        arguments.append("--allow-root")  # a container, most likely; the server listens on this machine alone
    return [*arguments, *others]
