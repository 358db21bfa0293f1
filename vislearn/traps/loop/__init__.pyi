from .traps import LOOP_TRAPS
from .watch import Watched, watch

__all__ = ["LOOP_TRAPS", "Watched", "watch"]
