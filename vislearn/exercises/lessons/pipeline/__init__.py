"""Exercises of lesson 01: from files to batches that a network can take."""

__all__: list[str] = []
