"""A lesson's exercises as an assignment of nbgrader's or otter's, graded by the verdicts of our checks.

Both run a learner's code in the process that judges it, where a verdict can be forged: that is what
`vislearn.grading.grade` is for. Their own commands make the students' notebooks, and grade them.
"""

import ast
import json
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vislearn.course.lessons import SOURCE_LANGUAGE
from vislearn.course.tags import exercise_of
from vislearn.errors import require_one_of
from vislearn.exercises import solution_source
from vislearn.files import require_free, write_text
from vislearn.grading.assignment import Task, in_language, lesson_notebook, solutions, tasks_of
from vislearn.grading.finding import find_answer
from vislearn.grading.notebooks import read_notebook
from vislearn.language import LANGUAGES
from vislearn.language import translate as _

__all__ = ["FORMATS", "export_assignment"]

FORMATS = ("nbgrader", "otter")
_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
_LEVEL = "★"  # stands in the paragraph that announces an exercise
_NBGRADER_CONFIG = """\
import os

os.environ["VISLEARN_PROGRESS"] = "0"  # what students wrote is no progress of this computer's
c = get_config()  # noqa: F821
c.ExecutePreprocessor.timeout = 300  # seconds; some exercises train a small network
c.ClearSolutions.code_stub = {"python": "...  # your code here"}
"""

Cell = dict[str, Any]


@dataclass(frozen=True)
class _Question:
    """One exercise: its name, what the lesson says before it, and the lesson's cell for the answer.

    Attributes:
        exercise: its name.
        prompt: Markdown.
        cell: as the lesson has it, whose id and tags let `vislearn.grading.grade` find the answer too.
    """

    exercise: str
    prompt: str
    cell: Cell

    @property
    def function(self) -> str:
        return self.exercise.rpartition(".")[2]

    @property
    def check(self) -> str:
        """What shows a student the verdict."""
        return f'check("{self.exercise}", {self.function})'

    def requirement(self, salt: str) -> str:
        """What raises unless the answer is right, on inputs that students have never seen."""
        return (
            "from vislearn.exercises import require_right\n\n"
            f'require_right("{self.exercise}", {self.function}, salt="{salt}")'
        )

    def solved(self, begin: str, end: str) -> str:
        """The solution; what a student shall write between two marks."""
        source = solution_source(self.exercise)
        function = ast.parse(source).body[0]
        assert isinstance(function, ast.FunctionDef)
        prompt_end = function.body[0].end_lineno or 0
        lines = source.rstrip().split("\n")
        return "\n".join([*lines[:prompt_end], f"    {begin}", *lines[prompt_end:], f"    {end}"])


def export_assignment(
    lesson: str,
    folder: str | Path,
    to: str,
    *,
    language: str = SOURCE_LANGUAGE,
    overwrite: bool = False,
) -> Path:
    """Write a lesson's exercises as an assignment whose grading gives the verdicts of `grade`.

    The notebook holds the lesson's imports, and each exercise with its solution, a check that shows students
    their verdict, and a hidden test that asks for the same verdict on inputs drawn anew at each export.
    Whoever grades it needs this package, and no network.

    Args:
        lesson: its number or name.
        folder: for nbgrader a course's, into which ``source/LESSON/LESSON.ipynb`` is written, and
            ``nbgrader_config.py`` where there is none; for otter that of the master notebook.
        to: ``"nbgrader"`` or ``"otter"``.
        language: of the prose and the verdicts.
        overwrite: replace a notebook that is there.

    Returns:
        The notebook.

    Raises:
        FileError: it is there already, or can't be written.
        InputError: there is no such lesson, language or format.
        MissingError: this package came without its lessons.

    Source: the cells' metadata follow nbgrader's schema, version 3; the raw cells Otter Assign's format v1.
    """
    require_one_of("to", to, FORMATS)
    require_one_of("language", language, LANGUAGES)
    tasks = tasks_of(lesson, [])
    name, folder = tasks[0].lesson, Path(folder)
    file = folder / "source" / name / f"{name}.ipynb" if to == "nbgrader" else folder / f"{name}.ipynb"
    require_free(file, overwrite=overwrite, fix="Choose another FOLDER, or say --overwrite.")
    stored = _stored(name, language)
    with in_language(language):
        head = [
            _markdown("title", _title(stored["cells"])),
            _code("imports", _imports(tasks, language)),
        ]
    build: Callable[[str, Sequence[Cell], Sequence[_Question]], Iterator[Cell]]
    build = _for_nbgrader if to == "nbgrader" else _for_otter
    cells = list(build(name, head, _questions(stored["cells"])))
    write_text(file, json.dumps(stored | {"cells": cells}, ensure_ascii=False, indent=1) + "\n")
    if to == "nbgrader" and not (folder / "nbgrader_config.py").exists():
        write_text(folder / "nbgrader_config.py", _NBGRADER_CONFIG)
    return file


