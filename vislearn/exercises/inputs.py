"""What exercises' random inputs are drawn with."""

import torch

__all__ = ["draw", "unequal_sides"]


def draw(limit: int, generator: torch.Generator) -> int:
    """A whole number from 0 to ``limit`` - 1.

    Args:
        limit: the first number that can't be drawn.
        generator: draws it.

    >>> draw(1, torch.Generator())
    0
    """
    return int(torch.randint(limit, (), generator=generator))


def unequal_sides(smallest: int, count: int, generator: torch.Generator) -> tuple[int, int]:
    """Height and width of a picture that is never square, so that mixing them up must show.

    Args:
        smallest: the least that either can be.
        count: how many lengths there are to choose from, at least 2.
        generator: draws both.

    >>> sorted(unequal_sides(4, 2, torch.Generator()))
    [4, 5]
    """
    height, width = (torch.randperm(count, generator=generator)[:2] + smallest).tolist()
    return height, width
