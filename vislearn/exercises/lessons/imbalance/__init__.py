"""Exercises of lesson 09: rare classes, weighed and drawn and put right afterwards; when to stop."""

__all__: list[str] = []
