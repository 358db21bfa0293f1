"""vislearn: computer vision with torchvision, one stage at a time.

Each name below is a room; it is loaded when you first enter it, so ``import vislearn`` costs nothing.

course: lessons as files. grading: a class's notebooks, judged. widgets: sliders on pictures. exercises: tasks
that answer back.
steps: any process, one stage at a time. training: the loop. viz: drawing.
traps: mistakes that crash nothing.
models: small networks. datasets: pictures to learn from. transforms: from picture to tensor.
metrics: how good is a prediction? imbalance: rare classes and common ones.
ops: boxes and masks by hand. io: pixels in and out. deploy: exported models, without torch.
demo: a page on which a model answers.
questions, progress, sidecar: what a lesson asks, what a learner has done, what a lesson says beside its code.
glossary: the words of the course, in both languages.
errors, problems, markup, files, checkout, language, labels, sample, seeding, device, report: what everything
else stands on.
"""

import sys

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

# In a notebook, pictures and numbers find what the lesson's source says of them. Elsewhere nothing is loaded.
if (_ipython := sys.modules.get("IPython")) and (_shell := _ipython.get_ipython()):
    from vislearn import sidecar
    from vislearn.viz import pil

    sidecar.watch(_shell)
    pil.register(_shell)
