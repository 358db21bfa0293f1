"""A whole run of ``vislearn train``: networks on one folder, killed at any moment and gone on with."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vislearn.device import best_device
from vislearn.errors import FileError, VislearnError
from vislearn.files import is_litter, require_free, require_writable, write_text
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.metrics import Judged
from vislearn.training.distributed import from_first, is_first, joined
from vislearn.training.recipes.folder_options import Choice, FolderOptions
from vislearn.training.recipes.folder_sets import FolderSets, Say, look_at, open_sets
from vislearn.training.recipes.folders import Outcome, judge_part, save_outcome, train_on

__all__ = ["FolderRun"]

_SPLIT = ".split.csv"
_NOTES = "run.json"
_SAME_RESULT = ("workers", "look", "audit")  # options that change nothing in what comes out


@dataclass
class FolderRun:
    """Networks trained one after the other, of which the best on ``val`` is kept.

    While it runs, ``NAME.training`` beside ``out`` holds what is needed to go on; :meth:`finish` removes it.
    A run counts as interrupted from its first checkpoint on: before that there is nothing to go on with.

    Attributes:
        root: the folder of pictures, as for :func:`vislearn.training.train_folder`.
        choices: the networks.
        options: for all of them.
        out: where the best classifier goes, as soon as there is one.
        say: gets a line for every long stage.
        resume: go on where a run with the same ``out`` was killed or stopped, if one was.
        overwrite: replace what stands there.
        beside: endings of files that go beside ``out``: they must be free too.
        sets: the parts of the folder.
        outcomes: of the networks so far.
        tested: the best one's answers to the pictures in ``test``, asked once, at the end.
    """

    root: Path
    choices: Sequence[Choice]
    options: FolderOptions
    out: Path
    say: Say = print
    resume: bool = False
    overwrite: bool = False
    beside: Sequence[str] = ()
    sets: FolderSets | None = field(default=None, init=False)
    outcomes: list[Outcome] = field(default_factory=list, init=False)
    tested: Judged | None = field(default=None, init=False)

    @property
    def folder(self) -> Path:
        """Where it can be gone on with."""
        return self.out.with_name(f"{self.out.stem}.training")

    @property
    def best(self) -> Outcome | None:
        """The network with the highest accuracy on ``val``; the first of those that are equal."""
        return max(self.outcomes, key=lambda outcome: outcome.report.accuracy, default=None)

    @property
    def stopped(self) -> bool:
        """Whether Ctrl-C ended it early."""
        return bool(self.outcomes) and self.outcomes[-1].stopped

    @property
    def first(self) -> bool:
        """Whether this process writes files and talks: under ``torchrun`` one alone does."""
        return is_first()

    def file(self, ending: str) -> Path:
        """A file beside ``out``, such as its ``.html``."""
        return self.out.with_name(f"{self.out.stem}{ending}")

    def train(self) -> None:
        """All networks; the best one is saved as soon as it is that.

        Raises:
            FileError: something stands where results shall go, nothing can be written there, another run was
                interrupted there, or pictures are missing or damaged.
            InputError: as for :func:`vislearn.training.train_folder`.
            MissingError: likewise.
        """
        joined(best_device())
        if not is_first():
            self.say = _say_nothing
        going_on = from_first(is_first() and self._require_place())
        self.sets = open_sets(
            self.root,
            split=self.options.split,
            seed=self.options.seed,
            num_classes=self.options.num_classes,
            scale=self.options.scale,
            looked_at=self.options.look,
        )
        if is_first():
            self._begin(self.sets, going_on=going_on)
        try:
            self._train_each(self.sets)
        except FileError:  # such as a full disk, which has room tomorrow
            raise
        except VislearnError:
            self._forget(self.sets)
            raise
        if not self.stopped and "test" in self.sets.parts and self.best is not None:
            self.tested = judge_part(self.sets, "test", self.best, self.options)

    def finish(self) -> None:
        """Remove what only a run that goes on needs: all results are on the disk."""
        if is_first():
            shutil.rmtree(self.folder, ignore_errors=True)

    def _train_each(self, sets: FolderSets) -> None:
        for number, choice in enumerate(self.choices):
            checkpoint = self.folder / f"{number}.pt"
            self.outcomes.append(train_on(sets, choice, self.options, self.say, checkpoint=checkpoint))
            if self.outcomes[-1] is self.best and is_first():
                # at once: whatever ends the command later, printing too, can't undo it
                save_outcome(self.out, self.outcomes[-1])
            if self.stopped:
                return

    def _forget(self, sets: FolderSets) -> None:
        """Leave nothing of a run that failed before its first checkpoint: others may go there at once."""
        if not is_first() or self._interrupted:
            return
        self.finish()
        if sets.drawn:
            self.file(_SPLIT).unlink(missing_ok=True)

    @property
    def _interrupted(self) -> bool:
        """Whether the folder holds more than a run's notes: checkpoints, or what somebody else put there."""
        inside = self.folder.iterdir() if self.folder.is_dir() else ()
        return any(path.name != _NOTES and not is_litter(Path(path.name)) for path in inside)

    def _require_place(self) -> bool:
        """Refuse to write over anything; whether there is a run to go on with."""
        require_writable(self.out)
        if self._interrupted and not (self.resume or self.overwrite):
            raise FileError(
                self.folder,
                N_("holds a training that was interrupted"),
                fix=N_("Go on with it by --resume, or begin anew by --overwrite."),
            )
        begun = self.folder.exists()
        going_on = self.resume and begun
        for ending in (self.out.suffix, *self.beside):
            require_free(self.file(ending), overwrite=self.overwrite or going_on)
        if self.options.split is not None:  # the list is the first file of a run
            require_free(self.file(_SPLIT), overwrite=self.overwrite or begun)
        if self.resume and not self._interrupted:
            self.say(_("{folder} holds no training to go on with: it begins anew.", folder=self.folder))
        return going_on

    def _begin(self, sets: FolderSets, *, going_on: bool) -> None:
        notes, facts = self.folder / _NOTES, self._facts(sets)
        if going_on and self._interrupted and notes.exists():
            _require_same(self.folder, json.loads(notes.read_text(encoding="utf-8")), facts)
            return
        if self.options.look:
            look_at(sets, self.say, audit=self.options.audit)
        shutil.rmtree(self.folder, ignore_errors=True)
        if sets.drawn:
            write_text(self.file(_SPLIT), sets.table())
        write_text(notes, json.dumps(facts, ensure_ascii=False, indent=1))  # last: it means, begun

    def _facts(self, sets: FolderSets) -> dict[str, Any]:
        """What must be the same for the same result to come out."""
        options = {name: value for name, value in asdict(self.options).items() if name not in _SAME_RESULT}
        lines = [
            f"{part} {label} {Path(path).relative_to(pictures.root).as_posix()} {Path(path).stat().st_size}"
            for part, pictures in sets.parts.items()
            for path, label in pictures.samples
        ]
        pictures = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
        return {"networks": list(map(str, self.choices)), **options, "pictures": pictures}


def _say_nothing(_line: str) -> None:
    """For all processes but the first."""


def _require_same(folder: Path, there: dict[str, Any], here: dict[str, Any]) -> None:
    for name in {**here, **there}:
        if there.get(name) != here.get(name):
            raise FileError(
                folder,
                N_("belongs to another training ({name}: {there} there, {here} here)"),
                fix=N_("Go on with the same pictures and options, or begin anew by --overwrite."),
                name=name,
                there=there.get(name),
                here=here.get(name),
            )
