"""The bundled sets, built once for all tests, away from the checkout's own."""

import pytest

from vislearn.datasets import build_all, store


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if own.name.startswith("popen-") else own  # pytest-xdist's workers share one
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VISLEARN_DATA", str(shared / "bundled"))
        build_all(progress=False)
    return shared / "bundled"


@pytest.fixture
def bundled(data_folder, monkeypatch):
    """The built sets; for reading only."""
    monkeypatch.setenv("VISLEARN_DATA", str(data_folder))
    return data_folder


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """An empty data folder, and a process that has checked nothing yet."""
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(store, "_trusted", set())
    return tmp_path / "data"
