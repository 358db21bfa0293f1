import subprocess
import sys

import pytest


@pytest.mark.parametrize("absent", ["jupytext", "nbclient", "markdown_it"])
def test_a_learner_s_installation_says_what_a_writer_needs(absent):
    code = f"import sys; sys.modules[{absent!r}] = None; import vislearn.course"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    said = f"MissingError: Building lessons needs {absent}. Install it: pip install -e '.[author]'"
    assert done.stderr.splitlines()[-1] == f"vislearn.errors.{said}"
