"""Pictures that somebody names on the command line, and one piece of work for each."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import click

from vislearn.cli.stopping import stop, stoppable
from vislearn.errors import FileError
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem, problem_of, told_in

__all__ = ["Done", "for_each", "own_names", "pictures_named"]

Result = TypeVar("Result")


def pictures_named(places: Sequence[Path], problems: list[Problem] | None = None) -> list[Path]:
    """The pictures themselves, and those in folders with all that is below; each once.

    Args:
        places: files, whatever their endings, and folders.
        problems: gets what is wrong with a place, where others hold pictures; None: that ends the work.

    Raises:
        FileError: a place that is not there, or a folder without pictures.
    """
    found: dict[Path, None] = {}
    for place in places:
        with told_in(problems):
            found |= dict.fromkeys(_pictures_at(place))
    return list(found) if found or problems is None else pictures_named(places)


def _pictures_at(place: Path) -> list[Path]:
    if not place.exists():
        raise FileError(place, N_("does not exist"), fix=N_("Check the name and the folder."))
    inside = _pictures_below(place) if place.is_dir() else [place]
    if not inside:
        raise FileError(
            place, N_("has no pictures in it"), fix=N_("Give the folder that holds the pictures.")
        )
    return inside


def _pictures_below(folder: Path) -> list[Path]:
    from vislearn.files import is_litter
    from vislearn.io.names import has_picture_ending

    below = sorted(path for path in folder.rglob("*") if path.is_file() and has_picture_ending(path))
    return [path for path in below if not is_litter(path.relative_to(folder))]


def own_names(pictures: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Pictures of which no two would be written to one file, and a sentence for each that is left out.

    Args:
        pictures: files; of two that are named alike but for the ending, the first stays.
    """
    owners: dict[str, Path] = {}
    troubles = []
    for picture in pictures:
        other = owners.setdefault(picture.stem.casefold(), picture)
        if other != picture:
            alike = _("would be written to the file of {other}, too", other=other.name)
            troubles.append(str(Problem(str(picture), alike, _("Rename one of them."))))
    return list(owners.values()), troubles


class Done(NamedTuple, Generic[Result]):
    """What became of many pictures."""

    results: dict[Path, Result]
    troubles: list[str]
    total: int
    stopped: bool

    @property
    def how_far(self) -> str:
        """Of a work that was stopped: how much of it is done."""
        counts = {"count": len(self.results), "total": self.total}
        return _("Stopped: {count} of {total} pictures are done, and kept.", **counts)

    def finish(self) -> None:
        """After the results were told: name what went wrong.

        Raises:
            ClickException: something did; exit status 1.
            Exit: Ctrl-C ended the work before the last picture; exit status 130.
        """
        troubles = "\n".join(self.troubles)
        if self.stopped:
            stop(f"{troubles}\n{self.how_far}".lstrip())
        if troubles:
            raise click.ClickException(troubles)


def for_each(
    pictures: Sequence[Path], work: Callable[[Path], Result], troubles: Iterable[str] = ()
) -> Done[Result]:
    """What ``work`` gives for each picture, and a sentence for each that can't be read; a bar meanwhile.

    Ctrl-C ends it early: what is there by then is not lost.

    Args:
        pictures: files.
        work: reads one of them; what it raises as FileError about it ends nothing.
        troubles: sentences about pictures that were left out before.

    Raises:
        Exit: Ctrl-C came before the first picture was done; exit status 130.
        FileError: of ``work``, about another file, such as one that it can't write.
    """
    from tqdm import tqdm

    results: dict[Path, Result] = {}
    told, stopped = list(troubles), False
    try:
        with stoppable():
            for picture in tqdm(pictures, unit=_("picture"), disable=None):
                try:
                    results[picture] = work(picture)
                except FileError as trouble:
                    if trouble.path != picture:  # a result can't be kept: nor can those that would follow
                        raise
                    told.append(str(problem_of(trouble)))
    except KeyboardInterrupt:
        if not results:
            stop(_("Stopped before the first picture was done: nothing is saved."))
        stopped = True
    return Done(results, told, len(pictures), stopped)
