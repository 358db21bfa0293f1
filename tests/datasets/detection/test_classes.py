import pytest

from vislearn.datasets.detection.classes import alike_names, numbered
from vislearn.errors import InputError


def test_labels_count_from_1_in_the_order_given():
    assert numbered([]) == {}
    assert numbered(("dog", "cat")) == {"dog": 1, "cat": 2}


@pytest.mark.parametrize("classes", ["cat", ["cat", ""], ["cat", 3]])
def test_what_is_no_list_of_names(classes):
    with pytest.raises(InputError, match="must be a list of names"):
        numbered(classes)


@pytest.mark.parametrize("classes", [["cat", "dog", "cat"], ["\u09dc", "\u09a1\u09bc"]])
def test_a_name_twice_even_if_spelt_in_two_unicode_forms(classes):
    with pytest.raises(InputError, match="must name each class once"):
        numbered(classes)


def test_names_that_differ_in_capitals_or_spaces_are_told():
    assert alike_names(["cat", "dog", "cats", "hot dog", "hotdog"]) == []
    (problem,) = alike_names(["hot dog", " Hot  dog "])
    assert "the classes 'hot dog' and ' Hot  dog '" in str(problem)
    told = [str(problem) for problem in alike_names(["Bus", "cat", "bus", "CAT"])]
    assert [("'Bus' and 'bus'" in one, "'cat' and 'CAT'" in one) for one in told] == [
        (True, False),
        (False, True),
    ]


def test_a_space_that_nobody_sees_is_told():
    (both,) = alike_names(["Cat ", "cat", "dog"])
    assert str(both).startswith("The data set has the classes 'Cat ' and 'cat'.")
    (alone,) = alike_names([" cat", "dog"])
    assert str(alone) == "The data set has a space at one end of the class ' cat'. Rename it."
