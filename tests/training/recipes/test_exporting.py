import sys

import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.models import ResNet18_Weights
from torchvision.transforms import v2

from vislearn.deploy import load
from vislearn.errors import FileError, InputError, MissingError
from vislearn.models import classifier
from vislearn.training import SavedModel, export_model, load_model, save_model
from vislearn.training.recipes import exporting
from vislearn.transforms import eval_transform

PICTURE = Image.linear_gradient("L").convert("RGB").resize((50, 40))


def saved_with(tmp_path, transform, model=None):
    torch.manual_seed(0)
    model = model or classifier("photo", 2, "scratch")
    path = save_model(tmp_path / "m.pt", model, classes=["a", "b"], transform=transform)
    return load_model(path, model)


@pytest.mark.parametrize(
    ("transform", "told"),
    [
        (eval_transform(24), {"resize": (24,), "crop": (24, 24), "mean": (0.485, 0.456, 0.406)}),
        (
            v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]),
            {"resize": None, "std": (1.0,) * 3},
        ),
        (
            ResNet18_Weights.IMAGENET1K_V1.transforms(),
            {"resize": (256,), "crop": (224, 224), "std": (0.229, 0.224, 0.225)},
        ),
        (
            v2.Compose([v2.Resize((20, 30), interpolation=3)]),
            {"resize": (20, 30), "interpolation": "bicubic"},
        ),
    ],
)
def test_recipes_tell_the_transform(tmp_path, transform, told):
    recipe = exporting.recipe_of(saved_with(tmp_path, transform))
    assert {name: getattr(recipe, name) for name in told} == told
    assert recipe.kind == "classifier"
    assert recipe.about["torch"]


@pytest.mark.parametrize(
    "step",
    [
        v2.Grayscale(3),
        v2.ToDtype(torch.float32),
        v2.ToDtype(torch.float64, scale=True),
        v2.Resize(8, max_size=9),
    ],
)
def test_steps_that_can_not_be_told_are_refused(tmp_path, step):
    saved = saved_with(tmp_path, v2.Compose([v2.ToImage(), step]))
    with pytest.raises(InputError, match=rf"must consist of Resize.*got {type(step).__name__}"):
        exporting.recipe_of(saved)


def test_an_answer_that_differs_is_no_export(tmp_path, monkeypatch):
    saved = saved_with(tmp_path, eval_transform(32))
    original = exporting._by_newer

    def spoiled(whole, *rest):
        whole.mean += 0.2
        original(whole, *rest)
        whole.mean -= 0.2

    monkeypatch.setattr(exporting, "_by_newer", spoiled)
    with pytest.raises(FileError, match=r"m\.onnx would answer otherwise than torch, by"):
        export_model(saved, tmp_path / "m.onnx", pictures=[PICTURE])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.pt"]


def test_it_says_how_far_it_is_from_torch_and_prints_nothing(tmp_path, capfd, recwarn):
    saved = saved_with(tmp_path, eval_transform(32))
    saved.model.train()
    difference = export_model(saved, tmp_path / "m.onnx", pictures=[PICTURE])
    assert 0 <= difference < 1e-5
    assert saved.model.training
    assert capfd.readouterr() == ("", "")
    assert len(recwarn) == 0
    assert load(tmp_path / "m.onnx").recipe.classes == ("a", "b")


class Whim(nn.Module):
    """Its path depends on what it sees, which no exporter follows."""

    def forward(self, x):
        return x.flatten(1) if x.sum().item() > 0 else x.flatten(1) * 2


def test_what_can_not_be_exported_is_said_in_a_sentence(tmp_path):
    saved = saved_with(tmp_path, eval_transform(32), nn.Sequential(nn.Conv2d(3, 3, 1), Whim()))
    with pytest.raises(InputError, match="the classifier Sequential can't be exported by either"):
        export_model(saved, tmp_path / "m.onnx", pictures=[PICTURE])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.pt"]


def test_where_the_newer_exporter_fails_the_older_one_is_asked(tmp_path, monkeypatch):
    def fails(*_):
        raise RuntimeError("data-dependent")

    monkeypatch.setattr(exporting, "_by_newer", fails)
    saved = saved_with(tmp_path, eval_transform(32))
    assert export_model(saved, tmp_path / "m.onnx", pictures=[PICTURE]) < 1e-5
    assert load(tmp_path / "m.onnx").probabilities([PICTURE] * 3).shape == (3, 2)


def test_nothing_to_compare_on_no_transform_and_no_exporter(tmp_path, monkeypatch):
    saved = saved_with(tmp_path, eval_transform(32))
    with pytest.raises(InputError, match="pictures must be at least one"):
        export_model(saved, tmp_path / "m.onnx", pictures=[])
    bare = SavedModel(**{**vars(saved), "transform": None})
    with pytest.raises(InputError, match="must say how pictures are prepared"):
        export_model(bare, tmp_path / "m.onnx", pictures=[PICTURE])
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(MissingError, match=r'pip install "vislearn\[export\]"'):
        export_model(saved, tmp_path / "m.onnx", pictures=[PICTURE])
