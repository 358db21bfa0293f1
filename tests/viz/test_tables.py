import pytest

from vislearn.errors import InputError
from vislearn.viz.tables import table


def test_no_rows_no_table():
    with pytest.raises(InputError, match="rows must hold at least one row"):
        table([], caption="nothing")


def test_rows_must_agree():
    with pytest.raises(InputError, match="must all have the columns a, b, got a"):
        table([{"a": 1, "b": 2}, {"a": 1}], caption="uneven")


def test_text_is_aligned_and_floats_are_short():
    text = str(
        table([{"name": "one", "value": 1 / 3}, {"name": "a hundred", "value": 100}], caption="Numbers")
    )
    assert text.splitlines() == ["Numbers", "name       value", "one        0.333", "a hundred  100"]


def test_html_has_headers_and_escapes():
    html = table([{"a<b": "x&y", "c": 1}], caption="<odd>").html()
    assert '<th scope="col" style="text-align:left">a&lt;b</th>' in html
    assert 'scope="row"' in html
    assert "x&amp;y" in html
    assert "&lt;odd&gt;</caption>" in html
