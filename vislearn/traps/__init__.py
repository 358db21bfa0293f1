"""Mistakes that crash nothing and make a model worse, and what finds them.

Around a loop: :func:`watch`, as in ``with traps.watch(model, optimizer, scheduler):``. Each :class:`Trap` has
code that falls into it, what its victim notices, and the remedy; ``LOOP_TRAPS`` has those of a loop.
"""

import lazy_loader

# torch's loop and loader are of interest to whoever watches one, and to nobody before.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
