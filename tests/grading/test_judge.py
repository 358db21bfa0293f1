"""How exercises are put to those in the jail, and what is believed of what they say."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import torch

from vislearn.exercises.registry import find
from vislearn.exercises.running import Outcome, error_text, same_error
from vislearn.grading import judge


def case(name):
    return judge._Case(find(name).salted("pepper"))


@pytest.mark.parametrize(
    ("name", "observing"),
    [
        ("pipeline.to_unit_range", False),
        ("vision.iou_matrix", False),
        ("vision.suppress", False),
        ("training.cross_entropy", False),
        ("sets.checksums", False),
        ("vision.align", True),  # is given a function
        ("transfer.freeze", True),  # an observer looks at a network
    ],
)
def test_what_can_be_sent_is_compared_outside(name, observing):
    found = case(name)
    assert found.observing is observing
    told = found.job(judge.Program("f", ()))
    assert told["salt"] == ("pepper" if observing else 0)
    assert len(told["forbids"]) == (0 if observing else len(found.exercise.forbids))


@pytest.mark.parametrize(
    ("name", "reported"),
    [("pipeline.to_unit_range", ""), ("training.cross_entropy", "calls"), ("transfer.freeze", "facts")],
)
def test_a_case_knows_what_rests_on_the_word_of_those_inside(name, reported):
    assert case(name).reported == reported


def test_files_that_are_arguments_may_be_read():
    paths = case("sets.checksums").exercise.arguments(0)[0]
    assert {path.parent for path in paths} <= set(case("sets.checksums").readable)


SAID = {
    "kind": "value",
    "value": 3,
    "error": None,
    "printed": "",
    "called": [],
    "changed": [],
    "touched": [],
    "place": None,
}


def test_an_outcome_is_made_of_what_was_said():
    assert judge._outcome(SAID) == Outcome("value", 3)


@pytest.mark.parametrize(
    "lie",
    [
        {"kind": "right"},
        {"kind": "error"},
        {"error": ("ValueError", "x")},
        {"error": "x"},
        {"kind": "unusable", "value": 3},
        {"called": None},
        {"touched": ["a"]},
        {"place": ()},
    ],
    ids=str,
)
def test_what_does_not_fit_together_is_not_believed(lie):
    with pytest.raises((ValueError, TypeError, KeyError, IndexError)):
        judge._outcome(SAID | lie)


@pytest.mark.parametrize(
    "error",
    [ValueError("a 3"), KeyError("a"), IndexError("out"), UnicodeDecodeError("utf8", b"a", 0, 1, "r")],
)
def test_an_error_is_the_same_after_its_journey(error):
    text = str(error.args[0]) if isinstance(error, KeyError) else str(error)
    came = judge._error(type(error).__name__, text)
    assert type(came) is type(error)
    if not isinstance(error, UnicodeDecodeError):
        assert same_error(came, error)


def test_an_error_of_the_learners_own_kind_keeps_its_name():
    assert error_text(judge._error("MyError", "no"), (3, "x")) == "MyError: no (line 3 of your cell: `x`)"
    assert error_text(judge._error("print", ""), None) == "print"


def test_what_a_reader_refuses_is_no_crash():
    exercise = find("sets.yolo_line")
    assert judge._read(exercise, Outcome("value", object())).kind in ("error", "unusable", "value")
    assert judge._read(exercise, Outcome("nothing")) == Outcome("nothing")


class Liar:
    """What an inmate would say, one thing after another; the clock goes on so many seconds each time."""

    def __init__(self, monkeypatch, *said, seconds=0.0):
        self.said, self.seconds, self.now, self.asked = list(said), seconds, 0.0, []
        monkeypatch.setattr(judge.wire, "send", lambda *_line_and_value: None)
        monkeypatch.setattr(judge.wire, "receive", self.receive)
        monkeypatch.setattr(judge.time, "monotonic", lambda: self.now)

    @contextmanager
    def cell(self, _exercise, **_walls):
        yield

    def receive(self, _line, seconds):
        self.asked.append(seconds)
        if seconds < self.seconds:
            raise TimeoutError
        self.now += self.seconds
        return self.said.pop(0) if len(self.said) > 1 else self.said[0]


HELLO = {"trouble": "", "late": False, "instead": "", "signature": [("image", 1, False)], "idle": False}
PROGRAM = judge.Program("to_unit_range", ())


def verdict(liar):
    return judge.Judge(liar, "pepper").verdict("pipeline.to_unit_range", PROGRAM)


@pytest.mark.parametrize(
    "said", [{"value": "ক" * 100_000}, {"kind": "unusable", "value": "a" * 9000}, {"changed": ["a" * 9000]}]
)
def test_a_long_answer_makes_no_long_report(monkeypatch, said):
    found = verdict(Liar(monkeypatch, HELLO, SAID | said))
    assert found.status == "wrong"
    assert len(str(found)) < 5000


def test_who_is_slow_in_every_call_is_given_up_after_some(monkeypatch):
    liar = Liar(monkeypatch, HELLO, SAID | {"value": torch.zeros(1)}, seconds=39.0)
    found = verdict(liar)
    assert "had not ended" in found.message
    assert found.cause == "endless"
    # a minute for the cells; then three times a call's ten seconds and ten more, and two minutes for all
    assert liar.asked == [60, 40, 40, 40, 3]


def test_cells_that_do_not_end_are_told_from_those_that_fail(monkeypatch):
    late = HELLO | {"trouble": "line 3: more than 20 s", "late": True}
    assert verdict(Liar(monkeypatch, late)).cause == "endless"
    assert verdict(Liar(monkeypatch, late | {"late": False})).cause == ""
    assert verdict(Liar(monkeypatch, late, seconds=61.0)).cause == "endless"


@pytest.mark.parametrize(
    ("error", "text", "told"),
    [
        ("PermissionError", "[Errno 13] Permission denied: '/home/me/a.csv'", True),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'a.csv'", True),
        ("RuntimeError", "[Errno 2] No such file or directory: 'a.png'", True),  # torchvision's
        ("PermissionError", "[Errno 1] Operation not permitted", False),  # a socket, a program
        ("KeyError", "13", False),
    ],
)
def test_who_opens_a_file_is_told_that_grading_has_none_of_theirs(monkeypatch, error, text, told):
    found = verdict(Liar(monkeypatch, HELLO, SAID | {"kind": "error", "error": (error, text)}))
    word = "In grading an answer can open only the files that it is given: your own are not there."
    assert found.message.startswith(error)
    assert found.evidence == (word if told else "")
    at_once = verdict(Liar(monkeypatch, HELLO | {"trouble": f"{error}: {text}"}))
    assert at_once.evidence == (word if told else "")


def test_the_name_of_a_forbidden_function_is_short_whoever_tells_it():
    assert judge._outcome(SAID | {"called": ["a" * 9000]}).called == ("a" * 100,)


@pytest.mark.parametrize("hello", [[], "x", HELLO | {"signature": [("image", 9, False)]}, torch.zeros(2)])
def test_an_introduction_that_makes_no_sense_is_told(monkeypatch, hello):
    assert verdict(Liar(monkeypatch, hello)).message.startswith("What came back is no answer")


@pytest.mark.parametrize(("reference_s", "limit_s"), [(0.5, 10), (1.0, 10), (1.5, 15), (30, 300)])
def test_a_call_may_take_ten_times_as_long_as_the_reference_and_ten_seconds_always(
    monkeypatch, reference_s, limit_s
):
    now = [0.0]
    monkeypatch.setattr(judge.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(judge, "run_known", lambda *_: now.append(now.pop() + reference_s))
    assert case("pipeline.to_unit_range").limit_s == limit_s


def test_long_sentences_are_cut():
    assert judge._bounded("a" * 2000) == "a" * 2000
    assert judge._bounded("a" * 2001) == "a" * 1999 + "…"
    found = judge._outcome(SAID | {"place": (7, "x" * 900), "touched": [1.0, "2"], "changed": ["a"]})
    assert (found.place, found.touched, found.changed) == ((7, "x" * 300), (1, 2), ("a",))


def test_what_an_inmate_says_of_itself_is_cut(monkeypatch):
    found = verdict(Liar(monkeypatch, HELLO | {"trouble": "t" * 900}))
    assert found.message == f"The cell could not be run: {'t' * 300}"
    found = verdict(Liar(monkeypatch, HELLO | {"instead": "i" * 900, "signature": None}))
    assert "i" * 200 in found.message
    assert "i" * 201 not in found.message


def test_a_signature_is_made_of_what_was_told():
    told = [("a", 0, False), ("b", 1, True), ("c", 2, False), ("d", 3, True), ("e", 4, False)]
    assert str(judge._signature(told)) == "(a, /, b=None, *c, d=None, **e)"
    assert judge._signature(None) is None


def hinge(_x):
    """A function of this module, to be found again."""


@pytest.mark.parametrize(
    ("function", "place"),
    [
        (torch.nn.functional.relu, ("torch.nn.functional", "relu")),
        (torch.nn.Module.eval, ("torch.nn.modules.module", "Module.eval")),
        (torch.ops.aten.relu, ("torch.ops", "aten.relu")),
        (hinge, (__name__, "hinge")),
        (lambda x: x, None),
    ],
)
def test_a_function_is_found_again_by_its_place_or_has_none(function, place):
    assert judge._place_of(function) == place


def test_a_reader_that_fails_is_the_answers_fault():
    def endless(_value):
        raise judge.OutOfTime

    for reader, kind in ((endless, "out of time"), (lambda _value: 1 / 0, "error"), (str, "value")):
        answer = Outcome("value", 3, printed="hi", called=("f",), touched=(1,))
        read = judge._read(SimpleNamespace(reader=reader), answer)
        assert read.kind == kind
    assert (read.value, read.printed, read.called, read.touched) == ("3", "hi", ("f",), (1,))
