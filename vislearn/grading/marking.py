"""One student's notebooks, from bytes to a report."""

import re
from collections.abc import Sequence

from vislearn.errors import MissingError, first_line
from vislearn.exercises.registry import Exercise
from vislearn.exercises.verdict import Verdict
from vislearn.grading.assignment import Task, in_language
from vislearn.grading.collecting import Submission
from vislearn.grading.finding import Found, find_answer
from vislearn.grading.judge import Judge
from vislearn.grading.likeness import shape_of
from vislearn.grading.notebooks import Notebook, UnreadableNotebook, read_notebook
from vislearn.grading.records import UNJUDGED, Row, StudentReport
from vislearn.language import N_, language, translate_to
from vislearn.language import translate as _
from vislearn.problems import Problem

__all__ = ["mark"]

_ERROR = re.compile(r"[A-Z]\w*(Error|Exception|Exit)\b")
_BEST = ("answered", "broken", "untouched", "missing")


def mark(submission: Submission, tasks: Sequence[Task], judge: Judge) -> StudentReport:
    """Find and judge every answer; whatever a file holds, there is a report.

    Args:
        submission: what was handed in.
        tasks: the exercises.
        judge: says what is right.
    """
    notebooks, problems = _opened(submission)
    spoken = next((notebook.language for notebook in notebooks if notebook.language), "") or language()
    with in_language(spoken):
        rows = tuple(_surely(task, notebooks, judge) for task in tasks)
    return StudentReport(submission.student, submission.digest, spoken, rows, tuple(map(str, problems)))


def _opened(submission: Submission) -> tuple[list[Notebook], list[Problem]]:
    notebooks, problems = [], []
    for file in submission.files:
        if file.problem is not None:
            problems.append(file.problem)
            continue
        try:
            notebooks.append(read_notebook(file.data))
        except UnreadableNotebook as trouble:
            problems.append(Problem(file.name, _(trouble.args[0]), _("Ask for it again.")))
    return notebooks, problems


def _surely(task: Task, notebooks: Sequence[Notebook], judge: Judge) -> Row:
    """A row, whatever happens: one student's file never stops a class."""
    try:
        return _row(task, notebooks, judge)
    except MissingError:  # the jail's own trouble is everybody's
        raise
    except Exception as error:
        message = _("It could not be judged: {error}", error=first_line(error, named=True))
        return Row(task.exercise, "error", UNJUDGED, Verdict(task.exercise, "error", message, "runs"))


def _row(task: Task, notebooks: Sequence[Notebook], judge: Judge) -> Row:
    if not notebooks:
        return Row(task.exercise, "unreadable")
    # elsewhere a function of the same name is another one
    its_own = [notebook for notebook in notebooks if notebook.lesson in ("", task.lesson)]
    found = [find_answer(notebook, task.exercise, task.cell_id) for notebook in its_own]
    if not found:
        return Row(task.exercise, "missing")
    best = min((_BEST.index(each.state), each.way) for each in found)
    fitting = [each for each in found if (_BEST.index(each.state), each.way) == best]
    answer = fitting[-1]
    if answer.state == "answered" and len(fitting) > 1:
        remark = N_("Several notebooks hold an answer: the last one's counts.")
        answer = Found(answer.state, answer.program, answer.source, (*answer.remarks, remark))
    return _judged(task, answer, judge)


def _judged(task: Task, found: Found, judge: Judge) -> Row:
    name = task.exercise
    if found.state == "missing":
        return Row(name, "missing")
    if found.state == "untouched":
        return Row(name, "not attempted")
    if found.program is None:
        message = _("The cell is no Python: a bracket, a colon or an indentation may be wrong.")
        return Row(name, "error", "syntax", Verdict(name, "error", message, "runs"), source=found.source)
    case = judge.case(name)
    verdict = judge.verdict(name, found.program)
    return Row(
        name,
        verdict.status,
        _diagnosis(case.exercise, verdict),
        verdict,
        found.remarks,
        case.reported,
        shape_of(found.source, found.program.function),
        found.source,
    )


def _diagnosis(exercise: Exercise, verdict: Verdict) -> str:
    """The misconception in English or a cause where known, else the failed stage, with the error's kind."""
    if verdict.status in ("right", "not attempted"):
        return ""
    if verdict.cause:
        return verdict.cause
    texts = (mistake.diagnosis for mistake in exercise.mistakes)
    known = (text for text in texts if translate_to(language(), text) == verdict.message)
    kind = _ERROR.match(verdict.message) if verdict.status == "error" else None
    return next(known, f"{verdict.stage}: {kind[0]}" if kind else verdict.stage)
