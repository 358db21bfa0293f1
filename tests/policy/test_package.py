"""House rules that no linter knows."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

import vislearn
from vislearn.checkout import ROOT

MODULES = sorted(
    info.name
    for info in pkgutil.walk_packages(vislearn.__path__, "vislearn.")
    if not info.name.endswith("__main__")
)


def public_names(module_name):
    module = importlib.import_module(module_name)
    return [(name, getattr(module, name)) for name in module.__all__]


PUBLIC = [
    pytest.param(thing, id=f"{module}.{name}")
    for module in MODULES
    for name, thing in public_names(module)
    if (inspect.isfunction(thing) or inspect.isclass(thing)) and thing.__module__ == module
]


def imported_by(statement):
    """The modules a fresh interpreter has loaded after ``statement``."""
    code = f"{statement}; import sys; print(*sys.modules)"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_the_root_is_a_map_of_the_rooms():
    rooms = {info.name for info in pkgutil.iter_modules(vislearn.__path__)} - {"__main__", "cli"}
    assert set(vislearn.__all__) == rooms
    assert all(f"{room}" in vislearn.__doc__ for room in rooms)


@pytest.mark.parametrize("name", MODULES)
def test_all_names_what_is_there_in_order(name):
    module = importlib.import_module(name)
    assert all(hasattr(module, entry) for entry in module.__all__)
    assert module.__all__ == sorted(
        module.__all__, key=lambda entry: (not entry.isupper(), not entry[0].isupper(), entry)
    )


def test_importing_the_root_imports_nothing_heavy():
    heavy = {
        "torch",
        "torchvision",
        "matplotlib",
        "numpy",
        "PIL",
        "ipywidgets",
        "IPython",
        "skimage",
        "sklearn",
    }
    assert not imported_by("import vislearn") & heavy


@pytest.mark.parametrize(
    ("room", "unwanted"),
    [
        ("errors", {"torch", "numpy"}),
        ("language", {"torch", "babel"}),
        ("report", {"torch", "IPython"}),
        ("datasets", {"skimage", "sklearn", "av", "matplotlib"}),
        ("viz", {"matplotlib.pyplot", "ipywidgets"}),
        ("course", {"torch", "nbformat", "jupytext", "babel"}),
        ("cli", {"torch", "matplotlib", "IPython", "nbformat"}),
    ],
)
def test_a_room_loads_only_what_it_needs_at_once(room, unwanted):
    assert not imported_by(f"import vislearn.{room}") & unwanted


@pytest.mark.parametrize("thing", PUBLIC)
def test_a_public_name_explains_itself(thing):
    doc = inspect.getdoc(thing)
    assert doc, "no docstring"
    assert len(doc.splitlines()[0]) <= 110


@pytest.mark.parametrize("thing", [param for param in PUBLIC if inspect.isfunction(param.values[0])])
def test_a_public_function_names_the_errors_it_raises(thing):
    """A function whose own body raises says so; what it calls says it there."""
    raised = set(re.findall(r"^\s+raise (\w+Error)\(", inspect.getsource(thing), re.MULTILINE))
    documented = inspect.getdoc(thing)
    missing = {name for name in raised if name not in documented}
    assert not missing


@pytest.mark.parametrize("thing", [param for param in PUBLIC if inspect.isfunction(param.values[0])])
def test_a_public_function_on_tensors_gives_their_shapes(thing):
    annotations = " ".join(str(kind) for kind in inspect.get_annotations(thing).values())
    if "torch.Tensor" in annotations:
        assert re.search(r"\((\.\.\.|[A-Z\d][\w·/]*)(, ?[^()]*)?\)|scalar|any shape", inspect.getdoc(thing))


def test_every_module_has_its_test_in_the_mirrored_place():
    missing = []
    for path in sorted((ROOT / "vislearn").rglob("*.py")):
        place = path.relative_to(ROOT / "vislearn")
        if path.name.startswith("__") or "locale" in place.parts:
            continue  # maps and doors: tested through what they open
        if not (ROOT / "tests" / place.parent / f"test_{path.name}").exists():
            missing.append(str(place))
    assert not missing
