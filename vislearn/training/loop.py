"""One loop for every task, readable top to bottom."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vislearn.device import best_device
from vislearn.training.auditing import warn_of_traps
from vislearn.training.batches import Moved, channels_last_is_safe
from vislearn.training.checkpoints.keeper import Keeper, about
from vislearn.training.checkpoints.settings import settings_of
from vislearn.training.classes import class_list, note_classes, noted_classes, require_same_numbers
from vislearn.training.compiled import compiled, plain, replays, without_gradients
from vislearn.training.distributed import (
    from_first,
    is_first,
    joined,
    parallel,
    processes,
    same_buffers,
    split,
)
from vislearn.training.history import History
from vislearn.training.misfits import lonely_picture_refused, misfits_explained
from vislearn.training.precision import Precision
from vislearn.training.progress import Bar
from vislearn.training.stopping import Best
from vislearn.training.tasks import Task
from vislearn.training.trouble import explained, first_answer_checked
from vislearn.training.updates import Updates, require_direction, require_steps, require_trainable

__all__ = ["evaluate", "fit"]


def fit(
    model: nn.Module,
    task: Task,
    train_loader: Iterable[Any],
    *,
    epochs: int,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    scheduler_step: str = "batch",
    val_loader: Iterable[Any] | None = None,
    device: torch.device | None = None,
    amp: str | None = None,
    clip_norm: float | None = None,
    accumulate: int = 1,
    channels_last: bool = False,
    compile: bool | str = False,
    monitor: str | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_every: int | None = None,
    resume: bool | str = "auto",
    on_epoch: Callable[[History], object] | None = None,
    progress: bool | None = None,
    audit: bool = True,
) -> History:
    """Train ``model`` in place and return its history.

    Each batch: forget the last gradients, compute the loss, send it back through the network, let the
    optimizer take a step. Each epoch: judge on ``val_loader``, write a row. Everything below is a choice
    about one of these.

    *Faster.* On a GPU: ``compile="graphs"``, ``amp="bf16"`` (``"fp16"`` on GPUs before 2020),
    ``channels_last=True``, an optimizer made with ``fused=True``, and a loader with ``pin_memory=True``,
    whose copies then run beside the computing. A GPU waits for Python to start each of its kernels, and a
    graph starts all of them at once; without graphs the other choices change little, and ``compile=True``
    makes most networks slower. Images per second on an NVIDIA H200, torch 2.11 (graphs measured by
    ``model.compile(mode="reduce-overhead")``, of which ``"graphs"`` is made; ``benchmarks.training_loop``
    measures this function itself):

    =========================  ======  ==============  ========  ==================  ============
    network, batch, pixels     plain   bf16, channels  + fused   + ``compile=True``  or "graphs"
    =========================  ======  ==============  ========  ==================  ============
    SmallResNet w64, 256, 32   26,834  23,315          23,248    18,644              71,516
    SmallResNet w256, 256, 32  6,641   15,669          16,815    16,419              19,093
    resnet18, 64, 224          2,596   2,788           2,894     2,610               4,087
    =========================  ======  ==============  ========  ==================  ============

    Compiling takes a minute or two, so it is for trainings that take longer. ``accumulate=4`` makes one step
    of four batches, for a batch that does not fit.

    *Stopping.* ``patience=5`` ends after five epochs without a better ``monitor`` and gives the model the
    weights of the best epoch back.

    *Going on.* With ``checkpoint="runs/cats.pt"`` the training may be killed at any moment: the same
    program, started again, goes on from the last write, in the middle of an epoch too, and ends with the
    very weights of an uninterrupted run, to the bit (same machine, same number of threads). For that all
    chance is kept: Python's, NumPy's, torch's, the loader's and its data set's ``generator``. Exceptions:
    a data set with a random state of its own under another name; ``persistent_workers=True`` together
    with random transforms, because nobody can ask a running worker where its chance stands; and
    ``compile="graphs"``: the first batch after resuming isn't replayed, and other kernels round otherwise.
    The best epoch's model lies beside it, as ``runs/cats.best.pt``, with class names and transform:
    see :func:`vislearn.training.load_model`.

    *Together.* Started by ``torchrun --nproc-per-node=2``, the same call trains with that many processes:
    each takes its part of every batch, gradients are averaged, and the result is that of one process with
    the same loader (where the network has no BatchNorm, whose statistics stay those of each part).

    Args:
        model: moved to ``device`` and left in eval mode.
        task: turns a batch into a loss and a loader into scores.
        train_loader: batches to learn from: tuples, lists and dicts of tensors, however nested.
        epochs: passes over ``train_loader``, those before a resumption included.
        optimizer: built from ``model.parameters()``.
        scheduler: stepped after every step of the optimizer, so give it steps, not epochs.
        scheduler_step: ``"epoch"`` steps the scheduler after every epoch instead. ``ReduceLROnPlateau``
            always waits for the epoch's ``monitor``, and must have the mode that fits it.
        val_loader: batches to judge by, after every epoch; nothing is learned from them.
        device: where to compute; by default the best one at hand.
        amp: ``"bf16"`` on any device, or ``"fp16"`` on CUDA: compute in 16 bits where they suffice.
        clip_norm: gradients longer than this, all parameters taken together, are shortened to it.
        accumulate: how many batches make one step of the optimizer.
        channels_last: lay out pictures as fast convolutions read them; left out where torch can't.
        compile: True: let torch make kernels for the network; ``"graphs"``: and record their launches as CUDA
            graphs, for training and for judging. Graphs are of one shape: batches of another, such as a short
            last one, are computed as they are. What can't be compiled or recorded is computed as it is, after
            one warning that says why.
        monitor: the column to judge epochs by: to fall if its name ends in ``loss`` or ``error``, else to
            rise. By default what the task is judged by: ``val_loss`` of a classifier, ``val_map`` of a
            detector, of a task of yours its ``judged_by``, ``val_loss`` or first score; without
            ``val_loader`` ``train_loss``.
        patience: how many epochs in a row may pass without a better one; None: train all ``epochs``, and
            keep the last weights.
        checkpoint: a file to go on from, written after every epoch.
        checkpoint_every: write after this many batches too.
        resume: ``"auto"``: go on if ``checkpoint`` exists; True: it must exist; False: begin anew.
        on_epoch: called with the history after every epoch, and once after resuming; for example
            ``vislearn.widgets.live_curves()``.
        progress: a bar on stderr; by default in a terminal only.
        audit: warn of what the loaders show before the first step: transforms that scale twice or too late, a
            validation with chance, pictures in both parts, one class after the other. No sample is drawn for
            it; ``vislearn.traps.check`` sees more.

    Returns:
        One row per epoch: ``train_loss`` (mean over the pictures as they were learned), ``val_...`` for each
        score of the task, ``learning_rate`` (first group, as the epoch began) and ``seconds``.

    Raises:
        InputError: an argument breaks its rule, ``train_loader`` is empty, the optimizer holds nothing to
            train, a batch isn't what network or task take, a label has no score, the model has more or fewer
            scores than the data set classes, or the data sets of both loaders number their classes apart.
        FileError: ``checkpoint`` is damaged, or belongs to another model, data set or settings.
        MissingError: ``resume`` is True, and there is no checkpoint.
        VislearnError: the loss is no longer a finite number, or the memory is full.

    Source: the recipe of torchvision's classification references.
    """
    device = joined(device or best_device())
    if audit and is_first():
        warn_of_traps(train_loader, val_loader, model)
    runner, model = compiled(model, compile, device), plain(model)
    channels_last = channels_last and channels_last_is_safe(model, device)
    precision = Precision(amp, device)
    require_trainable(model, optimizer)
    require_steps(scheduler, scheduler_step, epochs, train_loader, accumulate)
    note_classes(model, _classes_of_both(train_loader, val_loader))
    steps: dict[str, Any] = {"scheduler_step": scheduler_step, "accumulate": accumulate}
    steps["clip_norm"] = clip_norm
    chosen = {"amp": amp, "channels_last": channels_last, "processes": processes(), "monitor": monitor}
    chosen |= {"early_stopping": patience is not None}
    updates = Updates(model, optimizer, scheduler, scaler=precision.scaler, replayed=replays(runner), **steps)
    best = _watch(task, val_loader, monitor, patience, scheduler)
    keeper = Keeper(
        checkpoint,
        checkpoint_every,
        resume,
        model=model,
        updates=updates,
        loader=split(train_loader),
        best=best,
        settings=settings_of(model, optimizer, scheduler, train_loader, **steps, **chosen),
        about=about(train_loader, val_loader),
    )
    _move(model, device, channels_last)
    tell = on_epoch if on_epoch is not None and is_first() else _say_nothing
    if keeper.resume() and keeper.history.rows:
        tell(keeper.history)
    bar = Bar(keeper.loader, epochs, show=progress if is_first() else False)
    training = _Training(
        runner, parallel(runner, device), task, device, channels_last, precision, keeper, bar
    )
    with bar, _troubles_explained(training, optimizer, train_loader):
        training.run(epochs, val_loader, tell)
    best.restore(model)
    runner.eval()
    return keeper.history


@dataclass(frozen=True)
class _Training:
    """What its epochs need: the network as it is asked and as it learns, and all that watches."""

    runner: nn.Module
    learner: nn.Module
    task: Task
    device: torch.device
    channels_last: bool
    precision: Precision
    keeper: Keeper
    bar: Bar

    def run(self, epochs: int, val_loader: Iterable[Any] | None, tell: Callable[[History], object]) -> None:
        """Every epoch that is left: learn, judge, write a row; until the last, or none gets better."""
        keeper, best = self.keeper, self.keeper.best
        for epoch in range(keeper.epoch, epochs):
            if best.exhausted:
                break
            self.learn(epoch)
            row = {"train_loss": keeper.losses.mean()} | self.judged(val_loader)
            row = from_first(row | {"learning_rate": keeper.rate, "seconds": keeper.seconds})
            keeper.history.rows.append(row)
            keeper.updates.schedule_epoch(best.value(row), best.column(row))
            improved = best.look(epoch, row, plain(self.runner))
            keeper.history.best_epoch = best.epoch
            keeper.after_epoch(improved=improved)
            tell(keeper.history)

    def learn(self, epoch: int) -> None:
        """Every batch: forwards, how wrong was it, backwards, a step."""
        keeper, updates = self.keeper, self.keeper.updates
        self.learner.train()
        for batch in Moved(self.bar.over(keeper.batches(epoch), keeper), self.device, self.channels_last):
            if not updates.pending:
                updates.optimizer.zero_grad()
            with self.precision.autocast():
                loss = keeper.weighed(self.task.loss(self.learner, batch))
            pictures = keeper.pictures(batch)
            updates.learn(loss, pictures)  # backward; every `accumulate` batches clip, step, schedule
            keeper.losses.add(loss, batch, pictures)
            keeper.after_batch()
        updates.finish_epoch()

    def judged(self, val_loader: Iterable[Any] | None) -> dict[str, float]:
        """The task's scores after the epoch, named as the history names them."""
        if val_loader is None:
            return {}
        same_buffers(plain(self.runner))
        amp, channels_last = self.precision.amp, self.channels_last
        scores = evaluate(
            self.runner, self.task, val_loader, device=self.device, amp=amp, channels_last=channels_last
        )
        return {f"val_{name}": score for name, score in scores.items()}


