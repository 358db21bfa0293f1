"""Checks an answer: tries it on fresh inputs and puts what it found into one verdict."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from vislearn import progress
from vislearn.exercises.comparing import STAGES, Difference, as_tensor
from vislearn.exercises.describing import describe
from vislearn.exercises.examinees import Examinee, Here
from vislearn.exercises.explaining import compare_facts, difference, find_mistake, pattern, same
from vislearn.exercises.registry import Exercise, find
from vislearn.exercises.running import Outcome, error_text, run_known
from vislearn.exercises.surroundings import Surroundings
from vislearn.exercises.verdict import Check, Verdict
from vislearn.language import translate as _

__all__ = ["check", "examine"]

_LONGEST_PRINT = 400


def check(name: str, answer: Callable[..., Any], salt: int | str = 0) -> Verdict:
    """Try ``answer`` on fresh random inputs and say what is right, or which misconception explains it.

    The learner's function is compared with the reference solution in stages (runs, returns, type, dtype,
    shape, range, value). Whatever it does, the verdict is a sentence, never a stack trace; chance and global
    settings are left as they were, and a loop without an end is given up after ten seconds. Every call gets
    arguments of its own: an answer in place can be right, and is told that it changes what it is given.

    Args:
        name: of the exercise, such as ``"pipeline.to_unit_range"``.
        answer: the function itself, without parentheses.
        salt: draws other inputs, for a grader; 0 draws what every learner's check uses.

    Raises:
        InputError: no such exercise; names the closest.

    >>> check("pipeline.to_unit_range", lambda image: image.float() / 255).status
    'right'
    """
    verdict = examine(find(name).salted(salt), Here(answer))
    # Only the course's own words are kept: the sentence about an error quotes what the learner wrote.
    progress.record("verdict", name, verdict.status, verdict.message if verdict.status == "wrong" else "")
    return verdict


def examine(exercise: Exercise, examinee: Examinee) -> Verdict:
    """The verdict on an answer that may run elsewhere: the reference and the comparison stay in this process.

    Args:
        exercise: salted, where nobody shall know its inputs.
        examinee: the answer.
    """
    with Surroundings():  # what the learner has set in other cells must not reach the reference
        return _Examination(exercise, examinee).verdict()


@dataclass
class _Examination:
    """One answer to one exercise."""

    exercise: Exercise
    examinee: Examinee
    printed: str = ""
    changed: tuple[str, ...] = ()

    def verdict(self) -> Verdict:
        if refusal := self._refusal():
            return refusal
        got = self._answers()
        self.printed = _shortened(got[0].printed)
        self.changed = tuple(dict.fromkeys(name for outcome in got for name in outcome.changed))
        if unanswered := self._unanswered(got):
            return unanswered
        expected = [self._expected(trial, outcome) for trial, outcome in enumerate(got)]
        differences = [self._difference(a, b) for a, b in zip(expected, got, strict=True)]
        failed = next((trial for trial, found in enumerate(differences) if found), None)
        if failed is not None and (found := differences[failed]):
            return self._explained(expected, got, failed, found)
        if self._unstable(got):
            return self._wrong(Difference("value", _unstable_text()), expected[0], got[0])
        if called := next((outcome.called for outcome in got if outcome.called), None):
            text = _forbidden_text(called[0])
            return self._make("wrong", text, "value", cause=f"forbidden: {called[0]}")
        return self._right(expected, got)

    def _explained(
        self, expected: list[Outcome], got: list[Outcome], failed: int, found: Difference
    ) -> Verdict:
        """The verdict on a wrong answer: the misconception where it is known, else what differs first."""
        if mistake := find_mistake(self.exercise, got):
            return self._wrong(found, expected[failed], got[failed], _(mistake.diagnosis))
        if got[failed].error is not None:
            return self._make("error", found.message, "runs")
        if found.stage != "type" and self._unstable(got, failed):
            return self._wrong(Difference("value", _unstable_text()), expected[failed], got[failed])
        called = next((outcome.called for outcome in got if outcome.called), None)
        why = _instead_text(called[0]) if called else pattern(self.exercise, expected, got)
        return self._wrong(found, expected[failed], got[failed], why)

    # -- before comparing

    def _refusal(self) -> Verdict | None:
        """An answer that is no function, or one that can't take the arguments."""
        reference = self.exercise.reference
        if instead := self.examinee.instead():
            message = _(
                "Pass the function itself, without parentheses: `{call}`. You passed {got}.",
                call=f'check("{self.exercise.name}", {reference.__name__})',
                got=instead,
            )
            return self._make("error", message, "runs", cause="no function")
        signature = self.examinee.signature()
        if signature is None:
            return None
        try:
            signature.bind(*self.exercise.arguments(0))
        except TypeError:
            message = _(
                "`{function}` must take {expected}; yours takes {got}.",
                function=reference.__name__,
                expected=_parameters(inspect.signature(reference)),
                got=_parameters(signature),
            )
            return self._make("error", message, "runs", cause="parameters")
        return None

    def _unanswered(self, got: list[Outcome]) -> Verdict | None:
        """Verdicts on answers that return nothing in some trial."""
        first = got[0]
        if got[-1].kind == "out of time":
            return self._make("error", _endless_text(), "runs", cause="endless")
        idle = first.kind == "nothing" and (first.value is ... or self.examinee.is_idle())
        if idle or first.kind == "not implemented":
            return self._not_attempted()
        missing = next((outcome for outcome in got if outcome.kind == "nothing"), None)
        if missing is None:
            return None
        if missing.printed:
            message = _(
                "Your function prints its answer but returns nothing. Replace `print(...)` by `return ...`."
            )
        elif first.kind != "nothing":
            message = _(
                "For some inputs your function returns nothing: a `return` is missing on one of its ways."
            )
        else:
            message = _(
                "Your function works but returns nothing (None). End it with `return` and your result."
            )
        return self._make("wrong", message, "returns")

    def _not_attempted(self) -> Verdict:
        message = _("Write your code in place of `...`, run the cell, then run this check again.")
        # The code of a lesson is the same in every language, so its English prompt is translated here.
        task = _(self.exercise.prompt)
        verdict = self._make("not attempted", message)
        return verdict if task == self.exercise.prompt else replace(verdict, task=task)

    # -- comparing

    def _answers(self) -> list[Outcome]:
        """What the answer comes to in each trial, up to the first that does not end."""
        outcomes: list[Outcome] = []
        for trial in range(self.exercise.trials):
            outcomes.append(self.examinee.outcome(self.exercise, trial))
            if outcomes[-1].kind == "out of time":
                break
        return outcomes

    def _expected(self, trial: int, got: Outcome) -> Outcome:
        """What the reference comes to in a trial.

        Where its facts are known to hold it is not run, unless the answer runs elsewhere: who sends facts
        must not choose which.
        """
        if self.exercise.facts_hold and isinstance(self.examinee, Here):
            return Outcome("value", dict.fromkeys(got.value if got.kind == "value" else (), True))
        return run_known(self.exercise, self.exercise.reference, trial)

    def _difference(self, expected: Outcome, got: Outcome) -> Difference | None:
        if got.error is None:
            return difference(self.exercise, expected, got)
        line = error_text(got.error, got.place)
        if self.exercise.observer and got.place is None:  # not in the learner's own lines
            line = _("What you returned fails when it is used: {error}", error=line)
        return Difference("runs", line)

    def _unstable(self, got: list[Outcome], trial: int | None = None) -> bool:
        """Are the answers others when asked again, in reverse order and with other global chance?

        An observer decides for itself what may be random, so its exercises are not asked twice. An answer
        that is wrong in the same way each time in one ``trial`` has that to be told of, not the others.
        """
        if self.exercise.observer:
            return False
        again = {
            one: self.examinee.outcome(self.exercise, one, again=True) for one in reversed(range(len(got)))
        }
        looked_at = range(len(got)) if trial is None else [trial]
        return any(not same(got[one], again[one], self.exercise.atol) for one in looked_at)

    # -- making verdicts

    def _right(self, expected: list[Outcome], got: list[Outcome]) -> Verdict:
        message = _("Tried on {count} random inputs, each answered as expected.", count=self.exercise.trials)
        if remark := _remark(expected[0].value, got[0].value):
            message = f"{message} {remark}"
        touches = self._touches(expected, got)
        if touches:
            message = f"{message} {_touching_text(touches)}"
        verdict = self._make("right", message, facts=self._facts(expected[0], got[0]), hints=())
        return replace(verdict, touches=touches)

    def _touches(self, expected: list[Outcome], got: list[Outcome]) -> tuple[str, ...]:
        """The arguments that the answer changes and the reference leaves alone."""
        places = {place for outcome in got for place in outcome.touched}
        meant = {place for outcome in expected for place in outcome.touched}
        names = list(inspect.signature(self.exercise.reference).parameters)
        return tuple(names[place] for place in sorted(places - meant))

    def _wrong(self, found: Difference, expected: Outcome, got: Outcome, diagnosis: str = "") -> Verdict:
        stages, facts = self._stages(found.stage, expected), self._facts(expected, got)
        message, evidence = diagnosis or found.message, found.message if diagnosis else ""
        if facts:  # they are the evidence; the first difference need not be the one diagnosed
            evidence = ""
        return self._make("wrong", message, found.stage, evidence, stages=stages, facts=facts)

    def _facts(self, expected: Outcome, got: Outcome) -> tuple[Check, ...]:
        if self.exercise.observer is None or got.kind != "value":
            return ()
        facts = compare_facts(self.exercise, expected.value, got.value)
        return tuple(Check(_(fact), found is None) for fact, found in facts.items())

    def _stages(self, failed: str, expected: Outcome) -> tuple[Check, ...]:
        """The stages passed, failed and not reached; texts and numbers have neither dtype nor range."""
        if self.exercise.observer:
            return ()
        labels = _stage_labels(expected.value)
        reached = STAGES.index(failed)
        return tuple(
            Check(labels[stage], None if index > reached else index < reached)
            for index, stage in enumerate(STAGES)
            if stage in labels
        )

    def _make(
        self,
        status: str,
        message: str,
        stage: str = "",
        evidence: str = "",
        *,
        stages: tuple[Check, ...] = (),
        facts: tuple[Check, ...] = (),
        hints: tuple[str, ...] | None = None,
        cause: str = "",
    ) -> Verdict:
        texts = tuple(_(text) for text in self.exercise.hints) if hints is None else hints
        return Verdict(
            self.exercise.name,
            status,
            message,
            stage,
            evidence,
            texts,
            stages,
            facts,
            self.printed,
            _put_back_text(self.changed),
            cause=cause,
        )


