"""The average of a network's weights over many steps, which is better than the weights of any one step."""

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

__all__ = ["Averaging"]


class Averaging(nn.Module):
    """A network that learns, and beside it the running average of its weights.

    Both are in the ``state_dict``, so a training that was killed goes on with both.

    Args:
        learner: the network; its answers are this module's.
        steps: how far back the average reaches: after so many steps of the optimizer, weights count a third
            (1/e) of what they counted.

    Attributes:
        average: the same network with averaged weights, and the learner's BatchNorm statistics, which are
            others' and want measuring anew: ``torch.optim.swa_utils.update_bn``.

    Source: Izmailov et al. 2018, Averaging Weights Leads to Wider Optima, with a running average in place of
    the plain one, which forgets the weights it began with.
    """

    def __init__(self, learner: nn.Module, steps: float) -> None:
        super().__init__()
        self.learner = learner
        self._averaged = AveragedModel(learner, multi_avg_fn=get_ema_multi_avg_fn(1 - 1 / steps))

    @property
    def average(self) -> nn.Module:
        """The network with averaged weights."""
        return self._averaged.module

    def follow(self, optimizer: torch.optim.Optimizer) -> None:
        """Take the learner's weights into the average after every step of its optimizer."""
        optimizer.register_step_post_hook(lambda *_: self._averaged.update_parameters(self.learner))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Float (N, 3, H, W) -> logits (N, K), from the network that learns."""
        return self.learner(images)
