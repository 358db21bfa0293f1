import hashlib
import json

import pytest
import torch
from safetensors.torch import load_file, save

from vislearn import checkout
from vislearn.errors import FileError, MissingError
from vislearn.models import Card, SmallResNet, bundled
from vislearn.models.bundled import (
    BUNDLED,
    bundled_card,
    find_bundled,
    load_bundled,
    store_bundled,
    untrained,
)

ROOT = checkout.ROOT


def a_card(name="photo"):
    return Card(name, ("a", "b", "c"), 32, (0.5,) * 3, (0.5,) * 3, data="", recipe="", width=4)


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Small weights of our own where a rebuild would leave them."""
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path))
    torch.manual_seed(0)
    model = SmallResNet(3, width=4)
    model(torch.rand(2, 3, 8, 8))  # one batch through BatchNorm: statistics and their integer counter
    store_bundled(model, a_card(), tmp_path / "weights")
    return model, tmp_path / "weights" / "photo.safetensors"


def test_weights_come_back_rounded_to_half_precision(stored):
    model, path = stored
    found = load_bundled("photo")
    assert not found.training
    for key, value in found.state_dict().items():
        given = model.state_dict()[key]
        assert value.dtype == given.dtype
        torch.testing.assert_close(
            value, given.half().to(given.dtype) if given.is_floating_point() else given
        )
    assert {value.dtype for value in load_file(path).values()} == {torch.float16, torch.int64}
    assert all(parameter.requires_grad for parameter in found.parameters())


def test_the_card_knows_its_file(stored):
    _, path = stored
    card = bundled_card("photo")
    assert card.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert card.bytes == path.stat().st_size


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[:1000] + bytes([data[1000] ^ 1]) + data[1001:],
        lambda data: data + b"x",
        lambda data: b"version https://git-lfs.github.com/spec/v1",
    ],
)
def test_a_damaged_file_is_refused(stored, damage):
    _, path = stored
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(FileError, match=r"safetensors is damaged, .*SHA-256 differs.*weights rebuild photo"):
        load_bundled("photo")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"no safetensors at all", id="another format"),
        pytest.param(save({"conv1.weight": torch.zeros(2)}), id="other layers"),
        pytest.param(save(SmallResNet(5, width=4).state_dict()), id="other classes"),
    ],
)
def test_a_file_that_is_whole_but_does_not_fit_its_card_is_refused(stored, data):
    _, path = stored
    path.write_bytes(data)
    card = path.with_suffix(".json")
    record = json.loads(card.read_text(encoding="utf-8")) | {"sha256": hashlib.sha256(data).hexdigest()}
    card.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(FileError, match="doesn't fit its card"):
        load_bundled("photo")


def test_without_a_card_nothing_is_loaded(stored):
    _, path = stored
    path.with_suffix(".json").unlink()
    with pytest.raises(FileError, match="is not a card of weights"):
        load_bundled("photo")


def test_missing_weights_say_how_to_get_them(monkeypatch):
    monkeypatch.setattr(bundled, "find_bundled", lambda name: None)
    for ask in (bundled_card, load_bundled):
        with pytest.raises(MissingError, match=r"'scene' \(the digits .*vislearn weights rebuild scene"):
            ask("scene")


def test_one_s_own_rebuild_comes_before_what_came_with_the_course(stored):
    _, path = stored
    assert find_bundled("photo") == path


def test_an_installed_package_is_asked_where_it_put_them(tmp_path, monkeypatch):
    class Entry:
        def __init__(self, path):
            self.path, self.as_posix = path, path.as_posix

        def locate(self):
            return self.path

    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path / "none"))
    monkeypatch.setattr(checkout, "ROOT", tmp_path / "no checkout")
    there = tmp_path / "share" / "vislearn" / "weights" / "photo.safetensors"
    monkeypatch.setattr(checkout.metadata, "files", lambda name: [Entry(there), Entry(tmp_path / "other.py")])
    assert find_bundled("photo") is None  # listed, but gone
    there.parent.mkdir(parents=True)
    there.touch()
    assert find_bundled("photo") == there


def test_a_package_that_was_never_installed_has_none(tmp_path, monkeypatch):
    def fails(name):
        raise checkout.metadata.PackageNotFoundError(name)

    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path))
    monkeypatch.setattr(checkout, "ROOT", tmp_path / "no checkout")
    monkeypatch.setattr(checkout.metadata, "files", fails)
    assert find_bundled("photo") is None


def test_a_wheel_carries_what_lies_in_the_checkout():
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    carried = {
        path for pattern in settings["data-files"]["share/vislearn/weights"] for path in ROOT.glob(pattern)
    }
    assert carried >= set((ROOT / "data" / "weights").glob("*.safetensors"))


@pytest.mark.parametrize("name", BUNDLED)
def test_what_comes_with_the_course_is_as_promised(name):
    card, model = bundled_card(name), load_bundled(name)
    assert card.bytes <= 3_000_000
    assert card.scores["accuracy"] >= {"photo": 0.91, "scene": 0.9}[name]
    scores = model(torch.zeros(1, 3, card.size, card.size))
    assert scores.shape == (1, len(card.classes)) == (1, {"photo": 10, "scene": 5}[name])


@pytest.mark.parametrize(("name", "outputs"), [("photo", 10), ("scene", 5)])
def test_untrained_ones_have_the_same_shape(name, outputs):
    assert untrained(name).fc.out_features == outputs
    assert untrained(name, 7).fc.out_features == 7
