"""Calls of a model, noticed from outside: which mode, which pictures, which answer."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from vislearn.traps.loop.recorder import Audience, Forward, is_noisy, noisy_layers

__all__ = ["Forwards", "Hook", "is_compiled"]

_CHANNELS = (1, 3, 4)  # of a picture


class Hook:
    """A hook that copies of the model don't take along: an average of weights is nobody's training.

    Args:
        tell: what the hook calls.
    """

    def __init__(self, tell: Any) -> None:
        self._tell = tell

    def __call__(self, *arguments: Any) -> None:
        """What torch calls."""
        self._tell(*arguments)

    def __deepcopy__(self, _memo: Any) -> Any:
        return _silent

    def __reduce__(self) -> Any:
        return _silence, ()


def _silence() -> Any:
    """What a saved model has in place of a hook."""
    return _silent


def _silent(*_arguments: Any) -> None:
    """What stands in a copy in place of a hook."""


class Forwards:
    """Hooks on models and on the first layer of each that computes with pixels.

    A layer speaks for its model where only parts of that are called, as in ``model.features(images)``.

    Args:
        models: to be listened to.
        audience: told of every call.

    Attributes:
        handles: to take the hooks off.
    """

    def __init__(self, models: Sequence[nn.Module], audience: Audience) -> None:
        self._audience = audience
        self._calls: list[Forward] = []  # those going on, the outermost first
        self.handles: list[Any] = []
        try:
            for model in models:
                self._listen(model)
        except Exception:  # nobody has the handles yet
            for handle in self.handles:
                handle.remove()
            raise

    def _listen(self, model: nn.Module) -> None:
        noisy = noisy_layers(model)

        def begin(_model: Any, arguments: tuple[Any, ...]) -> None:
            self._begin(model, noisy, arguments)

        def end(_model: Any, _arguments: Any, answer: Any) -> None:
            self._end(answer)

        def enter(_layer: Any, arguments: tuple[Any, ...]) -> None:
            self._enter(model, noisy, arguments)

        self.handles += [
            model.register_forward_pre_hook(Hook(begin)),
            model.register_forward_hook(Hook(end), always_call=True),
        ]
        # inside a compiled model a hook would be compiled along
        if is_compiled(model):
            return
        first = _first_layer(model)
        if first is not None and first is not model:
            self.handles.append(first.register_forward_pre_hook(Hook(enter)))
        for part in filter(_normalises, model.modules()):
            self.handles.append(part.register_forward_pre_hook(Hook(self._normalising)))

    def _begin(self, model: nn.Module, noisy: list[nn.Module], arguments: tuple[Any, ...]) -> None:
        call = Forward(model, model.training, any(map(is_noisy, noisy)), image=_image(arguments))
        self._calls.append(call)
        self._audience.tell("asked", call)

    def _end(self, answer: Any) -> None:
        if not self._calls:  # begun before the watch
            return
        call = self._calls.pop()
        if answer is None:  # it raised
            return
        call.answered(answer)
        self._audience.tell("answered", call)

    def _enter(self, model: nn.Module, noisy: list[nn.Module], arguments: tuple[Any, ...]) -> None:
        alone = not self._calls
        if alone:
            self._begin(model, noisy, arguments)
        call = self._calls[-1]
        values = arguments[0] if arguments and isinstance(arguments[0], torch.Tensor) else None
        if values is not None and _are_pixels(values, call):
            self._audience.tell("entered", values, call)
        if alone:
            call.graph = torch.is_grad_enabled() and any(one.requires_grad for one in model.parameters())
            self._calls.pop()
            self._audience.tell("answered", call)

    def _normalising(self, part: nn.Module, arguments: tuple[Any, ...]) -> None:
        images = arguments[0] if arguments else None
        if isinstance(images, (list, tuple)) and _are_pictures(images):
            self._audience.tell("listed", images, part.training)


def is_compiled(model: nn.Module) -> bool:
    """Whether hooks inside it would be compiled along.

    Args:
        model: any.
    """
    return hasattr(model, "_orig_mod")


def _normalises(part: nn.Module) -> bool:
    """Whether it is what torchvision's detectors normalise pictures of 0..1 with."""
    mean, std = (getattr(part, name, None) for name in ("image_mean", "image_std"))
    if not isinstance(mean, (list, tuple)) or not isinstance(std, (list, tuple)):
        return False
    return all(0 < one < 1 for one in (*mean, *std))


def _are_pictures(images: Sequence[Any]) -> bool:
    """Whether all are (C, H, W), of as many channels."""
    shapes = {(one.ndim, len(one)) for one in images if isinstance(one, torch.Tensor) and one.ndim == 3}
    return len(shapes) == 1 and all(isinstance(one, torch.Tensor) and one.ndim == 3 for one in images)


def _first_layer(model: nn.Module) -> nn.Module | None:
    layers = (layer for layer in model.modules() if isinstance(layer, (nn.Conv2d, nn.Linear)))
    return next(layers, None)


def _image(arguments: tuple[Any, ...]) -> torch.Tensor | None:
    first = arguments[0] if arguments else None
    return first if isinstance(first, torch.Tensor) else None


def _are_pixels(values: torch.Tensor, call: Forward) -> bool:
    """A batch of pictures (N, C, H, W), or one that was flattened on its way (N, F)."""
    if values.ndim == 4:
        return values.shape[1] in _CHANNELS
    whole = call.image
    flattened = whole is not None and whole.ndim == 4 and whole.shape[1] in _CHANNELS
    return flattened and values.ndim == 2 and whole is not None and values.shape[1] == whole[0].numel()
