import pytest


@pytest.fixture(scope="module")
def watching(script):
    return script("watching")


def test_what_the_watch_adds_is_told_apart_from_the_step(watching, monkeypatch):
    def turn(_model, side, _batch, *, watched):
        first, later = (2.0, 1.5) if watched else (1.0, 1.0)
        return [20.0] * watching.STEPS if side == 64 else [first] * watching.FIRST + [later] * 18

    monkeypatch.setattr(watching, "steps_of_a_turn", turn)
    make, *_ = next(iter(watching.CASES.values()))
    assert watching.measured(make, 64, 8, 3) == (20.0, 1.0, 0.5)


@pytest.mark.parametrize("watched", [True, False])
def test_a_turn_trains(watching, watched):
    make, *_ = next(iter(watching.CASES.values()))
    model = make().train()
    before = [parameter.detach().clone() for parameter in model.parameters()]
    assert len(watching.steps_of_a_turn(model, 16, 2, watched=watched, steps=2)) == 2
    assert any((one != two).any() for one, two in zip(before, model.parameters(), strict=True))


def test_the_table(watching, monkeypatch, capsys):
    monkeypatch.setattr(watching.torch, "set_num_threads", lambda _: None)
    monkeypatch.setattr(watching, "measured", lambda *_: watching.Cost(50.0, 2.0, 0.5))
    monkeypatch.setattr("sys.argv", ["watching", "--turns", "1"])
    watching.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(watching.CASES)
    assert lines[1].split()[-4:] == ["50.0", "2.00", "0.50", "1.0%"]


def test_an_unknown_case_is_refused(watching, monkeypatch):
    monkeypatch.setattr("sys.argv", ["watching", "--cases", "none"])
    with pytest.raises(SystemExit):
        watching.main()
