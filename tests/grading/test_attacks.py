"""Submissions that look for the course's own answer: each finds it in a notebook, and none in the jail."""

import ast
import textwrap

import pytest

from vislearn.exercises import solution_source
from vislearn.exercises.registry import find
from vislearn.exercises.requiring import require_right
from vislearn.grading.jail import Jail
from vislearn.grading.judge import Judge, Program

TARGETS = ("pipeline.to_unit_range", "transfer.freeze")  # compared outside; observed by its own process

# Each leaves in FOUND what may be the answer: functions, or sources that define it.
ATTACKS = {
    "imports the module": "FOUND = [importlib.import_module(MODULE).__dict__[NAME].reference]",
    "asks the registry": "from vislearn.exercises.registry import find\nFOUND = [find(FULL).reference]",
    "asks for it": "from vislearn.exercises import solution_source\nFOUND = [solution_source(FULL)]",
    "reads the file": "FOUND = [PLACE.read_text()]",
    "lists the folder": "FOUND = [each.read_text() for each in PLACE.parent.glob(PLACE.name)]",
    "reads the compiled file": """
        import importlib.util, marshal
        code = marshal.loads(pathlib.Path(importlib.util.cache_from_source(PLACE)).read_bytes()[16:])
        codes = [each for each in code.co_consts if getattr(each, "co_name", "") == NAME]
        FOUND = [types.FunctionType(each, globals()) for each in codes]
    """,
    "asks for the source": "import inspect\nFOUND = [inspect.getsource(importlib.import_module(MODULE))]",
    "asks linecache": "import linecache\nFOUND = [''.join(linecache.getlines(str(PLACE)))]",
    "looks into sys.modules": """
        modules = [each for name, each in list(sys.modules.items()) if "exercises.lessons" in name]
        owners = [each for each in modules if hasattr(vars(each).get(NAME), "reference")]
        FOUND = [vars(each)[NAME].reference for each in owners]
    """,
    "asks the garbage collector": """
        FOUND = [
            each
            for each in gc.get_objects()
            if type(each) is types.FunctionType and each.__name__ == NAME and each.__module__ == MODULE
        ]
    """,
    "unpickles": "import pickle\nFOUND = [pickle.loads(f'c{MODULE}\\n{NAME}\\n.'.encode()).reference]",
    "walks frames": """
        FOUND, frame = [], sys._getframe()
        while frame:
            FOUND += [each.reference for each in frame.f_locals.values() if hasattr(each, "reference")]
            frame = frame.f_back
    """,
}
SUBMISSION = """
import gc, importlib, pathlib, sys, types
import torch, vislearn
from torch import Tensor, nn

FULL, MODULE, NAME = "{full}", "{module}", "{name}"
PLACE = pathlib.Path(vislearn.__file__).parent.parent / (MODULE.replace(".", "/") + ".py")


def functions(found):
    for each in found:
        if isinstance(each, str) and f"def {{NAME}}(" in each:
            around = globals() | {{"__name__": MODULE + "_copy"}}
            source = each[each.index(f"def {{NAME}}("):].partition("\\n\\n\\n")[0]
            exec(source, around)
            each = around[NAME]
        if callable(each):
            yield each


def {name}(given):
{attack}
    for function in functions(FOUND):
        try:
            answer = function(given)
        except Exception:
            continue
        if answer is not None and not callable(answer) or hasattr(answer, "state_dict"):
            return answer
    raise LookupError("no answer is in here")
"""


def submission(full, attack):
    body = textwrap.indent(textwrap.dedent(attack).strip(), "    ")
    module, name = find(full).reference.__module__, full.partition(".")[2]
    return SUBMISSION.format(full=full, module=module, name=name, attack=body)


@pytest.fixture(scope="module")
def judge(walls):
    with Jail() as jail:
        yield Judge(jail, "pepper")


@pytest.mark.parametrize("full", TARGETS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_answer_is_found_at_home_and_not_in_the_jail(judge, full, attack):
    source, name = submission(full, ATTACKS[attack]), full.partition(".")[2]
    around = {"__name__": "__main__"}
    exec(source, around)
    require_right(full, around[name])
    cell = {"name": "cell 1", "source": source, "keep": list(range(len(ast.parse(source).body)))}
    verdict = judge.verdict(full, Program(name, (cell,)))
    assert verdict.status == "error", str(verdict)


@pytest.mark.parametrize("full", TARGETS)
def test_who_writes_it_is_right(judge, full):
    source = f"import torch\nfrom torch import Tensor, nn\n{solution_source(full)}"
    cell = {"name": "cell 1", "source": source, "keep": [0, 1, 2]}
    assert judge.verdict(full, Program(full.partition(".")[2], (cell,))).status == "right"
