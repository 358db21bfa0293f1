"""Numbers as drawings: bars, curves, matrices, overlaps, maps. ``vislearn.viz`` offers the functions."""

__all__: list[str] = []
