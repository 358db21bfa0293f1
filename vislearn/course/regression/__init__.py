"""Stored notebooks run again, offline: does a learner still see the same? (extra: regress)."""

from pathlib import Path

__all__ = ["OFFLINE"]

OFFLINE = Path(__file__).parent / "offline"  # on PYTHONPATH it cuts a Python off from the network
