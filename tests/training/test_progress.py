from types import SimpleNamespace

from vislearn.training.progress import Bar


def standing():
    return SimpleNamespace(epoch=0, batch=0, losses=SimpleNamespace(values=[]))


def walk(bar, epochs=2, batches=3):
    place, seen = standing(), []
    with bar:
        for place.epoch in range(epochs):
            place.batch = 0
            for batch in bar.over(iter(range(batches)), place):
                seen.append(batch)
                place.batch += 1
                place.losses.values.append(0.5)
    return seen


def test_without_a_terminal_nothing_is_written(capsys):
    assert walk(Bar([0] * 3, 2, show=None)) == [0, 1, 2, 0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_when_asked_for_it_counts_all_batches_and_names_epoch_and_loss(capsys):
    assert walk(Bar([0] * 3, 2, show=True)) == [0, 1, 2, 0, 1, 2]
    shown = capsys.readouterr().err
    assert "6/6" in shown
    assert "epoch 2/2" in shown
    assert "loss 0.5" in shown


def test_it_counts_forward_also_where_a_training_goes_on_in_the_middle():
    bar, place, counts = Bar([0] * 4, 2, show=True), standing(), []
    place.batch = 1  # the first batch was learned before
    with bar:
        for place.epoch in range(2):
            for _batch in bar.over(iter(range(4 - place.batch)), place):
                counts.append(bar._bar.n)
                place.batch += 1
            counts.append(bar._bar.n)
            place.batch = 0
    assert counts == [1, 2, 3, 4, 4, 5, 6, 7, 8]


def test_a_loader_without_a_length_is_counted_too(capsys):
    assert walk(Bar(iter([]), 1, show=True), epochs=1) == [0, 1, 2]
    assert "batch" in capsys.readouterr().err


def test_in_bengali_the_bar_speaks_bengali(capsys, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    walk(Bar([0] * 3, 2, show=True))
    shown = capsys.readouterr().err
    assert "ইপক 2/2" in shown
    assert "লস 0.5" in shown
    assert "ব্যাচ/s" in shown
