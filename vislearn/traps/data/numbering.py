"""Classes that are numbered apart: a label means one thing in training and another in validation."""

import unicodedata
from typing import Any

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.data.facts import Facts, base_of
from vislearn.traps.trap import Trap

__all__ = ["CLASSES_APART"]


def _classes(part: Any) -> list[str]:
    """Names in the order of their labels; none where a data set names none."""
    whole, _indices = base_of(part)
    names = getattr(whole, "classes", None)
    if not isinstance(names, list | tuple):
        return []
    return [unicodedata.normalize("NFC", str(name)) for name in names]


def _apart(facts: Facts) -> Problem | None:
    pairs = zip(_classes(facts.train), _classes(facts.val), strict=False)  # one may end before the other
    for label, (known, meant) in enumerate(pairs):
        if known != meant:
            return Problem(
                _("The validation set"),
                _(
                    "numbers its classes apart: {label} is {meant} there, and {known} in training",
                    label=label,
                    meant=meant,
                    known=known,
                ),
                _(
                    "ImageFolder numbers the folders that it finds: both parts need one for each class "
                    "(allow_empty=True takes an empty one)."
                ),
            )
    return None


_PARTS = (
    "train, val = folder(), folder(where='val', classes={})\n"
    "found = check(DataLoader(train, 2, shuffle=True), DataLoader(val, 2))\n"
)
CLASSES_APART = Trap(
    "classes_apart",
    "certain",
    section="13.7",
    broken=_PARTS.format("[1]"),
    symptom=N_("The validation accuracy is far lower than it should be; the confusion matrix is shifted."),
    fixed=_PARTS.format("[0, 1]"),
    find=_apart,
)
