"""Pictures whose values lie where no picture's should, however they came there."""

from collections.abc import Sequence

import torch

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.data.facts import Facts
from vislearn.traps.levels import Levels, levels_of
from vislearn.traps.trap import Trap

__all__ = ["PICTURES_SQUASHED"]

_ENOUGH = 4  # pictures
_NARROW = 0.02  # from the darkest to the brightest pixel of all: 5 of 255 levels
_FEW = 1e-6  # below it they are all of one colour, on purpose or not


def _levels(facts: Facts) -> list[Levels]:
    """Of every picture (C, H, W) of floats; nothing where one is something else."""
    pictures = [picture for _index, picture, _target in [*facts.train_fed, *facts.val_fed]]
    floats = all(
        isinstance(one, torch.Tensor) and one.ndim == 3 and one.numel() and one.is_floating_point()
        for one in pictures
    )
    return [levels_of(one.detach()[None]) for one in pictures] if floats else []


def _span(looks: Sequence[Levels]) -> float:
    """From the least to the greatest value of any channel, over all pictures."""
    channels = range(min(len(one.low) for one in looks))
    return max(max(one.high[at] for one in looks) - min(one.low[at] for one in looks) for at in channels)


def _squashed(facts: Facts) -> Problem | None:
    looks = _levels(facts)
    if len(looks) < _ENOUGH or not _FEW < _span(looks) < _NARROW:
        return None
    return Problem(
        _("The pictures ({count})", count=len(looks)),
        _(
            "are all alike: their values lie between {least:.3f} and {greatest:.3f}",
            least=min(one.least for one in looks),
            greatest=max(one.greatest for one in looks),
        ),
        _("Scale once: ToTensor and ToDtype(scale=True) divide by 255; constants after them are of 0..1."),
    )


_HANDS = """class Hands(Dataset):
    def __len__(self): return 4
    def __getitem__(self, index):
        picture = np.uint8(60 * index + np.arange(192).reshape(8, 8, 3) / 4)
        return v1.ToTensor()(picture){}, index % 2
found = check(DataLoader(Hands(), 2, shuffle=True))
"""

PICTURES_SQUASHED = Trap(
    "pictures_squashed",
    "likely",
    section="13.2",
    broken=_HANDS.format(" / 255"),
    symptom=N_("The loss hardly falls, as if all pictures were the same."),
    fixed=_HANDS.format(""),
    find=_squashed,
)
