"""Traps of a training loop: what only shows while it runs."""

__all__: list[str] = []
