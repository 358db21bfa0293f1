"""What a learner gets to see: verdicts, hints and solutions, as HTML and as plain text."""

from dataclasses import dataclass
from html import escape

from vislearn.errors import InputError
from vislearn.exercises.registry import find, solution_source
from vislearn.language import translate as _
from vislearn.markup import docstring, inline
from vislearn.progress import status_word

__all__ = ["STATUSES", "Check", "Hint", "Solution", "Verdict", "hint", "solution"]

STATUSES = ("not attempted", "wrong", "right", "error")

# White on these is at least 5:1, and no two are told apart by red against green (Okabe-Ito hues, darkened).
_COLOURS = {"not attempted": "#4a6580", "wrong": "#b34700", "right": "#00735a", "error": "#8f3b76"}
_MARKS = {True: "✓", False: "✗", None: "–"}
_ICONS = {"not attempted": "✎", "wrong": "✗", "right": "✓", "error": "!"}

# Only inline styles, no theme variables: an untrusted notebook loses the rest, and a half-transparent grey
# with inherited text colour reads well on light and dark pages alike.
_BOX = (
    "border-left:5px solid {colour};border-radius:4px;background-color:rgba(128,128,128,0.10);"
    "padding:10px 14px;margin:4px 0;max-width:760px;line-height:1.5;font-family:system-ui,sans-serif"
)
_BADGE = (
    "background-color:{colour};color:#ffffff;border-radius:12px;padding:2px 12px 3px;font-weight:600;"
    "white-space:nowrap"
)
_CODE = (
    "font-family:monospace;background-color:rgba(128,128,128,0.20);color:inherit;"
    "border-radius:3px;padding:1px 4px"
)
_SMALL = "font-size:0.9em;opacity:0.85"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: met, not met, or not reached (None)."""

    label: str
    met: bool | None

    def __str__(self) -> str:
        return f"{_MARKS[self.met]} {self.label}"


@dataclass(frozen=True)
class Verdict:
    """The answer to an answer.

    Attributes:
        name: the exercise.
        status: one of ``"not attempted"``, ``"wrong"``, ``"right"``, ``"error"``.
        message: one or two sentences in the learner's language.
        stage: the stage that failed (``"runs"`` … ``"value"``), or ``""``.
        evidence: what was expected and what came, where the message is a diagnosis; or ``""``.
        hints: all hints, the gentlest first; none for a right answer.
        stages: the stages of the comparison, in order; none where facts are looked at instead.
        facts: what was observed of a transform, a loader or the like.
        printed: what the function printed when it was tried first.
        put_back: a sentence about global settings that the function changed; or ``""``.
        touches: parameters of a right answer whose arguments it changes, though it need not.
        task: what is to be done, where the cell above says it in another language; or ``""``.
        cause: what a class is counted by where the stage alone would mislead: ``"forbidden: box_iou"``,
            ``"endless"``, ``"ended"`` (a grader's word: Python itself), ``"parameters"``, ``"no function"``;
            or ``""``.
    """

    name: str
    status: str
    message: str
    stage: str = ""
    evidence: str = ""
    hints: tuple[str, ...] = ()
    stages: tuple[Check, ...] = ()
    facts: tuple[Check, ...] = ()
    printed: str = ""
    put_back: str = ""
    touches: tuple[str, ...] = ()
    task: str = ""
    cause: str = ""

    def __str__(self) -> str:
        lines = [f"{self._title()}: {self.message}"]
        if self.task:
            lines += ["", self.task]
        if self.evidence:
            lines.append(f"  {self.evidence}")
        if self.stages:
            lines.append("  " + "  ".join(map(str, self.stages)))
        lines += [f"  {fact}" for fact in self.facts]
        if self.put_back:
            lines.append(f"  {self.put_back}")
        if self.printed:
            lines.append("  " + _("Your function printed: {text}", text=self.printed))
        if self.hints:
            lines.append("  " + _("Stuck? {call} shows a hint.", call=f'hint("{self.name}")'))
        return "\n".join(lines)

    __repr__ = __str__

    def _title(self) -> str:
        return f"{_ICONS[self.status]} {status_word(self.status)}"

    def _repr_html_(self) -> str:
        colour = _COLOURS[self.status]
        badge = f'<span style="{_BADGE.format(colour=colour)}">{self._title()}</span>'
        name = f'<span style="{_SMALL};margin-left:8px">{escape(self.name)}</span>'
        parts = [f"<div>{badge}{name}</div>", f'<div style="margin-top:8px">{_rich(self.message)}</div>']
        if self.task:
            parts.append(docstring(self.task, _CODE))
        if self.evidence:
            parts.append(f'<div style="margin-top:4px;{_SMALL}">{_rich(self.evidence)}</div>')
        parts += [_checks_html(self.stages, "inline-block"), _checks_html(self.facts, "block")]
        if self.put_back:
            parts.append(f'<div style="margin-top:4px;{_SMALL}">{_rich(self.put_back)}</div>')
        parts += [_printed_html(self.printed), _hints_html(self.hints)]
        return f'<div style="{_BOX.format(colour=colour)}">{"".join(parts)}</div>'


@dataclass(frozen=True)
class Hint:
    """One hint of an exercise, by its number."""

    text: str
    number: int
    count: int

    def __str__(self) -> str:
        return f"{_hint_title(self.number, self.count)}: {self.text}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        title = escape(_hint_title(self.number, self.count))
        box = _BOX.format(colour=_COLOURS["not attempted"])
        return f'<div style="{box}"><strong>{title}</strong><br>{_rich(self.text)}</div>'


@dataclass(frozen=True)
class Solution:
    """The reference solution's source; JupyterLab colours it as Markdown code."""

    source: str

    def __str__(self) -> str:
        return self.source

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.source}```"


def hint(name: str, number: int = 1) -> Hint:
    """A hint: 1 is a nudge, the last is almost the code.

    Raises:
        InputError: no such exercise, or no hint of that number.

    >>> hint("pipeline.to_unit_range").number
    1
    """
    hints = find(name).hints
    if not (isinstance(number, int) and 1 <= number <= len(hints)):
        raise InputError(
            "hint number",
            f"must be 1 to {len(hints)}",
            got=repr(number),
            fix="solution(name) shows the answer.",
        )
    return Hint(_(hints[number - 1]), number, len(hints))


def solution(name: str) -> Solution:
    """The reference solution, to compare with your own once you have one.

    Raises:
        InputError: no such exercise.

    >>> print(str(solution("pipeline.to_unit_range")).splitlines()[-1].strip())
    return image.to(torch.float32) / 255
    """
    return Solution(solution_source(name))


def _hint_title(number: int, count: int) -> str:
    return _("Hint {number} of {count}", number=number, count=count)


def _rich(text: str) -> str:
    """What the course says, as HTML: line breaks are kept."""
    return inline(text, _CODE).replace("\n", "<br>")


def _checks_html(checks: tuple[Check, ...], display: str) -> str:
    if not checks:
        return ""
    styles = {True: "", False: "font-weight:700", None: "opacity:0.75"}
    items = (
        f'<div style="display:{display};margin-right:14px;{styles[check.met]}">{_rich(str(check))}</div>'
        for check in checks
    )
    return f'<div style="margin-top:8px;{_SMALL}">{"".join(items)}</div>'


def _printed_html(printed: str) -> str:
    if not printed:
        return ""
    title = escape(_("What your function printed"))
    style = "margin:4px 0 0 16px;white-space:pre-wrap;background-color:transparent;color:inherit"
    return _details(title, f'<pre style="{style}">{escape(printed)}</pre>')


def _hints_html(hints: tuple[str, ...]) -> str:
    """Each hint holds the next, so that nobody sees the third who only needed the first."""
    html = ""
    for number in range(len(hints), 0, -1):
        body = f'<div style="margin:4px 0 0 16px">{_rich(hints[number - 1])}</div>'
        html = _details(escape(_hint_title(number, len(hints))), body + html)
    return html


def _details(title: str, body: str) -> str:
    summary = f'<summary style="cursor:pointer;font-weight:600">{title}</summary>'
    return f'<details style="margin-top:8px">{summary}{body}</details>'
