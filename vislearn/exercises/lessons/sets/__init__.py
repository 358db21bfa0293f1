"""Exercises of lesson 14: checksums, annotations in three formats, fair splits, and a set of one's own."""

__all__: list[str] = []
