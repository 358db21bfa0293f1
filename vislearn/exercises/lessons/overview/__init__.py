"""Exercises of lesson 00: read a picture, and a model's answer."""

__all__: list[str] = []
