"""What the classes of boxes are called: the one place where a label becomes a name."""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral

from vislearn.errors import InputError

__all__ = ["ClassNames", "class_names", "names_by_label"]

ClassNames = Sequence[str] | Mapping[int, str]
_BACKGROUND = ("", "background", "__background__")  # lists that count from 0 begin so, torchvision's too


def class_names(names: ClassNames | None, labels: Iterable[int], *, what: str = "labels") -> list[str]:
    """What each box is called, one name per label.

    A list names the labels 1 ... K, as detection targets number them: 0 is the background, which nobody draws
    boxes around. A mapping says what it says; a label that it doesn't know is written as its number.

    Args:
        names: a list, or label → name; None writes all labels as numbers.
        labels: (N,) one per box.
        what: what to call the labels in the sentence.

    Raises:
        InputError: no such names, or a label that the list doesn't reach.

    >>> class_names(["cat", "dog"], [1, 2, 1]), class_names({7: "cat"}, [7, 8]), class_names(None, [3])
    (['cat', 'dog', 'cat'], ['cat', '8'], ['3'])
    >>> class_names(["cat", "dog"], [0])
    Traceback (most recent call last):
    ...
    vislearn.errors.InputError: labels must lie in 1 ... 2, one for each of the names, got 0. 0 is the \
background; if your labels count from 0, say so: dict(enumerate(names)).
    """
    numbers = [int(label) for label in labels]
    if names is None:
        return [str(label) for label in numbers]
    known = names_by_label(names)
    if not isinstance(names, Mapping):
        for label in numbers:
            _require_named(label, len(known), what)
    return [known.get(label, str(label)) for label in numbers]


def names_by_label(names: ClassNames, *, what: str = "names") -> dict[int, str]:
    """Label → name: of a list, whose first name is that of label 1, or of a mapping as it is.

    Args:
        names: a list, or label → name.
        what: what to call them in the sentence.

    Raises:
        InputError: a single word, a mapping of something else, or a list that begins with the background.

    >>> names_by_label(["cat", "dog"])
    {1: 'cat', 2: 'dog'}
    """
    if isinstance(names, Mapping) and all(isinstance(label, Integral) for label in names):
        return {int(label): str(name) for label, name in names.items()}
    if isinstance(names, str | Mapping):
        raise InputError(what, "must be a list of names, or label → name", got=repr(names))
    listed = [str(name) for name in names]
    if listed and listed[0].lower() in _BACKGROUND:
        raise InputError(
            what,
            "must begin with the name of label 1",
            got=f"{listed[0]!r}, the background's",
            fix="Leave it out: names[1:].",
        )
    return dict(enumerate(listed, start=1))


def _require_named(label: int, count: int, what: str) -> None:
    if 1 <= label <= count:
        return
    low = "0 is the background; if your labels count from 0, say so: dict(enumerate(names))."
    high = "Name all classes, or only some by a mapping, label → name."
    rule = f"must lie in 1 ... {count}, one for each of the names"
    raise InputError(what, rule, got=label, fix=low if label < 1 else high)
