from .loop.traps import LOOP_TRAPS
from .loop.watched import Watched, watch
from .trap import Found, Trap

__all__ = ["LOOP_TRAPS", "Found", "Trap", "Watched", "watch"]
