import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("absent", ["jupytext", "nbclient", "markdown_it"])
def test_a_learner_s_installation_says_what_a_writer_needs(absent):
    code = f"import sys; sys.modules[{absent!r}] = None; import vislearn.course; vislearn.course.build"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    said = f"MissingError: Building lessons needs {absent}. Install it: pip install -e '.[author]'"
    assert done.stderr.splitlines()[-1] == f"vislearn.errors.{said}"


def test_running_stored_notebooks_again_needs_nothing_that_building_them_needs():
    absent = ["jupytext", "markdown_it", "jupyterlab", "playwright", "torch"]
    rooms = [
        "regression.pytest_plugin",
        "regression.regress",
        "regression.watching",
        "kernels",
        "budgets",
        "tags",
    ]
    code = f"import sys; sys.modules |= dict.fromkeys({absent!r}); import "
    code += ", ".join(f"vislearn.course.{room}" for room in rooms)
    quiet = os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # or older debuggers speak of frozen modules
    done = subprocess.run([sys.executable, "-c", code], env=quiet, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_name_is_an_attribute_error():
    from vislearn import course

    with pytest.raises(AttributeError, match="attribute biuld"):
        course.biuld  # noqa: B018
