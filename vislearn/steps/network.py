"""A picture on its way through a network: what each stage makes of it, until there is an answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.models.features import features, quiet
from vislearn.models.heads import head_name
from vislearn.steps.step import Step

__all__ = ["layers", "stage_names"]


def layers(
    model: nn.Module,
    image: torch.Tensor,
    layers: Sequence[str] | None = None,
    *,
    names: Sequence[str] | None = None,
) -> Iterator[Step]:
    """Walk a picture through a network: feature maps stage by stage, pooled features, logits, the answer.

    The network's own layers do the work, in eval mode and without gradients; every layer is afterwards in
    the mode it was in. Channels stand in the order of their strength, the mean of their absolute values,
    strongest first; the rest of a value is what the layer put out.

    Args:
        model: any classification network whose features are (N, channels, h, w).
        image: float (C, H, W) or (1, C, H, W), prepared as the network wants it.
        layers: names as ``model.named_modules()`` gives them; None takes the first convolution and the last
            layer at each size.
        names: one per class, for the answer; None numbers them.

    Yields:
        Input, a step per stage named after its layer, pooled features where the network has them, logits,
        answer.

    Raises:
        InputError: an image that isn't one, a layer that isn't there, or another number of names.

    >>> from vislearn.models import SmallResNet
    >>> [step.title for step in layers(SmallResNet(10), torch.zeros(3, 32, 32))]
    ['Input', 'conv1', 'layer1', 'layer2', 'layer3', 'layer4', 'Pooled', 'Logits', 'Answer']
    """
    batch = _one(model, image)
    wanted = stage_names(model, batch) if layers is None else list(layers)
    maps = features(model, batch, wanted)
    passage = _Passage.through(model, batch)
    yield Step(_("Input"), batch[0].cpu(), _("One picture, prepared as the network wants it."))
    for name in wanted:
        yield _stage_step(name, maps[name], batch, first=name == passage.first_convolution)
    if passage.pooled is not None:
        told = _(
            "Each channel shrinks to one number: how strongly it found what it looks for. These {count} are "
            "all that the last layer sees.",
            count=passage.pooled.shape[1],
        )
        yield Step(_("Pooled"), passage.pooled[0].cpu(), told)
    yield from _answer_steps(passage.output, names)


def stage_names(model: nn.Module, images: torch.Tensor) -> list[str]:
    """The layers worth looking at: the first convolution, then the last layer at each size of feature maps.

    Args:
        model: any network.
        images: float (N, C, H, W), prepared as the network wants them, on its device.

    >>> from vislearn.models import SmallConvNet
    >>> stage_names(SmallConvNet(10), torch.zeros(1, 3, 32, 32))
    ['features.0.0', 'features.0', 'features.1', 'features.2']
    """
    passage = _Passage.through(model, images)
    behind = _head_part(model)
    last: dict[tuple[int, int], str] = {}
    for name, size in passage.sizes:
        before_head = not (behind and f"{name}.".startswith(behind))
        if name.count(".") <= 1 and before_head and min(size) > 1 and not passage.holds_several(name):
            last[size] = name
    first = [passage.first_convolution] if passage.first_convolution else []
    return list(dict.fromkeys([*first, *last.values()]))


@dataclass
class _Passage:
    """What was noted while one batch passed: sizes of feature maps in order, and what the head saw."""

    sizes: list[tuple[str, tuple[int, int]]] = field(default_factory=list)
    first_convolution: str = ""
    pooled: torch.Tensor | None = None
    output: Any = None

    @classmethod
    def through(cls, model: nn.Module, images: torch.Tensor) -> "_Passage":
        passage = cls()
        hooks = [
            module.register_forward_hook(passage._noted(name))
            for name, module in model.named_modules()
            if name
        ]
        try:
            with quiet(model):
                passage.output = model(images)
        finally:
            for hook in hooks:
                hook.remove()
        return passage

    def holds_several(self, name: str) -> bool:
        """Is this child of the model the whole row of stages rather than one of them?"""
        inside = {size for part, size in self.sizes if part.rpartition(".")[0] == name}
        return "." not in name and len(inside) > 1

    def _noted(self, name: str) -> Any:
        def hook(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            if isinstance(output, torch.Tensor) and output.ndim == 4:
                self.sizes.append((name, (output.shape[2], output.shape[3])))
            if isinstance(module, nn.Conv2d) and not self.first_convolution:
                self.first_convolution = name
            if isinstance(module, nn.Linear) and self.pooled is None and inputs[0].ndim == 2:
                self.pooled = inputs[0].clone()

        return hook


def _head_part(model: nn.Module) -> str:
    """The child of the model that gives the scores, with a dot behind it; empty where none is known."""
    try:
        name = head_name(model)
    except InputError:
        return ""
    child = name.split(".")[0]
    only = len(list(model.children())) == 1
    return f"{name}." if only else f"{child}."


def _one(model: nn.Module, image: torch.Tensor) -> torch.Tensor:
    """The picture as a batch of one, on the model's device."""
    shape = tuple(getattr(image, "shape", ()))
    single = isinstance(image, torch.Tensor) and (len(shape) == 3 or (len(shape) == 4 and shape[0] == 1))
    if not single or not image.is_floating_point():
        raise InputError(
            "image",
            "must be one prepared picture, float (C, H, W)",
            got=f"{str(image.dtype).removeprefix('torch.')} {shape}" if shape else type(image).__name__,
            fix="Prepare it as for training: transform(image).",
        )
    weight = next(model.parameters(), image)
    return image.detach().reshape(1, *shape[-3:]).to(weight.device)


def _stage_step(name: str, maps: torch.Tensor, batch: torch.Tensor, *, first: bool) -> Step:
    maps = maps[0].cpu()
    if maps.ndim != 3:
        return Step(name, maps, _("What this layer puts out."))
    strength = maps.abs().mean(dim=(1, 2))  # (channels,)
    value = maps[strength.argsort(descending=True, stable=True)]
    return Step(name, value, _stage_note(maps, batch, first))


def _stage_note(maps: torch.Tensor, batch: torch.Tensor, first: bool) -> str:
    across = batch.shape[3] / maps.shape[2]
    told = _("The strongest channels.") + " "
    if first:
        told += _("Each looks for one small thing everywhere: an edge, a colour.")
    elif across < 1.5:
        told += _("As fine as the picture: what is found here, is found to the pixel.")
    else:
        told += _(
            "A place stands for {side}×{side} pixels of the picture and sees some around them, too.",
            side=round(across),
        )
    return told


def _answer_steps(output: Any, names: Sequence[str] | None) -> Iterator[Step]:
    if not isinstance(output, torch.Tensor) or output.ndim != 2:
        yield Step(_("Output"), output, _("What the network puts out."))
        return
    logits = output[0].float().cpu()
    if names is not None and len(names) != len(logits):
        raise InputError("names", f"must be as many as scores ({len(logits)})", got=len(names))
    yield Step(_("Logits"), logits, _("One score per class, from the features: the highest wins."))
    best = int(logits.argmax())
    name = names[best] if names is not None else _("class {number}", number=best)
    share = float(logits.softmax(dim=0)[best])
    told = _("Softmax turns the scores into probabilities; this class gets {share}.", share=f"{share:.2f}")
    yield Step(_("Answer"), name, told)
