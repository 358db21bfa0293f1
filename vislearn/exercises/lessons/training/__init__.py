"""Exercises of lesson 03: the loop that learns, and the numbers that judge it."""

__all__: list[str] = []
