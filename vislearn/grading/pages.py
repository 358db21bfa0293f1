"""What grading found out, to be read: a page for each student, one for the class, and tables for programs."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from vislearn.exercises.registry import find, solution_source
from vislearn.files import write_text
from vislearn.grading.assignment import in_language
from vislearn.grading.likeness import alike, shape_of
from vislearn.grading.records import STATUSES, UNJUDGED, ClassReport, Row, StudentReport
from vislearn.language import translate as _
from vislearn.markup import inline
from vislearn.progress import status_word

__all__ = ["write_class", "write_student"]

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # what a spreadsheet would compute
_MARKS = {"right": "✓", "wrong": "✗", "error": "!", "not attempted": "–", "missing": "∅", "unreadable": "?"}
_STYLE = """
table{border-collapse:collapse;margin:1em 0;display:block;overflow-x:auto;max-width:100%}
th,td{border:1px solid rgba(128,128,128,.4);padding:4px 10px;text-align:left;vertical-align:top}
td.number,th.number{text-align:right}
th.turned{writing-mode:vertical-rl;transform:rotate(180deg);font-weight:normal;white-space:nowrap}
td.mark{text-align:center;font-weight:700}
.right{background-color:rgba(0,140,110,.25)}.wrong{background-color:rgba(230,110,0,.28)}
.error{background-color:rgba(160,70,130,.28)}
.note{font-size:.9em;opacity:.85}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background-color:rgba(128,128,128,.12);padding:8px 12px}
details{margin:.5em 0}summary{cursor:pointer}
a{color:inherit}
@media (max-width:600px){
.words tr{display:block;padding:.5em 0;border-top:1px solid rgba(128,128,128,.4)}
.words tr:first-child{display:none}
.words td{display:inline;border:0;padding:0 .5em 0 0}
.words td:last-child{display:block}
}
"""


def write_student(file: Path, report: StudentReport) -> None:
    """One student's page, in their language: what is right, what the diagnosis says, hints one by one.

    Args:
        file: ending in ``.html``.
        report: of the student.
    """
    from vislearn.viz.standalone import standalone_page

    with in_language(report.language):
        write_text(file, standalone_page(report.student, _student_body(report), style=_STYLE))


def write_class(report: ClassReport, links: Mapping[str, str]) -> None:
    """The teacher's page ``class.html``, in the language that is set, and ``class.csv`` and ``class.json``.

    Args:
        report: of the class.
        links: from a student's name to their page, seen from the folder.
    """
    from vislearn.viz.standalone import standalone_page

    write_text(report.out / "class.csv", _table(report))
    write_text(report.out / "class.json", json.dumps(_record(report), ensure_ascii=False, indent=1))
    page = standalone_page(_("The class"), _class_body(report, links), style=_STYLE)
    write_text(report.out / "class.html", page)


# -- a student's page


def _student_body(report: StudentReport) -> Iterator[str]:
    yield _element("h1", report.student)
    said = _("Right answers: {right} of {count}.", right=report.right, count=len(report.rows))
    yield _element("p", said)
    for problem in report.problems:
        yield _element("p", problem)
    for row in report.rows:
        yield _element("h2", row.exercise)
        yield (
            row.verdict._repr_html_()
            if row.verdict is not None
            else f"<p>{escape(_nothing_to_judge(row))}</p>"
        )
        for note in (*map(_, row.remarks), *_trust(row)):
            yield f'<p class="note">{escape(note)}</p>'


def _trust(row: Row) -> Iterator[str]:
    """What of a verdict rests on the word of the student's own process."""
    if row.reported == "facts":
        yield _("The program of this answer reported the facts about its own objects itself.")
    if row.reported == "calls":
        yield _("Whether a forbidden function is called, the program of this answer reported itself.")


def _nothing_to_judge(row: Row) -> str:
    if row.status == "unreadable":
        return _("The file could not be read.")
    if row.status == "missing":
        return _("No cell with this function was found.")
    return _("Nothing was written here yet.")


# -- the teacher's page


def _class_body(report: ClassReport, links: Mapping[str, str]) -> Iterator[str]:
    yield _element("h1", _("The class"))
    rows = {name: [_row_of(student, name) for student in report.students] for name in report.exercises}
    yield _element("p", _counts(report))
    yield from (f"<p><strong>{escape(warning)}</strong></p>" for warning in _warnings(report))
    yield from _misconceptions(rows)
    yield from _who(report, links)
    yield from _same(rows, report.students)
    yield from _reported(rows)
    yield from _remarks(report.students)


