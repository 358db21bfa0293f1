"""Exercises of lesson 12: train a detector."""

__all__: list[str] = []
