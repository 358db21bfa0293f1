import pytest
import torch

from vislearn.errors import InputError
from vislearn.labels import class_names, names_by_label


def test_no_boxes_have_no_names():
    assert class_names(["cat"], []) == class_names(None, []) == class_names({}, []) == []
    assert names_by_label([]) == {}


@pytest.mark.parametrize("labels", [[2, 1], (2, 1), torch.tensor([2, 1]), torch.tensor([2.0, 1.0])])
def test_a_list_names_the_labels_from_1(labels):
    assert class_names(["cat", "dog"], labels) == ["dog", "cat"]
    assert class_names(("cat", "dog"), labels) == ["dog", "cat"]


def test_a_mapping_says_what_it_says():
    assert class_names({0: "cat", 1: "dog"}, [0, 1, 9]) == ["cat", "dog", "9"]
    assert names_by_label({0: "cat"}) == {0: "cat"}


def test_without_names_numbers_are_written():
    assert class_names(None, [3, 0]) == ["3", "0"]


@pytest.mark.parametrize(
    ("label", "advice"), [(0, "0 is the background"), (-1, "count from 0"), (3, "Name all classes")]
)
def test_a_label_that_a_list_does_not_reach_is_refused(label, advice):
    sentence = rf"the boxes' labels must lie in 1 \.\.\. 2, one for each.*, got {label}\. .*{advice}"
    with pytest.raises(InputError, match=sentence):
        class_names(["cat", "dog"], [1, label], what="the boxes' labels")


@pytest.mark.parametrize("background", ["", "background", "__background__"])
def test_a_list_that_counts_from_0_gives_itself_away(background):
    with pytest.raises(InputError, match=r"names must begin with the name of label 1.*names\[1:\]"):
        class_names([background, "cat"], [1])


@pytest.mark.parametrize("names", ["cat", {"cat": 1}])
def test_what_is_no_list_of_names_and_no_mapping_of_labels_is_refused(names):
    with pytest.raises(InputError, match=r"names must be a list of names, or label → name, got .*cat"):
        class_names(names, [1])
