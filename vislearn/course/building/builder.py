"""From a source to the notebook a learner opens: assembled, run, tidied, written in one step."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbformat import NotebookNode

from vislearn.course.building.assembly import assemble, language_info
from vislearn.course.building.checker import (
    MAX_BYTES,
    answers_in,
    cell_faults,
    notebook_problems,
    read_notebook,
)
from vislearn.course.building.exercise_cells import lost_exercises
from vislearn.course.building.readme import renew_readme
from vislearn.course.building.seconds import note_seconds
from vislearn.course.building.sidecars import renew_sidecar, sidecar_folder, sidecar_problems
from vislearn.course.building.source import ParsedLesson, read_lesson
from vislearn.course.kernels import RunError, kernel_environment, run_notebook
from vislearn.course.lessons import SOURCE_LANGUAGE, Lesson, languages, pick
from vislearn.course.outputs import stored_outputs
from vislearn.course.problems import CellError
from vislearn.course.references import run_fault
from vislearn.errors import FileError
from vislearn.files import write_text
from vislearn.sidecar import FOLDER_VARIABLE

__all__ = ["build"]

_THREADS = 2  # the laptop the lessons are timed for; other numbers of threads train to other last digits


def build(
    lessons: Iterable[Lesson | str] | None = None,
    language: str | None = None,
    progress: Callable[[str], None] | None = None,
    *,
    root: Path | None = None,
    force: bool = False,
) -> list[Path]:
    """Build and run the notebooks that are not what their sources say; the files that were written.

    Each notebook runs in a fresh kernel, in the folder where it will lie. It replaces the old one only
    when every cell ran and can be shown to learners; otherwise nothing of it is written. So does its
    sidecar, which the running kernel reads. Where only prose has changed nothing runs: the outputs that stand
    are those of the same code. How long a lesson and its cells took is kept, and README's tables follow.

    Args:
        lessons: which lessons, as objects, names or numbers; default all.
        language: which language; default all.
        progress: is told, a line at a time, what is going on.
        root: the folder of the lessons; default this checkout's.
        force: build what is up to date too, because the package changed perhaps; and what holds a learner's
            answers, which are lost.

    Raises:
        CellError: a cell raised, took too long, warned, or shows something that must not be stored.
        FileError: a source is damaged, an exercise of a lesson has no cell, or a notebook would be too large
            to review.
        TranslationError: a translation isn't whole.
        InputError: there is no such lesson or language.
    """
    tell = progress or (lambda line: None)
    codes = languages(language)
    written: list[Path] = []
    chosen = [read_lesson(lesson) for lesson in pick(lessons, root)]
    for lost in lost_exercises([parsed.lesson for parsed in chosen], parsed=chosen):
        raise FileError(lost.where, lost.what, fix=lost.fix)
    for parsed in chosen:
        for code in codes:
            path = parsed.lesson.notebook(code)
            where = parsed.lesson.relative(path)
            notebook = assemble(parsed, code)
            if not force and (answers := answers_in(parsed.lesson, notebook)):
                tell(f"{where} is left as it is: it holds answers ({', '.join(answers)})")
                continue
            # Home shows what is in the others. It comes last, so it finds those that were just written.
            renewed = force or (parsed.lesson.is_home and any(one.parent == path.parent for one in written))
            if not renewed and not notebook_problems(parsed.lesson, notebook):
                renew_sidecar(parsed, code, sidecar_folder(parsed.lesson.root))
                tell(f"{where} is up to date")
                continue
            carried = not renewed and _carry_outputs(parsed, notebook, path)
            if carried:
                _write(parsed, notebook, path)
                tell(f"{where} is written: only its prose has changed, so nothing was run")
            else:
                tell(f"{where} is running …")
                begun = time.monotonic()
                size, cells = _build(parsed, notebook, path)
                seconds = time.monotonic() - begun
                tell(f"{where} is written: {seconds:.0f} s, {size / 1e6:.2f} MB")
            renew_sidecar(parsed, code, sidecar_folder(parsed.lesson.root))
            written.append(path)
            if code == SOURCE_LANGUAGE:  # the others run the same cells
                if not carried and not parsed.lesson.is_home:  # which takes none
                    note_seconds(parsed.lesson, seconds, _THREADS, cells)
                renew_readme(parsed.lesson.root)
    return written


def _build(parsed: ParsedLesson, notebook: NotebookNode, path: Path) -> tuple[int, dict[str, float]]:
    """Run an assembled notebook and write it; its size in bytes, and the seconds of its cells by id."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with kernel_environment(_THREADS) as environment, TemporaryDirectory() as sidecars:
        renew_sidecar(parsed, notebook.metadata.vislearn.language, Path(sidecars))
        environment |= {"VISLEARN_DEVICE": "cpu", FOLDER_VARIABLE: sidecars}  # everybody has a CPU
        try:
            cells = run_notebook(notebook, path.parent, environment)
        except RunError as error:
            raise _cell_error(parsed, error.index, error.what, error.line) from None
    notebook.metadata.language_info = language_info()
    _tidy(parsed, notebook)
    return _write(parsed, notebook, path), cells


def _carry_outputs(parsed: ParsedLesson, notebook: NotebookNode, path: Path) -> bool:
    """Take over what the stored notebook shows, if its kernel would read the same code and words.

    Args:
        parsed: the lesson.
        notebook: what its source makes now, not run; outputs are put into it.
        path: of the stored notebook.
    """
    stored = read_notebook(path) if path.exists() else None
    if stored is None or sidecar_problems(parsed, notebook.metadata.vislearn.language):
        return False
    cells, old = ([cell for cell in one.cells if cell.cell_type == "code"] for one in (notebook, stored))
    if [_read_by_kernel(cell) for cell in cells] != [_read_by_kernel(cell) for cell in old]:
        return False
    if run_fault(stored) or any(cell_faults(cell) for cell in (*notebook.cells, *old)):
        return False
    for cell, before in zip(cells, old, strict=True):
        cell.outputs, cell.execution_count = before.outputs, before.execution_count
    return True


def _read_by_kernel(cell: NotebookNode) -> tuple[str, str, dict]:
    return cell.id, cell.source, cell.metadata


def _write(parsed: ParsedLesson, notebook: NotebookNode, path: Path) -> int:
    """Write a notebook that was run; its size in bytes."""
    text = nbformat.writes(notebook) + "\n"
    if (size := len(text.encode())) > MAX_BYTES:
        raise FileError(
            parsed.lesson.relative(path),
            f"would have {size / 1e6:.2f} MB, more than {MAX_BYTES / 1e6:.1f}",
            fix="Show fewer or smaller pictures.",
        )
    nbformat.validate(notebook)
    write_text(path, text)
    return size


def _tidy(parsed: ParsedLesson, notebook: NotebookNode) -> None:
    private = (parsed.lesson.root.parent.resolve(), Path.home())
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.outputs = stored_outputs(cell.outputs)
        if faults := cell_faults(cell, private):
            raise _cell_error(parsed, index, faults[0])


def _cell_error(parsed: ParsedLesson, index: int, what: str, line: int = 0) -> CellError:
    """The same complaint, where its writer can mend it: at a line of the source."""
    lesson, at = parsed.lesson, parsed.cells[index].line + (line + parsed.cells[index].above if line else 0)
    where = f"{lesson.relative(lesson.source)}:{at}"
    return CellError(
        where, index + 1, what, fix=f"Mend it there and run: vislearn lessons build {lesson.name}"
    )
