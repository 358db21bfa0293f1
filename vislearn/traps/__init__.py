"""Mistakes that crash nothing and make a model worse, and what finds them.

Around a loop: :func:`watch`, as in ``with traps.watch(model, optimizer, scheduler):``. Before it:
:func:`check`, as in ``traps.check(train_loader, val_loader)``. Each :class:`Trap` has code that falls into
it, what its victim notices, and the remedy; ``CATALOG`` has them all. What only the text of a script shows,
:func:`lint` reads. In a notebook ``%load_ext vislearn.traps`` brings ``%%watch model, optimizer`` for a cell.
"""

import lazy_loader

# torch's loops and loaders are of interest to whoever watches one, and to nobody before.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
