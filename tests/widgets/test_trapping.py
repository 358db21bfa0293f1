"""The cabinet of traps: a choice shows its trap, and a table of all stands in without a kernel."""

import pytest

from vislearn.errors import InputError
from vislearn.traps import CATALOG
from vislearn.widgets import trap_gallery


def test_a_choice_shows_symptom_and_both_codes(controls):
    lab = trap_gallery(alt="Traps.")
    choice = controls(lab)["trap"]
    for trap in CATALOG[:3]:
        choice.value = trap.name
        page = lab.view.children[-1].value
        assert trap.symptom in page
        assert page.count("<pre>") == 2
        assert f"<blockquote>{trap.certainty}: " in page
        assert trap.section in page


def test_code_is_shown_as_it_is_written_and_never_as_html(controls):
    lab = trap_gallery(alt="Traps.")
    controls(lab)["trap"].value = "scaled_otherwise"
    assert "<script" not in lab.view.children[-1].value


def test_all_traps_stand_in_a_table_without_a_kernel():
    lab = trap_gallery(alt="Traps.")
    assert all(f">{trap.name}<" in lab.fallback for trap in CATALOG)
    assert lab.fallback.count("<tr>") == len(CATALOG) + 1


def test_in_bengali_numbers_are_set_as_code_and_no_backtick_is_seen(controls, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    lab = trap_gallery(alt="Traps.")
    (choice,) = controls(lab).values()
    choice.value = "softmax_before_cross_entropy"
    assert "<code>1.46</code>" in lab.view.children[-1].value
    assert "`" not in lab.fallback


def test_who_finds_it_stands_beside_it(controls):
    lab = trap_gallery(alt="Traps.")
    for name, finder in {"missing_eval": "traps.watch", "leakage": "traps.check"}.items():
        controls(lab)["trap"].value = name
        assert finder in lab.view.children[-1].value


def test_words_are_asked_for():
    with pytest.raises(InputError, match="alt"):
        trap_gallery()
