"""Files that can't be read as they are, parts that share pictures, and loaders that serve them badly."""

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import RandomSampler, SequentialSampler

from vislearn.datasets.leaks import find_leaks
from vislearn.errors import VislearnError
from vislearn.imbalance import class_counts
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.data.facts import Facts, base_of, files_of
from vislearn.traps.trap import Trap

__all__ = [
    "DAMAGED_FILES",
    "IMBALANCE_HIDDEN",
    "LEAKAGE",
    "NEAR_COPIES",
    "NOT_SHUFFLED",
    "SHARED_GENERATOR",
]

_UNBALANCED = 10  # times as many pictures of one class as of another
_NEAR = 200  # pictures of each part to compare with each other
_GENERATORS = (torch.Generator, np.random.Generator, np.random.RandomState, random.Random)
_SAMPLES = 8  # from which on an order is no accident
_FILES = 500  # of each part, to look at for damage


def _all_files(facts: Facts) -> list[Path]:
    return [path for part in (facts.train, facts.val) for path in files_of(part)[:_FILES]]


def _damaged(facts: Facts) -> Problem | None:
    for path in _all_files(facts):
        try:
            with Image.open(path) as picture:
                picture.load()
        except (OSError, SyntaxError, ValueError) as trouble:
            return Problem(
                str(path),
                _("can't be read: {why}", why=trouble),
                _("vislearn check FOLDER lists all such files; copy them again, or delete them."),
            )
    return None


def _labels(dataset: Any) -> list[int] | None:
    """Of every picture, where a data set keeps them at hand; nothing is read for it."""
    whole, indices = base_of(dataset)
    kept = getattr(whole, "targets", None)
    if kept is None and getattr(whole, "tensors", None):
        kept = whole.tensors[-1]
    if isinstance(kept, torch.Tensor):
        kept = kept.tolist()
    try:
        labels = [int(label) for label in kept]  # type: ignore[union-attr]  # whatever is no list of numbers
    except (TypeError, ValueError):
        return None
    return labels if indices is None else [labels[at] for at in indices]


def _runs(values: Sequence[Any]) -> bool:
    """Whether equal values stand together, two of them or more on average, and not all are the same."""
    changes = sum(one != following for one, following in itertools.pairwise(values))
    return 1 < len(set(values)) == changes + 1 and len(values) >= 2 * len(set(values))


def _order(facts: Facts) -> list[Any]:
    """What may come in an order, where no labels are at hand: files' folders, or what samples say."""
    parts = getattr(facts.train, "datasets", None) or [facts.train]
    folders = [path.parent for part in parts for path in files_of(part)]
    if folders:
        return folders
    targets = [_only_label(target) for _index, _picture, target in facts.train_samples]
    return [] if None in targets or len(targets) < _SAMPLES else targets


def _only_label(target: Any) -> int | None:
    """The class of a sample, or of all objects in it."""
    labels = target.get("labels") if isinstance(target, Mapping) else target
    if not isinstance(labels, int | np.integer | torch.Tensor | np.ndarray):
        return None
    labels = torch.as_tensor(labels)
    if labels.is_floating_point() or labels.ndim > 1 or len(labels.unique()) != 1:
        return None
    return int(labels.flatten()[0])


def _is_ordered(facts: Facts) -> bool:
    """Whether one class, or one folder, comes after the other."""
    labels = _labels(facts.train)
    if labels:
        return labels == sorted(labels) and len(set(labels)) > 1
    return _runs(_order(facts))


def _not_shuffled(facts: Facts) -> Problem | None:
    if not isinstance(getattr(facts.train_loader, "sampler", None), SequentialSampler):
        return None
    if isinstance(getattr(facts.val_loader, "sampler", None), RandomSampler):
        return Problem(
            _("The training's loader"),
            _("is not shuffled, and the validation's is: the wrong one of the two"),
            _("DataLoader(…, shuffle=True) for training."),
        )
    if not _is_ordered(facts):
        return None
    return Problem(
        _("The training's loader"),
        _("gives one class after the other, and is not shuffled"),
        _("DataLoader(…, shuffle=True) for training."),
    )


def _imbalance(facts: Facts) -> Problem | None:
    labels, sampler = _labels(facts.train), getattr(facts.train_loader, "sampler", None)
    if not labels or min(labels) < 0 or hasattr(sampler, "weights"):
        return None
    counts = class_counts(labels)
    present = counts[counts > 0]
    if len(present) < 2 or int(present.max()) < _UNBALANCED * int(present.min()):
        return None
    return Problem(
        _("The training set"),
        _(
            "has {most} pictures of one class and {least} of another",
            most=int(present.max()),
            least=int(present.min()),
        ),
        _("Judge by macro F1 or the confusion matrix, not by accuracy; vislearn.imbalance has remedies."),
    )


