import json
from types import SimpleNamespace

import pytest

from vislearn import sidecar
from vislearn.errors import InputError
from vislearn.sidecar import Description, code_digest, next_figure, question, questions, watch, words

DRAW, MEASURE, EDITED = "vl.viz.bars(a)", "vl.report.metric('b', 1)", "vl.viz.bars(a, title='mine')"
ASKED = {
    "name": "01.sum",
    "kind": "ask",
    "lesson": "",
    "text": "1 + 1?",
    "answers": [
        {"text": "1", "reason": "One of the two.", "right": False},
        {"text": "2", "reason": "One more.", "right": True},
    ],
}


class Events:
    def __init__(self):
        self.callbacks = {"pre_run_cell": [], "post_run_cell": []}

    def register(self, event, callback):
        self.callbacks[event].append(callback)

    def trigger(self, event, argument):
        for callback in self.callbacks[event]:
            callback(argument)


class Shell:
    """As much of IPython's shell as is looked at."""

    def __init__(self, *already_run):
        self.events = Events()
        self.history_manager = SimpleNamespace(input_hist_raw=["", *already_run])

    def begin(self, code, cell_id=None):
        self.events.trigger("pre_run_cell", SimpleNamespace(raw_cell=code, cell_id=cell_id))

    def end(self):
        self.events.trigger("post_run_cell", None)


@pytest.fixture
def shell(monkeypatch):
    """A kernel that was just started."""
    for name, value in [("_shell", None), ("_run", None), ("_ran", [])]:
        monkeypatch.setattr(sidecar, name, value)
    sidecar._likeliest.cache_clear()
    made = Shell("import vislearn as vl")
    watch(made)
    made.end()
    return made


@pytest.fixture
def keep(tmp_path, monkeypatch):
    """Write a lesson's sidecar."""
    monkeypatch.setenv(sidecar.FOLDER_VARIABLE, str(tmp_path))
    sidecar._sidecars.cache_clear()

    def write(lesson="01_tiny", language="en", **parts):
        codes = {"draw": DRAW, "measure": MEASURE} | parts.pop("codes", {})
        cells = {key: code_digest(code) for key, code in codes.items()}
        path = tmp_path / lesson / f"{language}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"cells": cells} | parts), encoding="utf-8")
        return path

    return write


def options_of(code, **options):
    return {code_digest(code): options}


def test_outside_a_kernel_nothing_is_known(keep):
    keep(options=options_of(DRAW, **{"fig-alt": ["Bars."]}), words={"loss": "লস"})
    assert not sidecar.in_kernel()
    assert (sidecar.cell_options(), next_figure(), words("loss")) == ({}, Description(), "loss")


def test_a_cell_is_found_by_its_code_while_it_runs(shell, keep):
    keep(options=options_of(DRAW, within=0.1))
    shell.begin(f"{DRAW}  \n")
    assert sidecar.cell_options() == {"within": 0.1}
    shell.end()
    assert sidecar.cell_options() == {}


def test_the_cell_that_imports_vislearn_is_found_too(shell, keep, monkeypatch):
    keep(options=options_of(DRAW, within=0.1))
    monkeypatch.setattr(sidecar, "_shell", None)
    watch(Shell("x = 1", DRAW))
    assert sidecar.cell_options() == {"within": 0.1}


def test_watching_twice_counts_once(shell, keep):
    watch(shell)
    assert [len(registered) for registered in shell.events.callbacks.values()] == [1, 1]


def test_an_edited_cell_is_found_by_its_id_or_not_at_all(shell, keep):
    keep(options=options_of(DRAW, **{"fig-alt": ["Bars."]}))
    shell.begin(EDITED, "draw")
    assert next_figure().alt == "Bars."
    shell.begin(EDITED)
    assert next_figure() == Description()


def test_pictures_take_their_words_in_order_and_anew_in_each_run(shell, keep):
    keep(options=options_of(DRAW, **{"fig-alt": ["One.", "Two."], "compared": "structure", "caption": ["c"]}))
    for _run in range(2):
        shell.begin(DRAW)
        taken = [next_figure() for _picture in range(3)]
        assert taken == [
            Description("One.", "structure", "c"),
            Description("Two.", "structure"),
            Description("", "structure"),
        ]


def test_a_list_of_rules_goes_with_its_pictures(shell, keep):
    keep(options=options_of(DRAW, compared=["pictures", "structure"]))
    shell.begin(DRAW)
    assert [next_figure().compared for _picture in range(3)] == ["pictures", "structure", ""]


def test_a_cell_of_two_lessons_belongs_to_the_one_most_cells_are_of(shell, keep):
    keep("01_tiny", options=options_of(DRAW, within=1))
    keep("02_more", options=options_of(DRAW, within=2), codes={"measure": "other()"})
    shell.begin("other()")
    shell.begin(DRAW)
    assert sidecar.cell_options() == {"within": 2}


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000])
def test_a_damaged_sidecar_is_no_error(shell, keep, text):
    keep().write_text(text, encoding="utf-8")
    shell.begin(DRAW)
    assert sidecar.cell_options() == {}


def test_words_are_those_of_the_lesson_in_the_learner_s_language(shell, keep, monkeypatch):
    known = {
        "loss": "লস",
        "{} of {} found": "{1}টির মধ্যে {0}টি",
        "rate {}": "রেট {}",
        "rate {} of 3": "৩টির {}",
        "{} of {} found at once": "একবারে {} ও {}",
    }
    keep(words={})
    keep(language="bn", words=known)
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert words("loss") == "loss"  # no cell of the lesson has run
    shell.begin(MEASURE)
    said = [
        "loss",
        "losses",
        "3 of 5 found",
        "rate 0.1",
        "rate loss",
        "3 of 5 found at once",
        "rate 1 of 3",
        "",
    ]
    assert [words(text) for text in said] == [
        "লস",
        "losses",
        "5টির মধ্যে 3টি",
        "রেট 0.1",
        "রেট লস",
        "একবারে 3 ও 5",
        "3টির 1",  # one kind of digits
        "",
    ]
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    assert words("loss") == "loss"


def test_without_its_own_language_a_lesson_speaks_english(shell, keep, monkeypatch):
    keep(options=options_of(DRAW, **{"fig-alt": ["Bars."]}))
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    shell.begin(DRAW)
    assert next_figure().alt == "Bars."


def test_questions_by_number_and_name(keep):
    keep(questions={"sum": ASKED})
    assert question("01.sum").answers[1].right
    with pytest.raises(InputError, match=r"question must be one of '01.sum', got '01.sun'. Did you mean"):
        question("01.sun")
    assert questions() == [question("01.sum")]


def test_without_sidecars_there_are_no_questions(keep):
    assert questions() == []


def test_the_digest_ignores_what_nobody_sees_and_nothing_else():
    assert code_digest("a\r\nb \n\n") == code_digest("a\nb")
    assert code_digest("a\n b") != code_digest("a\nb")


def test_the_files_of_one_lesson(keep):
    kept = [keep(language=code) for code in ("bn", "en")]
    keep("02_more")
    assert sidecar.sidecars_of("01_tiny") == kept
    assert sidecar.sidecars_of("03_none") == []


@pytest.mark.parametrize(("said", "strict"), [("1", True), ("0", False), (None, False)])
def test_pictures_must_have_words_only_where_that_is_said(monkeypatch, said, strict):
    monkeypatch.delenv(sidecar.STRICT_VARIABLE, raising=False)
    if said is not None:
        monkeypatch.setenv(sidecar.STRICT_VARIABLE, said)
    assert sidecar.is_strict() is strict
