"""Lesson 05's exercises: counting pixels, losses for a few of them, masks resized and taken apart."""

__all__: list[str] = []
