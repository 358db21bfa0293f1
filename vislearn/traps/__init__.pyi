from .data.checked import DATA_TRAPS, Checked, check
from .loop.traps import LOOP_TRAPS
from .loop.watched import Watched, watch
from .trap import Found, Trap

__all__ = ["DATA_TRAPS", "LOOP_TRAPS", "Checked", "Found", "Trap", "Watched", "check", "watch"]
