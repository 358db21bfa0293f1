import functools
import random

import numpy as np
import pytest
import torch

from vislearn import language, progress
from vislearn.exercises import check
from vislearn.exercises.checking import examine
from vislearn.exercises.examinees import Here
from vislearn.exercises.registry import find

NAME = "pipeline.to_unit_range"
OUTSIDE = torch.zeros(3, 4, 4)
COUNTER = [0]


def prints(image):
    print((image / 255).mean())


def forgets_return(image):
    image = image / 255


def forgets_one_return(image):  # noqa: RET503 - that is its fault
    if image.shape[0] == 3:
        return image / 255


def counts(image):
    COUNTER[0] += 1
    return image / 255 + COUNTER[0]


def debugs(image):
    print("shape", tuple(image.shape))
    return image / 255


def works_in_place(image):
    image = image.float()
    image /= 255
    return image


def spoils_its_argument(image):
    result = image / 255
    image.zero_()
    return result


def generates(image):
    yield image / 255


class Scaler:
    def __call__(self, image):
        return image / 255

    def method(self, image):
        return image / 255


@pytest.mark.parametrize(
    "answer",
    [
        lambda image: image / 255,
        debugs,
        works_in_place,
        spoils_its_argument,
        Scaler(),
        Scaler().method,
        functools.partial(torch.mul, other=1 / 255),
        lambda image, scale=255: image / scale,
        lambda *args: args[0] / 255,
        lambda anything: anything.float().div_(255),
    ],
)
def test_every_way_to_be_right(answer):
    verdict = check(NAME, answer)
    assert (verdict.status, verdict.stage, verdict.hints) == ("right", "", ())
    assert verdict.message.startswith("Tried on 6 random inputs, each answered as expected.")


@pytest.mark.parametrize(
    ("answer", "remark"),
    [
        (lambda image: image / 255, ""),
        (
            lambda image: image.double() / 255,
            " Yours is float64: twice the memory, and networks expect float32.",
        ),
        (
            lambda image: (image / 255).numpy(),
            " Yours is a NumPy array of shape (3, 4, 7); what follows in a pipeline wants a tensor.",
        ),
        (
            lambda image: (image / 255).tolist(),
            " Yours is a list of length 3; what follows in a pipeline wants a tensor.",
        ),
    ],
)
def test_a_right_answer_may_get_a_remark(answer, remark):
    assert check(NAME, answer).message == f"Tried on 6 random inputs, each answered as expected.{remark}"


@pytest.mark.parametrize(
    ("answer", "status", "stage", "words"),
    [
        # before anything is compared
        (None, "error", "runs", f'`check("{NAME}", to_unit_range)`. You passed nothing (None).'),
        (OUTSIDE, "error", "runs", "You passed a tensor of shape (3, 4, 4)."),
        (
            lambda: 0,
            "error",
            "runs",
            "`to_unit_range` must take 1 parameter (image); yours takes no parameters.",
        ),
        (lambda a, b: 0, "error", "runs", "yours takes 2 parameters (a, b)."),
        (lambda *, a: 0, "error", "runs", "yours takes 1 parameter (a)."),
        (int.bit_length, "error", "runs", "TypeError: descriptor 'bit_length'"),
        (min, "error", "runs", "RuntimeError"),  # min tells no signature
        # nothing returned
        (lambda image: None, "not attempted", "", "in place of `...`"),
        (lambda image: ..., "not attempted", "", "in place of `...`"),
        (forgets_return, "wrong", "returns", "works but returns nothing (None). End it with `return`"),
        (forgets_one_return, "wrong", "returns", "a `return` is missing on one of its ways"),
        (prints, "wrong", "returns", "prints its answer but returns nothing"),
        # errors
        (
            lambda image: image.x,
            "error",
            "runs",
            "AttributeError: 'Tensor' object has no attribute 'x' (line ",
        ),
        (lambda image: image.mean(), "error", "runs", "NotImplementedError: mean(): could not infer"),
        (lambda image: exec("1/0"), "error", "runs", "ZeroDivisionError: division by zero (line "),
        (lambda image: undefined / 255, "error", "runs", "NameError: name 'undefined' is not defined"),  # noqa: F821
        # stages
        (lambda image: (image / 255).mean, "wrong", "type", "call it, with parentheses"),
        (generates, "wrong", "type", "a generator (from `yield`) returned"),
        (lambda image: "half", "wrong", "type", "the same answer for every input"),
        (lambda image: (image / 255).half(), "wrong", "dtype", "dtype float32 expected, float16 returned."),
        (lambda image: image.permute(1, 2, 0) / 255, "wrong", "shape", "the axes are in another order"),
        (lambda image: image / 255 * 2, "wrong", "range", "values from"),
        (lambda image: image / 254, "wrong", "value", "84 of 84 values differ."),
        # patterns
        (lambda image: image, "wrong", "dtype", "returns its input unchanged"),
        (lambda image: OUTSIDE, "wrong", "shape", "a variable from another cell instead of its parameter?"),
        (lambda image: torch.rand(image.shape), "wrong", "value", "gives different answers"),
        (lambda image: image / 255 + random.random(), "wrong", "value", "gives different answers"),
        (lambda image: image / 255 + np.random.rand(), "wrong", "value", "gives different answers"),
        (counts, "wrong", "value", "gives different answers"),
    ],
)
def test_every_way_not_to_be_right(answer, status, stage, words):
    verdict = check(NAME, answer)
    assert (verdict.status, verdict.stage) == (status, stage)
    assert words in verdict.message
    assert len(verdict.hints) == 3
    assert "Traceback" not in str(verdict)
    assert len(verdict.message.splitlines()) == 1


