import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from vislearn import checkout
from vislearn.cli import main
from vislearn.training.recipes.plans import PLANS


@pytest.fixture(autouse=True)
def _empty(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setattr(checkout, "ROOT", tmp_path / "no checkout")
    monkeypatch.setattr(checkout, "shared_file", lambda name: None)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    from dataclasses import replace

    monkeypatch.setitem(PLANS, "photo", replace(PLANS["photo"], batch_size=4, width=4))
    for split in ("train", "test"):
        for number, name in enumerate(("dark", "light")):
            (tmp_path / "tree" / split / name).mkdir(parents=True)
            for index in range(2):
                pixels = np.full((32, 32, 3), 100 * number + index, dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / "tree" / split / name / f"{index}.png")
    return str(tmp_path / "tree")


def run(*arguments):
    return CliRunner().invoke(main, ["weights", *arguments])


def test_with_nothing_here_all_are_absent():
    lines = run("list").output.splitlines()
    assert [line.split()[:2] for line in lines] == [["photo", "absent"], ["scene", "absent"]]


def test_rebuilt_listed_shown_and_damaged(tree, tmp_path):
    done = run("rebuild", "photo", "--images", tree, "--about", "grey", "--epochs", "2", "--seed", "3")
    assert done.exit_code == 0, done.output
    assert [line.split(":")[0] for line in done.output.splitlines()[:3]] == [
        "Reading the pictures ...",
        "Epoch 1 of 2",
        "Epoch 2 of 2",
    ]
    assert done.output.splitlines()[3].startswith("photo is ready: accuracy ")

    name, state, size, unit, score, *_ = run("list").output.splitlines()[0].split()
    assert (name, state, size, unit) == ("photo", "ready", "0.0", "MB")
    assert 0 <= float(score) <= 1

    shown = run("show", "photo").output
    for expected in (
        "classes     dark, light",
        "32×32 pixels, mean 0.485 0.456 0.406",
        "grey: 4 pictures",
        "2 epochs, ",
        "seed 3",
        f"torch {torch.__version__}",
        "sha256",
    ):
        assert expected in shown

    (tmp_path / "data" / "weights" / "photo.safetensors").write_bytes(b"spoilt")
    assert " damaged " in run("list").output.splitlines()[0]


def test_a_published_network_s_card_is_short():
    shown = run("show", "squeezenet1_1").output
    assert "tench, goldfish, great white shark, tiger shark, hammerhead ... (1000 in all)" in shown
    assert "acc@1 0.5818" in shown
    assert "sha256" not in shown


def test_published_weights_in_the_cache_are_listed(tmp_path):
    from torchvision.models import SqueezeNet1_1_Weights

    from vislearn.models.published import cached_file

    cached_file(SqueezeNet1_1_Weights.DEFAULT).parent.mkdir(parents=True)
    cached_file(SqueezeNet1_1_Weights.DEFAULT).touch()
    last = run("list").output.splitlines()[-1]
    assert last.split() == [
        "squeezenet1_1",
        "ready",
        "4.7",
        "MB",
        "0.582",
        "SqueezeNet1_1_Weights.IMAGENET1K_V1",
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["rebuild", "cat"], 2, "'cat' is not one of 'photo', 'scene'"),
        (["rebuild", "photo", "--images", "nowhere"], 2, "'nowhere' does not exist"),
        (["rebuild", "photo", "--epochs", "0"], 2, "0 is not in the range"),
        (["show", "scene"], 1, "Error: The weights 'scene' (the digits 0 to 4 on photographs) are not on"),
        (["show", "resnet19"], 1, "Error: name must be one of"),
    ],
)
def test_what_cannot_be_is_one_sentence(arguments, status, said):
    done = run(*arguments)
    assert done.exit_code == status
    assert said in done.output


@pytest.mark.parametrize(("option", "least"), [("--epochs", 1), ("--threads", 1), ("--seed", 0)])
def test_the_least_that_a_rebuild_takes(option, least):
    done = run("rebuild", "photo", option, str(least - 1))
    assert done.exit_code == 2
    assert f"{least - 1} is not in the range x>={least}" in done.output
