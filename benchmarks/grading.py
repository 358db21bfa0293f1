"""How long it takes to judge a class: vislearn grade, and nbgrader and otter on the same cells.

    python -m benchmarks.grading --json grading.json
    python -m benchmarks.grading --jobs 1 --others /some/venv/bin /another/bin --json grading.json

Submissions are made of a lesson's own cells: imports and exercises, answered rightly, or with one of the
mistakes that the exercise knows, or not at all. nbgrader and otter get three students, all right, all wrong
and all untouched, on the assignment that ``vislearn lessons export`` writes for them; their own commands make
it and grade it, and what they say of each answer is set beside our verdict. Which of the two is not at hand
is said.
CPU of a class is told with ``--jobs 1`` alone: of processes that end with their worker, nobody counts it.
"""

import ast
import copy
import inspect
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.machine import keep, machine, options_of
from vislearn.course.copies import course_notebooks
from vislearn.course.lessons import full_name, is_lesson_name
from vislearn.course.tags import exercise_of
from vislearn.exercises import solution_source, starter
from vislearn.exercises.registry import find
from vislearn.grading import export_assignment

__all__ = ["class_of", "handed_in", "main", "wrong_source"]


_KINDS = ("right", "wrong", "untouched")


def main(arguments: list[str] | None = None) -> None:
    parser = options_of(__doc__ or "", repeats=1)
    parser.add_argument("--lesson", default="06", help="its number (default: %(default)s)")
    parser.add_argument("--students", type=int, nargs="+", default=[15, 60], help="sizes of classes")
    parser.add_argument("--jobs", type=int, default=2, help="students at a time (default: %(default)s)")
    parser.add_argument(
        "--others", type=Path, nargs="*", default=[], help="folders of nbgrader's and otter's programs"
    )
    chosen = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        for count in chosen.students:
            class_of(count, chosen.lesson, folder := place / str(count))
            rows.append(_ours(folder, place / f"report-{count}", chosen.jobs)[0] | {"students": count})
            print(_line(rows[-1]), flush=True)
        verdicts = _side_by_side(chosen.lesson, place, chosen.others, rows)
    result = {"lesson": chosen.lesson, "jobs": chosen.jobs, "rows": rows, "verdicts": verdicts}
    keep({"machine": machine("joblib")} | result, chosen.json)


def class_of(count: int, lesson: str, folder: Path) -> list[str]:
    """Write a class's notebooks into a new folder; the names of the exercises.

    Args:
        count: of students.
        lesson: its number or name.
        folder: that is made.
    """
    base, chance = _cut(lesson), random.Random(0)
    names = [name for cell in base["cells"] if (name := exercise_of(cell))]
    for student in range(count):
        notebook = copy.deepcopy(base)
        for cell in notebook["cells"]:
            if name := exercise_of(cell):
                cell["source"] = _answer(name, chance) or cell["source"]
        target = folder / f"student-{student:02}" / "lesson.ipynb"
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(notebook), encoding="utf-8")
    return names


def wrong_source(name: str, chance: random.Random) -> str:
    """A cell with one of the mistakes that an exercise knows, and what stands around it in its module.

    Args:
        name: of the exercise.
        chance: chooses the mistake.
    """
    function = chance.choice(find(name).mistakes).function
    statements = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    if len(statements) != 1 or not isinstance(statements[0], ast.FunctionDef):
        return ""
    statements[0].name, statements[0].decorator_list = name.rpartition(".")[2], []
    module = ast.parse(inspect.getsource(sys.modules[function.__module__]))
    around = [each for each in module.body if not getattr(each, "decorator_list", [])]
    return ast.unparse(ast.Module([*around, *statements], []))


def _answer(name: str, chance: random.Random) -> str:
    draw = chance.random()
    if draw < 0.6:
        return solution_source(name)
    return wrong_source(name, chance) if draw < 0.9 else ""