def test_not_implemented_is_not_attempted():
    def later(image):
        raise NotImplementedError("do this tomorrow")

    assert check(NAME, later).status == "not attempted"


def test_chance_that_happens_to_be_right_once_is_still_found_out():
    def seldom(image):
        return image / 255 if torch.rand(()) < 0.8 else image / 254

    assert check(NAME, seldom).status == "wrong"


def test_what_is_wrong_each_time_is_told_even_where_other_answers_vary():
    first = find(NAME).arguments(0)[0]

    def mostly_chance(image):
        return image / 250 if torch.equal(image, first) else torch.rand(image.shape)

    assert "0.3137 expected, 0.32 returned" in check(NAME, mostly_chance).message


def test_a_diagnosis_comes_with_its_evidence_and_stages():
    verdict = check(NAME, lambda image: image / 256)
    assert verdict.evidence == "at [0, 0, 0]: 0.3137 expected, 0.3125 returned; 84 of 84 values differ."
    assert [stage.met for stage in verdict.stages] == [True] * 6 + [False]
    early = check(NAME, lambda image: image // 255)
    assert [stage.met for stage in early.stages] == [True, True, True, False, None, None, None]


@pytest.mark.parametrize(
    ("reference", "labels"),
    [
        (lambda x: x, ["runs", "returns", "type", "dtype", "shape", "range", "value"]),
        (lambda x: x.shape, ["runs", "returns", "type", "length", "value"]),
        (lambda x: "cat", ["runs", "returns", "type", "value"]),
    ],
)
def test_only_stages_that_exist_are_shown(made, reference, labels):
    exercise = made(reference)
    assert [stage.label for stage in check(exercise.name, lambda x: b"?").stages] == labels


def test_a_diagnosed_error_keeps_the_error_as_evidence(made):
    exercise = made(lambda x: x.sum())
    exercise.mistake("too small")(lambda x: x.reshape(7, 7))
    verdict = check(exercise.name, lambda x: x.view(7, 7))
    assert (verdict.status, verdict.message, verdict.stage) == ("wrong", "too small", "runs")
    assert verdict.evidence.startswith("RuntimeError: shape '[7, 7]' is invalid")


def test_a_right_answer_is_told_that_it_changes_its_argument():
    verdict = check("pipeline.to_unit_range", spoils_its_argument)
    assert verdict.status == "right"
    assert verdict.touches == ("image",)
    assert "changes what it is given (`image`)" in verdict.message
    assert check("pipeline.to_unit_range", works_in_place).touches == ()  # on a copy of its own


def test_what_the_reference_changes_too_is_meant(made):
    exercise = made(lambda x: x.add_(1))
    assert check(exercise.name, lambda x: x.add_(1)).touches == ()


def test_facts_are_shown_in_place_of_stages(made):
    exercise = made(lambda x: {"a"})
    exercise.observe(lambda function, x: {"first": "a" in function(x), "second": "b" not in function(x)})
    right, wrong = check(exercise.name, lambda x: {"a"}), check(exercise.name, lambda x: {"b", "a"})
    assert [fact.met for fact in right.facts] == [True, True]
    assert [fact.met for fact in wrong.facts] == [True, False]
    assert wrong.message == "This does not hold yet: second."
    assert (right.stages, wrong.stages, wrong.evidence) == ((), (), "")


@pytest.fixture
def judged(made):
    """An exercise whose facts hold by themselves, and how often its reference was run."""
    runs = []
    exercise = made(lambda x: runs.append(x) or {"a"}, trials=1)
    exercise.judge(lambda function, x: {"first": "a" in function(x)})
    return exercise, runs


def test_where_facts_are_known_to_hold_the_reference_is_not_run(judged):
    exercise, runs = judged
    right, wrong = check(exercise.name, lambda x: {"a"}), check(exercise.name, lambda x: {"b"})
    assert (right.status, [fact.met for fact in right.facts]) == ("right", [True])
    assert (wrong.message, [fact.met for fact in wrong.facts]) == ("This does not hold yet: first.", [False])
    assert check(exercise.name, lambda x: 1 / 0).status == "error"
    assert runs == []


def test_facts_that_come_from_elsewhere_must_be_the_reference_s(judged):
    class Elsewhere:
        def __getattr__(self, name):
            return getattr(Here(lambda x: {"a"}), name)

    exercise, runs = judged
    assert examine(exercise, Elsewhere()).status == "right"
    assert len(runs) == 1


def test_what_is_returned_may_fail_only_when_used(made):
    exercise = made(lambda x: abs)
    exercise.observe(lambda function, x: {"fact": int(function(x)("three"))})
    answer = eval(compile("lambda x: int", "<cell>", "eval"))  # in a file of its own, as a learner's is
    verdict = check(exercise.name, answer)
    assert verdict.status == "error"
    assert verdict.message.startswith("What you returned fails when it is used: ValueError: invalid literal")


def test_printed_text_is_kept_from_the_cell_and_shown_once(capsys):
    verdict = check(NAME, debugs)
    assert verdict.printed == "shape (3, 4, 7)"
    assert capsys.readouterr().out == ""
    assert len(check(NAME, lambda image: print("x" * 9999)).printed) == 400


def test_checking_leaves_chance_as_it_was():
    def greedy(image):
        torch.manual_seed(1), np.random.seed(1), random.seed(1)
        return image / 255

    torch.manual_seed(5), np.random.seed(5), random.seed(5)
    wanted = torch.rand(1).item(), np.random.rand(), random.random()
    torch.manual_seed(5), np.random.seed(5), random.seed(5)
    assert check(NAME, greedy).status == "right"
    assert (torch.rand(1).item(), np.random.rand(), random.random()) == wanted


def test_the_same_answer_gets_the_same_verdict_whatever_the_global_chance():
    torch.manual_seed(1)
    first = check(NAME, lambda image: torch.rand(image.shape))
    torch.manual_seed(2)
    assert check(NAME, lambda image: torch.rand(image.shape)) == first


def test_messages_are_translated_when_they_are_shown(monkeypatch, made):
    exercise = made(lambda x: x * 2)
    exercise.reference.__doc__ = "Double it."
    exercise.mistake("Halved.")(lambda x: x / 2)
    bengali = {
        "Halved.": "অর্ধেক।",
        "a nudge": "ইঙ্গিত",
        "Double it.": "দ্বিগুণ করুন।",
        "value": "মান",
        "dtype {expected} expected, {got} returned.": "{expected} দরকার, {got} এসেছে।",
    }
    monkeypatch.setattr(language, "_catalog", {"bn": bengali, "en": {}}.get)
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    verdict = check(exercise.name, lambda x: x / 2)
    assert verdict.message == "অর্ধেক।"
    assert verdict.hints[0] == "ইঙ্গিত"
    assert verdict.stages[-1].label == "মান"
    assert check(exercise.name, lambda x: x.half()).message == "float32 দরকার, float16 এসেছে।"
    untouched = check(exercise.name, lambda x: None)
    assert untouched.task == "দ্বিগুণ করুন।"
    assert str(untouched).endswith(f'\n\n{untouched.task}\n  Stuck? hint("{exercise.name}") shows a hint.')
    assert "<p>দ্বিগুণ করুন।</p>" in untouched._repr_html_()
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    assert check(exercise.name, lambda x: x / 2).message == "Halved."
    assert check(exercise.name, lambda x: None).task == ""


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (lambda image: image.float() / 255, "right"),
        (lambda image: image.float() / 256, "wrong"),
        (lambda image: image.secret, "error"),
    ],
)
def test_the_verdict_is_kept_and_what_the_learner_wrote_is_not(tmp_path, monkeypatch, answer, status):
    file = tmp_path / "progress.jsonl"
    monkeypatch.setenv("VISLEARN_PROGRESS", str(file))
    check(NAME, answer)
    assert progress.done() == {NAME: status}
    assert bool(progress.read()[0].diagnosis) == (status == "wrong")
    assert "secret" not in file.read_text(encoding="utf-8")


