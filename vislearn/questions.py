"""Questions to a learner: predict, then run; or recall what an earlier lesson said."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vislearn.errors import InputError, require_one_of

__all__ = [
    "KINDS",
    "Answer",
    "Question",
    "from_json",
    "messages",
    "parse_question",
    "to_json",
    "translated",
]

KINDS = ("ask", "recall")
_FEWEST, _MOST = 2, 4
_ITEM = re.compile(r"- \[([ x])\] +(\S.*)")


@dataclass(frozen=True)
class Answer:
    """One answer to choose, and the reason shown to whoever chose it."""

    text: str
    reason: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question with two to four answers, exactly one of them right.

    Attributes:
        name: such as ``"00.rocket"``.
        text: the question, in inline Markdown; an empty line begins a paragraph.
        answers: in the order they are shown.
        lesson: where it was explained, such as ``"00_overview"``; recall alone names one.
        kind: ``"ask"`` is answered before a cell runs and solved after it, ``"recall"`` at once.

    Raises:
        InputError: no words, too few or too many answers, not exactly one right, an answer without a
            reason, the same answer twice, or recall without its lesson.
    """

    name: str
    text: str
    answers: tuple[Answer, ...]
    lesson: str = ""
    kind: str = "ask"

    def __post_init__(self) -> None:
        where = f"question {self.name}"
        require_one_of(f"{where}: kind", self.kind, KINDS)
        if not self.text.strip():
            raise InputError(where, "must begin with the question", got="no words before the answers")
        if not _FEWEST <= len(self.answers) <= _MOST:
            raise InputError(where, f"must have {_FEWEST} to {_MOST} answers", got=len(self.answers))
        if (right := sum(answer.right for answer in self.answers)) != 1:
            raise InputError(where, "must have exactly one right answer", got=right, fix="Mark it - [x].")
        if silent := [answer.text for answer in self.answers if not answer.reason.strip()]:
            raise InputError(
                where,
                "must give a reason for every answer",
                got=f"none for {silent[0]!r}",
                fix="Write it below the answer, indented.",
            )
        texts = [answer.text for answer in self.answers]
        if len(set(texts)) < len(texts):
            raise InputError(where, "must have answers that differ", got="one of them twice")
        if self.kind == "recall" and not self.lesson:
            raise InputError(where, "must name the lesson it comes from", got="none")

    @property
    def right(self) -> int:
        """The place of the right answer, from 0."""
        return next(place for place, answer in enumerate(self.answers) if answer.right)


def parse_question(name: str, markdown: str, kind: str = "ask", lesson: str = "") -> Question:
    """Read a question in the form in which lessons write it.

    Args:
        name: such as ``"00.rocket"``.
        markdown: the question; below it each answer as ``- [ ]``, the right one as ``- [x]``; below each
            answer its reason, indented.
        kind: ``"ask"`` or ``"recall"``.
        lesson: for recall, where it was explained.

    Raises:
        InputError: another form, or what :class:`Question` refuses; the sentence names the line.

    >>> question = parse_question("00.sum", '''What is 1 + 1?
    ... - [ ] 1
    ...   That is one of the two.
    ... - [x] 2
    ...   One more than one.
    ... ''')
    >>> question.answers[question.right].text
    '2'
    """
    text: list[str] = []
    items: list[tuple[bool, str, list[str]]] = []
    for number, line in enumerate(markdown.strip("\n").splitlines(), 1):
        if item := _ITEM.fullmatch(line.rstrip()):
            items.append((item[1] == "x", item[2], []))
        elif line.startswith("- "):
            raise _misread(name, number, "an answer must begin with '- [ ] ' or '- [x] '", line)
        elif not items:
            text.append(line.rstrip())
        elif line.startswith("  "):
            items[-1][2].append(line.strip())
        elif line.strip():
            raise _misread(name, number, "below an answer, its reason must be indented", line)
    answers = tuple(Answer(words, " ".join(reason), right) for right, words, reason in items)
    return Question(name, "\n".join(text).strip(), answers, lesson, kind)


def _misread(name: str, number: int, rule: str, line: str) -> InputError:
    return InputError(f"question {name}, line {number}:", rule, got=repr(line))


def to_json(question: Question) -> str:
    """A question as one JSON object; :func:`from_json` reads it back."""
    record = {
        "name": question.name,
        "kind": question.kind,
        "lesson": question.lesson,
        "text": question.text,
        "answers": [{"text": one.text, "reason": one.reason, "right": one.right} for one in question.answers],
    }
    return json.dumps(record, ensure_ascii=False)


def from_json(text: str) -> Question:
    """The question that :func:`to_json` wrote.

    Raises:
        InputError: it is no such object.

    >>> sure = Answer("Yes.", "It was written.", right=True), Answer("No.", "It can be read.")
    >>> question = Question("00.kept", "Is it kept?", sure)
    >>> from_json(to_json(question)) == question
    True
    """
    try:
        record: dict[str, Any] = json.loads(text)
        answers = tuple(Answer(**answer) for answer in record.pop("answers"))
        return Question(**record, answers=answers)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as trouble:
        if isinstance(trouble, InputError):
            raise
        raise InputError("question", "must be what to_json wrote", got=repr(text[:60])) from None


def messages(question: Question) -> list[str]:
    """What there is to translate, in reading order: the question, then each answer and its reason."""
    return [question.text, *(text for one in question.answers for text in (one.text, one.reason))]


def translated(question: Question, mapping: Mapping[str, str]) -> Question:
    """The same question in other words; name, order and the right answer stay.

    Args:
        question: to translate.
        mapping: each of its :func:`messages` → the translation.

    Raises:
        InputError: a message has no translation.
    """
    if missing := [message for message in messages(question) if not mapping.get(message)]:
        raise InputError(
            f"question {question.name}", "must be translated whole", got=f"nothing for {missing[0]!r}"
        )
    answers = tuple(
        replace(one, text=mapping[one.text], reason=mapping[one.reason]) for one in question.answers
    )
    return replace(question, text=mapping[question.text], answers=answers)