def _leakage(facts: Facts) -> Problem | None:
    if facts.train is None or facts.val is None:
        return None
    (whole, some), (other, others) = base_of(facts.train), base_of(facts.val)
    shared = 0
    if whole is other:
        shared = len(
            set(some if some is not None else others or [])
            & set(others if others is not None else some or [])
        )
        shared = shared or (len(whole) if some is None and others is None else 0)
    elif (known := files_of(facts.train)) and (asked := files_of(facts.val)):
        try:
            shared = len(find_leaks(known, asked, threshold=None).found)
        except VislearnError:  # a file that can't be read is another trap's
            shared = 0
    if not shared:
        return None
    return Problem(
        _("The validation set"),
        _("shares 1 picture with the training set")
        if shared == 1
        else _("shares {count} pictures with the training set", count=shared),
        _("Split by vislearn.datasets.split_indices, once; find_leaks shows near copies, too."),
    )


def _near_copies(facts: Facts) -> Problem | None:
    """Where different pictures of one part look as much alike, near copies can't be told from them."""
    known, asked = (files_of(part)[:_NEAR] for part in (facts.train, facts.val))
    if not known or not asked:
        return None
    try:
        leaks = find_leaks(known, asked)
    except VislearnError:  # a file that can't be read is another trap's
        return None
    near = [one for one in leaks.found if one.kind in ("near", "mirrored")]
    if not near or leaks.alike_within:
        return None
    return Problem(
        near[0].val,
        _("(validation) is nearly the same picture as {other} (training)", other=near[0].train),
        _("Look at both; vislearn.datasets.find_leaks lists all. Split what the pictures come from."),
    )


def _shared_generator(facts: Facts) -> Problem | None:
    loaders, sets = (facts.train_loader, facts.val_loader), (facts.train, facts.val)
    for loader, dataset, chains in zip(loaders, sets, (facts.training, facts.validation), strict=True):
        if not getattr(loader, "num_workers", 0) or getattr(loader, "worker_init_fn", None) is not None:
            continue
        whole, _indices = base_of(dataset)
        for owner in (whole, *(step.transform for steps in chains for step in steps)):
            name = next((name for name, one in _held(owner) if isinstance(one, _GENERATORS)), None)
            if name is not None:
                return Problem(
                    f"{type(owner).__name__}.{name}",
                    _("is copied into every worker, and all of them draw the same numbers"),
                    _("Draw from torch's global generator, or seed it anew in worker_init_fn."),
                )
    return None


def _held(owner: Any) -> Iterable[tuple[str, Any]]:
    return getattr(owner, "__dict__", {}).items()


_FOUND = "found = check({})\n"

DAMAGED_FILES = Trap(
    "damaged_files",
    "certain",
    section="13.6",
    broken=_FOUND.format("DataLoader(folder(damaged=True), 2, shuffle=True)"),
    symptom=N_("Training breaks off in the middle of an epoch."),
    fixed=_FOUND.format("DataLoader(folder(), 2, shuffle=True)"),
    find=_damaged,
)
_SET = "pictures = TensorDataset(torch.rand(24, 3, 8, 8), torch.tensor({}))\n"
NOT_SHUFFLED = Trap(
    "not_shuffled",
    "certain",
    section="13.6",
    broken=_SET.format("[0, 1, 2]).repeat_interleave(8") + _FOUND.format("DataLoader(pictures, 4)"),
    symptom=N_("The loss is near 0, jumps up, and comes down again, once for each class."),
    fixed=_SET.format("[0, 1, 2]).repeat_interleave(8")
    + _FOUND.format("DataLoader(pictures, 4, shuffle=True)"),
    find=_not_shuffled,
)
IMBALANCE_HIDDEN = Trap(
    "imbalance_hidden",
    "perhaps",
    section="13.7",
    broken=_SET.format("[0] * 22 + [1] * 2") + _FOUND.format("DataLoader(pictures, 4, shuffle=True)"),
    symptom=N_("Accuracy is above 0.9, and the rare class is never found."),
    fixed=_SET.format("[0] * 14 + [1] * 10") + _FOUND.format("DataLoader(pictures, 4, shuffle=True)"),
    find=_imbalance,
)
_PARTS = (
    _SET.format("[0, 1] * 12") + "train, val = Subset(pictures, range(16)), Subset(pictures, range({}, 24))\n"
)
_PARTS += _FOUND.format("DataLoader(train, 4, shuffle=True), DataLoader(val, 4)")
LEAKAGE = Trap(
    "leakage",
    "certain",
    section="13.7",
    broken=_PARTS.format(12),
    symptom=N_("The validation score is far better than that of new pictures."),
    fixed=_PARTS.format(16),
    find=_leakage,
)
_COPIES = (
    "found = check(DataLoader(folder(), 2, shuffle=True), DataLoader(folder(where='val', copied={}), 2))\n"
)
NEAR_COPIES = Trap(
    "near_copies",
    "perhaps",
    section="13.7",
    broken=_COPIES.format(True),
    symptom=N_("The validation score is far better than that of new pictures."),
    fixed=_COPIES.format(False),
    find=_near_copies,
)
_WORKERS = "pictures = Drawing()\n" + _FOUND.format("DataLoader(pictures, 4, num_workers={}, shuffle=True)")
SHARED_GENERATOR = Trap(
    "shared_generator",
    "likely",
    section="13.6",
    broken=_WORKERS.format(2),
    symptom=N_("Every random change occurs several times, once in each worker."),
    fixed=_WORKERS.format(0),
    find=_shared_generator,
)
