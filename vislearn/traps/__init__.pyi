from .catalog import CATALOG
from .data.checked import Checked, check
from .loop.watched import Watched, watch
from .trap import Found, Trap

__all__ = ["CATALOG", "Checked", "Found", "Trap", "Watched", "check", "watch"]
