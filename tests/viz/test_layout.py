import pytest

from vislearn.viz.layout import even_columns


@pytest.mark.parametrize("most", [1, 3, 5, 6])
@pytest.mark.parametrize("count", range(1, 30))
def test_rows_are_as_few_as_can_be_and_the_last_is_not_lonely(count, most):
    columns = even_columns(count, most)
    rows = -(-count // columns)
    assert columns <= most
    assert rows == -(-count // most)
    assert columns * rows - count < rows  # no row lacks more than one