def _say_nothing(_history: History) -> None:
    """For whoever asked for no word after an epoch."""


@contextmanager
def _troubles_explained(
    training: _Training, optimizer: torch.optim.Optimizer, train_loader: Iterable[Any]
) -> Iterator[None]:
    """Inside ``with`` what goes wrong is told in the learner's terms."""
    keeper, model = training.keeper, plain(training.runner)
    with (
        explained(training.task, optimizer, keeper),
        misfits_explained(model, lambda: keeper.current),
        first_answer_checked(training.learner, training.task, keeper.about["classes"]),
        lonely_picture_refused(model, train_loader),
    ):
        yield


def _classes_of_both(train_loader: Iterable[Any], val_loader: Iterable[Any] | None) -> Any:
    """The training's classes; refused are loaders that number theirs differently."""
    classes = class_list(train_loader, "train_loader")
    judged = class_list(val_loader, "val_loader")
    require_same_numbers(classes, judged, "train_loader's", "val_loader's")
    return classes


def _watch(
    task: Task,
    val_loader: Any,
    monitor: str | None,
    patience: int | None,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None,
) -> Best:
    """Who looks for the best epoch, by a column that the scheduler may wait for too."""
    judged_by = "" if val_loader is None else getattr(task, "judged_by", "")
    best = Best(monitor, patience, keep=patience is not None, judged_by=judged_by and f"val_{judged_by}")
    require_direction(scheduler, best.monitor or best.judged_by)
    return best


def _move(model: nn.Module, device: torch.device, channels_last: bool) -> None:
    model.to(device)
    if channels_last:
        model.to(memory_format=torch.channels_last)


def evaluate(
    model: nn.Module,
    task: Task,
    loader: Iterable[Any],
    *,
    device: torch.device | None = None,
    amp: str | None = None,
    channels_last: bool = False,
) -> dict[str, float]:
    """The task's scores on ``loader``, in eval mode and without gradients.

    Args:
        model: moved to ``device`` and left in eval mode.
        task: turns a loader into scores.
        loader: batches to judge by.
        device: where to compute; by default the best one at hand.
        amp: as for :func:`fit`.
        channels_last: as for :func:`fit`.

    Raises:
        InputError: ``loader`` is empty, its batches aren't what network or task take, or its data set
            numbers its classes otherwise than the one that the model learned from.
    """
    require_same_numbers(
        noted_classes(model), class_list(loader, "loader"), "those the model learned", "loader's"
    )
    device = joined(device or best_device())
    model.to(device).eval()
    batches = Moved(loader, device, channels_last)
    with (
        without_gradients(model),
        Precision(amp, device).autocast(),
        misfits_explained(model, lambda: batches.latest),
    ):
        return task.evaluate(model, batches)
