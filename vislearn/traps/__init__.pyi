from .catalog import CATALOG
from .data.checked import Checked, check
from .data.draws import Draws
from .loop.watched import Watched, watch
from .magic import load_ipython_extension, unload_ipython_extension
from .text.linted import lint
from .trap import Found, Trap

__all__ = [
    "CATALOG",
    "Checked",
    "Draws",
    "Found",
    "Trap",
    "Watched",
    "check",
    "lint",
    "load_ipython_extension",
    "unload_ipython_extension",
    "watch",
]
