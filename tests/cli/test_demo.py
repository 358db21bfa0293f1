import pytest
import torch
from click.testing import CliRunner

from vislearn import demo
from vislearn.cli import main
from vislearn.deploy import load
from vislearn.models import classifier
from vislearn.training import save_model
from vislearn.transforms import eval_transform


@pytest.fixture(autouse=True)
def calls(monkeypatch):
    """What is asked of the page; nothing is served, and no browser opened."""
    seen = []
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")

    def serve(model, *, name, port, ready):
        load(model)
        seen.append(("serve", name, port))
        ready("http://127.0.0.1:7/")

    def write_folder(model, folder, *, name, archive):
        load(model)
        folder.mkdir()
        (folder / "index.html").write_bytes(b"0" * 2_500_000)
        seen.append(("folder", name, archive))
        return [folder / "index.html"]

    monkeypatch.setattr(demo, "serve", serve)
    monkeypatch.setattr(demo, "write_folder", write_folder)
    monkeypatch.setattr("webbrowser.open", lambda address: seen.append(("browser", address)))
    return seen


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A classifier as torch saved it."""
    torch.manual_seed(0)
    model = classifier("photo", 2, "scratch")
    place = tmp_path_factory.mktemp("saved") / "m.pt"
    return save_model(place, model, classes=["a", "b"], transform=eval_transform(32))


def run(*arguments):
    return CliRunner().invoke(main, ["demo", *map(str, arguments)])


def test_a_model_of_torch_is_exported_and_leaves_nothing_behind(file, calls):
    done = run(file)
    assert done.exit_code == 0, done.output
    assert "The model is exported first" in done.output
    assert "The page: http://127.0.0.1:7/ (Ctrl-C ends it)" in done.output
    assert calls == [("serve", "m", 0), ("browser", "http://127.0.0.1:7/")]
    assert [path.name for path in file.parent.iterdir()] == ["m.pt"]


def test_without_a_browser_at_a_port_and_as_a_folder(file, calls, tmp_path):
    assert run(file, "--no-browser", "--port", 4000).exit_code == 0
    assert calls == [("serve", "m", 4000)]
    done = run(file, "--static", tmp_path / "page", "--runtime", tmp_path / "o.tgz")
    assert calls[-1] == ("folder", "m", tmp_path / "o.tgz")
    assert f"Saved: {tmp_path / 'page'} (2.5 MB). Put it on a web host" in done.output


def test_what_can_not_be(file, calls, tmp_path):
    assert "gone.onnx does not exist" in run(tmp_path / "gone.onnx").output
    assert "--runtime belongs to --static" in run(file, "--runtime", "o.tgz").output
    (tmp_path / "x.onnx").write_bytes(b"no network")
    done = run(tmp_path / "x.onnx")
    assert done.exit_code == 1
    assert "x.onnx can't be opened" in done.output
    assert calls == []


@pytest.mark.parametrize("given", [["{folder}"], ["m.pt", "--runtime", "{folder}"]])
def test_a_folder_is_no_file_of_a_demo(given, tmp_path):
    done = run(*[word.format(folder=tmp_path) for word in given])
    assert (done.exit_code, "is a directory" in done.output) == (2, True)
