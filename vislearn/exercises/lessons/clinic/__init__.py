"""Exercises of lesson 13: programs that run and are wrong, to be mended and their traps to be named."""

__all__: list[str] = []
