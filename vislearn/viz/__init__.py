"""Drawing: each function returns a :class:`Picture`; nothing is shown behind your back.

The only room that knows matplotlib, and it never touches pyplot: no global state, no window, no leak.
"""

from vislearn.viz.bar_charts import bars, histogram
from vislearn.viz.line_charts import curves
from vislearn.viz.display import stretched_range, to_display
from vislearn.viz.film import filmstrip, stage
from vislearn.viz.sheets import augmentations, grid, zooms
from vislearn.viz.mindmap import mind_map
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
    "mind_map",
    "probabilities",
    "render",
    "stage",
    "stretched_range",
    "to_display",
    "zooms",
]