def _cut(lesson: str) -> dict[str, Any]:
    """The lesson's imports and exercises."""
    names = [path.stem for path in course_notebooks().glob("*.ipynb") if is_lesson_name(path.stem)]
    file = course_notebooks() / f"{full_name(lesson, names)}.ipynb"
    notebook = json.loads(file.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    notebook["cells"] = [cells[0], *(cell for cell in cells if exercise_of(cell))]
    for cell in notebook["cells"]:
        cell["outputs"], cell["execution_count"] = [], None
    return notebook


def _ours(folder: Path, out: Path, jobs: int) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """What it took, and each student's verdicts."""
    line = [sys.executable, "-m", "vislearn", "grade", str(folder), "--out", str(out), "-j", str(jobs)]
    seconds, cpu = _timed(line, folder)
    found = json.loads((out / "class.json").read_text(encoding="utf-8"))
    verdicts = {
        student: {name.rpartition(".")[2]: row["status"] for name, row in rows.items()}
        for student, rows in found["students"].items()
    }
    statuses = [status for each in verdicts.values() for status in each.values()]
    counts = {status: statuses.count(status) for status in sorted(set(statuses))}
    row = {"name": "vislearn grade", "s": seconds, "cpu_s": cpu if jobs == 1 else None}
    return row | {"answers": len(statuses), "statuses": counts}, verdicts


# -- nbgrader and otter


def _side_by_side(
    lesson: str, place: Path, folders: Sequence[Path], rows: list[dict[str, Any]]
) -> dict[str, dict[str, dict[str, str]]]:
    """Three students judged by all three; rows of what it took are added, and the verdicts returned."""
    os.environ["PATH"] = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    answers = {kind: _answers(lesson, kind) for kind in _KINDS}
    exported = export_assignment(lesson, place / "nbgrader", "nbgrader")
    for kind, given in answers.items():
        _write(place / "three" / kind / exported.name, handed_in(_read(exported), given))
    row, ours = _ours(place / "three", place / "report-three", 1)
    rows.append(row | {"students": len(_KINDS)})
    verdicts = {"vislearn": ours}
    for name, judge in (("nbgrader", _nbgrader), ("otter", _otter)):
        if shutil.which(name) is None:
            print(f"{name} is not at hand: pip install it, and give its folder with --others", flush=True)
            continue
        row, verdicts[name] = judge(lesson, place, answers)
        rows.append(row | {"students": len(_KINDS), "answers": len(_KINDS) * len(ours["right"])})
    for each in rows[-len(verdicts) :]:
        print(_line(each), flush=True)
    for line in _table(verdicts):
        print(line)
    return verdicts


def _answers(lesson: str, kind: str) -> dict[str, str]:
    """A source for each exercise that this student answers."""
    names, chance = [name for cell in _cut(lesson)["cells"] if (name := exercise_of(cell))], random.Random(0)
    if kind == "untouched":
        return {}
    return {name: solution_source(name) if kind == "right" else wrong_source(name, chance) for name in names}


def handed_in(notebook: dict[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    """What a student hands in of an exported notebook: no hidden tests, their answers, or starters.

    Args:
        notebook: as `export_assignment` or otter wrote it.
        answers: from an exercise's name to the cell's source.
    """
    made = copy.deepcopy(notebook)
    for cell in made["cells"]:
        cell["source"] = "".join(cell["source"]).partition("### BEGIN HIDDEN TESTS")[0]
        if name := exercise_of(cell):
            cell["source"] = answers.get(name) or starter(name)
    return made


def _nbgrader(
    lesson: str, place: Path, answers: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    course = place / "nbgrader"
    (exported,) = (course / "source").rglob("*.ipynb")
    name = exported.stem
    _run(["nbgrader", "generate_assignment", name], course)
    released = _read(course / "release" / name / exported.name)
    for kind, given in answers.items():
        _write(course / "submitted" / kind / name / exported.name, handed_in(released, given))
    seconds, cpu = _timed(["nbgrader", "autograde", name], course)
    return {"name": "nbgrader autograde", "s": seconds, "cpu_s": cpu}, _scores(course / "gradebook.db")


def _scores(database: Path) -> dict[str, dict[str, str]]:
    """What nbgrader's gradebook says: ``"right"`` where a test has its points."""
    asked = """
        SELECT assignment.student_id, cell.name, grade.auto_score FROM grade
        JOIN base_cell AS cell ON cell.id = grade.cell_id
        JOIN submitted_notebook AS notebook ON notebook.id = grade.notebook_id
        JOIN submitted_assignment AS assignment ON assignment.id = notebook.assignment_id
    """
    found: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS}
    with closing(sqlite3.connect(database)) as opened:
        for student, cell, score in opened.execute(asked):
            found[student][cell.removeprefix("check-")] = "right" if score == 1 else "not right"
    return found


def _otter(
    lesson: str, place: Path, answers: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    exported = export_assignment(lesson, place / "otter", "otter")
    _run(["otter", "assign", exported.name, "dist"], exported.parent)
    dist = exported.parent / "dist"
    student, (packed,) = _read(dist / "student" / exported.name), (dist / "autograder").glob("*.zip")
    seconds, cpu, found = 0.0, 0.0, {}
    for kind, given in answers.items():
        folder = place / "otter" / kind
        _write(folder / exported.name, handed_in(student, given))
        took = _timed(["otter", "run", "-a", str(packed), exported.name], folder)
        seconds, cpu = seconds + took[0], cpu + took[1]
        tests = json.loads((folder / "results.json").read_text(encoding="utf-8"))["tests"]
        found[kind] = {
            test["name"].split(" ")[0]: "right" if test["score"] == test["max_score"] else "not right"
            for test in tests
            if test.get("max_score")
        }
    return {"name": "otter run", "s": seconds, "cpu_s": cpu}, found


def _table(verdicts: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Iterator[str]:
    """A line for each answer: what each says of it, and whether they agree."""
    agreed = count = 0
    for kind in _KINDS:
        for function, ours in verdicts["vislearn"][kind].items():
            said = {name: each[kind].get(function, "nothing") for name, each in verdicts.items()}
            same = (
                len({status == "right" for status in said.values()}) == 1 and "nothing" not in said.values()
            )
            agreed, count = agreed + same, count + 1
            others = "  ".join(f"{name}: {status:<9}" for name, status in said.items() if name != "vislearn")
            yield f"{kind:<10} {function:<20} vislearn: {ours:<14} {others}{'' if same else '  DIFFER'}"
    yield f"{agreed} of {count} answers: the same verdict from {', '.join(verdicts)}"


def _read(file: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


def _write(file: Path, notebook: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(notebook), encoding="utf-8")


def _run(line: Sequence[str], folder: Path) -> None:
    """Run a command; where it fails, its last words are the error."""
    environment = os.environ | {"VISLEARN_PROGRESS": "0"}
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(line)} failed:\n{(done.stdout + done.stderr)[-2000:]}")


def _timed(line: Sequence[str], folder: Path) -> tuple[float, float]:
    """Seconds by the clock, and of the CPU, of a command and all that it waited for."""
    before, since = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    _run(line, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - since, cpu


def _line(row: dict[str, Any]) -> str:
    cpu = (
        ""
        if row["cpu_s"] is None
        else f"  CPU {row['cpu_s']:.1f} s, {row['cpu_s'] / row['students']:.2f} each"
    )
    each = f"{row['s'] / row['answers']:.3f} s an answer"
    timed = f"{row['name']:<20} {row['students']:>4} students {row['s']:7.1f} s{cpu}  {each}"
    return f"{timed}  {row.get('statuses', '')}"


if __name__ == "__main__":
    main()
