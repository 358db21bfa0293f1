"""How long it takes to judge a class: vislearn grade, and nbgrader's autograde on the same cells.

    python -m benchmarks.grading --json grading.json
    python -m benchmarks.grading --others /some/venv/bin --json grading.json

Submissions are made of a lesson's own cells: imports and exercises, answered rightly, or with one of the
mistakes that the exercise knows, or not at all. For nbgrader each exercise is followed by a cell that asks
for its check.
CPU is told with ``--jobs 1`` alone: of processes that end with their worker, nobody counts it.
"""

import ast
import copy
import inspect
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import keep, machine, options_of
from vislearn.course.copies import course_notebooks
from vislearn.course.lessons import full_name, is_lesson_name
from vislearn.course.tags import exercise_of
from vislearn.exercises import solution_source
from vislearn.exercises.registry import find

__all__ = ["class_of", "main", "wrong_source"]


def main(arguments: list[str] | None = None) -> None:
    parser = options_of(__doc__ or "", repeats=1)
    parser.add_argument("--lesson", default="06", help="its number (default: %(default)s)")
    parser.add_argument("--students", type=int, nargs="+", default=[15, 60], help="sizes of classes")
    parser.add_argument("--jobs", type=int, default=2, help="students at a time (default: %(default)s)")
    parser.add_argument("--others", type=Path, help="folder of nbgrader's programs")
    chosen = parser.parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for count in chosen.students:
            folder = Path(place) / str(count)
            class_of(count, chosen.lesson, folder)
            rows.append(_ours(folder, Path(place) / f"report-{count}", chosen.jobs) | {"students": count})
            print(_line(rows[-1]), flush=True)
        if chosen.others:
            rows.append(_nbgrader(chosen.lesson, Path(place) / "nbgrader", chosen.others))
            print(_line(rows[-1]), flush=True)
    keep(
        {"machine": machine("joblib"), "lesson": chosen.lesson, "jobs": chosen.jobs, "rows": rows},
        chosen.json,
    )


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


def _ours(folder: Path, out: Path, jobs: int) -> dict[str, Any]:
    line = [sys.executable, "-m", "vislearn", "grade", str(folder), "--out", str(out), "-j", str(jobs)]
    seconds, cpu = _timed(line, folder)
    found = json.loads((out / "class.json").read_text(encoding="utf-8"))
    statuses = [row["status"] for rows in found["students"].values() for row in rows.values()]
    counts = {status: statuses.count(status) for status in sorted(set(statuses))}
    row = {"name": "vislearn grade", "s": seconds, "cpu_s": cpu if jobs == 1 else None}
    return row | {"answers": len(statuses), "statuses": counts}


def _nbgrader(lesson: str, course: Path, programs: Path) -> dict[str, Any]:
    """Two students' notebooks by nbgrader, which runs every notebook in a kernel of its own."""
    names = class_of(2, lesson, course / "class")
    source = _for_nbgrader(_cut(lesson))
    _write(course / "source/ps/lesson.ipynb", source)
    for student in ("student-00", "student-01"):
        handed = json.loads((course / "class" / student / "lesson.ipynb").read_text(encoding="utf-8"))
        _write(course / "submitted" / student / "ps/lesson.ipynb", _for_nbgrader(handed))
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    made = [str(programs / "nbgrader"), "generate_assignment", "ps", "--force"]
    subprocess.run(made, cwd=course, env=environment, check=True, capture_output=True)
    line = [str(programs / "nbgrader"), "autograde", "ps", "--ExecutePreprocessor.timeout=300"]
    seconds, cpu = _timed(line, course, environment)
    return {
        "name": "nbgrader autograde",
        "s": seconds,
        "cpu_s": cpu,
        "answers": 2 * len(names),
        "students": 2,
    }


def _for_nbgrader(notebook: dict[str, Any]) -> dict[str, Any]:
    notebook = copy.deepcopy(notebook)
    cells = []
    for number, cell in enumerate(notebook["cells"]):
        cells.append(cell)
        if name := exercise_of(cell):
            told = {"schema_version": 3, "grade": False, "solution": True, "locked": False, "task": False}
            cell["metadata"]["nbgrader"] = told | {"grade_id": f"answer-{number}", "cell_type": "code"}
            function = name.rpartition(".")[2]
            check = (
                f"from vislearn.exercises import check\nassert check({name!r}, {function}).status == 'right'"
            )
            asked = {"grade": True, "solution": False, "locked": True, "points": 1, "cell_type": "code"}
            cells.append(
                {
                    "cell_type": "code",
                    "id": f"check-{number}",
                    "metadata": {"nbgrader": told | asked | {"grade_id": f"check-{number}"}},
                    "source": check,
                    "outputs": [],
                    "execution_count": None,
                }
            )
    notebook["cells"] = cells
    return notebook


def _write(file: Path, notebook: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(notebook), encoding="utf-8")


def _timed(line: list[str], folder: Path, environment: dict[str, str] | None = None) -> tuple[float, float]:
    """Seconds by the clock, and of the CPU, of a command and all that it waited for."""
    before, since = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(line, cwd=folder, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - since, cpu


def _line(row: dict[str, Any]) -> str:
    cpu = "" if row["cpu_s"] is None else f"  CPU {row['cpu_s']:.1f} s"
    each = f"{row['s'] / row['answers']:.3f} s an answer"
    timed = f"{row['name']:<20} {row['students']:>4} students {row['s']:7.1f} s{cpu}  {each}"
    return f"{timed}  {row.get('statuses', '')}"


if __name__ == "__main__":
    main()
