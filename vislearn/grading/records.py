"""What grading found out: one row for each answer, kept as JSON, a file for each student."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vislearn.exercises.verdict import Check, Verdict
from vislearn.files import write_text

__all__ = ["STATUSES", "UNJUDGED", "ClassReport", "Row", "StudentReport", "read_report", "write_report"]

STATUSES = ("right", "wrong", "error", "not attempted", "missing", "unreadable")
UNJUDGED = "unjudged"  # the diagnosis where grading itself failed


@dataclass(frozen=True)
class Row:
    """One student's answer to one exercise.

    Attributes:
        exercise: its name.
        status: of the verdict; ``"missing"``: no cell holds the answer; ``"unreadable"``: the file is no
            notebook.
        diagnosis: what the class is counted by: the known misconception in English, a verdict's ``cause``,
            else the stage that failed, or `UNJUDGED`.
        verdict: what the student is told; None where nothing could be judged.
        remarks: what the teacher should know, in English.
        reported: of what the student's own process told the judge, and could have lied about: ``"facts"``:
            it looked at its own objects; ``"calls"``: whether it calls a forbidden function; or ``""``.
        shape: of the answer, names left aside; or ``""``.
        source: the answer's cell.
    """

    exercise: str
    status: str
    diagnosis: str = ""
    verdict: Verdict | None = None
    remarks: tuple[str, ...] = ()
    reported: str = ""
    shape: str = ""
    source: str = ""


@dataclass(frozen=True)
class StudentReport:
    """One student's rows.

    Attributes:
        student: their name.
        digest: of what was handed in.
        language: that they are told in.
        rows: one for each exercise.
        problems: files that could not be read, a sentence each.
    """

    student: str
    digest: str
    language: str
    rows: tuple[Row, ...]
    problems: tuple[str, ...] = field(default=())

    @property
    def right(self) -> int:
        """How many answers are right."""
        return sum(row.status == "right" for row in self.rows)

    @property
    def finished(self) -> bool:
        """Did grading come to a verdict on all that could be read?"""
        return all(row.diagnosis != UNJUDGED for row in self.rows)


@dataclass(frozen=True)
class ClassReport:
    """What a class understood.

    Attributes:
        out: the folder of the reports; ``class.html`` is the one to open.
        exercises: their names, in order.
        students: one report for each, in order of their names.
        jailed: whether learners' code ran in the jail.
        namespaces: whether the jail had these walls too.
        doubtful: exercises whose own solution was not called right here: their verdicts are worth nothing.
    """

    out: Path
    exercises: tuple[str, ...]
    students: tuple[StudentReport, ...]
    jailed: bool
    namespaces: bool = True
    doubtful: tuple[str, ...] = ()


def write_report(file: Path, report: StudentReport, run: Mapping[str, Any]) -> None:
    """Keep a report, with what the run was asked for, whole or not at all.

    Args:
        file: where.
        report: what was found.
        run: exercises, salt and the like: another run's reports are not this one's.
    """
    write_text(file, json.dumps({"run": dict(run), **asdict(report)}, ensure_ascii=False, indent=1))


def read_report(file: Path, run: Mapping[str, Any]) -> StudentReport | None:
    """A report of the same run; None where there is none that can be read."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept.pop("run") != dict(run):
            return None
        rows = tuple(_row(each) for each in kept.pop("rows"))
        return StudentReport(rows=rows, problems=tuple(kept.pop("problems")), **kept)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _row(kept: dict[str, Any]) -> Row:
    verdict = kept.pop("verdict")
    return Row(
        verdict=None if verdict is None else _verdict(verdict), remarks=tuple(kept.pop("remarks")), **kept
    )


def _verdict(kept: dict[str, Any]) -> Verdict:
    for name in ("stages", "facts"):
        kept[name] = _checks(kept[name])
    for name in ("hints", "touches"):
        kept[name] = tuple(kept[name])
    return Verdict(**kept)


def _checks(kept: Sequence[Mapping[str, Any]]) -> tuple[Check, ...]:
    return tuple(Check(each["label"], each["met"]) for each in kept)
