"""What a classifier got wrong, to leaf through: all of it, or one class at a time."""

from collections.abc import Sequence
from typing import Any

import torch

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.viz import mistakes, worst
from vislearn.viz.picture import Picture
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab

__all__ = ["mistake_browser"]

_EVERY = -1  # no class has this number


def mistake_browser(
    images: Sequence[Any],
    truth: Any,
    probabilities: Any,
    names: Sequence[str],
    *,
    per_page: int = 12,
    compared: str = "",
) -> Lab:
    """Choose what the pictures truly are, and leaf through those that were answered wrong, the worst first.

    Both controls take the arrow keys; each choice says how many mistakes there are. Without a kernel the
    worst of all stand in.

    Args:
        images: (N, C, H, W), or N pictures of any kind ``to_display`` takes.
        truth: (N,) the classes that the pictures are labelled with.
        probabilities: (N, K) in 0…1.
        names: one per class.
        per_page: pictures at a time, at least 1.
        compared: as for :func:`vislearn.viz.render`; ``"structure"`` where a training chose them.

    Raises:
        InputError: lengths that don't fit, logits in place of probabilities, ``per_page`` below 1, or nothing
            was answered wrong.

    >>> images = torch.zeros(2, 3, 8, 8)
    >>> lab = mistake_browser(images, [0, 1], [[0.1, 0.9], [0.8, 0.2]], ["cat", "cup"])
    >>> lab.alt
    'Wrong answers, the worst first: one control chooses the class that is right, the other the page.'
    """
    if per_page < 1:
        raise InputError("per_page", "must be at least 1", got=per_page)
    labels, chances = torch.as_tensor(truth), torch.as_tensor(probabilities)
    wrong = worst(labels, chances)
    if not wrong:
        raise InputError("probabilities", "must hold a wrong answer to look at", got="none")
    members = {_EVERY: wrong}
    for at in wrong:
        members.setdefault(int(labels[at]), []).append(at)
    words = {_EVERY: _("all classes"), **dict(enumerate(names))}
    choices = {f"{words[shown]} ({len(members[shown])})": shown for shown in sorted(members)}

    def draw(shown: int = _EVERY, page: int = 1) -> Picture:
        found = members[shown]
        page = min(page, _pages(found, per_page))
        here = found[(page - 1) * per_page : page * per_page]
        told = {
            "name": words[shown],
            "first": (page - 1) * per_page + 1,
            "last": (page - 1) * per_page + len(here),
            "count": len(found),
        }
        return mistakes(
            [images[at] for at in here],
            labels[here],
            chances[here],
            names,
            count=per_page,
            title=_("{name}: mistakes {first} to {last} of {count}", **told),
            compared=compared,
            alt=_("Mistakes {first} to {last} of {count}, the worst first: {name}.", **told),
        )

    alt = _(
        "Wrong answers, the worst first: one control chooses the class that is right, the other the page."
    )
    labelled = {"shown": _("what it is (mistakes)"), "page": _("page")}
    return explorer(draw, alt=alt, labels=labelled, shown=choices, page=(1, _pages(wrong, per_page)))


def _pages(found: Sequence[int], per_page: int) -> int:
    return -(-len(found) // per_page)
