"""A set shared into parts: by chance, class by class, or so that what belongs together stays together."""

import math
from collections.abc import Hashable, Iterable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from vislearn.errors import InputError

__all__ = ["split_indices"]


def split_indices(
    labels: Iterable[Any],
    fractions: Sequence[float],
    *,
    groups: Iterable[Hashable] | None = None,
    stratify: bool = True,
    seed: int = 0,
) -> tuple[list[int], ...]:
    """Which pictures go into which part: one sorted list of positions per fraction, each position in one.

    ``torch.utils.data.Subset(dataset, part)`` makes a data set of each list. Two parts without groups are
    those of scikit-learn's ``train_test_split(..., stratify=labels, random_state=seed)``.

    Args:
        labels: the class of each picture, such as an ImageFolder's ``targets``: numbers or words.
        fractions: the share of each part; together 1. Later parts are rounded up.
        groups: for each picture what it belongs to: a person, a film, a day, a font. No group is in two
            parts. The large come first, those of about one size in random order, each into the part that
            lacks its pictures most; how near that comes to ``fractions`` depends on how many groups there
            are, and how large.
        stratify: give each part its share of every class, as far as groups allow; else classes fall as they
            may.
        seed: of the chance.

    Raises:
        InputError: fractions that aren't shares of 1; fewer pictures, groups or members of a class than
            parts; a part that would have no picture, or none of a class; groups of another number.

    >>> train, val = split_indices("aaaabbbb", [0.5, 0.5])
    >>> len(train), sorted("aaaabbbb"[index] for index in val)
    (4, ['a', 'a', 'b', 'b'])
    >>> split_indices("aaaabbbb", [0.5, 0.5], groups=[1, 1, 2, 2, 3, 3, 4, 4], seed=1)
    ([0, 1, 4, 5], [2, 3, 6, 7])
    """
    shares = _shares(fractions)
    # words, whatever they were: labels are only told apart, and 1 and "1" of one set are one class
    names, codes = np.unique([str(_plain(label)) for label in labels], return_inverse=True)
    if len(codes) < len(shares):
        raise InputError("labels", f"must be at least one per part, {len(shares)}", got=len(codes))
    if groups is not None:
        parts = _by_group(
            codes if stratify else np.zeros_like(codes), _group_codes(groups, codes), shares, seed
        )
    else:
        if stratify:
            _require_members(names, codes, len(shares))
        parts = _by_chance(codes if stratify else None, _sizes(len(codes), shares), seed)
    if stratify:
        _require_all_classes(names, codes, parts, grouped=groups is not None)
    return tuple(sorted(part.tolist()) for part in parts)


def _plain(label: Any) -> Any:
    """A tensor's element prints itself as ``tensor(3)``."""
    return label.item() if hasattr(label, "item") else label


def _shares(fractions: Sequence[float]) -> np.ndarray:
    shares = np.asarray(list(fractions), dtype=float)
    if len(shares) < 2 or not (shares > 0).all() or not math.isclose(shares.sum(), 1, abs_tol=1e-6):
        raise InputError(
            "fractions",
            "must be at least two numbers above 0 that add up to 1",
            got=f"{list(fractions)}, together {shares.sum():g}",
            fix="For 8 pictures of 10 and the other 2: [0.8, 0.2].",
        )
    return shares


def _sizes(count: int, shares: np.ndarray) -> list[int]:
    """Pictures per part: later ones rounded up, as scikit-learn does; the first has the rest."""
    later = [math.ceil(round(count * share, 6)) for share in shares[1:]]
    if sum(later) >= count:
        raise InputError(
            "fractions", f"must leave the first part of {count} pictures one", got=shares.tolist()
        )
    return [count - sum(later), *later]


def _by_chance(codes: np.ndarray | None, sizes: list[int], seed: int) -> list[np.ndarray]:
    """The last part is split off what is there, then the one before it: two parts are scikit-learn's own."""
    from sklearn.model_selection import train_test_split  # a second that other data sets need not pay

    rest, parts = np.arange(sum(sizes)), []
    for before, size in zip(list(accumulate(sizes))[-2::-1], sizes[:0:-1], strict=True):
        kinds = None if codes is None else codes[rest]
        try:
            rest, part = train_test_split(
                rest, train_size=before, test_size=size, stratify=kinds, random_state=seed
            )
        except ValueError as trouble:  # fewer places than classes
            raise InputError(
                "fractions",
                "must give each part a picture of every class",
                got=f"a part of {min(before, size)}",
                fix="Make it larger, or pass stratify=False.",
            ) from trouble
        parts.append(part)
    return [rest, *reversed(parts)]


def _require_members(names: np.ndarray, codes: np.ndarray, parts: int) -> None:
    counts = np.bincount(codes)
    if counts.min() < parts:
        raise InputError(
            f"class {names[counts.argmin()]}",
            f"must have at least one picture for each of the {parts} parts",
            got=counts.min(),
            fix="Take more pictures of it, leave the class out, or pass stratify=False.",
        )


def _require_all_classes(
    names: np.ndarray, codes: np.ndarray, parts: list[np.ndarray], *, grouped: bool
) -> None:
    """A part without a class can neither teach nor judge it."""
    for number, part in enumerate(parts):
        absent = np.setdiff1d(np.arange(len(names)), codes[part])
        if len(absent):
            raise InputError(
                f"part {number}",
                f"must have pictures of every class, of {names[absent[0]]} too",
                got="none",
                fix=(
                    "Its groups may be too few, or another seed may do better; "
                    if grouped
                    else "Make it larger; "
                )
                + "stratify=False leaves classes to chance.",
            )


def _group_codes(groups: Iterable[Hashable], codes: np.ndarray) -> np.ndarray:
    number: dict[Hashable, int] = {}
    members = np.array([number.setdefault(_plain(group), len(number)) for group in groups], dtype=int)
    if len(members) != len(codes):
        raise InputError("groups", f"must be one per label, {len(codes)}", got=len(members))
    return members


def _by_group(codes: np.ndarray, members: np.ndarray, shares: np.ndarray, seed: int) -> list[np.ndarray]:
    """Each group goes where it brings the parts nearest to their shares of all classes.

    scikit-learn's StratifiedGroupKFold does this for parts of one size; its GroupShuffleSplit shares out
    groups, however many pictures are in each.
    """
    count = members.max() + 1
    if count < len(shares):
        raise InputError("groups", f"must be at least one for each of the {len(shares)} parts", got=count)
    table = np.zeros((count, codes.max() + 1))  # pictures of each class in each group
    np.add.at(table, (members, codes), 1)
    lacking = shares[:, None] * table.sum(0)  # (parts, classes)
    weight = 1 / table.sum(0) ** 2  # a rare class counts as much as a common one
    home = np.empty(count, dtype=int)
    order = np.random.default_rng(seed).permutation(count)
    # large ones first, while there is room to make up for them; sizes to a factor of 2, to leave chance some
    order = order[np.argsort(-np.log2(table.sum(1)[order]).astype(int), kind="stable")]
    for group in order:
        # the square of what is lacking, after minus before: (l - n)² - l² = n² - 2ln
        home[group] = np.argmin(((table[group] ** 2 - 2 * lacking * table[group]) * weight).sum(1))
        lacking[home[group]] -= table[group]
    parts = [np.flatnonzero(home[members] == part) for part in range(len(shares))]
    if empty := [number for number, part in enumerate(parts) if not len(part)]:
        raise InputError(
            f"part {empty[0]}",
            f"must get a group, but none of the {count} is as small as its share",
            got="none",
            fix="Make that fraction larger, or use more groups.",
        )
    return parts
