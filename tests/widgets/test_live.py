from vislearn.training import History
from vislearn.widgets import live_curves
from vislearn.widgets.live import drawn
from vislearn.widgets.rendering import view_problems

HISTORY = History(
    [
        {"train_loss": 2.0, "val_loss": 2.1, "val_accuracy": 0.25, "learning_rate": 0.1, "seconds": 1.0},
        {"train_loss": 1.0, "val_loss": 1.5, "val_accuracy": 0.75, "learning_rate": 0.1, "seconds": 1.0},
    ]
)


def test_before_the_first_epoch_a_sentence_stands_there():
    live = live_curves()
    live(History())
    assert "The curves grow here" in live._panel.value
    assert view_problems([live.view.model_id]) == []


def test_after_an_epoch_the_curves_do_and_the_stored_stand_in_stays_the_same():
    live = live_curves()
    before = live._repr_mimebundle_()[0]["text/html"]
    live(HISTORY)
    assert "<img" in live._panel.value
    assert "After epoch 2: train_loss 1, val_loss 1.5, val_accuracy 0.75." in live._panel.value
    assert live._repr_mimebundle_()[0]["text/html"] == before


def test_losses_and_scores_have_a_panel_each_and_bookkeeping_none():
    both = drawn(HISTORY).alt
    assert "seconds" not in both
    assert drawn(HISTORY).digest != drawn(History([{"train_loss": 2.0}, {"train_loss": 1.0}])).digest
