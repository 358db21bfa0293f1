"""Exercises of lesson 08: look at pictures, boxes, masks and what a network sees."""

__all__: list[str] = []
