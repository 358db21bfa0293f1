"""Exercise of lesson 07, its project: from a shaky film one sharp picture of every second."""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import av
import torch
from PIL import Image, ImageEnhance, ImageFilter
from torch import Tensor
from torchvision.transforms.v2.functional import pil_to_tensor

from vislearn.datasets import photos
from vislearn.exercises.comparing import as_tensor
from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.io import write_video
from vislearn.io.turning import note_turn
from vislearn.language import translate as _

__all__ = ["sharpest"]

_HEIGHT, _WIDTH = 96, 128  # of a frame as a person sees it
_PLACES = ("cat", "coffee", "astronaut", "flower", "temple", "rocket")
# degrees by which a film must be turned to stand upright, counter-clockwise → EXIF's number for it
_TURNS = {90: 8, 0: 1, -90: 6}
_RATES = (8, 20, 12, 5)  # frames in each second: no even pace


class Film(NamedTuple):
    """A film, and what is known of it.

    Attributes:
        path: where it lies.
        frames: float32 (N, 3, H, W) of levels, upright, before they were encoded.
        seconds: (N,), in which second each appears.
        sharp: (N,), bool.
    """

    path: Path
    frames: Tensor
    seconds: Tensor
    sharp: Tensor


@exercise(
    "pixels.sharpest",
    trials=len(_TURNS),
    hints=[
        N_(
            "One pass through the film is enough, and only the best frame of each second needs to be "
            "kept: a dict from `int(frame.time)` to its sharpness and picture."
        ),
        N_(
            "In a blurred picture neighbours are alike. So sharpness can be measured as the mean of "
            "`gray.diff(dim=0).abs()` and `gray.diff(dim=1).abs()`."
        ),
        N_(
            "A frame is stored as the sensor was held: `torch.rot90(picture, frame.rotation // 90, (1, "
            "2))` sets it upright."
        ),
    ],
)
def sharpest(path: Path) -> list[Tensor]:
    """Take the sharpest picture of every second out of a film.

    Second 0 holds all frames that appear from 0 s on and before 1 s, and so on; every second of the film has
    some.

    Args:
        path: of a film with frames at an uneven pace, most of them blurred, and perhaps with a note that it
            must be turned.

    Returns:
        A list with one picture for each second, in their order: (3, H, W), uint8, RGB, upright.
    """
    best: dict[int, tuple[Tensor, Tensor]] = {}  # second -> its sharpness and its picture
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            picture = torch.from_numpy(frame.to_ndarray(format="rgb24")).permute(2, 0, 1)
            gray, second = picture.float().mean(dim=0), int(frame.time)
            sharpness = gray.diff(dim=0).abs().mean() + gray.diff(dim=1).abs().mean()
            if second not in best or sharpness > best[second][0]:
                best[second] = sharpness, torch.rot90(picture, frame.rotation // 90, (1, 2))
    return [best[second][1] for second in sorted(best)]


@sharpest.inputs
def _a_film(_generator: torch.Generator, trial: int) -> tuple[Path]:
    return (_film(trial).path,)


@cache
def _film(trial: int) -> Film:
    """Four seconds at four places, each panned over; in every second one frame or two are sharp.

    In the last film these are hazy: who takes contrast for sharpness chooses others.
    """
    generator = torch.Generator().manual_seed(trial)
    frames, seconds, sharp = [], [], []
    for second, rate in enumerate(_RATES):
        place = (
            Image.open(photos()[_PLACES[(second + trial) % len(_PLACES)]]).convert("RGB").resize((200, 150))
        )
        clear = {draw(rate, generator), draw(rate, generator)}
        for number in range(rate):
            left, top = 10 + 60 * number // rate, 10 + 40 * number // rate
            frame = place.crop((left, top, left + _WIDTH, top + _HEIGHT))
            blurred = frame.filter(
                ImageFilter.GaussianBlur(2 + 2 * float(torch.rand((), generator=generator)))
            )
            if trial == len(_TURNS) - 1:
                frame = ImageEnhance.Contrast(frame).enhance(0.6)
            frames.append(pil_to_tensor(frame if number in clear else blurred))
            seconds.append(second)
            sharp.append(number in clear)
    film = Film(
        Path(tempfile.mkdtemp()) / "film.mp4",
        torch.stack(frames).float(),
        torch.tensor(seconds),
        torch.tensor(sharp),
    )
    _write(film, list(_TURNS)[trial])
    return film


def _write(film: Film, turn: int) -> None:
    """Store the frames as a camera does that was held askew: turned back, with a note to turn them again."""
    stored = torch.rot90(film.frames.to(torch.uint8), -turn // 90, (2, 3)).permute(0, 2, 3, 1).contiguous()
    write_video(film.path, stored.numpy(), times=_times())
    if turn:
        film.path.write_bytes(note_turn(film.path.read_bytes(), _TURNS[turn]))


def _times() -> list[float]:
    """Evenly within each second, none of them on its very edge but the first."""
    return [
        second + (0.02 if second else 0) + 0.96 * number / rate
        for second, rate in enumerate(_RATES)
        for number in range(rate)
    ]


@sharpest.observe
def _facts_of_pictures(function: Callable[..., Any], path: Path) -> dict[str, Any]:
    film = next(film for film in map(_film, range(len(_TURNS))) if film.path == path)
    pictures = _pictures(function(path))
    found = [_recognised(picture, film.frames) for picture in pictures]
    wanted = list(range(len(_RATES)))
    return {
        N_("As many pictures as there are seconds"): len(pictures),
        N_("All stand upright"): all(one.turns == 0 for one in found),
        N_("Red is red, and blue is blue"): all(not one.swapped for one in found),
        N_("Each is of its own second, in their order"): [int(film.seconds[one.frame]) for one in found]
        == wanted,
        N_("Each is a sharp one"): all(bool(film.sharp[one.frame]) for one in found),
    }


def _pictures(answer: Any) -> list[Tensor]:
    """The answer as a list of pictures, or a remark for the learner."""
    tensors = [as_tensor(one) for one in answer] if isinstance(answer, list | tuple | Tensor) else []
    good = [one for one in tensors if one is not None and one.ndim == 3 and one.shape[0] == 3]
    if not good or len(good) < len(tensors):
        raise Unusable(_("a list of pictures (3, H, W) expected; {got} returned.", got=_described(answer)))
    if any(one.dtype != torch.uint8 for one in good):
        raise Unusable(_("pictures of bytes, uint8, expected; {got} returned.", got=describe(good[0])))
    return good


def _described(answer: Any) -> str:
    return describe(answer[0]) if isinstance(answer, list | tuple) and len(answer) else describe(answer)


class _Match(NamedTuple):
    """Which frame a picture is, by how many quarters it is turned, and whether red and blue are swapped."""

    frame: int
    turns: int
    swapped: bool


def _recognised(picture: Tensor, frames: Tensor) -> _Match:
    """The frame, turn and order of channels that come nearest to a picture."""
    best, least = _Match(0, 0, False), float("inf")
    for turns in range(4):
        for swapped in (False, True):
            candidate = torch.rot90(picture.flip(0) if swapped else picture, -turns, (1, 2))
            if candidate.shape != frames.shape[1:]:
                continue
            errors = (frames - candidate.float()).abs().mean(dim=(1, 2, 3))
            if (error := errors.min().item()) < least:
                best, least = _Match(int(errors.argmin()), turns, swapped), error
    if least > 25:  # levels: no frame of this film
        raise Unusable(_("one of the pictures is no frame of this film."))
    return best


def _best_of(
    path: Path, *, upright: bool = True, by: str = "sharpness", colours: str = "rgb24"
) -> list[Tensor]:
    """One picture for each second, chosen and decoded in various ways."""
    best: dict[int, tuple[float, Tensor]] = {}
    with av.open(str(path)) as film:
        rate = film.streams.video[0].average_rate or 1
        for number, frame in enumerate(film.decode(video=0)):
            picture = torch.from_numpy(frame.to_ndarray(format=colours)).permute(2, 0, 1)
            gray, second = picture.float().mean(dim=0), int(number / rate if by == "number" else frame.time)
            sharpness = float(gray.diff(dim=0).abs().mean() + gray.diff(dim=1).abs().mean())
            score = {"first": -number, "contrast": float(gray.std())}.get(by, sharpness)
            if second not in best or score > best[second][0]:
                best[second] = score, torch.rot90(picture, frame.rotation // 90 if upright else 0, (1, 2))
    return [best[second][1] for second in sorted(best)]


@sharpest.mistake(
    N_(
        "Well chosen, but the pictures of some films don't stand upright. PyAV gives frames as they are "
        "stored: turn each by `frame.rotation`, counter-clockwise."
    )
)
def _not_upright(path: Path) -> list[Tensor]:
    return _best_of(path, upright=False)


_NOT_SHARP = N_(
    "Some of the pictures are blurred. Measure how sharp each frame is, and keep the best of its second; see "
    "that your measure *rises* with sharpness."
)


@sharpest.mistake(_NOT_SHARP)
def _the_first(path: Path) -> list[Tensor]:
    return _best_of(path, by="first")


@sharpest.mistake(
    N_(
        "Your measure is misled where the sharp frames are hazy. `std` measures contrast, however blurred: "
        "look at how much neighbours differ, `gray.diff(dim=1).abs().mean()`."
    )
)
def _by_contrast(path: Path) -> list[Tensor]:
    return _best_of(path, by="contrast")


@sharpest.mistake(
    N_(
        "You counted frames and divided by a rate to get the second. This film has no even pace: "
        "`frame.time` says when each one appears."
    )
)
def _by_number(path: Path) -> list[Tensor]:
    return _best_of(path, by="number")


@sharpest.mistake(
    N_('Red and blue have changed places: ask PyAV for `format="rgb24"`, or `.flip(0)` the channels.')
)
def _in_bgr(path: Path) -> list[Tensor]:
    return _best_of(path, colours="bgr24")


@sharpest.mistake(
    N_("Only one picture is there, the sharpest of the whole film. One of *each second* is asked for.")
)
def _one_for_all(path: Path) -> list[Tensor]:
    def sharpness(picture: Tensor) -> float:
        return float(picture.float().mean(dim=0).diff(dim=1).abs().mean())

    return [max(_best_of(path), key=sharpness)]
