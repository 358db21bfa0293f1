"""pyproject.toml, constraints.txt and environment.yml name the same packages, and nothing else decides."""

import ast
import re
import runpy
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from vislearn.checkout import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}  # the rest are called the same
EXTRAS = PROJECT["optional-dependencies"]


def requirements(*extras):
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
    return [need for need in map(Requirement, lines) if need.name != "vislearn"]


PINS = dict(line.split("==") for line in CONSTRAINTS.splitlines() if not line.startswith("#"))
EVERYTHING = requirements(*EXTRAS)


def test_constraints_are_versions_and_nothing_more():
    lines = [line for line in CONSTRAINTS.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
    assert lines == sorted(set(lines))
    assert len(PINS) == len(lines)


@pytest.mark.parametrize("need", EVERYTHING, ids=str)
def test_every_requirement_is_constrained_within_its_range(need):
    assert need.specifier.contains(PINS[canonicalize_name(need.name)])


def test_the_installer_is_constrained():
    assert "uv" in PINS


def test_what_torch_pins_itself_is_left_to_its_build():
    assert [name for name in PINS if name.startswith(("nvidia-", "cuda-", "triton"))] == []


def test_conda_gets_the_same_packages_and_bounds():
    given = {
        entry
        for entry in ENVIRONMENT["dependencies"]
        if isinstance(entry, str) and not entry.startswith("python>")
    }
    bounds = {need.name: need.specifier for need in requirements("lab")}  # the extra's are the newer ones
    wanted = {CONDA_NAMES.get(name, name) + str(specifier) for name, specifier in bounds.items()}
    assert given == wanted | {"pip"}


def test_conda_installs_the_course_itself_by_pip():
    assert [entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict)] == [{"pip": ["-e ."]}]


def test_everyone_agrees_on_python():
    (line,) = [entry for entry in ENVIRONMENT["dependencies"] if str(entry).startswith("python>")]
    conda, project = SpecifierSet(line.removeprefix("python")), SpecifierSet(PROJECT["requires-python"])
    gate = runpy.run_path(str(ROOT / "tools/bootstrap.py"))
    (_, first), (_, last) = gate["OLDEST"], gate["NEWEST"]
    oldest, newest, below, above = (f"3.{minor}" for minor in (first, last, first - 1, last + 1))
    for version in (oldest, newest):
        assert version in conda
        assert version in project
    assert below not in conda
    assert above not in conda
    assert below not in project
    for file in ("README.md", "Makefile", "tools/bootstrap.sh"):
        assert f"{oldest} to {newest}" in (ROOT / file).read_text(encoding="utf-8"), file


def test_the_class_servers_image_has_a_python_of_ours_and_a_build_that_installs(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    image = (ROOT / "server/Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^FROM python:([0-9.]+)-slim$", image, re.MULTILINE)[1] in SpecifierSet(
        PROJECT["requires-python"]
    )
    words = re.search(r"python (tools/bootstrap\.py) (--torch) (cpu) (lab) vislearn data build", image)
    assert (ROOT / words[1]).is_file()
    options = runpy.run_path(str(ROOT / "tools/install.py"))["parse"]([*words.groups()[1:], "vislearn"])
    assert (options.torch, options.what, options.program) == ("cpu", "lab", ["vislearn"])


def test_colabs_bounds_are_met_by_the_packages_that_it_keeps():
    kept = runpy.run_path(str(ROOT / "tools/colab.py"))["VERSIONS"]
    bounds = {canonicalize_name(need.name): need.specifier for need in requirements("colab")}
    assert {name for name in kept if name in bounds and kept[name] not in bounds[name]} == set()
    assert {canonicalize_name(need.name) for need in map(Requirement, EXTRAS["colab"])} <= set(kept)


@pytest.mark.parametrize("file", ["constraints.txt", "environment.yml", "pyproject.toml", "Makefile"])
def test_no_address_decides_where_packages_come_from(file):
    assert not re.search(r"https?:|file:|index-url|find-links", (ROOT / file).read_text(encoding="utf-8"))


def imported(folder):
    """Top-level names that the Python files of a folder import, wherever in the file."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        ("vislearn", ["lab", "author", "regress", "deploy", "export", "site"]),
        ("notebooks/source", ["lab"]),
        ("benchmarks", ["test", "regress"]),
        ("tests", list(EXTRAS)),
    ],
)
def test_what_is_imported_is_required(folder, extras):
    """Present by luck, because another package brings it, is not enough: that one may drop it."""
    required = {canonicalize_name(need.name) for need in requirements(*extras)} | {"vislearn"}
    homes = packages_distributions()
    strangers = {
        name
        for name in (set(imported(folder)) - sys.stdlib_module_names) & set(homes)
        if not required & set(map(canonicalize_name, homes[name]))
    }
    assert strangers == set()
