import pytest
import torch
from torch import nn
from torchvision.models import resnet18
from torchvision.transforms import v2

from vislearn.errors import FileError
from vislearn.models import SmallConvNet, classifier, detector, segmenter
from vislearn.models.kinds import any_network
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


def test_the_value_of_white_is_remembered_and_older_files_say_nothing_of_it(tmp_path):
    model = nn.Linear(1, 1)
    file = save_model(tmp_path / "m.pt", model, classes=["a"], transform=None, scale=4095)
    assert load_model(file, model).scale == 4095
    kept = torch.load(file, weights_only=True)
    del kept["scale"]
    torch.save(kept, file)
    assert load_model(file, model).scale is None


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
    "change",
    [
        {"weights": None},
        {"weights": {"weight": 3}},
        {"versions": 1},
        {"transform": {"text": ""}},
        {"architecture": [1]},
        {"scores": [1]},
        {"classes": 3},
        {"colors": [[1, 2]]},
        {"colors": [3]},
        {"colors": 3},
        {"scale": "4095"},
        {"scale": 0},
        {"scale": float("nan")},
        {"scale": True},
    ],
)
def test_a_file_that_was_changed_is_called_damaged(tmp_path, change):
    file = save_model(tmp_path / "m.pt", nn.Linear(1, 1), classes=["a"], transform=None)
    torch.save(torch.load(file, weights_only=True) | change, file)
    with pytest.raises(FileError, match=r"m\.pt is damaged: it lacks weights, .*train it again"):
        load_model(file, nn.Linear(1, 1))


def test_a_file_that_does_not_say_how_its_network_was_built_is_no_riddle(tmp_path):
    file = save_model(tmp_path / "m.pt", nn.Linear(1, 1), classes=["a"], transform=None)
    with pytest.raises(FileError, match=r"doesn't say what SmallConvNet needs .* says nothing\)\. Build the"):
        load_model(file, SmallConvNet)


KINDS = {
    "classifier": (lambda: classifier("photo", 2, "scratch"), classifier, "predict"),
    "detector": (lambda: detector("fcos", 2, "scratch"), detector, "detect"),
    "segmenter": (lambda: segmenter("fcn", 2, "scratch"), segmenter, "segment"),
}


@pytest.mark.parametrize(
    ("build", "makers"),
    [
        (classifier, ["vislearn train has"]),
        (detector, ["fit_detector", "NAME.best.pt", "vislearn train-segmenter --kind mask_rcnn"]),
        (segmenter, ["vislearn train-segmenter has"]),
        (any_network, ["vislearn train,", "vislearn train-segmenter or", "save_model"]),
    ],
)
def test_what_makes_a_file_of_the_kind_is_named_where_one_can_not_be_read(tmp_path, build, makers):
    (tmp_path / "m.pt").write_bytes(b"no model")
    with pytest.raises(FileError) as refused:
        load_model(tmp_path / "m.pt", build)
    assert [maker for maker in makers if maker not in refused.value.fix] == []


@pytest.mark.parametrize("held", KINDS)
def test_a_network_of_another_kind_is_called_by_its_kind_and_sent_to_who_takes_it(tmp_path, held):
    make, _build, command = KINDS[held]
    file = save_model(tmp_path / "m.pt", make(), classes=["a", "b"], transform=None)
    for wanted, (other, build, _command) in KINDS.items():
        for given in (build, other()) if wanted != held else ():
            with pytest.raises(FileError) as refused:
                load_model(file, given)
            assert str(refused.value) == (
                f"{file} holds a {held}, not a {wanted}. load_model(path, vislearn.models.{held}) and "
                f"vislearn {command} take it."
            )


def test_arguments_of_one_s_own_that_fit_several_kinds_are_no_reason_to_refuse(tmp_path):
    told = {"num_classes": 2, "backbone": "scratch"}
    file = save_model(
        tmp_path / "m.pt", detector(**told), classes=["a", "b"], transform=None, architecture=told
    )
    assert load_model(file, detector).architecture == told


def test_a_long_list_of_differences_is_cut_to_a_line(tmp_path):
    file = save_model(tmp_path / "m.pt", nn.Linear(2, 2), classes=["a", "b"], transform=None)
    with pytest.raises(FileError, match=r"than this ResNet: Missing key.*…\. Build the model") as refused:
        load_model(file, resnet18())
    assert len(refused.value.problem) < 300
