"""Every exercise is tried on many right answers, and on wrong ones that no registered mistake describes."""

import builtins
import symtable
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from vislearn.checkout import PACKAGE
from vislearn.course.building.source import read_lesson
from vislearn.course.lessons import find_lessons
from vislearn.course.tags import exercise_of
from vislearn.exercises import names, solution_source

LESSONS = PACKAGE.parent / "tests" / "exercises" / "lessons"
ENOUGH = 5


def tables(name):
    """All answers of the tables of that name, by exercise."""
    found = {}
    for file in sorted(LESSONS.glob("*/test_*.py")):
        spec = spec_from_file_location(f"tables_of_{file.parent.name}_{file.stem}", file)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        found |= getattr(module, name, {})
    return found


@pytest.mark.parametrize("table", ["RIGHT", "UNLISTED"])
def test_every_exercise_is_tried_with_enough_answers(table):
    found = tables(table)
    assert [name for name in names() if len(found.get(name, ())) < ENOUGH] == []


def exercise_in(cell):
    return exercise_of({"metadata": cell.metadata})


def bound_by(cells):
    """What code cells bind at their top level; a learner's answer binds the name of its exercise."""
    answers = {exercise_in(cell).split(".")[1] for cell in cells if exercise_in(cell)}
    return answers | {
        symbol.get_name()
        for cell in cells
        if cell.kind == "code"
        for symbol in symtable.symtable(cell.source, cell.id, "exec").get_symbols()
        if symbol.is_assigned() or symbol.is_imported()
    }


def free_names(source):
    """What a solution takes from around it."""
    module = symtable.symtable(source, "solution", "exec")
    tables, wanted = [module], set()
    for table in tables:
        tables += table.get_children()
        wanted |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_global() or (table is module and not symbol.is_assigned())
        }
    own = {symbol.get_name() for symbol in module.get_symbols() if symbol.is_assigned()}
    return wanted - own - set(dir(builtins))


def test_a_solution_runs_in_its_lesson_by_what_stands_above_it():
    """A helper or an import of the reference's own module is not there for a learner who copies it."""
    missing = {}
    for lesson in find_lessons():
        cells = read_lesson(lesson).cells
        for number, cell in enumerate(cells):
            if name := exercise_in(cell):
                missing[name] = free_names(solution_source(name)) - bound_by(cells[:number])
    assert {name: strangers for name, strangers in missing.items() if strangers} == {}
