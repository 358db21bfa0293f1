import os

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from vislearn.checkout import ROOT


def test_a_run_without_a_device_asks_the_kernel_for_none(run, tmp_path, monkeypatch):
    monkeypatch.delenv("VISLEARN_DEVICE", raising=False)
    path = tmp_path / "a.ipynb"
    nbformat.write(
        new_notebook(
            cells=[new_code_cell("import sys; assert 'torch' not in sys.modules", execution_count=1)]
        ),
        path,
    )
    code, output = run(tmp_path, path)
    assert code == 0, output
    assert "3 passed" in output  # cut off, reference, the cell


def test_notebooks_run_where_what_writers_need_is_not_installed(run, tmp_path):
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1", execution_count=1)]), path)
    (tmp_path / "hidden").mkdir()
    for absent in ("jupyterlab", "jupytext", "markdown_it", "playwright"):
        hidden = tmp_path / "hidden" / f"{absent}.py"
        hidden.write_text("raise ModuleNotFoundError(f'No module named {__name__!r}', name=__name__)\n")
    search = os.pathsep.join([str(tmp_path / "hidden"), str(ROOT)])
    code, output = run(tmp_path, path, PYTHONPATH=search)
    assert code == 0, output


def test_only_what_passed_as_a_whole_and_stayed_is_not_run_again(run, tmp_path):
    path = tmp_path / "some" / "a.ipynb"
    path.parent.mkdir()

    def store(source):
        nbformat.write(new_notebook(cells=[new_code_cell(source, execution_count=1)]), path)

    def outcome(*arguments, **variables):
        code, output = run(tmp_path, *(arguments or ["some"]), cache="cacheprovider", **variables)
        return code, "unchanged since they passed here, not run again" in output

    store("1 / 0")
    assert outcome() == (1, False)
    assert outcome() == (1, False)  # it never passed
    store("import vislearn.errors")
    assert outcome() == (0, False)
    assert outcome() == (0, True)
    assert outcome("some/a.ipynb") == (0, False)  # asked for by name
    assert outcome(VISLEARN_FULL="1") == (0, False)
    store("import vislearn.files")
    assert outcome() == (0, False)
