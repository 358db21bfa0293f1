import pytest

from vislearn.datasets.conversion.telling import require_part, warn
from vislearn.errors import InputError


def test_a_sentence_is_a_warning():
    with pytest.warns(UserWarning, match="gone"):
        warn("It is gone.")


@pytest.mark.parametrize("split", ["", "../x", "a b", "x/y", "ট্রেন"])
def test_names_that_no_part_can_have(split):
    with pytest.raises(InputError, match="split must be a word"):
        require_part(split)
