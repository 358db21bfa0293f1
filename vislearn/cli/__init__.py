"""The command ``vislearn``: parse, call, print."""

from vislearn.cli.commands import main

__all__ = ["main"]
