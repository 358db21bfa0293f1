"""A network with kernels made for it; on a GPU its work recorded once, and then replayed."""

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn

from vislearn.errors import require_one_of
from vislearn.training.batches import mapped
from vislearn.training.distributed import processes

__all__ = ["Compiled", "compiled", "plain", "replays", "without_gradients"]

GRAPHS = "graphs"
_ON_TRIAL = (
    3  # calls: kernels are made in the first, a graph is recorded in the second, replayed in the third
)


def compiled(model: nn.Module, how: bool | str, device: torch.device) -> nn.Module:
    """``model`` as it will be called; its parameters stay where they are.

    Args:
        model: with weights on any device.
        how: False: itself; True: with kernels made for it; ``"graphs"``: with its kernels' launches recorded
            as CUDA graphs too. Where that can't be, a warning says why, and it is called as it is.
        device: where it will compute.

    Raises:
        InputError: another ``how``.
    """
    require_one_of("compile", how, [False, True, GRAPHS])
    if how is False:
        return model
    if how == GRAPHS and (why := _why_no_graphs(device)):
        _warn(how, why)
        return model
    return Compiled(model, graphs=how == GRAPHS)


def _why_no_graphs(device: torch.device) -> str:
    if device.type != "cuda":
        return f"CUDA graphs need an NVIDIA GPU, and this is a training on {device.type}"
    if torch.version.hip:
        return "torch's graphs teach wrongly on AMD's GPUs"  # pytorch/pytorch#187715
    return "graphs are recorded by one process alone" if processes() > 1 else ""


def _warn(how: bool | str, why: str) -> None:
    warnings.warn(f"compile={how!r} was left out: {why}.", stacklevel=3)


class Compiled(nn.Module):
    """Calls a network through kernels made for it, and as it is where torch can't make any.

    *Graphs* hold the launches of kernels for one shape of input, so one is recorded for training and one for
    judging: of the first shape that comes twice in a row, which the short batch at the end of an epoch never
    does. Other shapes are computed as if nothing were compiled.

    Args:
        model: to be called.
        graphs: record its launches.

    Attributes:
        module: the network itself.
        graphs: as given.
        calls: how many were replayed (or ran on kernels made for them), and how many ran plainly.

    Source: https://docs.pytorch.org/docs/stable/torch.compiler_cudagraph_trees.html
    """

    def __init__(self, model: nn.Module, *, graphs: bool) -> None:
        super().__init__()
        self.module, self.graphs = model, graphs
        # dynamic=False: kernels for every size, as torch makes after a shorter batch, can't be recorded
        how: dict[str, Any] = {"mode": "reduce-overhead", "dynamic": False} if graphs else {}
        made: Any = torch.compile(model, **how)
        self._kernels: Callable[..., Any] = made.__call__  # as a module, its parameters would count twice
        self._tried: dict[tuple[bool, bool], int] = {}
        self._shape: dict[tuple[bool, bool], Any] = {}
        self._latest: dict[tuple[bool, bool], Any] = {}
        self._skipped, self._given_up = _skipped(), False
        self.calls = {"compiled": 0, "plain": 0}

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """What the network answers, for inputs of any shape."""
        if self._given_up or (self.graphs and not self._recordable(inputs, named)):
            self.calls["plain"] += 1
            return self.module(*inputs, **named)
        answer = (
            self._on_trial(inputs, named) if self._tries() < _ON_TRIAL else self._kernels(*inputs, **named)
        )
        self.calls["compiled"] += not self._given_up
        # The next replay writes over what this one answered, and a task may keep it: so it gets a copy.
        # Steps aren't marked (torch.compiler.cudagraph_mark_step_begin): torch sees by itself where one
        # begins, and after the first mark would wait for marks in everybody else's graphs too.
        return mapped(answer, torch.clone) if self.graphs else answer

    def _kind(self) -> tuple[bool, bool]:
        return self.module.training, torch.is_grad_enabled()

    def _tries(self) -> int:
        return self._tried.get(self._kind(), 0)

    def _recordable(self, inputs: tuple[Any, ...], named: dict[str, Any]) -> bool:
        if named or not all(isinstance(one, torch.Tensor) for one in inputs):
            self._give_up("graphs need tensors of one shape, and this network gets something else")
            return False
        kind, shape = self._kind(), [(one.shape, one.stride(), one.dtype) for one in inputs]
        if self._latest.get(kind) == shape:
            self._shape.setdefault(kind, shape)
        self._latest[kind] = shape
        return self._shape.get(kind) == shape

    def _on_trial(self, inputs: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """The first calls: what torch can't compile is computed as it is, from now on."""
        self._tried[self._kind()] = self._tries() + 1
        try:
            answer = self._kernels(*inputs, **named)
        except torch.OutOfMemoryError:
            raise
        except Exception as trouble:  # of any type: from the compiler, from Triton, from CUDA
            answer = self.module(*inputs, **named)  # raises, where the network itself is what is wrong
            self._give_up(f"torch could not compile the network ({_gist(trouble)})")
            return answer
        if self.graphs and self._tries() == _ON_TRIAL and _skipped() > self._skipped:
            self._skipped = _skipped()
            _warn(GRAPHS, "torch could not record parts of the network, TORCH_LOGS=cudagraphs tells which")
        return answer

    def _give_up(self, why: str) -> None:
        self._given_up = True
        _warn(GRAPHS if self.graphs else True, why)


def _skipped() -> int:
    """How often torch compiled something in this process and recorded no graph of it."""
    from torch._dynamo.utils import counters  # seconds to import

    return int(counters["inductor"]["cudagraph_skips"])


def _gist(trouble: Exception) -> str:
    lines = [line.strip() for line in str(trouble).splitlines() if line.strip()]
    return f"{type(trouble).__name__}: {lines[0].rstrip('.')}" if lines else type(trouble).__name__


def plain(model: nn.Module) -> nn.Module:
    """The network inside what torch.compile made of it: its weights have the names that others know.

    >>> plain(torch.compile(nn.Linear(2, 3))).state_dict().keys()
    odict_keys(['weight', 'bias'])
    """
    return getattr(model, "_orig_mod", model)


def replays(model: nn.Module) -> bool:
    """Whether the model's answers and gradients come from CUDA graphs.

    Args:
        model: as :func:`compiled` returned it.
    """
    return isinstance(model, Compiled) and model.graphs


def without_gradients(model: nn.Module) -> AbstractContextManager:
    """The context to judge ``model`` in: ``torch.inference_mode``, or what compiled networks need instead.

    What torch compiles in inference mode can break the same network's training (pytorch/pytorch#135892).
    """
    return torch.no_grad() if isinstance(model, Compiled) else torch.inference_mode()
