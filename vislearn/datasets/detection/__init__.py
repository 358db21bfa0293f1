"""Pictures with boxes, from whatever format they are kept in."""

import lazy_loader

# Scores read COCO's files through here too, and need none of torchvision's transforms for it.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