def never_ends(image):
    while True:
        pass


class Own(BaseException):
    def __str__(self):
        raise RuntimeError("no text either")


def raises_own(image):
    raise Own


class Liar(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


class LyingTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return torch.zeros(3, 4, 7)


def test_a_loop_without_end_gets_a_verdict(monkeypatch):
    monkeypatch.setattr("vislearn.exercises.running._LIMIT_S", 0.5)
    verdict = check(NAME, never_ends)
    assert (verdict.status, verdict.stage) == ("error", "runs")
    assert verdict.message.startswith("Your function had not ended after ten seconds and was stopped.")
    assert verdict.cause == "endless"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [(lambda: 0, "parameters"), (None, "no function"), (raises_own, ""), (lambda image: image, "")],
)
def test_a_cause_is_named_where_the_stage_would_mislead(answer, cause):
    assert check(NAME, answer).cause == cause


def test_any_error_of_the_learners_own_gets_a_verdict():
    verdict = check(NAME, raises_own)
    assert (verdict.status, verdict.message.split(" ")[0]) == ("error", "Own")


def test_global_settings_are_put_back_and_named_once():
    def double(image):
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        return image / 255.0

    verdict = check(NAME, double)
    assert (torch.get_default_dtype(), torch.is_grad_enabled()) == (torch.float32, True)
    assert verdict.status == "right"
    assert "(gradients on or off, the default dtype)" in verdict.put_back
    assert verdict.put_back in str(verdict)
    assert verdict.put_back in verdict._repr_html_()
    assert check(NAME, lambda image: image / 255).put_back == ""


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_other_cells_settings_do_not_reach_the_check(device):
    try:
        torch.set_default_device(device)
        assert check(NAME, lambda image: image / 255).status == "right"
        assert str(torch.get_default_device()) == device
    finally:
        torch.set_default_device(None)


