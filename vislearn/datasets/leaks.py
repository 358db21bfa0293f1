"""Pictures that training and validation share, and what no such search can find."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from vislearn.datasets.prints import SIDE, Prints, closest, prints_of
from vislearn.errors import InputError
from vislearn.language import translate as _

__all__ = ["NEAR", "Leak", "Leaks", "compare", "copies_within", "find_leaks"]

NEAR = 0.98  # correlation at 32×32; find_leaks says what it finds

Kind = Literal["bytes", "pixels", "near", "mirrored"]


@dataclass(frozen=True)
class Leak:
    """A validation picture that has a copy in the training set, or what looks like one.

    Attributes:
        val: its path, or its position.
        train: of the picture it copies.
        kind: ``"bytes"``, the same file; ``"pixels"``, the same picture in another file; ``"near"`` or
            ``"mirrored"``, nearly the same at 32×32.
        likeness: correlation at 32×32, in -1..1; 1.0 for the exact kinds.
    """

    val: str
    train: str
    kind: Kind
    likeness: float


@dataclass(frozen=True)
class Leaks:
    """What :func:`find_leaks` found; it prints itself, with what it could not have found.

    Attributes:
        found: the validation pictures that leak, each once, with its closest copy; the surest first.
        groups: groups that both parts have pictures of.
        pictures: how many validation pictures were looked at.
        alike_within: how many of those have a neighbour as near among *themselves*: where different
            pictures look so much alike, some of the near copies found are none. None if pixels weren't read.
    """

    found: tuple[Leak, ...]
    groups: tuple[Hashable, ...]
    pictures: int
    alike_within: int | None

    def __str__(self) -> str:
        counts = {kind: sum(leak.kind == kind for leak in self.found) for kind in _words()}
        lines = [f"{counts[kind]:>6}  {words}" for kind, words in _words().items() if counts[kind]]
        head = _(
            "{count} of {all} validation pictures have a copy in the training set, or what looks like one.",
            count=len(self.found),
            all=self.pictures,
        )
        lines = [head, *lines]
        if self.groups:
            names = ", ".join(map(str, self.groups[:10]))
            lines.append(_("Groups in both parts: {count} ({names}).", count=len(self.groups), names=names))
        return "\n".join([*lines, *self._limits()])

    def _limits(self) -> list[str]:
        if self.alike_within is None:
            return [_("Only whole files were compared: a copy saved anew was not looked for.")]
        said = [_("Not looked for: cut-outs, turned pictures, another photograph of the same thing.")]
        if self.alike_within:
            said.append(
                _(
                    "{count} validation pictures look as much like another of their own part: here near "
                    "copies can't be told from pictures that are merely alike. Look at them.",
                    count=self.alike_within,
                )
            )
        return said


def _words() -> dict[Kind, str]:
    return {
        "bytes": _("the same file"),
        "pixels": _("the same pixels in another file"),
        "near": _("nearly the same: saved anew, resized, a little brighter"),
        "mirrored": _("nearly the same, mirrored"),
    }


def find_leaks(
    train: Any,
    val: Any,
    *,
    threshold: float | None = NEAR,
    train_groups: Iterable[Hashable] | None = None,
    val_groups: Iterable[Hashable] | None = None,
) -> Leaks:
    """Validation pictures that the network has seen while it learned, as far as that can be found.

    Found are the same file under another name, the same pixels in another file, and what is nearly the same
    in gray at 32×32, mirrored or not. With 60 copies planted in each bundled set it found every exact and
    every mirrored one everywhere; of those saved as JPEG of quality 60 all among photographs, scenes and
    handwritten digits, 9 of 10 among printed digits, 3 of 4 among textures; of those halved all, but 1 of 8
    among printed digits, whose grain is lost. Pictures cut by 5 % it hardly ever finds. What it takes for a
    copy is one, but for textures (1 of 100 pictures wrongly accused) and handwritten digits (4 of 100), where
    different pictures look as much alike. It knows nothing of the thing behind the pixels: two photographs of
    one person are no copies, and only groups tell.

    Args:
        train: a folder, a data set such as :func:`image_folder` or a Subset of one, paths, or pictures
            (:func:`vislearn.datasets.prints.prints_of` has all kinds). A data set with files is read without
            its transform; another is asked once for each item, so give it no random transform.
        val: likewise.
        threshold: correlation in 0..1 from which two pictures are nearly the same; None compares whole files
            only, and decodes nothing.
        train_groups: what each training picture belongs to: a person, a film, a font.
        val_groups: likewise for validation; groups are compared if both are given.

    Raises:
        FileError: a file that can't be read.
        InputError: a threshold outside 0..1, one kind of groups without the other, groups of another
            number, or something that is no picture.

    >>> import numpy as np
    >>> black, white = np.zeros((40, 40, 3), np.uint8), np.full((40, 40, 3), 255, np.uint8)
    >>> [(leak.val, leak.train, leak.kind) for leak in find_leaks([black, white], [white]).found]
    [('0', '1', 'pixels')]
    """
    if threshold is not None and not 0 < threshold <= 1:
        raise InputError("threshold", "must be a correlation above 0, at most 1", got=threshold)
    if (train_groups is None) != (val_groups is None):
        raise InputError("groups", "must be given for both parts or for neither", got="one of them")
    known, asked = (prints_of(part, decode=threshold is not None) for part in (train, val))
    shared = _shared(train_groups, val_groups, len(known.names), len(asked.names))
    return compare(known, asked, threshold, shared)


def compare(
    known: Prints, asked: Prints, threshold: float | None = NEAR, groups: tuple[Hashable, ...] = ()
) -> Leaks:
    """What :func:`find_leaks` finds, between prints that are there already.

    Args:
        known: of the training pictures.
        asked: of the validation pictures.
        threshold: as for :func:`find_leaks`.
        groups: that both have.
    """
    leaks = _exact(known, asked)
    alike_within = None
    if threshold is not None and known.names and asked.names:
        for leak in _near(known, asked, threshold):
            leaks.setdefault(leak.val, leak)
        alike_within = int((closest(asked.small, asked.small, besides_itself=True)[1] >= threshold).sum())
    order = list(_words())
    found = sorted(leaks.values(), key=lambda leak: (order.index(leak.kind), -leak.likeness))
    return Leaks(tuple(found), groups, len(asked.names), alike_within)


def copies_within(known: Prints, threshold: float = NEAR) -> list[tuple[str, str, Kind]]:
    """Pictures of one set that are there twice, each with an earlier one that it copies; none is mirrored.

    Args:
        known: of the set.
        threshold: as for :func:`find_leaks`.
    """
    pairs: list[tuple[str, str, Kind]] = []
    first: dict[tuple[Kind, bytes], str] = {}
    for at, name in enumerate(known.names):
        exact: list[tuple[Kind, bytes]] = [("bytes", known.files[at]), ("pixels", known.pixels[at])]
        earlier = next((key for key in exact if key[1] and key in first), None)
        if earlier:
            pairs.append((first[earlier], name, earlier[0]))
        elif at:
            where, likeness = closest(known.small[at : at + 1], known.small[:at])
            if likeness[0] >= threshold:
                pairs.append((known.names[where[0]], name, "near"))
        for key in exact:
            first.setdefault(key, name)
    return pairs


def _exact(known: Prints, asked: Prints) -> dict[str, Leak]:
    """Validation picture -> its leak, where bytes or pixels are the same."""
    leaks: dict[str, Leak] = {}
    for kind in ("bytes", "pixels"):
        mine, theirs = (known.files, asked.files) if kind == "bytes" else (known.pixels, asked.pixels)
        first = dict(zip(reversed(mine), reversed(known.names), strict=False))
        for name, digest in zip(asked.names, theirs, strict=False):
            if digest and digest in first:
                leaks.setdefault(name, Leak(name, first[digest], kind, 1.0))
    return leaks


def _near(known: Prints, asked: Prints, threshold: float) -> Iterable[Leak]:
    mirror = asked.small.reshape(-1, SIDE, SIDE)[:, :, ::-1].reshape(len(asked.small), -1)
    straight, turned = (closest(small, known.small) for small in (asked.small, mirror))
    for index, name in enumerate(asked.names):
        kind: Kind = "near" if straight[1][index] >= turned[1][index] else "mirrored"
        where, likeness = straight if kind == "near" else turned
        if likeness[index] >= threshold:
            yield Leak(name, known.names[where[index]], kind, float(likeness[index]))


def _shared(
    train_groups: Iterable[Hashable] | None, val_groups: Iterable[Hashable] | None, trained: int, asked: int
) -> tuple[Hashable, ...]:
    if train_groups is None or val_groups is None:
        return ()
    both = []
    for name, groups, count in (("train_groups", train_groups, trained), ("val_groups", val_groups, asked)):
        both.append(list(groups))
        if len(both[-1]) != count:
            raise InputError(name, f"must be one per picture, {count}", got=len(both[-1]))
    others = set(both[1])
    return tuple(group for group in dict.fromkeys(both[0]) if group in others)
