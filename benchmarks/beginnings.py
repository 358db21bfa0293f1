"""What a training starts from, as its run is named where it is kept."""

from functools import cache

import vislearn as vl

__all__ = ["beginning"]


@cache
def beginning(backbone: str, *, scratch: bool) -> str:
    """New weights, or from scratch another network, have another name: such runs are made anew.

    Args:
        backbone: a bundled network.
        scratch: whether the training takes its shape alone, and random numbers.

    Returns:
        From scratch the network's class; else the SHA-256 of its file.
    """
    if scratch:
        return type(vl.models.classifier(backbone, 2, "scratch")).__name__
    return vl.models.card(backbone).sha256
