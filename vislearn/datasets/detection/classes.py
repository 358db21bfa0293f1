"""Names of classes as an argument: which labels they get."""

from collections.abc import Sequence

from vislearn.errors import InputError
from vislearn.io.names import plain_name
from vislearn.language import translate as _
from vislearn.problems import Problem, joined

__all__ = ["alike_names", "numbered"]


def numbered(classes: Sequence[str]) -> dict[str, int]:
    """Name -> label, 1 ... K in the order given; names in one Unicode form.

    Args:
        classes: each name once.

    Raises:
        InputError: a name twice, or something that is no name.

    >>> numbered(["cat", "dog"])
    {'cat': 1, 'dog': 2}
    """
    if isinstance(classes, str) or not all(isinstance(name, str) and name for name in classes):
        raise InputError("classes", "must be a list of names", got=repr(classes))
    labels = {plain_name(name): label for label, name in enumerate(classes, start=1)}
    if len(labels) < len(classes):
        twice = next(name for at, name in enumerate(map(plain_name, classes), start=1) if labels[name] != at)
        raise InputError("classes", "must name each class once", got=f"{twice!r} twice")
    return labels


def alike_names(classes: Sequence[str]) -> list[Problem]:
    """Names that differ in capitals or spaces only: one kind of thing, most likely, learned as two.

    A space at one end of a name is told of a single name, too: nobody sees it, and VOC's files lose it.

    Args:
        classes: names, each once.

    >>> print(*alike_names(["Cat", "dog", "cat"]))
    The data set has the classes 'Cat' and 'cat'. Where they mean one thing, write it in one way.
    """
    spelt: dict[str, list[str]] = {}
    for name in classes:
        spelt.setdefault(" ".join(name.split()).casefold(), []).append(name)
    return [
        Problem(
            _("The data set"),
            _("has the classes {names}", names=joined(list(map(repr, names)))),
            _("Where they mean one thing, write it in one way."),
        )
        for names in spelt.values()
        if len(names) > 1
    ] + [
        Problem(
            _("The data set"),
            _("has a space at one end of the class {name!r}", name=name),
            _("Rename it."),
        )
        for names in spelt.values()
        for name in names
        if len(names) == 1 and name != name.strip()
    ]