def test_what_a_class_says_it_equals_does_not_count(made):
    exercise = made(lambda x: int(x.sum() * 100))
    assert check(exercise.name, lambda x: Liar(7)).status == "wrong"
    assert check(NAME, lambda image: (image / 250).as_subclass(LyingTensor)).status == "wrong"


def test_a_right_answer_that_calls_what_it_should_write_is_told_so(made):
    exercise = made(
        lambda x: x.logsumexp(1), forbids=[torch.nn.functional.softplus, torch.nn.functional.normalize]
    )
    exercise.mistake("halved")(lambda x: torch.nn.functional.normalize(x))
    verdict = check(exercise.name, lambda x: x.logsumexp(1) + 0 * torch.nn.functional.normalize(x).sum())
    assert verdict.status == "wrong"
    assert "but `normalize` computes them" in verdict.message
    assert verdict.cause == "forbidden: normalize"
    assert check(exercise.name, lambda x: x.logsumexp(1)).status == "right"
    assert check(exercise.name, lambda x: torch.nn.functional.normalize(x)).message == "halved"


def test_a_wrong_answer_that_calls_what_it_should_write_is_told_so_too(made):
    exercise = made(lambda x: x.logsumexp(1), forbids=[torch.nn.functional.normalize])
    told = check(exercise.name, lambda x: torch.nn.functional.normalize(x).sum(1)).message
    assert "You call `normalize`" in told
    assert "You call" not in check(exercise.name, lambda x: x.sum(1)).message


def test_a_salt_draws_other_inputs_and_none_the_usual_ones():
    seen = {}

    def looks(image):
        seen.setdefault(salt, image.clone())
        return image / 255

    for salt in (0, 1, "class 7"):
        assert check(NAME, looks, salt=salt).status == "right"
    assert torch.equal(seen[0], find(NAME).arguments(0)[0])
    assert not any(seen[0].shape == seen[s].shape and torch.equal(seen[0], seen[s]) for s in (1, "class 7"))
