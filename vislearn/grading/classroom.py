"""A whole class: everybody marked, one after another or side by side, and what was finished is kept."""

import json
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from vislearn.errors import FileError
from vislearn.files import require_writable, write_text
from vislearn.grading.assignment import Task, solutions, tasks_of
from vislearn.grading.collecting import Submission, collect
from vislearn.grading.jail import Jail, require_jail
from vislearn.grading.judge import Judge
from vislearn.grading.marking import mark
from vislearn.grading.pages import write_class, write_student
from vislearn.grading.records import ClassReport, StudentReport, read_report, write_report
from vislearn.language import N_

__all__ = ["grade"]

_STUDENTS, _RUN = "students", "run.json"
_LONGEST_NAME = 150  # bytes; with a draft's ending it must stay below 255
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
_VERSION = 3  # of what is kept: another's reports are made anew


def grade(
    path: str | Path,
    out: str | Path,
    *,
    lesson: str | None = None,
    jobs: int = 1,
    jail: bool = True,
    namespaces: bool = True,
    each: Callable[[StudentReport, int], object] | None = None,
) -> ClassReport:
    """Judge what a class handed in, and write reports: for each student, and for the teacher.

    Learners' code runs in processes that reach no file, no network and no solution; they are given inputs
    that nobody could know, and what they answer is compared outside. Interrupted, it goes on where it
    stopped; called again, it marks only what was handed in anew, or could not be judged.

    Args:
        path: a folder or a zip file of notebooks.
        out: the folder of the reports: ``class.html``, ``class.csv``, ``class.json``, and ``students/``.
        lesson: its number or name; None: every lesson that somebody handed in.
        jobs: how many students are marked side by side, each by a process of its own.
        jail: False: limits of time and memory alone guard against accidents, and nothing against malice.
        namespaces: False: the jail's walls are Landlock and a filter of system calls alone, where this
            computer gives a plain user no namespaces.
        each: called with every report as it is finished, and the number of students.

    Raises:
        FileError: nothing was handed in, or ``out`` holds something else or can't be written to.
        InputError: there is no such lesson, or it must be named.
        MissingError: the jail can't be built on this computer.
    """
    path, out = Path(path), Path(out)
    submissions = collect(path)
    tasks = tasks_of(lesson, submissions)
    if jail:
        require_jail(namespaces=namespaces)
    run = _run(out, tasks, jail=jail, namespaces=namespaces)
    told = each or (lambda _report, _count: None)
    files = _files(out, submissions)
    reports: dict[str, StudentReport] = {}
    waiting: list[Submission] = []
    for submission in [solutions(tasks), *submissions]:
        kept = read_report(files[submission.student].with_suffix(".json"), run)
        if kept is None or kept.digest != submission.digest or not kept.finished:
            waiting.append(submission)
            continue
        reports[submission.student] = kept
        if submission.student:
            told(kept, len(submissions))
    for report in _marked(waiting, tasks, run["salt"], jobs, jail, namespaces):
        file = files[report.student]
        if report.student:
            write_student(file.with_suffix(".html"), report)
        write_report(file.with_suffix(".json"), report, run)
        reports[report.student] = report
        if report.student:
            told(report, len(submissions))
    found = ClassReport(
        out,
        tuple(task.exercise for task in tasks),
        tuple(reports[submission.student] for submission in submissions),
        jail,
        namespaces,
        tuple(row.exercise for row in reports[""].rows if row.status != "right"),
    )
    write_class(found, {student: _page(file, out) for student, file in files.items()})
    return found


def _page(file: Path, out: Path) -> str:
    return file.with_suffix(".html").relative_to(out).as_posix()


def _run(out: Path, tasks: Sequence[Task], **walls: bool) -> dict[str, Any]:
    """What this run is asked for; the salt is an earlier one's where it asked for the same."""
    asked = {"version": _VERSION, "exercises": [task.exercise for task in tasks], **walls}
    file = out / _RUN
    if out.is_dir() and any(out.iterdir()) and not file.is_file():
        raise FileError(out, N_("holds something else than a report"), fix=N_("Choose another --out."))
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(kept.pop("salt"), str) and kept == asked:
            return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, AttributeError):
        pass  # the first time, or damaged: then all is marked anew
    require_writable(file)
    run = asked | {"salt": secrets.token_hex(8)}
    write_text(file, json.dumps(run, indent=1))
    return run


def _files(out: Path, submissions: Sequence[Submission]) -> dict[str, Path]:
    """A file for each student, without its ending, by a name that every system takes."""
    found: dict[str, Path] = {"": out / "solutions"}
    taken: set[str] = set()
    for submission in submissions:
        name = _file_name(submission.student)
        if name.lower() in taken | _DEVICES or name != submission.student:
            name = f"{name}-{sha256(submission.student.encode()).hexdigest()[:6]}"
        taken.add(name.lower())
        found[submission.student] = out / _STUDENTS / name
    return found


def _file_name(student: str) -> str:
    """The name's letters, with the vowel signs of Bengali and its kin, as far as every system takes them."""
    letters = "".join(letter if _may_stay(letter) else "_" for letter in student.strip() or "_")
    return letters.encode()[:_LONGEST_NAME].decode(errors="ignore").strip()


def _may_stay(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN" or letter in "-_ \u200c\u200d"


def _marked(
    submissions: Sequence[Submission],
    tasks: Sequence[Task],
    salt: str,
    jobs: int,
    jail: bool,
    namespaces: bool,
) -> Iterator[StudentReport]:
    """Their reports, as they are finished."""
    if jobs == 1 or len(submissions) < 2:
        with Jail(walls=jail, namespaces=namespaces) as opened:
            judge = Judge(opened, salt)
            yield from (mark(submission, tasks, judge) for submission in submissions)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    work = delayed(partial(_mark_one, tasks=list(tasks), of=(salt, jail, namespaces)))
    try:
        yield from Parallel(n_jobs=jobs, return_as="generator_unordered")(map(work, submissions))
    finally:  # else idle workers keep their jails for five minutes
        get_reusable_executor().shutdown(wait=True, kill_workers=True)


_one_at_a_time = Lock()  # of a process: some backends of joblib give it several threads


def _mark_one(submission: Submission, tasks: Sequence[Task], of: tuple[str, bool, bool]) -> StudentReport:
    with _one_at_a_time:  # the jail has one door, and language and chance are the whole process's
        return mark(submission, tasks, _judge_of_process(*of))


@lru_cache(maxsize=1)
def _judge_of_process(salt: str, jail: bool, namespaces: bool) -> Judge:
    """One for all that a worker process marks; its jail ends with the process, or when another run begins."""
    return Judge(Jail(walls=jail, namespaces=namespaces), salt)
