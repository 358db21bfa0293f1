"""Exercise of lesson 07: which frame of a film is on the screen at a moment."""

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["on_screen"]


@exercise(
    "pixels.on_screen",
    hints=[
        N_(
            "The moments: `torch.arange(first, last + 1, step)`, from the first frame's time to the last "
            "one's."
        ),
        N_(
            "A frame stays until the next one comes. So at a moment the last frame is seen whose time "
            "is not later: `(times <= moment).sum() - 1`."
        ),
        N_("All at once: `torch.searchsorted(times, moments, right=True) - 1`."),
    ],
)
def on_screen(times: Tensor, step: int) -> Tensor:
    """Find the frames that are on the screen at the first frame's time, a step later, two steps later, ….

    Args:
        times: (N,), int64, when each frame appears, in milliseconds, rising; it stays until the next one
            comes.
        step: milliseconds.

    Returns:
        (M,), int64, numbers of frames, one for each moment that is not later than the last frame's time. A
        frame that stays long may be in it twice.
    """
    moments = torch.arange(int(times[0]), int(times[-1]) + 1, step)
    return torch.searchsorted(times, moments, right=True) - 1


@on_screen.inputs
def _times_and_step(generator: torch.Generator, trial: int) -> tuple[Tensor, int]:
    """Fast and slow stretches, a start that isn't 0, some moments that fall on a frame, also on the last."""
    fast = torch.randint(3, 6, (12 + draw(6, generator),), generator=generator) * 10
    slow = torch.randint(16, 31, (4 + draw(3, generator),), generator=generator) * 10
    times = torch.cat([torch.tensor([40 * (trial % 3)]), fast, slow]).cumsum(0)
    step = [50, 70, 90, 110, 60, 80][trial % 6]
    if trial == 4:
        times[-1] += -int(times[-1] - times[0]) % step  # the last moment is the last frame's own
    return times, step


def _moments(times: Tensor, step: int) -> Tensor:
    return torch.arange(int(times[0]), int(times[-1]) + 1, step)


_MEAN_RATE = N_(
    "You divided by a mean rate of frames. The frames of this film don't come at an even pace: only their "
    "`times` say when they are seen."
)


@on_screen.mistake(_MEAN_RATE)
def _by_the_mean_rate(times: Tensor, step: int) -> Tensor:
    length = (times[-1] - times[0]).double()
    return ((_moments(times, step) - times[0]) * (len(times) - 1) / length).floor().long()


@on_screen.mistake(_MEAN_RATE)
def _by_the_mean_rate_rounded(times: Tensor, step: int) -> Tensor:
    length = (times[-1] - times[0]).double()
    return ((_moments(times, step) - times[0]) * (len(times) - 1) / length).round().long()


@on_screen.mistake(
    N_(
        "These are the frames nearest in time, and some of them come only later. On the screen is the "
        "last one whose time is not later than the moment."
    )
)
def _nearest(times: Tensor, step: int) -> Tensor:
    return (times[None] - _moments(times, step)[:, None]).abs().argmin(dim=1)


@on_screen.mistake(
    N_(
        "These are the *next* frames: none of them has come yet. Take one less, and let a frame of "
        "exactly that moment count: `right=True`, minus 1."
    )
)
def _next_one(times: Tensor, step: int) -> Tensor:
    return torch.searchsorted(times, _moments(times, step))


@on_screen.mistake(
    N_(
        "A frame is there from its own moment on. Where moment and time are equal, you show the one before: "
        "`<=` instead of `<`, or `right=True`."
    )
)
def _one_too_early(times: Tensor, step: int) -> Tensor:
    return torch.searchsorted(times, _moments(times, step)) - 1


@on_screen.mistake(
    N_("One too high: counting the frames that have come gives 1 for the first, whose number is 0. Minus 1.")
)
def _counted_from_one(times: Tensor, step: int) -> Tensor:
    return torch.searchsorted(times, _moments(times, step), right=True)


@on_screen.mistake(N_("You begin at 0, but this film's first frame comes later. Begin at `times[0]`."))
def _from_zero(times: Tensor, step: int) -> Tensor:
    moments = torch.arange(0, int(times[-1]) + 1, step)
    return torch.searchsorted(times, moments, right=True) - 1


@on_screen.mistake(
    N_(
        "A frame that stays long is on the screen at more than one moment, and belongs into the answer each "
        "time. You have each only once."
    )
)
def _each_once(times: Tensor, step: int) -> Tensor:
    return (torch.searchsorted(times, _moments(times, step), right=True) - 1).unique()


@on_screen.mistake(
    N_(
        "The last moment is missing where it is exactly the last frame's: `arange` leaves out its end, so it "
        "must be `times[-1] + 1`."
    )
)
def _last_left_out(times: Tensor, step: int) -> Tensor:
    moments = torch.arange(int(times[0]), int(times[-1]), step)
    return torch.searchsorted(times, moments, right=True) - 1


@on_screen.mistake(
    N_(
        "Every n-th frame by its number is not one frame every so many milliseconds: the slow stretch has "
        "few frames. Ask the `times`."
    )
)
def _every_nth(times: Tensor, step: int) -> Tensor:
    return torch.arange(0, len(times), max(1, round(step / int(times.diff().median()))))
