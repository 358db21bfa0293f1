"""Exercises of lesson 04: what a detector learns from, and how it is scored."""

__all__: list[str] = []
