from types import SimpleNamespace

import pytest

from vislearn.training import progress
from vislearn.training.progress import Bar, watched


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
    assert walk(Bar(iter([]), 2, show=True)) == [0, 1, 2, 0, 1, 2]
    assert "6batch" in capsys.readouterr().err  # and not "6/2": nobody knew how many there would be


def test_in_bengali_the_bar_speaks_bengali(capsys, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    walk(Bar([0] * 3, 2, show=True))
    shown = capsys.readouterr().err
    assert "ইপক 2/2" in shown
    assert "লস 0.5" in shown
    assert "ব্যাচ/s" in shown


def test_a_long_piece_of_work_says_now_and_then_how_far_it_is(monkeypatch, capsys):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    monkeypatch.setattr(progress.time, "monotonic", iter(range(0, 1000, 20)).__next__)
    lines = []
    assert list(watched(range(5), say=lines.append)) == [0, 1, 2, 3, 4]
    assert lines == ["1 of 5 ...", "3 of 5 ..."]
    assert capsys.readouterr().err == ""


def test_on_a_terminal_it_is_a_bar_instead(monkeypatch, capsys):
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "_EVERY", 0.0)
    assert list(watched([1, 2], say=lambda line: pytest.fail(line))) == [1, 2]
    assert "2/2" in capsys.readouterr().err
