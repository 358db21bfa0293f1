"""The command ``vislearn``: parse, call, print."""

from vislearn.cli.main import main

__all__ = ["main"]
