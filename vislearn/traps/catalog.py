"""Every trap, those of a loop before those of data."""

from vislearn.traps.data.checked import DATA_TRAPS
from vislearn.traps.loop.traps import LOOP_TRAPS
from vislearn.traps.trap import Trap

__all__ = ["CATALOG"]

CATALOG: tuple[Trap, ...] = (*LOOP_TRAPS, *DATA_TRAPS)
