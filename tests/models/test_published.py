import functools
import hashlib
import http.server
import io
import os
import threading
from pathlib import Path

import pytest
import torch
from torchvision.models import MobileNet_V2_Weights, SqueezeNet1_1_Weights, squeezenet1_1

from vislearn.errors import FileError, InputError, MissingError
from vislearn.models import at_hand, published, published_at_hand
from vislearn.models.published import cached_file, recommended

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


def test_a_lesson_in_bengali_says_so_in_bengali(hub, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    words = r"^SqueezeNet1_1_Weights.IMAGENET1K_V1 ওয়েট-সেটটি \(5 MB\) .* VISLEARN_ASSETS=full সেট করে"
    with pytest.raises(MissingError, match=words):
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


def in_cache(hub, monkeypatch, name, data):
    hub.mkdir(parents=True)
    monkeypatch.setattr(WEIGHTS.value, "url", f"http://127.0.0.1:9/{name}")
    (hub / name).write_bytes(data)


def named(data):
    return f"squeezenet1_1-{hashlib.sha256(data).hexdigest()[:8]}.pth"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:100_000] + bytes([data[100_000] ^ 1]) + data[100_001:],
        lambda data: b"",
        lambda data: b"<!doctype html>",
    ],
)
def test_a_damaged_file_in_the_cache_is_refused(hub, state, monkeypatch, damage):
    file, _ = state
    in_cache(hub, monkeypatch, file.name, damage(file.read_bytes()))
    with pytest.raises(FileError, match=r"is damaged \(its checksum differs\)\. Delete it"):
        published("squeezenet1_1", WEIGHTS)


def test_a_copy_saved_anew_on_purpose_is_loaded(hub, state, monkeypatch):
    """Its hash isn't the one in its name, but its parts have checksums of their own, and they hold."""
    file, parameters = state
    rounded = {key: value.half().float() for key, value in parameters.items()}
    copy = io.BytesIO()
    torch.save(rounded, copy)
    in_cache(hub, monkeypatch, file.name, copy.getvalue())
    assert_is(published("squeezenet1_1", WEIGHTS), rounded)


def test_nothing_in_a_file_is_executed(hub, monkeypatch, tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "executed",)

    file = io.BytesIO()
    torch.save({"features.0.weight": Trap()}, file)
    in_cache(hub, monkeypatch, named(file.getvalue()), file.getvalue())
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(FileError, match="holds more than numbers, which is not loaded"):
        published("squeezenet1_1", WEIGHTS)
    assert not (tmp_path / "executed").exists()
    assert os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] == "1"
    assert "TORCH_FORCE_WEIGHTS_ONLY_LOAD" not in os.environ


def test_another_network_s_weights_are_refused(hub, monkeypatch):
    file = io.BytesIO()
    torch.save({"fc.weight": torch.zeros(2)}, file)
    in_cache(hub, monkeypatch, named(file.getvalue()), file.getvalue())
    with pytest.raises(FileError, match=r"doesn't hold the weights of squeezenet1_1 \(Error\(s\) in loading"):
        published("squeezenet1_1", WEIGHTS)


def test_the_format_before_2020_is_known_by_its_name_s_hash(hub, state, monkeypatch):
    _, parameters = state
    file = io.BytesIO()
    torch.save(parameters, file, _use_new_zipfile_serialization=False)
    in_cache(hub, monkeypatch, named(file.getvalue()), file.getvalue())
    assert_is(published("squeezenet1_1", WEIGHTS), parameters)


def test_what_is_here_comes_before_what_is_recommended(hub, monkeypatch):
    old, best = MobileNet_V2_Weights.IMAGENET1K_V1, MobileNet_V2_Weights.IMAGENET1K_V2
    assert recommended("mobilenet_v2") is best
    assert published_at_hand() == []
    hub.mkdir(parents=True)
    cached_file(old).touch()
    assert recommended("mobilenet_v2") is old
    assert published_at_hand() == [("mobilenet_v2", old)]
    monkeypatch.setenv("VISLEARN_ASSETS", "full")
    assert recommended("mobilenet_v2") is best
    monkeypatch.delenv("VISLEARN_ASSETS")
    cached_file(best).touch()
    assert recommended("mobilenet_v2") is best


def test_an_unknown_network_is_not_recommended():
    with pytest.raises(InputError, match="got 'mobilenet_v9'"):
        recommended("mobilenet_v9")
