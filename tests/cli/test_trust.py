"""That JupyterLab then keeps their style sheets, tests/browser shows."""

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from vislearn.cli.trust import trust


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


def written(path):
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("execute_result")])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def trusted(path):
    with NotebookNotary() as notary:
        return bool(notary.check_signature(nbformat.read(path, as_version=4)))


def test_nothing_to_trust_is_no_error(tmp_path):
    trust([])
    trust([tmp_path / "absent.ipynb"])


@pytest.mark.parametrize("text", ["", "{}", "[]", "no notebook", "\udcff"])
def test_what_is_no_notebook_is_passed_over(tmp_path, text):
    (tmp_path / "odd.ipynb").write_bytes(text.encode("utf-8", "surrogateescape"))
    trust([tmp_path / "odd.ipynb", written(tmp_path / "fine.ipynb")])
    assert trusted(tmp_path / "fine.ipynb")


def test_a_notebook_is_trusted_until_it_changes(tmp_path):
    path = written(tmp_path / "lesson.ipynb")
    assert not trusted(path)
    trust([path])
    assert trusted(path)
    path.write_text(path.read_text("utf-8").replace('"1"', '"2"'), "utf-8")
    assert not trusted(path)
