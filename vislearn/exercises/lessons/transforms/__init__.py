"""Exercises of lesson 15: transforms by function and by class, of everything on a picture, and one's own."""

__all__: list[str] = []
