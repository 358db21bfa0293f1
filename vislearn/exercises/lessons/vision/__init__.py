"""Exercises of lesson 06: boxes, suppression and pooling by hand."""

__all__: list[str] = []
