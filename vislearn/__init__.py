"""vislearn: computer vision with torchvision, one stage at a time.

Each name below is a room; it is loaded when you first enter it, so ``import vislearn`` costs nothing.

course: lessons as files. widgets: sliders on pictures. exercises: tasks that answer back.
steps: any process, one stage at a time. training: the loop. viz: drawing.
models: small networks. datasets: pictures to learn from. transforms: from picture to tensor.
metrics: how good is a prediction? ops: boxes and masks by hand. io: pixels in and out.
questions, progress: what a learner is asked, and has done.
errors, problems, files, checkout, language, labels, sample, seeding, device, report: what everything else
stands on.
"""

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
