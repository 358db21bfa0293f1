"""Exercises of lesson 10: what a network costs, read and counted, and which one to take."""

__all__: list[str] = []
