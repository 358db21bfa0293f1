"""What goes into the jail of an exercise that is observed there: no reference, no mistake, no hint."""

import ast
import sys
import types

import pytest

from vislearn.errors import InputError
from vislearn.exercises import names, registry
from vislearn.exercises.registry import find
from vislearn.grading import observation as halves
from vislearn.grading.judge import _Case

MADE = '''
"""An exercise."""
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

OFFSET = 1

@exercise("small.answer", trials=2, hints=[N_("Add it.")])
def answer(x):
    """Secret task."""
    return _shared(x) + OFFSET

@exercise("small.other", hints=[])
def other(x):
    return x

@answer.inputs
@other.inputs
def _draw(generator):
    return (3,)

def _shared(x):
    return x

def _only_of_mistakes(x):
    return x - 1

@answer.observe
def _look(function, x):
    return {"seen": LOOK}

@answer.mistake("No.")
def _wrong(x):
    return _only_of_mistakes(x)
'''


@pytest.fixture
def made(monkeypatch):
    """``made(look)``: the exercise, whose observer looks like this."""
    monkeypatch.setattr(registry, "_exercises", {})

    def make(look):
        name = "vislearn.exercises.lessons.small.made"
        module = types.ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        source = MADE.replace("LOOK", look)
        exec(source, vars(module))
        monkeypatch.setattr(halves.inspect, "getsource", lambda _module: source)
        return registry._exercises["small.answer"]

    return make


def test_what_observes_goes_in_and_nothing_else(made):
    (source,) = halves.observation(made("_shared(function(x))")).values()
    kept = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    assert set(kept) == {"answer", "_draw", "_shared", "_look"}
    assert ast.unparse(kept["answer"]).endswith("def answer(*_args):\n    pass")
    assert not [secret for secret in ("Secret", "Add it", "OFFSET", "Unusable") if secret in source]
    assert [ast.unparse(each) for each in kept["_draw"].decorator_list] == ["answer.inputs"]


@pytest.mark.parametrize(
    "look",
    ["answer.reference(x)", "answer(x)", "other(x)", "_wrong(x)", "[each(x) for each in (_wrong,)]"],
)
def test_an_observer_that_reaches_an_answer_is_refused(made, look):
    with pytest.raises(InputError, match=r"small\.answer.*without references and mistakes, got .*made"):
        halves.observation(made(look))


def test_no_exercise_of_the_course_takes_an_answer_into_the_jail():
    """The closure over all that draws and observes, of every exercise that is observed in there."""
    mistakes = [mistake.function for name in names() for mistake in find(name).mistakes]
    answers = {(function.__module__, function.__name__) for function in mistakes}
    observed = {name: case.modules for name in names() if (case := _Case(find(name))).observing}
    assert len(observed) > 30
    for name, modules in observed.items():
        for module, source in modules.items():
            functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
            assert not answers & {(module, each.name) for each in functions}
            stubs = [each for each in functions if each.name == name.partition(".")[2]]
            assert [ast.unparse(each.body) for each in stubs] in ([], ["pass"])
