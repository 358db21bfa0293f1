"""A data set to leaf through, class by class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch.utils.data import Subset

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.viz.picture import Picture
from vislearn.viz.pictures.sheets import grid
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab

__all__ = ["class_browser"]


def class_browser(dataset: Any, *, per_page: int = 12, names: Sequence[str] | None = None) -> Lab:
    """Choose a class and leaf through its pictures; each choice says how many there are.

    Both controls take the arrow keys. Without a kernel the first page of the first class stands in.

    Args:
        dataset: gives (picture, label), and has ``classes`` and ``targets`` as torchvision's ImageFolder,
            MNIST and CIFAR10 have; or a ``torch.utils.data.Subset`` of one.
        per_page: pictures at a time, at least 1.
        names: what to call the classes instead, in their order.

    Raises:
        InputError: no ``classes`` or ``targets``, another number of names, no picture, or ``per_page``
            below 1.

    >>> from vislearn.datasets import bengali_digits, image_folder
    >>> lab = class_browser(image_folder(bengali_digits("val")))
    >>> lab.alt
    'Pictures of a data set, class by class: one control chooses the class, the other the page.'
    """
    labels, classes = _labels_and_classes(dataset)
    if names is not None and len(names) != len(classes):
        raise InputError("names", f"must be one per class, {len(classes)}", got=len(names))
    if per_page < 1:
        raise InputError("per_page", "must be at least 1", got=per_page)
    members = {label: np.flatnonzero(labels == label) for label in range(len(classes))}
    choices = {
        f"{name} ({len(members[label])})": label
        for label, name in enumerate(names or classes)
        if len(members[label])
    }
    if not choices:
        raise InputError("dataset", "must hold at least one picture", got="none")
    most = max(_pages(len(found), per_page) for found in members.values())
    words = dict(enumerate(names or classes))
    first_class = next(iter(choices.values()))

    def draw(shown: int = first_class, page: int = 1) -> Picture:
        found = members[shown]
        page = min(page, _pages(len(found), per_page))
        at = (page - 1) * per_page
        here = found[at : at + per_page]
        told = {"name": words[shown], "first": at + 1, "last": at + len(here), "count": len(found)}
        return grid(
            [dataset[int(index)][0] for index in here],
            [str(index) for index in here],
            title=_("{name}: {first} to {last} of {count}", **told),
            alt=_("Pictures {first} to {last} of the {count} of class {name}.", **told),
        )

    alt = _("Pictures of a data set, class by class: one control chooses the class, the other the page.")
    labelled = {"shown": _("class (pictures)"), "page": _("page")}
    return explorer(draw, alt=alt, labels=labelled, shown=choices, page=(1, most))


def _pages(count: int, per_page: int) -> int:
    return max(1, -(-count // per_page))


def _labels_and_classes(dataset: Any) -> tuple[np.ndarray, list[str]]:
    if isinstance(dataset, Subset):
        labels, classes = _labels_and_classes(dataset.dataset)
        return labels[list(dataset.indices)], classes
    for name in ("classes", "targets"):
        if getattr(dataset, name, None) is None:
            raise InputError(
                "dataset",
                f"must have {name}, as torchvision's ImageFolder has",
                got=type(dataset).__name__,
                fix="For boxes and masks: vislearn.viz.boxes, vislearn.viz.overlay.",
            )
    return np.asarray(dataset.targets, dtype=int), [str(name) for name in dataset.classes]
