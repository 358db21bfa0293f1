import ast

import pytest

from vislearn.errors import FileError
from vislearn.traps.text.source import Source, dotted, given


def expression(text):
    return ast.parse(text, mode="eval").body


def called(source, name):
    return next(call for call in source.calls() if dotted(call.func) == name)


def test_a_name_is_dotted_as_far_as_it_is_plain():
    assert dotted(expression("a")) == "a"
    assert dotted(expression("a.b.c")) == "a.b.c"
    assert dotted(expression("a().b")) == dotted(expression("a[0].b")) == ""


def test_names_stand_for_what_was_imported():
    source = Source("import torch.nn as n, os.path\nfrom torch import optim as o\nfrom . import mine")
    names = {
        text: source.full_name(expression(text)) for text in ("n.Linear", "os.path.join", "o", "mine", "x")
    }
    assert names == {
        "n.Linear": "torch.nn.Linear",
        "os.path.join": "os.path.join",
        "o": "torch.optim",
        "mine": "",
        "x": "",
    }


def test_what_a_name_is_set_to_is_known_even_in_pairs():
    source = Source("a, b = 1, 2\na = 3\nself.c: int = 4\n(d := 5)\ne, f = g()")
    assert {name: [ast.unparse(one) for one in values] for name, values in source.values.items()} == {
        "a": ["1", "3"],
        "b": ["2"],
        "self.c": ["4"],
        "d": ["5"],
        "e": ["g()"],
        "f": ["g()"],
    }


def test_a_parameter_stands_for_what_calls_put_there():
    source = Source("def f(m, n):\n    m(n)\na = A()\nf(a, n=2)\nf(B(), 3)")
    place = called(source, "m")
    assert [ast.unparse(one) for one in source.values_of("m", place)] == ["A()", "B()"]
    assert [ast.unparse(one) for one in source.values_of("n", place)] == ["2", "3"]


@pytest.mark.parametrize("call", ["f(unknown)", "f()", "f(a)\nf(unknown)", "g(f)"])
def test_a_parameter_that_may_be_anything_stands_for_nothing(call):
    source = Source(f"def f(m):\n    m(1)\na = A()\nm = A()\n{call}")
    assert source.values_of("m", called(source, "m")) == []


def test_arguments_are_matched_to_parameters():
    function, call = ast.parse("def f(a, b): ...\nf(1, b=2)").body
    assert [(name, value.value) for name, value in given(function, call.value)] == [("a", 1), ("b", 2)]


def test_lines_are_named_once_and_in_order():
    source = Source("b\na\nb; a", "x.py")
    assert source.where([one.value for one in reversed(source.tree.body)]) == "x.py:1, 2, 3"


def test_no_python_is_refused():
    with pytest.raises(FileError, match=r"x.py is no Python, says line 2: "):
        Source("a = 1\nb = (", "x.py")
