"""The bundled sets, built once for all tests, away from the checkout's own."""

import pytest
from PIL import Image

from vislearn.datasets import build_all, image_folder
from vislearn.datasets.bundled import store
from vislearn.datasets.bundled.pictures import source_file


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


@pytest.fixture
def folder(tmp_path, fresh):
    """An ImageFolder of nine photographs in two classes; its caches go to ``fresh``."""
    for label, name in enumerate(("cat", "rocket")):
        with Image.open(source_file(name)) as file:
            photograph = file.convert("RGB")
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(4):
            part = photograph.crop((index * 20, label * 10, index * 20 + 300, 280))
            part.save(tmp_path / "pets" / name / f"{index}.jpg", quality=95)
    photograph.save(tmp_path / "pets" / "rocket" / "4.png")
    return image_folder(tmp_path / "pets")
