"""Packages that load on first use: what their stubs say is what they offer."""

import ast
import importlib
import inspect
import pkgutil

import pytest

from vislearn.checkout import ROOT

STUBS = sorted((ROOT / "vislearn").rglob("__init__.pyi"))
LAZY = [pytest.param(path, id=".".join(path.parent.relative_to(ROOT).parts)) for path in STUBS]


def package_of(path):
    return importlib.import_module(".".join(path.parent.relative_to(ROOT).parts))


def offered(path):
    """Name → the module it comes from, and its name there, as a stub says; a module comes from nowhere."""
    body = ast.parse(path.read_text("utf-8")).body
    imports = [node for node in body if isinstance(node, ast.ImportFrom)]
    assert all(node.level == 1 for node in imports)
    return {entry.asname or entry.name: (node.module, entry.name) for node in imports for entry in node.names}


def listed(path):
    """The stub's ``__all__``."""
    body = ast.parse(path.read_text("utf-8")).body
    [names] = [
        node.value for node in body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__"
    ]
    return ast.literal_eval(names)


@pytest.mark.parametrize("path", LAZY)
def test_stub_and_package_offer_the_same(path):
    assert set(listed(path)) == set(offered(path))
    assert listed(path) == package_of(path).__all__


@pytest.mark.parametrize("path", LAZY)
def test_every_name_in_a_stub_is_there_and_comes_from_where_it_says(path):
    package = package_of(path)
    for name, (module, original) in offered(path).items():
        home = importlib.import_module(f"{package.__name__}.{module or original}")
        thing = getattr(package, name)
        assert thing is (getattr(home, original) if module else home), name
        if inspect.isfunction(thing) or inspect.isclass(thing):
            assert f"{thing.__module__}.".startswith(f"{home.__name__}."), f"{name} is {thing.__module__}'s"


@pytest.mark.parametrize("path", LAZY)
def test_no_function_has_the_name_of_a_module_beside_it(path):
    """Importing ``room.boxes`` would put the module where ``room.boxes()`` is asked for."""
    modules = {info.name for info in pkgutil.iter_modules([str(path.parent)])}
    assert not {name for name, (module, _) in offered(path).items() if module} & modules


@pytest.mark.parametrize("path", LAZY)
def test_a_wrong_name_is_refused(path):
    with pytest.raises(AttributeError):
        package_of(path).nonsense  # noqa: B018
