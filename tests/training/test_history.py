import pytest

from vislearn.errors import InputError
from vislearn.training import History

TWO = History(
    [{"train_loss": 2.0, "val_accuracy": 0.5}, {"train_loss": 1.23456, "val_accuracy": 0.75}], best_epoch=1
)


def test_an_empty_history_is_a_table_of_nothing():
    assert History().columns == []
    assert str(History()) == "epoch"
    assert "<tbody></tbody>" in History()._repr_html_()


def test_a_column_is_asked_for_by_name():
    assert TWO["val_accuracy"] == [0.5, 0.75]
    assert len(TWO) == 2
    with pytest.raises(InputError, match="Did you mean 'val_accuracy'"):
        TWO["val_acuracy"]


def test_as_text_and_as_html_it_shows_the_same_cells():
    assert str(TWO).splitlines() == [
        "epoch  train_loss  val_accuracy",
        "1      2           0.5",
        "2 *    1.235       0.75",
    ]
    assert '<th scope="row">2 *</th><td>1.235</td><td>0.75</td>' in TWO._repr_html_()
