"""Exercise of lesson 11: what a training's report says about its weak spots."""

from typing import Any

import torch

from vislearn.exercises.registry import N_, exercise
from vislearn.metrics import ClassReport

__all__ = ["read_report"]

Report = dict[str, Any]
Answer = tuple[str, str, str]
_NAMES = ("bus", "cycle", "rickshaw", "truck", "van")


@exercise(
    "classification.read_report",
    trials=8,
    hints=[
        N_(
            '`report["parts"]["val"]` has all you need: `per_class` for the first answer, `confusion` for '
            "the other two."
        ),
        N_(
            'The weakest class: `min(per_class, key=lambda name: per_class[name]["recall"])`. In '
            "`confusion`, row by row is the truth, column by column the answer, in the order of "
            '`report["classes"]`.'
        ),
        N_(
            "`counts = torch.tensor(confusion)`, then `counts.fill_diagonal_(0)`: right answers are no "
            "confusion. `row, column = divmod(counts.argmax().item(), len(counts))`."
        ),
    ],
)
def read_report(report: dict) -> tuple[str, str, str]:
    """Read three facts from the report that `vislearn train` writes as JSON, on the part val.

    Args:
        report: with "classes", the names in order, and "parts". Each part has "per_class" (a dict by name,
            with "precision", "recall", "f1" and "support") and "confusion" (rows are the truth, columns the
            answers).

    Returns:
        The class of which the smallest share is found; then the most frequent confusion: what it truly was,
        and what it was taken for. No two are alike.
    """
    val = report["parts"]["val"]
    weakest = min(val["per_class"], key=lambda name: val["per_class"][name]["recall"])
    counts = torch.tensor(val["confusion"])
    counts.fill_diagonal_(0)
    truth, answer = divmod(int(counts.argmax()), len(counts))
    return weakest, report["classes"][truth], report["classes"][answer]


@read_report.inputs
def _report(generator: torch.Generator, trial: int) -> tuple[Report]:
    names = [_NAMES[at] for at in torch.randperm(4 + trial % 2, generator=generator).tolist()]
    val, test = (_part(names, generator) for _part_name in range(2))
    parts = {"val": val, "test": test} if trial % 4 < 2 else {"test": test, "val": val}
    return ({"vislearn": "training report", "classes": names, "parts": parts},)


def _part(names: list[str], generator: torch.Generator) -> Report:
    """Counts of which each answer is the only one of its kind."""
    count = len(names)
    while True:
        counts = torch.randint(0, 9, (count, count), generator=generator)
        counts += torch.diag(10 + torch.randint(0, 30, (count,), generator=generator))
        off = (counts - torch.diag(counts.diag())).flatten().sort(descending=True).values
        recalls = (counts.diag() / counts.sum(1)).sort().values
        if off[0] > off[1] and recalls[1] - recalls[0] > 0.01:
            break
    columns = zip(*(column.tolist() for column in ClassReport(counts, tuple(names)).scores), strict=True)
    keys = ("precision", "recall", "f1", "support")
    table = {name: dict(zip(keys, row, strict=True)) for name, row in zip(names, columns, strict=True)}
    return {"per_class": table, "confusion": counts.tolist()}


def _read(report: Report, *, part: str = "val", column: str = "recall", best: bool = False) -> Answer:
    table = report["parts"][part]["per_class"]
    chosen = (max if best else min)(table, key=lambda name: table[name][column])
    whole = {**report, "parts": {"val": report["parts"][part]}}
    return chosen, *read_report(whole)[1:]


@read_report.mistake(
    N_(
        "That is the class with the lowest *precision*: of what was called so, the least was. What share of "
        "a class is found is its recall."
    )
)
def _by_precision(report: Report) -> Answer:
    return _read(report, column="precision")


@read_report.mistake(
    N_("That is the class with the lowest F1. What share of a class is found is its recall.")
)
def _by_f1(report: Report) -> Answer:
    return _read(report, column="f1")


@read_report.mistake(
    N_("That is the class of which the *largest* share is found: `max` where `min` should be.")
)
def _the_best(report: Report) -> Answer:
    return _read(report, best=True)


@read_report.mistake(
    N_(
        "Truth and answer have changed places: in the confusion matrix rows are the truth, columns the "
        "answer."
    )
)
def _turned(report: Report) -> Answer:
    weakest, truth, answer = read_report(report)
    return weakest, answer, truth


@read_report.mistake(
    N_(
        "Your largest number stands on the diagonal: those are the right answers. Set the diagonal to 0 "
        "before you look."
    )
)
def _diagonal(report: Report) -> Answer:
    counts = torch.tensor(report["parts"]["val"]["confusion"])
    name = report["classes"][int(counts.diag().argmax())]
    return read_report(report)[0], name, name


@read_report.mistake(
    N_(
        "You took the largest *share* of a row. The most frequent confusion is the one with the most "
        "pictures: the largest number off the diagonal, as it is."
    )
)
def _by_share(report: Report) -> Answer:
    counts = torch.tensor(report["parts"]["val"]["confusion"], dtype=torch.float64)
    shares = counts / counts.sum(dim=1, keepdim=True)
    truth, answer = divmod(int(shares.fill_diagonal_(0).argmax()), len(shares))
    return read_report(report)[0], report["classes"][truth], report["classes"][answer]


@read_report.mistake(
    N_(
        'The rows and columns are in the order of `report["classes"]`, which need not be the order of the '
        "alphabet. Take the names from there, unsorted."
    )
)
def _sorted(report: Report) -> Answer:
    return read_report({**report, "classes": sorted(report["classes"])})


@read_report.mistake(N_("These are the facts of the part test. The question is about val."))
def _other_part(report: Report) -> Answer:
    return _read(report, part="test")


@read_report.mistake(N_('Numbers of classes came back, not names: `report["classes"][number]`.'))
def _numbers(report: Report) -> Any:
    weakest, truth, answer = read_report(report)
    names = report["classes"]
    return weakest, names.index(truth), names.index(answer)
