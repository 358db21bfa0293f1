"""A class's notebooks, judged: what each student understood, and which misconception to teach again.

``grade("handed-in.zip", "report")`` runs learners' code behind the walls of a jail, and compares outside of
it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
