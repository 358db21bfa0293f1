"""Looking inside: what comes out of a layer while a picture passes through."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import torch
from torch import nn

from vislearn.errors import InputError

__all__ = ["features", "quiet"]


def features(
    model: nn.Module, images: torch.Tensor, layers: Sequence[str] | None = None
) -> dict[str, torch.Tensor]:
    """What the named layers put out for images (N, C, H, W), in eval mode, without gradients.

    Args:
        model: any network; left in the mode it was in.
        images: float (N, C, H, W), prepared as the network wants them, on its device.
        layers: names as ``model.named_modules()`` gives them, such as ``"layer1"`` or ``"features.3"``;
            by default the network's own parts, in the order in which they are used.

    Returns:
        Name -> output, mostly (N, channels, h, w), in the order asked for. A layer that is used several
        times gives its last output; a part that isn't used is left out of the default.

    Raises:
        InputError: a layer that isn't there, or that isn't used for these images.

    >>> from vislearn.models import SmallResNet
    >>> {name: tuple(out.shape) for name, out in
    ...     features(SmallResNet(10), torch.zeros(1, 3, 32, 32), ["layer1", "layer4"]).items()}
    {'layer1': (1, 32, 32, 32), 'layer4': (1, 256, 4, 4)}
    """
    wanted = [name for name, _part in model.named_children()] if layers is None else list(layers)
    modules = dict(model.named_modules())
    for name in wanted:
        _require_layer(name, modules)
    found: dict[str, torch.Tensor] = {}
    hooks = [modules[name].register_forward_hook(_keep(name, found)) for name in wanted]
    try:
        with quiet(model):
            model(images)
    finally:
        for hook in hooks:
            hook.remove()
    if layers is None:
        return found
    for name in wanted:
        if name not in found:
            raise InputError(
                "layers",
                "must name layers that the network uses",
                got=repr(name),
                fix="It has this layer, but no picture passes through it.",
            )
    return {name: found[name] for name in wanted}


@contextmanager
def quiet(model: nn.Module) -> Iterator[None]:
    """Inside: eval mode and no gradients. Afterwards every layer is in the mode it was in.

    Args:
        model: any network.
    """
    modes = {module: module.training for module in model.modules()}
    try:
        with torch.no_grad():
            model.eval()
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def _keep(name: str, found: dict[str, torch.Tensor]) -> Any:
    def hook(_module: nn.Module, _inputs: tuple[Any, ...], output: Any) -> None:
        found.pop(name, None)  # so that the order is that of the last use
        # A copy: the next layer is often a ReLU that writes over what it reads.
        found[name] = output.clone() if isinstance(output, torch.Tensor) else output

    return hook


def _require_layer(name: str, modules: dict[str, nn.Module]) -> None:
    if name in modules and name:
        return
    known = [entry for entry in modules if entry]
    close = get_close_matches(name, known, n=4, cutoff=0.5)
    below = [entry for entry in known if entry.count(".") == 0]
    raise InputError(
        "layers",
        "must name layers of the network",
        got=repr(name),
        fix=f"Near it: {', '.join(close)}." if close else f"It is made of: {', '.join(below)}.",
    )
