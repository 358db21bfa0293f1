"""Exercises of lesson 02: reuse a network that has learned already."""

__all__: list[str] = []
