"""vislearn: computer vision with torchvision, one stage at a time.

Each name below is a room; it is loaded when you first enter it, so ``import vislearn`` costs nothing.

course: lessons as files. widgets: sliders on pictures. exercises: tasks that answer back.
steps: any process, one stage at a time. training: the loop. viz: drawing.
models: small networks. datasets: pictures to learn from. transforms: from picture to tensor.
metrics: how good is a prediction? ops: boxes and masks by hand. io: pixels in and out.
errors, language, sample, seeding, device, report: what everything else stands on.
"""

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"
__all__ = [
    "course",
    "datasets",
    "device",
    "errors",
    "exercises",
    "io",
    "language",
    "metrics",
    "models",
    "ops",
    "report",
    "sample",
    "seeding",
    "steps",
    "training",
    "transforms",
    "viz",
    "widgets",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
