"""Pictures that somebody names on the command line, and one piece of work for each."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import click

from vislearn.cli.stopping import stop, stoppable
from vislearn.errors import FileError
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem, doubts_in, listed, problem_of, told_in

__all__ = ["Done", "for_each", "left_out", "own_names", "pictures_named"]

_SHOWN = 5  # doubts, and names, on a terminal: most often they are all alike

Result = TypeVar("Result")


def pictures_named(
    places: Sequence[Path], problems: list[Problem] | None = None, others: list[Path] | None = None
) -> list[Path]:
    """The pictures themselves, and those in folders with all that is below; each once.

    Args:
        places: files, whatever their endings, and folders.
        problems: gets what is wrong with a place, where others hold pictures, and with what lies in one, such
            as a link that leads nowhere; None: that ends the work.
        others: gets the files in folders that aren't called as pictures are.

    Raises:
        FileError: a place that is not there, or a folder without pictures.
    """
    found: dict[Path, None] = {}
    for place in places:
        with told_in(problems):
            found |= dict.fromkeys(_pictures_at(place, problems, others))
    return list(found) if found or problems is None else pictures_named(places)


def _pictures_at(place: Path, problems: list[Problem] | None, others: list[Path] | None) -> list[Path]:
    if not place.exists():
        raise FileError(place, N_("does not exist"), fix=N_("Check the name and the folder."))
    inside = _pictures_below(place, problems, others) if place.is_dir() else [place]
    if not inside:
        raise FileError(
            place, N_("has no pictures in it"), fix=N_("Give the folder that holds the pictures.")
        )
    return inside


def _pictures_below(folder: Path, problems: list[Problem] | None, others: list[Path] | None) -> list[Path]:
    from vislearn.datasets.layout import folders_below
    from vislearn.files import is_litter
    from vislearn.io.names import has_picture_ending

    found: list[Path] = []
    for place, names in folders_below(folder):
        with told_in(problems):
            if isinstance(names, Problem):
                raise FileError(names.where, names.what, fix=names.fix)
        for path in [] if isinstance(names, Problem) else (Path(place) / name for name in names):
            if is_litter(Path(path.name)):
                continue
            if has_picture_ending(path):
                with told_in(problems):
                    found.append(_there(path))
            elif others is not None:
                others.append(path)
    return sorted(found)


def _there(path: Path) -> Path:
    """Refuse a link that leads nowhere."""
    if not path.exists():
        fix = N_("Put the picture itself there, or remove the link.")
        raise FileError(path, N_("is a link to a file that isn't there"), fix=fix)
    return path


def left_out(others: Sequence[Path]) -> list[str]:
    """A sentence about files that aren't called as pictures are; none where there are none.

    Args:
        others: of :func:`pictures_named`.
    """
    if not others:
        return []
    names = ", ".join(path.name for path in others[:_SHOWN]) + (" ..." if len(others) > _SHOWN else "")
    told = {"count": len(others), "names": names}
    return [_("Left out, because no picture is called so: {names} (files: {count}).", **told)]


def own_names(pictures: Iterable[Path]) -> tuple[list[Path], list[Problem]]:
    """Pictures of which no two would be written to one file, and what is wrong with each that is left out.

    Args:
        pictures: files; of two that are named alike but for the ending, the first stays.
    """
    owners: dict[str, Path] = {}
    troubles = []
    for picture in pictures:
        other = owners.setdefault(picture.stem.casefold(), picture)
        if other != picture:
            alike = _("would be written to the file of {other}, too", other=other.name)
            troubles.append(Problem(str(picture), alike, _("Rename one of them.")))
    return list(owners.values()), troubles


class Done(NamedTuple, Generic[Result]):
    """What became of many pictures."""

    results: dict[Path, Result]
    problems: list[Problem]
    total: int
    stopped: bool
    doubts: list[Problem]

    @property
    def troubles(self) -> list[str]:
        """A sentence for each picture that has no result."""
        return [str(problem) for problem in self.problems]

    @property
    def notes(self) -> list[str]:
        """What whoever looks at the results should know: that some are missing, or doubtful."""
        return [*([self.how_far] if self.stopped else []), *listed(self.doubts, _SHOWN)]

    @property
    def how_far(self) -> str:
        """Of a work that was stopped: how much of it is done."""
        counts = {"count": len(self.results), "total": self.total}
        return _("Stopped: {count} of {total} pictures are done, and kept.", **counts)

    def finish(self) -> None:
        """After the results were told: name what is doubtful, and what went wrong.

        Raises:
            ClickException: something did; exit status 1.
            Exit: Ctrl-C ended the work before the last picture; exit status 130.
        """
        for line in listed(self.doubts, _SHOWN):
            click.echo(line, err=True)
        troubles = "\n".join(self.troubles)
        if self.stopped:
            stop(f"{troubles}\n{self.how_far}".lstrip())
        if troubles:
            raise click.ClickException(troubles)


def for_each(
    pictures: Sequence[Path], work: Callable[[Path], Result], problems: Iterable[Problem] = ()
) -> Done[Result]:
    """What ``work`` gives for each picture, and what is wrong with each that can't be read; a bar meanwhile.

    Ctrl-C ends it early: what is there by then is not lost.

    Args:
        pictures: files.
        work: reads one of them; what it raises as FileError about it ends nothing.
        problems: about pictures that were left out before.

    Raises:
        Exit: Ctrl-C came before the first picture was done; exit status 130.
        FileError: of ``work``, about another file, such as one that it can't write.
    """
    from tqdm import tqdm

    results: dict[Path, Result] = {}
    doubts: list[Problem] = []
    told, stopped = list(problems), False
    try:
        with stoppable(), doubts_in(doubts):
            for picture in tqdm(pictures, unit=_("picture"), disable=None):
                try:
                    results[picture] = work(picture)
                except FileError as trouble:
                    if trouble.path != picture:  # a result can't be kept: nor can those that would follow
                        raise
                    told.append(problem_of(trouble))
    except KeyboardInterrupt:
        if not results:
            stop(_("Stopped before the first picture was done: nothing is saved."))
        stopped = True
    return Done(results, told, len(pictures), stopped, doubts)