def _counts(report: ClassReport) -> str:
    students, exercises = len(report.students), len(report.exercises)
    return _(
        "{students}, {exercises}; right answers: {right} of {all}.",
        students=_("1 student") if students == 1 else _("{count} students", count=students),
        exercises=_("1 exercise") if exercises == 1 else _("{count} exercises", count=exercises),
        right=sum(student.right for student in report.students),
        all=students * exercises,
    )


def _warnings(report: ClassReport) -> Iterator[str]:
    if not report.jailed:
        yield _("Graded without the jail: a guard against accidents, not malice. Verdicts could be forged.")
    elif not report.namespaces:
        yield _(
            "Graded in a jail without namespaces: its walls are Landlock and a filter of system calls alone."
        )
    if report.doubtful:
        yield _(
            "On this computer the course's own solutions of some exercises are not called right. Do not "
            "trust the verdicts on {exercises}.",
            exercises=", ".join(report.doubtful),
        )


def _row_of(student: StudentReport, exercise: str) -> Row:
    return next(row for row in student.rows if row.exercise == exercise)


def _misconceptions(rows: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Exercise × diagnosis, the most frequent first: what to teach again."""
    yield _element("h2", _("What to teach again"))
    counted = [
        (count, name, diagnosis)
        for name, each in rows.items()
        for diagnosis, count in Counter(row.diagnosis for row in each if row.diagnosis).items()
    ]
    if not counted:
        yield _element("p", _("No answer is wrong."))
        return
    heads = (_("students"), _("exercise"), _("diagnosis"))
    yield f'<table class="words"><tr>{"".join(f"<th>{escape(head)}</th>" for head in heads)}</tr>'
    for count, name, diagnosis in sorted(counted, key=lambda found: -found[0]):
        cells = f"<td>{escape(name)}</td><td>{inline(_diagnosis_words(diagnosis))}</td>"
        yield f'<tr><td class="number">{count}</td>{cells}</tr>'
    yield "</table>"


def _diagnosis_words(diagnosis: str) -> str:
    stages = {
        "runs": _("stopped by an error"),
        "syntax": _("is no Python"),
        "returns": _("returns nothing"),
        "type": _("returns something of another type"),
        "dtype": _("returns another dtype"),
        "shape": _("returns another shape"),
        "range": _("returns values in another range"),
        "value": _("returns other values"),
        "endless": _("does not end in time: a loop without an end?"),
        "ended": _("ends Python itself, or needs too much memory or time"),
        "parameters": _("takes other parameters than the exercise asks for"),
        "no function": _("is no function"),
        UNJUDGED: _("could not be judged: the same command tries again"),
    }
    stage, _colon, kind = diagnosis.partition(": ")
    if stage == "forbidden":
        return _("calls `{name}`, which the exercise asks to write", name=kind)
    if kind and stage in stages:
        return f"{stages[stage]}: `{kind}`"
    return stages.get(diagnosis) or _(diagnosis)


def _who(report: ClassReport, links: Mapping[str, str]) -> Iterator[str]:
    yield _element("h2", _("Who has what"))
    legend = ", ".join(f"{mark} {_word(status)}" for status, mark in _MARKS.items())
    yield f'<p class="note">{escape(legend)}</p>'
    heads = "".join(f'<th class="turned">{escape(name)}</th>' for name in report.exercises)
    yield f'<table><tr><th></th>{heads}<th class="number">{_MARKS["right"]}</th></tr>'
    for student in report.students:
        cells = "".join(_cell(row) for row in student.rows)
        link = f'<a href="{escape(quote(links[student.student]))}">{escape(student.student)}</a>'
        yield f'<tr><td>{link}</td>{cells}<td class="number">{student.right}</td></tr>'
    counts = Counter(row.exercise for each in report.students for row in each.rows if row.status == "right")
    totals = "".join(f'<td class="mark">{counts[name]}</td>' for name in report.exercises)
    yield f"<tr><td></td>{totals}<td></td></tr></table>"


def _cell(row: Row) -> str:
    title = escape(_word(row.status) if not row.diagnosis else _diagnosis_words(row.diagnosis))
    return f'<td class="mark {row.status}" title="{title}">{_MARKS[row.status]}</td>'


def _word(status: str) -> str:
    words = {"not attempted": _("not begun"), "missing": _("no such cell"), "unreadable": _("no notebook")}
    return words.get(status) or status_word(status)


def _same(rows: Mapping[str, Sequence[Row]], students: Sequence[StudentReport]) -> Iterator[str]:
    """Answers that are the solution, or each other, but for names and layout."""
    found = [line for name, each in rows.items() for line in _same_in(name, each, students)]
    if not found:
        return
    yield _element("h2", _("The same answers"))
    note = _(
        "Alike but for the names of variables, comments and layout; answers of one or two statements are "
        "left out. Whether somebody copied is for you to judge: a short task has few right answers."
    )
    yield f'<p class="note">{escape(note)}</p><ul>'
    yield from (f"<li>{line}</li>" for line in found)
    yield "</ul>"


def _same_in(name: str, rows: Sequence[Row], students: Sequence[StudentReport]) -> Iterator[str]:
    shapes = {student.student: row.shape for student, row in zip(students, rows, strict=True)}
    sources = {student.student: row.source for student, row in zip(students, rows, strict=True)}
    solution = shape_of(solution_source(name), find(name).reference.__name__)
    copied = [who for who, shape in shapes.items() if shape and shape == solution]
    groups = [group for group in alike(shapes) if shapes[group[0]] != solution]
    if copied:
        said = _("{exercise}: the course's solution: {students}", exercise=name, students=", ".join(copied))
        yield escape(said)
    for group in groups:
        said = _("{exercise}: the same as each other: {students}", exercise=name, students=", ".join(group))
        yield f"<details><summary>{escape(said)}</summary><pre>{escape(sources[group[0]])}</pre></details>"


def _reported(rows: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    facts, calls = (
        ", ".join(name for name, each in rows.items() if any(row.reported == kind for row in each))
        for kind in ("facts", "calls")
    )
    if not facts and not calls:
        return
    yield _element("h2", _("What could be forged"))
    if facts:
        said = _(
            "In these exercises the answers are live objects, such as networks and loaders, or are given "
            "such. The student's own process looked at them and reported its own facts, which a clever one "
            "could forge: {exercises}.",
            exercises=facts,
        )
        yield _element("p", said)
    if calls:
        said = _(
            "In these exercises a function is forbidden. What the answers return was compared outside of the "
            "student's process, but whether they call that function it reported itself: {exercises}.",
            exercises=calls,
        )
        yield _element("p", said)
    yield _element("p", _("Everything else was compared outside of the student's process."))


def _remarks(students: Sequence[StudentReport]) -> Iterator[str]:
    lines = [f"{student.student}: {problem}" for student in students for problem in student.problems]
    lines += [
        f"{student.student}, {row.exercise}: {_(remark)}"
        for student in students
        for row in student.rows
        for remark in row.remarks
    ]
    if lines:
        yield _element("h2", _("Worth a look")) + "<ul>"
        yield from (f"<li>{escape(line)}</li>" for line in lines)
        yield "</ul>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


# -- for programs


def _table(report: ClassReport) -> str:
    """A line for each student, as spreadsheets read it; a name that looks like a formula is none."""
    held = io.StringIO()
    lines = csv.writer(held, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    lines.writerow(["student", *report.exercises, "right"])
    for student in report.students:
        name = student.student
        name = f"'{name}" if name.lstrip().startswith(_FORMULA) else name
        lines.writerow([name, *(row.status for row in student.rows), student.right])
    return held.getvalue()


def _record(report: ClassReport) -> dict[str, object]:
    counts = {}
    for name in report.exercises:
        rows = [_row_of(student, name) for student in report.students]
        statuses = {status: sum(row.status == status for row in rows) for status in STATUSES}
        counts[name] = {
            "statuses": statuses,
            "diagnoses": Counter(row.diagnosis for row in rows if row.diagnosis),
        }
    return {
        "vislearn": "class report",
        "jailed": report.jailed,
        "namespaces": report.namespaces,
        "doubtful": report.doubtful,
        "exercises": counts,
        "students": {
            student.student: {
                row.exercise: {"status": row.status, "diagnosis": row.diagnosis} for row in student.rows
            }
            for student in report.students
        },
    }
