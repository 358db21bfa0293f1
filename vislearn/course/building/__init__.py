"""From a source to an executed notebook, and whether one is what its source says (extra: author)."""

__all__: list[str] = []
