import pytest
import torch
from torch import nn
from torchvision.transforms import v2

from vislearn.errors import FileError
from vislearn.models import SmallConvNet
from vislearn.training import load_model, save_model
from vislearn.transforms import eval_transform


def test_a_model_comes_back_with_all_that_using_it_needs(tmp_path):
    model, picture = SmallConvNet(3).eval(), torch.randint(0, 256, (3, 40, 40), dtype=torch.uint8)
    transform = eval_transform(16)
    file = save_model(
        tmp_path / "m.pt",
        model,
        classes=["a", "b", "c"],
        transform=transform,
        seed=5,
        scores={"val_accuracy": 0.5},
        architecture={"num_classes": 3},
    )
    saved = load_model(file, SmallConvNet)
    assert torch.equal(saved.model(saved.transform(picture)[None]), model(transform(picture)[None]))
    assert not saved.model.training
    assert (saved.classes, saved.seed, saved.scores) == (["a", "b", "c"], 5, {"val_accuracy": 0.5})


def test_a_network_can_be_given_instead_of_built(tmp_path):
    model, other = nn.Linear(2, 2), nn.Linear(2, 2)
    saved = load_model(save_model(tmp_path / "m.pt", model, classes=["a", "b"], transform=None), other)
    assert saved.model is other
    assert torch.equal(other.weight, model.weight)
    assert (saved.transform, saved.transform_text, saved.seed) == (None, "", None)


def test_a_transform_of_ones_own_is_told_but_not_rebuilt(tmp_path):
    own = v2.Compose([v2.ToImage(), v2.Lambda(lambda image: image)])
    saved = load_model(
        save_model(tmp_path / "m.pt", nn.Linear(1, 1), classes=["a"], transform=own), nn.Linear(1, 1)
    )
    assert saved.transform is None
    assert "Lambda" in saved.transform_text


def test_another_architecture_is_refused_with_the_first_difference(tmp_path):
    file = save_model(tmp_path / "m.pt", nn.Linear(2, 2), classes=["a", "b"], transform=None)
    with pytest.raises(FileError, match=r"of another network than this Linear: size mismatch for weight"):
        load_model(file, nn.Linear(3, 2))


@pytest.mark.parametrize(
    "change", [{"weights": None}, {"weights": {"weight": 3}}, {"versions": 1}, {"transform": {"text": ""}}]
)
def test_a_file_that_was_changed_is_called_damaged(tmp_path, change):
    file = save_model(tmp_path / "m.pt", nn.Linear(1, 1), classes=["a"], transform=None)
    torch.save(torch.load(file, weights_only=True) | change, file)
    with pytest.raises(FileError, match=r"m\.pt is damaged: it lacks weights, .*train again"):
        load_model(file, nn.Linear(1, 1))


def test_a_file_that_does_not_say_how_its_network_was_built_is_no_riddle(tmp_path):
    file = save_model(tmp_path / "m.pt", nn.Linear(1, 1), classes=["a"], transform=None)
    with pytest.raises(FileError, match=r"doesn't say what SmallConvNet needs .* says nothing\)\. Build the"):
        load_model(file, SmallConvNet)
