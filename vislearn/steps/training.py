"""One training step, taken for real and told stage by stage."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from vislearn.errors import InputError, VislearnError
from vislearn.language import translate as _
from vislearn.seeding import kept_chance
from vislearn.steps.model_parts import by_part
from vislearn.steps.step import Step
from vislearn.training import Task
from vislearn.training.batches import moved

__all__ = ["training_step"]


def training_step(
    model: nn.Module,
    task: Task,
    batch: Any,
    optimizer: torch.optim.Optimizer,
    *,
    clip_norm: float | None = None,
) -> list[Step]:
    """Learn from one batch, and show everything on the way: scores, loss, gradients, update, loss again.

    The step is real. Model, optimizer and chance are afterwards exactly where these lines leave them::

        model.train()
        loss = task.loss(model, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    only that every layer is back in the mode it was in. The list can be shown twice without learning twice.

    Args:
        model: learns.
        task: turns the batch into a loss, such as ``ClassificationTask()``.
        batch: what a loader gives, mostly images (N, C, H, W) and classes (N,); moved to the model's device.
        optimizer: built from ``model.parameters()``.
        clip_norm: gradients longer than this, all together, are shortened to it, as ``fit`` does; None
            leaves them.

    Returns:
        Batch, output (for one class per picture: the logits and the probability of the right class), loss,
        gradient length of each part of the model, clipping if asked for, size of the update, loss again.

    Raises:
        InputError: nothing in the model can learn, or ``clip_norm`` is not above 0.
        VislearnError: the loss is not a finite number; nothing has been learned then.

    Source: the loop of section 3 of the course's source.
    """
    if clip_norm is not None and not clip_norm > 0:
        raise InputError("clip_norm", "must be above 0", got=clip_norm, fix="None clips nothing.")
    learning = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    if not learning:
        raise InputError(
            "model",
            "must have a parameter that may change",
            got="frozen ones only",
            fix="Unfreeze some: requires_grad = True.",
        )
    batch = moved(batch, next(iter(learning.values())).device)
    chance = _Drawn()
    with _training(model):
        with _watched(model) as seen:
            loss = task.loss(model, batch)
        steps = [_batch_step(batch), *_output_steps(seen, batch), _loss_step(seen, batch, loss)]
        optimizer.zero_grad()
        loss.backward()
        steps.append(_gradient_step(model, learning))
        if clip_norm is not None:
            steps.append(_clip_step(learning, clip_norm))
        before = {name: weight.detach().clone() for name, weight in learning.items()}
        optimizer.step()
        steps += [_update_step(before, learning), _again_step(model, task, batch, loss.item(), chance)]
    return steps


@contextmanager
def _training(model: nn.Module) -> Iterator[None]:
    modes = {module: module.training for module in model.modules()}
    try:
        model.train()
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


@contextmanager
def _watched(model: nn.Module) -> Iterator[list[Any]]:
    """What the model puts out while the task uses it."""
    seen: list[Any] = []
    hook = model.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    try:
        yield seen
    finally:
        hook.remove()


class _Drawn:
    """The chance of now, to be drawn once more: the same units must drop out when the loss is asked again."""

    def __init__(self) -> None:
        self._cpu = torch.get_rng_state()
        self._cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []

    @contextmanager
    def again(self) -> Iterator[None]:
        with kept_chance():
            torch.set_rng_state(self._cpu)
            if self._cuda:
                torch.cuda.set_rng_state_all(self._cuda)
            yield


def _batch_step(batch: Any) -> Step:
    return Step(_("Batch"), batch, _("What the loader gives: pictures, and what is right for each."))


def _output_steps(seen: list[Any], batch: Any) -> list[Step]:
    if not seen:  # a task that uses parts of the model only
        return []
    answers = _answers(seen, batch)
    if answers is None:
        told = _("What the model makes of the batch.")
        return [Step(_("Output"), _detached(seen[-1]), told)]
    logits, target = answers
    right = logits.softmax(dim=1).gather(1, target[:, None])[:, 0]  # (N,)
    told = _("A row per picture, a column per class: one score each, any number.")
    shares = _(
        "Softmax turns each row into probabilities; this is what the right class of each picture got. "
        "Guessing among {classes} classes gives {share}.",
        classes=logits.shape[1],
        share=f"{1 / logits.shape[1]:.2f}",
    )
    return [Step(_("Logits"), logits, told), Step(_("Right class"), right, shares)]


def _answers(seen: list[Any], batch: Any) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Logits (N, K) and classes (N,), where the batch is of that kind."""
    output, target = seen[-1], batch[1] if isinstance(batch, (tuple, list)) and len(batch) == 2 else None
    if not isinstance(output, torch.Tensor) or not isinstance(target, torch.Tensor):
        return None
    classes = output.ndim == 2 and target.shape == output.shape[:1] and not target.is_floating_point()
    return (output.detach().float(), target.long()) if classes else None


def _detached(output: Any) -> Any:
    if isinstance(output, torch.Tensor):
        return output.detach()
    if isinstance(output, Mapping):
        return {name: _detached(part) for name, part in output.items()}
    return output


def _loss_step(seen: list[Any], batch: Any, loss: torch.Tensor) -> Step:
    value = loss.item()
    if not math.isfinite(value):
        raise VislearnError(
            f"The loss of this batch is {value}. Lower the learning rate, or look for bad input."
        )
    told = _("One number for the whole batch: training makes it smaller.")
    answers = _answers(seen, batch) if seen else None
    if answers is not None and math.isclose(
        nn.functional.cross_entropy(*answers).item(), value, rel_tol=1e-3, abs_tol=1e-6
    ):
        told = _("The mean of −log(probability of the right class): 0 if all are certain and right.")
    return Step(_("Loss"), loss.detach(), told)


def _gradient_step(model: nn.Module, learning: Mapping[str, torch.Tensor]) -> Step:
    told = _(
        "backward() tells every weight how the loss would change with it. Here: the length of the gradient, "
        "part by part."
    )
    frozen = sum(not weight.requires_grad for weight in model.parameters())
    if frozen:
        told += " " + _("{count} frozen tensors get none.", count=frozen)
    return Step(_("Gradients"), by_part(_gradients(learning)), told)


def _gradients(learning: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Gradients by name; zeros where none came, as from a part that wasn't used."""
    return {
        name: torch.zeros_like(weight) if weight.grad is None else weight.grad.detach()
        for name, weight in learning.items()
    }


def _clip_step(learning: Mapping[str, torch.Tensor], clip_norm: float) -> Step:
    whole = float(nn.utils.clip_grad_norm_(list(learning.values()), clip_norm))
    numbers = {"whole": f"{whole:.3g}", "limit": f"{clip_norm:g}"}
    if whole > clip_norm:
        told = _("All gradients together were {whole} long; all are shortened alike, to {limit}.", **numbers)
    else:
        told = _(
            "All gradients together are {whole} long, no more than {limit}: they stay as they are.", **numbers
        )
    return Step(_("Clipping"), by_part(_gradients(learning)), told)


def _update_step(before: Mapping[str, torch.Tensor], learning: Mapping[str, torch.Tensor]) -> Step:
    far = by_part({name: weight.detach() - before[name] for name, weight in learning.items()})
    size = by_part({name: weight.detach() for name, weight in learning.items()})
    share = {name: far[name] / size[name] if size[name] else 0.0 for name in far}
    told = _(
        "step() moves the weights so that the loss should fall. Here: how far each part moved, as a share of "
        "its own length. About 0.001 is usual."
    )
    return Step(_("Update"), share, told)


def _again_step(model: nn.Module, task: Task, batch: Any, before: float, chance: _Drawn) -> Step:
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    with torch.no_grad(), chance.again():
        after = float(task.loss(model, batch))
        for (
            name,
            buffer,
        ) in model.named_buffers():  # BatchNorm has seen the batch once more; it must not count
            buffer.copy_(buffers[name])
    if after < before:
        told = _("The same batch once more: the loss fell by {share}.", share=_percent(1 - after / before))
    else:
        told = _("The same batch once more: the loss did not fall. Was the step too large?")
    return Step(_("Loss again"), {_("before"): before, _("after"): after}, told)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"
