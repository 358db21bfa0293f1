"""Traps of data and transforms: what shows before the first step."""

__all__: list[str] = []
