"""`vislearn.traps.watch` around the loops of other libraries: silent on right trainings, and what it finds.

    PYTHONPATH=. VENV/bin/python -m benchmarks.watched_trainers

in an environment with Lightning, fastai or both; an absent one is named. Nothing of theirs is changed.
"""

import logging
import warnings
from functools import partial
from importlib.util import find_spec

import torch
from torch import nn
from torch.nn import functional as F

from vislearn.traps import watch
from vislearn.traps.examples import Net, loaders

LIGHTNING = ("right", "accumulation", "zero_grad", "softmax", "bytes", "eval", "schedule")
FASTAI = ("right", "zero_grad", "softmax", "bytes", "eval")


class Spoilt(nn.Module):
    """A network whose input or output is not as it should be."""

    def __init__(self, mistake: str) -> None:
        super().__init__()
        self.net, self.mistake = Net(), mistake

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores, or what the mistake makes of them."""
        scores = self.net((images * 255).round() if self.mistake == "bytes" else images)
        return scores.softmax(1) if self.mistake == "softmax" else scores


def by_lightning(mistake: str) -> list[str]:
    """Train by Lightning's loop, and tell the names of the traps found."""
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = Spoilt(mistake)
            self.automatic_optimization = mistake != "zero_grad"

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.net(images)

        def training_step(self, batch: list, at: int) -> torch.Tensor:
            loss = F.cross_entropy(self(batch[0]), batch[1])
            if mistake == "zero_grad":
                self.manual_backward(loss)
                self.optimizers().step()
            return loss

        def on_validation_model_eval(self) -> None:
            if mistake != "eval":
                super().on_validation_model_eval()

        def validation_step(self, batch: list, at: int) -> None:
            F.cross_entropy(self(batch[0]), batch[1])

        def configure_optimizers(self) -> object:
            optimizer = torch.optim.SGD(self.parameters(), lr=0.05)
            if mistake == "zero_grad":
                return optimizer
            steps = 12 if mistake == "accumulation" else 24
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=steps)
            interval = "epoch" if mistake == "schedule" else "step"
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": interval}}

    silent = {
        name: False
        for name in ("enable_checkpointing", "enable_progress_bar", "enable_model_summary", "logger")
    }
    module, accumulated = Module(), 2 if mistake == "accumulation" else 1
    trainer = lightning.Trainer(
        max_epochs=3, accelerator="cpu", accumulate_grad_batches=accumulated, **silent
    )
    with watch(module, say=None) as watched:
        trainer.fit(module, *loaders())
    return [one.trap.name for one in watched.found]


def by_fastai(mistake: str, *, own_optimizer: bool) -> list[str]:
    """The same by fastai's loop, with an optimizer of torch or of fastai's own."""
    from fastai.callback.all import Callback
    from fastai.learner import DataLoaders, Learner
    from fastai.optimizer import OptimWrapper

    class StaysInTrainMode(Callback):
        order = 100

        def before_validate(self) -> None:
            self.learn.model.train()

    named = {} if own_optimizer else {"opt_func": partial(OptimWrapper, opt=torch.optim.SGD)}
    callbacks = [StaysInTrainMode()] if mistake == "eval" else []
    learner = Learner(
        DataLoaders(*loaders()), Spoilt(mistake), loss_func=F.cross_entropy, lr=0.05, cbs=callbacks, **named
    )
    if mistake == "zero_grad":
        learner.create_opt()
        learner.opt.zero_grad = lambda: None
    with watch(learner.model, say=None) as watched, learner.no_bar(), learner.no_logging():
        learner.fit(3)
    return [one.trap.name for one in watched.found]


def main() -> None:
    logging.disable(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compare()


def compare() -> None:
    """One line for each training."""
    for library, mistakes in (("lightning", LIGHTNING), ("fastai", FASTAI)):
        if find_spec(library) is None:
            print(f"{library} is not here")
            continue
        for mistake in mistakes:
            torch.manual_seed(0)
            if library == "lightning":
                print(f"{library:40}{mistake:14}{by_lightning(mistake)}", flush=True)
                continue
            for own in (False, True):
                which = "its own optimizer" if own else "torch's optimizer"
                print(
                    f"{library + ', ' + which:40}{mistake:14}{by_fastai(mistake, own_optimizer=own)}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
