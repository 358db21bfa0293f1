"""Two pictures compared by their signatures, and what became of the one in words."""

import numpy as np

from vislearn.viz.meaning.signature import Signature
from vislearn.viz.meaning.tolerances import LEVELS, SHARE

__all__ = ["emptied", "look_difference"]

_FLAT = 1.0  # contrast of a picture of one colour, with the rounding of its averages


def look_difference(expected: str, got: str) -> str:
    """What became of a picture, in words; empty if it looks the same.

    Args:
        expected: its encoded signature in the notebook.
        got: that of the picture drawn again.
    """
    was, now = Signature.decode(expected), Signature.decode(got)
    plain = _difference(was, now)
    if not plain:
        return ""
    if lost := _emptied(was, now):
        return lost
    for what, variant in was.variants().items():
        if not _difference(variant, now):
            return f"{what}: otherwise it looks as expected"
    return plain


def emptied(expected: str, got: str) -> str:
    """In words, that a picture became a single colour; empty if it didn't.

    Args:
        expected: its encoded signature in the notebook.
        got: that of the picture drawn again.
    """
    return _emptied(Signature.decode(expected), Signature.decode(got))


def _emptied(was: Signature, now: Signature) -> str:
    if was.contrast <= _FLAT or now.contrast > _FLAT:
        return ""
    color = " ".join(f"{level:.0f}" for level in now.mean)
    return f"expected a picture, got the one colour {color}"


def _difference(was: Signature, now: Signature) -> str:
    means = np.abs(was.mean - now.mean)
    if means.max() > LEVELS:
        told = [", ".join(f"{level:.0f}" for level in mean) for mean in (was.mean, now.mean)]
        return f"expected the mean colour {told[0]}, got {told[1]}; tolerance {LEVELS:g} of 255"
    tones = np.abs(was.tones - now.tones).max()
    if tones > SHARE:
        return f"{tones:.0%} of the pixels have another brightness; tolerance {SHARE:.0%}"
    for name, parts in [
        ("upright strip", (was.columns, now.columns)),
        ("level strip", (was.rows, now.rows)),
        ("part", (was.cells.reshape(-1, 3), now.cells.reshape(-1, 3))),
    ]:
        far = np.abs(parts[0].astype(float) - parts[1]).max(axis=1)
        if far.max() > LEVELS:
            at = int(far.argmax())
            return f"{name} {at + 1} of {len(far)} differs by {far[at]:.0f} gray levels; tolerance {LEVELS:g}"
    return ""
