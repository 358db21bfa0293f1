import pytest


@pytest.fixture(scope="module")
def watching(script):
    return script("watching")


def test_both_ways_are_measured_in_turns(watching):
    make, *_ = next(iter(watching.CASES.values()))
    without, with_watch, ratios = watching.measured(make, 16, 2, 2, 3)
    assert without > 0
    assert with_watch > 0
    assert len(ratios) == 3


def test_the_table(watching, monkeypatch, capsys):
    monkeypatch.setattr(watching, "measured", lambda *_: (2.0, 3.0, [1.4, 1.5, 1.6]))
    monkeypatch.setattr("sys.argv", ["watching", "--repeats", "1"])
    watching.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(watching.CASES)
    assert lines[1].split()[-2:] == ["1.500", "1.400..1.600"]


def test_an_unknown_case_is_refused(watching, monkeypatch):
    monkeypatch.setattr("sys.argv", ["watching", "--cases", "none"])
    with pytest.raises(SystemExit):
        watching.main()