def _stage_labels(expected: object) -> dict[str, str]:
    labels = {"runs": _("runs"), "returns": _("returns"), "type": _("type")}
    if isinstance(expected, torch.Tensor):
        labels |= {"dtype": _("dtype"), "shape": _("shape"), "range": _("range")}
    elif isinstance(expected, tuple | list | Mapping):
        labels |= {"shape": _("length")}
    return labels | {"value": _("value")}


def _remark(expected: object, got: Any) -> str:
    """A right answer may still be told what torch would rather have."""
    tensor = as_tensor(got)
    if not isinstance(expected, torch.Tensor) or tensor is None:
        return ""
    if not isinstance(got, torch.Tensor):
        return _("Yours is {got}; what follows in a pipeline wants a tensor.", got=describe(got))
    if expected.dtype == torch.float32 and tensor.dtype == torch.float64:
        return _("Yours is float64: twice the memory, and networks expect float32.")
    return ""


def _touching_text(names: tuple[str, ...]) -> str:
    return _(
        "But it also changes what it is given ({names}): whoever calls it finds their data altered. "
        "Work on a copy, such as `.clone()` of a tensor, or without `x += 1`, `x[0] = 1` and their like.",
        names=", ".join(f"`{name}`" for name in names),
    )


def _parameters(signature: inspect.Signature) -> str:
    names = list(signature.parameters)
    if not names:
        return _("no parameters")
    if len(names) == 1:
        return _("1 parameter ({names})", names=names[0])
    return _("{count} parameters ({names})", count=len(names), names=", ".join(names))


def _unstable_text() -> str:
    return _(
        "Called twice with the same input, your function gives different answers: it uses chance, a variable "
        "outside the function that changes, or numbers that nobody has set, as those of `torch.empty`."
    )


def _endless_text() -> str:
    return _(
        "Your function had not ended after ten seconds and was stopped. Is there a loop whose condition "
        "never becomes false, or a training of more steps than the task needs? If it imports something large "
        "or the computer is busy, check once more."
    )


def _forbidden_text(name: str) -> str:
    return _(
        "The answers are right, but `{name}` computes them. Here you are asked to write it yourself.",
        name=name,
    )


def _instead_text(name: str) -> str:
    return _("You call `{name}`, and here you are asked to write yourself what it does.", name=name)


def _put_back_text(changed: tuple[str, ...]) -> str:
    if not changed:
        return ""
    return _(
        "Your function changes settings that hold for the whole notebook ({settings}). The check has put "
        "them back.",
        settings=", ".join(changed),
    )


def _shortened(text: str) -> str:
    text = text.rstrip()
    return text if len(text) <= _LONGEST_PRINT else text[: _LONGEST_PRINT - 1] + "…"
