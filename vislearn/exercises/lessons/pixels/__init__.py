"""Exercises of lesson 07: pixels in their order, files read right, JPEG's loss, and moments of a film."""

__all__: list[str] = []
