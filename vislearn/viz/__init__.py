"""Drawing: each function returns a :class:`Picture`; nothing is shown behind your back.

The only room that knows matplotlib, and it never touches pyplot: no global state, no window, no leak. What is
offered here, as ``__init__.pyi`` lists it, is loaded when it is first used: a bar chart needs no torch.

The page: canvas, picture, display, palette, tables, stored, drawings, tiles, film. charts: numbers as
drawings. pictures: what lies on pictures or stands beside them. meaning: what a figure says, and how two are
compared.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
