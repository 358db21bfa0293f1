"""Notebooks run as tests the way `make test` runs them: pytest, nbval, two workers, our conftest."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from vislearn.checkout import ROOT
from vislearn.course.kernels import RunError, kernel_environment, run_notebook
from vislearn.course.regression.proofs import OFFLINE_PROBE

MEASURE = 'from vislearn.report import metric\nmetric("acc", {value}, within=0.03)'


def measured(value):
    record = {"name": "acc", "value": value, "within": 0.03}
    return new_output("display_data", {"text/plain": "acc"}, metadata={"vislearn": {"metric": record}})


LISTENING = """import ipykernel, os
assert ipykernel.get_connection_info(unpack=True)["transport"] == ("tcp" if os.name == "nt" else "ipc")"""
SHOWN = new_output("stream", name="stderr", text="1.py:1: UserWarning: shown\n")
NOTEBOOKS = {
    "good": [
        new_code_cell("import os, pathlib; x = 1; assert pathlib.Path.cwd().name == 'bn'"),
        new_code_cell(MEASURE.format(value=0.92), outputs=[measured(0.9)]),
        new_code_cell("assert x == 1 and os.environ['OMP_NUM_THREADS'].isdigit()"),
        new_code_cell(LISTENING),
        new_code_cell("import tqdm\nfor i in tqdm.tqdm(range(3)): pass"),
        new_code_cell(
            "import warnings; warnings.warn('shown')", metadata={"tags": ["shows-warning"]}, outputs=[SHOWN]
        ),
    ],
    "network": [new_code_cell("import urllib.request; urllib.request.urlopen('http://example.org')")],
    "warning": [new_code_cell("import warnings; warnings.warn('take care')")],
    "dead": [new_code_cell("import os; os._exit(1)")],
    "measure": [new_code_cell(MEASURE.format(value=0.8), outputs=[measured(0.9)])],
    "error": [new_code_cell("1 / 0")],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Test by test, what pytest says of the notebooks: "" or why it failed."""
    folder = tmp_path_factory.mktemp("course") / "bn"
    home = folder / "home"
    home.mkdir(parents=True)
    for name, cells in NOTEBOOKS.items():
        for count, cell in enumerate(cells, 1):
            cell.execution_count = count
        nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")
    as_make_test = ["-n", "2", "--dist", "loadfile", "--nbval-lax", "--nbval-current-env"]
    here = [
        "-c",
        str(ROOT / "pyproject.toml"),
        f"--rootdir={folder}",
        "-p",
        "conftest",
        "-p",
        "no:cacheprovider",
    ]
    command = [sys.executable, "-m", "pytest", *as_make_test, *here, f"--junitxml={folder / 'results.xml'}"]
    command += sorted(map(str, folder.glob("*.ipynb")))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(home), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 1, done.stdout + done.stderr
    assert not any(home.iterdir())
    assert "warnings summary" not in done.stdout
    cases = ElementTree.parse(folder / "results.xml").iter("testcase")
    return {
        (case.get("classname").split(".")[0], case.get("name")): "".join(case.itertext()) for case in cases
    }


def test_each_notebook_proves_first_that_its_kernel_is_cut_off(results):
    assert [name for name in NOTEBOOKS if results[name, "Offline"]] == []


def test_a_good_notebook_passes(results):
    assert [results["good", f"Cell {index}"] for index in range(len(NOTEBOOKS["good"]))] == [""] * 6


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("network", "no network in this test: socket.getaddrinfo to &#x27;example.org&#x27; refused"),
        ("warning", "the cell writes to stderr, which learners would see"),
        ("dead", "the kernel ended with exit code 1"),
        ("measure", "metric 'acc' left its tolerance\n  expected  0.9\n  got       0.8\n  tolerance ± 0.03"),
        ("error", "ZeroDivisionError"),
    ],
)
def test_a_bad_notebook_says_why(results, name, reason):
    assert reason.replace("&#x27;", "'") in results[name, "Cell 0"]


def test_the_proof_fails_in_a_kernel_that_is_not_cut_off(tmp_path):
    with (
        kernel_environment(1) as environment,
        pytest.raises(RunError, match="a socket beyond this machine was not refused"),
    ):
        run_notebook(new_notebook(cells=[new_code_cell(OFFLINE_PROBE)]), tmp_path, environment)
