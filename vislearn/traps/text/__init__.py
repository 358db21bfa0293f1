"""Traps of scripts: what only their text shows, and no run of them on this computer."""

__all__: list[str] = []
