"""Any process, one stage at a time: generators of :class:`Step`.

``viz.filmstrip(steps)`` prints them as one picture, ``widgets.stepper(steps)`` walks them with a slider.
"""

from vislearn.steps.chain import transform_chain
from vislearn.steps.loader import loader_batch
from vislearn.steps.step import Step, summarise

__all__ = ["Step", "loader_batch", "summarise", "transform_chain"]
