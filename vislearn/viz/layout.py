"""Where things go on a sheet: how many in a row."""

__all__ = ["even_columns"]


def even_columns(count: int, most: int) -> int:
    """Things per row, at most ``most``, so that the last row isn't a lonely one.

    >>> [even_columns(count, 5) for count in (1, 5, 6, 7, 9, 11)]
    [1, 5, 3, 4, 5, 4]
    """
    rows = -(-count // most)
    return -(-count // rows)
