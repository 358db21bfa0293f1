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


PUBLIC = {
    f"{module}.{name}": thing
    for module in MODULES
    for name, thing in public_names(module)
    if (inspect.isfunction(thing) or inspect.isclass(thing)) and thing.__module__ == module
}
FUNCTIONS = {name: thing for name, thing in PUBLIC.items() if inspect.isfunction(thing)}


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


def in_order(names):
    return sorted(names, key=lambda entry: (not entry.isupper(), not entry[0].isupper(), entry))


def test_all_names_what_is_there_in_order():
    modules = {name: importlib.import_module(name) for name in MODULES}
    absent = {
        f"{name}.{entry}"
        for name, module in modules.items()
        for entry in module.__all__
        if not hasattr(module, entry)
    }
    assert absent == set()
    assert [name for name, module in modules.items() if module.__all__ != in_order(module.__all__)] == []


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
        ("datasets", {"torch", "skimage", "sklearn", "av", "matplotlib"}),
        ("viz", {"torch", "torchvision", "matplotlib", "numpy"}),
        ("viz.meaning.compare", {"torch", "matplotlib", "PIL"}),
        ("course", {"torch", "nbformat", "jupytext", "babel"}),
        ("cli", {"torch", "matplotlib", "IPython", "nbformat"}),
    ],
)
def test_a_room_loads_only_what_it_needs_at_once(room, unwanted):
    assert not imported_by(f"import vislearn.{room}") & unwanted


@pytest.mark.parametrize(
    ("used", "unwanted"),
    [
        ("viz.bars({'one': 1.0}, xlabel='of many', alt='A bar.')", {"torch", "torchvision"}),
        ("viz.boxes", {"torchvision"}),
        ("viz.confusion", {"torchvision"}),
        ("viz.anchors", {"matplotlib.pyplot", "ipywidgets"}),
    ],
)
def test_a_drawing_loads_only_what_it_needs(used, unwanted):
    assert not imported_by(f"import vislearn; vislearn.{used}") & unwanted


def test_public_names_explain_themselves_in_a_line_and_more():
    first_lines = {name: (inspect.getdoc(thing) or "").partition("\n")[0] for name, thing in PUBLIC.items()}
    assert [name for name, line in first_lines.items() if not line or len(line) > 110] == []


def test_public_functions_name_the_errors_they_raise():
    """A function whose own body raises says so; what it calls says it there."""
    silent = {}
    for name, function in FUNCTIONS.items():
        raised = set(re.findall(r"^\s+raise (\w+Error)\(", inspect.getsource(function), re.MULTILINE))
        if missing := {error for error in raised if error not in inspect.getdoc(function)}:
            silent[name] = missing
    assert silent == {}


def test_public_functions_on_tensors_give_their_shapes():
    shape = re.compile(r"\((\.\.\.|[A-Z\d][\w·/]*)(, ?[^()]*)?\)|scalar|any shape")
    on_tensors = {
        name: function
        for name, function in FUNCTIONS.items()
        if "torch.Tensor" in " ".join(map(str, inspect.get_annotations(function).values()))
    }
    assert [name for name, function in on_tensors.items() if not shape.search(inspect.getdoc(function))] == []


def test_every_module_has_its_test_in_the_mirrored_place():
    missing = []
    for path in sorted((ROOT / "vislearn").rglob("*.py")):
        place = path.relative_to(ROOT / "vislearn")
        if path.name.startswith("__") or "locale" in place.parts:
            continue  # maps and doors: tested through what they open
        if not (ROOT / "tests" / place.parent / f"test_{path.name}").exists():
            missing.append(str(place))
    assert not missing


def test_a_notebook_that_imports_the_root_loads_little_more():
    """It looks which cell runs and says how PIL images are shown; what draws them comes with the first."""
    shell = "from IPython.core.interactiveshell import InteractiveShell as I; I.instance()"
    before, after = imported_by(shell), imported_by(f"{shell}; import vislearn")
    assert {"vislearn.sidecar", "vislearn.viz.pil"} <= after - before
    assert not (after - before) & {"torch", "numpy", "PIL", "PIL.Image", "matplotlib"}
