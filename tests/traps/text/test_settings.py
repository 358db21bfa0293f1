import ast

import pytest

from vislearn.traps.text.settings import arguments, settings
from vislearn.traps.text.source import Source

NONE = "x = 1\nask(nobody.size)\n"
KNOWN = {
    "a class": "class Config:\n    size = 4\nask(Config.size)\n",
    "an object of it": "class Config:\n    size: int = 4\nmine = Config()\nask(mine.size)\n",
    "a dictionary": "mine = {'size': 4}\nask(mine['size'])\n",
    "a dictionary by words": "mine = dict(size=4)\nask(mine['size'])\n",
    "a namespace": "import types\nmine = types.SimpleNamespace(size=4)\nask(mine.size)\n",
    "the command line": "import argparse\nparser = argparse.ArgumentParser()\n"
    "parser.add_argument('--size', default=4)\nmine = parser.parse_args()\nask(mine.size)\n",
}
UNKNOWN = {
    "nobody's": NONE,
    "a class made with words": "class Config:\n    size = 4\nmine = Config(size=2)\nask(mine.size)\n",
    "set on an object": "class Config:\n    size = 4\nmine = Config()\nother.size = 2\nask(mine.size)\n",
    "an item set": "mine = {'size': 4}\nmine['size'] = 2\nask(mine['size'])\n",
    "updated": "mine = {'size': 4}\nmine.update(more)\nask(mine['size'])\n",
    "two dictionaries": "mine = {'size': 4} if small else {'size': 2}\nask(mine['size'])\n",
    "a number": "ask(4)\n",
}


def asked(text):
    source = Source(text)
    call = next(one for one in source.calls() if ast.unparse(one.func) == "ask")
    return [ast.unparse(one) for one in settings(source, call.args[0])]


@pytest.mark.parametrize("text", KNOWN.values(), ids=KNOWN)
def test_a_setting_that_nobody_changes_is_known(text):
    assert asked(text) == ["4"]


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_any_other_may_be_anything(text):
    assert asked(text) == []


def test_arguments_are_those_of_the_words_too():
    source = Source("words = dict(size=4, kind='a')\nask(1, name=2, **words, **others)\n")
    call = next(one for one in source.calls() if ast.unparse(one.func) == "ask")
    found = {name: ast.unparse(one) for name, one in arguments(source, call).items()}
    assert found == {"name": "2", "size": "4", "kind": "'a'"}