def _stored(lesson: str, language: str) -> dict[str, Any]:
    stored = lesson_notebook(lesson, language)
    for cell in stored["cells"]:
        cell["source"] = "".join(cell["source"])
    return stored


def _title(cells: Sequence[Cell]) -> str:
    prose = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    heading = _HEADING.search(prose)
    told = _(
        "These are the lesson's exercises; what they are about is told there. Write your code in place of "
        "`...`, and run the check below it as often as you like."
    )
    return f"# {heading[1] if heading else _('exercise')}\n\n{told}"


def _imports(tasks: Sequence[Task], language: str) -> str:
    """All that the lesson imports, and what else its solutions need of it."""
    notebook = read_notebook(solutions(tasks).files[0].data)
    programs = [find_answer(notebook, task.exercise, task.cell_id).program for task in tasks]
    needed = {
        (part["source"], place)
        for program in programs
        for part in (program.cells if program else ())
        for place in part["keep"]
    }
    lines = [
        ast.get_source_segment(cell.source, statement) or ""
        for cell in notebook.cells
        if not cell.exercise
        for place, statement in enumerate(cell.tree or [])
        if isinstance(statement, ast.Import | ast.ImportFrom) or (cell.source, place) in needed
    ]
    if not any(" check" in line for line in lines):
        lines.append("from vislearn.exercises import check")
    if language != SOURCE_LANGUAGE:
        lines += ["import os", f'os.environ["VISLEARN_LANGUAGE"] = "{language}"']
    return "\n".join(dict.fromkeys(lines))


def _questions(cells: Sequence[Cell]) -> list[_Question]:
    questions, said = [], ""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            said = cell["source"]
        elif name := exercise_of(cell):
            questions.append(_Question(name, _announcement(said, name), cell))
    return questions


def _announcement(said: str, exercise: str) -> str:
    """The text from the paragraph that announces the exercise."""
    paragraphs = said.split("\n\n")
    first = next((place for place, text in enumerate(paragraphs) if _LEVEL in text), None)
    return f"**`{exercise}`**" if first is None else "\n\n".join(paragraphs[first:])


# -- nbgrader


def _for_nbgrader(_name: str, head: Sequence[Cell], questions: Sequence[_Question]) -> Iterator[Cell]:
    title, imports = head
    yield title
    yield _graded(imports, "imports", locked=True)
    for question in questions:
        function, salt = question.function, secrets.token_hex(8)
        yield _markdown(f"prompt-{function}", question.prompt)
        solved = question.solved("### BEGIN SOLUTION", "### END SOLUTION")
        answer = _code(question.cell["id"], solved, dict(question.cell["metadata"]))
        yield _graded(answer, f"answer-{function}", solution=True)
        hidden = f"### BEGIN HIDDEN TESTS\n{question.requirement(salt)}\n### END HIDDEN TESTS"
        test = _code(f"check-{function}", f"{question.check}\n{hidden}")
        yield _graded(test, f"check-{function}", grade=True, locked=True, points=1)


def _graded(cell: Cell, grade_id: str, **told: Any) -> Cell:
    described = {"schema_version": 3, "grade_id": grade_id, "cell_type": cell["cell_type"]}
    flags = {"grade": False, "solution": False, "locked": False, "task": False}
    return cell | {"metadata": cell["metadata"] | {"nbgrader": described | flags | told}}


# -- otter


def _for_otter(name: str, head: Sequence[Cell], questions: Sequence[_Question]) -> Iterator[Cell]:
    settings = "init_cell: false\ncheck_all_cell: false\nexport_cell: false\ngenerate: true"
    yield _raw("config", f"# ASSIGNMENT CONFIG\nname: {name}\n{settings}")
    yield from head
    for question in questions:
        function, salt = question.function, secrets.token_hex(8)
        yield _raw(f"begin-{function}", f"# BEGIN QUESTION\nname: {function}\npoints: 1")
        yield _markdown(f"prompt-{function}", question.prompt)
        yield _raw(f"begin-solution-{function}", "# BEGIN SOLUTION")
        solved = question.solved("# BEGIN SOLUTION", "# END SOLUTION")
        yield _code(question.cell["id"], solved, dict(question.cell["metadata"]))
        yield _raw(f"end-solution-{function}", "# END SOLUTION")
        yield _raw(f"begin-tests-{function}", "# BEGIN TESTS")
        yield _code(f"test-{function}", f"# HIDDEN\n{question.requirement(salt)}")
        yield _raw(f"end-tests-{function}", "# END TESTS")
        yield _raw(f"end-{function}", "# END QUESTION")
        yield _code(f"check-{function}", question.check)


def _markdown(cell_id: str, source: str) -> Cell:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": source}


def _raw(cell_id: str, source: str) -> Cell:
    return {"cell_type": "raw", "id": cell_id, "metadata": {}, "source": source}


def _code(cell_id: str, source: str, metadata: Cell | None = None) -> Cell:
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": metadata or {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
