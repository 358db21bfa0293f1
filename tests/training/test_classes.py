"""Two sets that number their classes apart are never trained on and judged by as if they agreed."""

import pytest
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, Subset, TensorDataset
from torchvision.datasets import FakeData

from vislearn.datasets import DetectionDS
from vislearn.errors import InputError
from vislearn.models import detector
from vislearn.training import (
    ClassificationTask,
    evaluate,
    fit,
    fit_detector,
    load_model,
    save_model,
)
from vislearn.training.classes import class_list, require_same_numbers

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
