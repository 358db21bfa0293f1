"""Drawing: each function returns a :class:`Picture`; nothing is shown behind your back.

The only room that knows matplotlib, and it never touches pyplot: no global state, no window, no leak.
"""

from vislearn.viz.charts import bars, curves, histogram
from vislearn.viz.display import stretched_range, to_display
from vislearn.viz.filmstrip import filmstrip, stage
from vislearn.viz.grid import augmentations, grid, zooms
from vislearn.viz.picture import Picture, render
from vislearn.viz.predictions import probabilities

__all__ = [
    "Picture",
    "augmentations",
    "bars",
    "curves",
    "filmstrip",
    "grid",
    "histogram",
    "probabilities",
    "render",
    "stage",
    "stretched_range",
    "to_display",
    "zooms",
]
