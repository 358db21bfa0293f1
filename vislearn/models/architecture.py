"""What a network was built with, remembered by the network itself, so that a saved one can be built again."""

from typing import Any

from torch import nn

__all__ = ["note_architecture", "noted_architecture"]

_NOTED = "vislearn_architecture"  # an attribute: no tensor, so no weights file changes


def note_architecture(model: nn.Module, **arguments: Any) -> None:
    """Remember the arguments that build this network again, without the weights of anybody.

    Args:
        model: just built.
        **arguments: plain values: a file keeps them.
    """
    setattr(model, _NOTED, arguments)


def noted_architecture(model: nn.Module) -> dict[str, Any]:
    """The arguments noted; {} for a network built by other means.

    >>> from vislearn.models import classifier
    >>> noted_architecture(classifier("photo", 3, "scratch"))
    {'backbone': 'photo', 'num_classes': 3, 'mode': 'scratch'}
    """
    return dict(getattr(model, _NOTED, {}))
