import sys

import nbformat
from nbformat.v4 import new_code_cell, new_notebook


def test_a_run_for_another_device_says_so_and_does_not_pass_on_the_cpu(run, tmp_path):
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0", execution_count=1)]), path)
    code, output = run(tmp_path, path, VISLEARN_DEVICE="mps" if sys.platform != "darwin" else "cuda")
    assert code == 1
    assert "VISLEARN_DEVICE must be a device this machine has" in output, output
    device = "mps" if sys.platform != "darwin" else "cuda"
    assert f"VISLEARN_DEVICE={device} python -m pytest a.ipynb" in output
    assert f"a tolerance for {device} alone: report.metric(…, on={{'{device}': …}})" in output
