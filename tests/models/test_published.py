import functools
import hashlib
import http.server
import threading

import pytest
import torch
from torchvision.models import SqueezeNet1_1_Weights, squeezenet1_1

from vislearn.errors import InputError, MissingError
from vislearn.models import at_hand, published

WEIGHTS = SqueezeNet1_1_Weights.IMAGENET1K_V1


@pytest.fixture
def state(tmp_path):
    """A squeezenet of our own, saved as a hub server would publish it."""
    torch.manual_seed(0)
    parameters = squeezenet1_1(weights=None).state_dict()
    torch.save(parameters, tmp_path / "draft")
    name = f"squeezenet1_1-{hashlib.sha256((tmp_path / 'draft').read_bytes()).hexdigest()[:8]}.pth"
    (tmp_path / "server").mkdir()
    (tmp_path / "draft").rename(tmp_path / "server" / name)
    return tmp_path / "server" / name, parameters


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("VISLEARN_ASSETS", raising=False)
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    return tmp_path / "home" / "hub" / "checkpoints"


@pytest.fixture
def server(state, monkeypatch):
    file, _ = state
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(file.parent))
    handler.func.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        monkeypatch.setattr(WEIGHTS.value, "url", f"http://127.0.0.1:{running.server_port}/{file.name}")
        yield
        running.shutdown()


def assert_is(model, parameters):
    assert not model.training
    assert all(torch.equal(value, parameters[key]) for key, value in model.state_dict().items())


def test_without_weights_it_says_what_is_missing_and_how_to_get_it(hub):
    assert not at_hand(WEIGHTS)
    with pytest.raises(MissingError, match=r"SqueezeNet1_1_Weights.*\(5 MB\).*Set VISLEARN_ASSETS=full"):
        published("squeezenet1_1")


def test_a_filled_cache_needs_no_network(hub, state, monkeypatch):
    file, parameters = state
    monkeypatch.setattr(WEIGHTS.value, "url", f"http://127.0.0.1:9/{file.name}")  # nobody answers there
    hub.mkdir(parents=True)
    (hub / file.name).write_bytes(file.read_bytes())
    assert_is(published("squeezenet1_1", WEIGHTS), parameters)


def test_allowed_it_downloads_once(hub, state, server, monkeypatch):
    file, parameters = state
    monkeypatch.setenv("VISLEARN_ASSETS", "full")
    assert_is(published("squeezenet1_1"), parameters)
    assert (hub / file.name).exists()


def test_a_download_with_another_hash_is_refused(hub, state, server, monkeypatch):
    file, _ = state
    file.write_bytes(file.read_bytes() + b"x")
    monkeypatch.setenv("VISLEARN_ASSETS", "full")
    with pytest.raises(RuntimeError, match="invalid hash value"):
        published("squeezenet1_1")
    assert not at_hand(WEIGHTS)


def test_an_unknown_model_is_named(hub):
    with pytest.raises(InputError, match=r"got 'squeezenet'. Did you mean"):
        published("squeezenet")
