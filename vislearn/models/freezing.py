"""Parts of a network that stay as they are, whatever is done with the rest."""

from functools import partial

from torch import nn

__all__ = ["freeze", "is_frozen", "unfreeze"]


def freeze(module: nn.Module) -> None:
    """Keep a module as it is: no gradients, and eval mode even after ``model.train()``.

    Switching gradients off is not enough. In train mode BatchNorm still replaces its running means and
    variances by those of every batch, and Dropout still drops: the "frozen" features would drift.

    Args:
        module: a network or any part of it; changed in place. Undone by :func:`unfreeze`.

    Source: section 2 of the course's text, corrected.

    >>> layers = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 4, 1))
    >>> freeze(layers[0])
    >>> [layer.training for layer in layers.train()]
    [False, True]
    """
    for part in module.modules():
        # In place of a method of the class, on this one object. A partial of a plain function survives
        # pickle and deepcopy (the copy then holds itself); a lambda or a class made here wouldn't.
        part.__dict__["train"] = partial(_stay_in_eval, part)
        part.training = False
    for parameter in module.parameters():
        parameter.requires_grad_(False)
        parameter.grad = None  # an optimizer would still apply an old gradient


def unfreeze(module: nn.Module) -> None:
    """Let a module learn again, and everything in it; ``model.train()`` reaches it again too.

    Args:
        module: a network or any part of it; changed in place.
    """
    for part in module.modules():
        part.__dict__.pop("train", None)
    for parameter in module.parameters():
        parameter.requires_grad_(True)


def is_frozen(module: nn.Module) -> bool:
    """Was this very module frozen?

    ``requires_grad`` alone can't tell: BatchNorm's statistics and Dropout have none.

    >>> layer = nn.Linear(2, 2)
    >>> is_frozen(layer), freeze(layer), is_frozen(layer)
    (False, None, True)
    """
    return "train" in module.__dict__


def _stay_in_eval(module: nn.Module, mode: bool = True) -> nn.Module:
    """In place of ``Module.train``: frozen parts stay in eval mode, parts that were unfrozen follow."""
    module.training = False
    for child in module.children():
        child.train(mode)
    return module
