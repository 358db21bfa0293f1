"""Two sets that number their classes apart are never trained on and judged by as if they agreed."""

from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, Subset, TensorDataset
from torchvision.datasets import FakeData

from vislearn.datasets import DetectionDS, image_folder
from vislearn.errors import InputError
from vislearn.io import read_image
from vislearn.models import detector
from vislearn.training import (
    ClassificationTask,
    evaluate,
    fit,
    fit_detector,
    load_model,
    save_model,
)
from vislearn.training.classes import class_list, noted_white, require_same_numbers
from vislearn.transforms import eval_transform

CPU = torch.device("cpu")


def named(*classes):
    data = TensorDataset(torch.zeros(4, 2), torch.zeros(4, dtype=torch.int64))
    data.classes = list(classes)
    return data


def test_a_set_without_names_has_no_list():
    assert class_list([]) is None
    assert class_list(DataLoader(FakeData(2))) is None


def test_names_are_found_below_loaders_subsets_and_concatenated_sets():
    inner = named("cat", "dog")
    assert class_list(DataLoader(Subset(ConcatDataset([Subset(inner, [0]), inner]), [1]))) == ["cat", "dog"]


def test_concatenated_sets_that_number_apart_are_refused():
    with pytest.raises(InputError, match=r"its part 2 classes must be numbered as .* \(cat, dog\), got dog"):
        class_list(ConcatDataset([named("cat", "dog"), named("dog")]))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (None, ["cat"]),
        (["cat"], None),
        (["cat", "dog"], ["cat", "dog"]),
        (["cat", "dog"], ["cat"]),  # no label means two things
        (
            ["\u09ac\u09be\u09a1\u09bc\u09bf"],
            ["\u09ac\u09be\u09dc\u09bf"],
        ),  # one word, in one code point or two
    ],
)
def test_lists_that_agree_where_both_speak(first, second):
    require_same_numbers(first, second, "a's", "b's")


@pytest.mark.parametrize("val", [["dog", "cat"], ["dog"], ["cat", "cow"]])
def test_fit_and_evaluate_refuse_other_numbers_and_name_both_lists(val, tmp_path):
    model, task = nn.Linear(2, 2), ClassificationTask()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    train, judged = DataLoader(named("cat", "dog")), DataLoader(named(*val))
    said = rf"classes must be numbered as .* \(cat, dog\), got {', '.join(val)}"
    with pytest.raises(InputError, match=said):
        fit(model, task, train, epochs=1, optimizer=optimizer, val_loader=judged, device=CPU)
    fit(model, task, train, epochs=1, optimizer=optimizer, val_loader=train, device=CPU)
    with pytest.raises(InputError, match=said):
        evaluate(model, task, judged, device=CPU)
    path = save_model(tmp_path / "m.pt", model, classes=["cat", "dog"], transform=None)
    with pytest.raises(InputError, match=said):
        evaluate(load_model(path, nn.Linear(2, 2)).model, task, judged, device=CPU)


def test_a_detector_is_not_judged_by_a_file_of_other_numbers():
    train, val = (DetectionDS([], classes=classes) for classes in (["red", "blue"], ["blue"]))
    with pytest.raises(InputError, match=r"val_loader's classes must be .* \(red, blue\), got blue"):
        fit_detector(detector("fcos", 2, "scratch"), train, val)


def test_the_value_of_white_is_told_by_the_set(tmp_path):
    for name in ("ant", "bee"):
        (tmp_path / name).mkdir()
        Image.new("L", (4, 4)).save(tmp_path / name / "1.png")
    assert noted_white(image_folder(tmp_path, scale=4095)) == 4095
    assert noted_white(image_folder(tmp_path)) is None
    assert noted_white(DetectionDS([], reader=partial(read_image, scale=255))) == 255
    assert noted_white(DetectionDS([])) is None
    assert noted_white(None) is None


def test_the_best_epoch_s_file_remembers_the_value_of_white(tmp_path):
    for name, gray in (("ant", 1000), ("bee", 4000)):
        (tmp_path / "set" / name).mkdir(parents=True)
        for at in range(2):
            pixels = np.full((8, 8), gray + at, dtype=np.uint16)
            Image.fromarray(pixels).save(tmp_path / "set" / name / f"{at}.png")
    loader = DataLoader(image_folder(tmp_path / "set", eval_transform(8), scale=4095), batch_size=4)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    how = {"epochs": 1, "optimizer": optimizer, "progress": False, "audit": False}
    fit(model, ClassificationTask(), loader, checkpoint=tmp_path / "c.pt", **how)
    assert load_model(tmp_path / "c.best.pt", model).scale == 4095
