"""Where a square lies in a picture whose pixels say where they are, and whether marks went along."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torchvision import tv_tensors

from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["Call", "all_inside", "called", "chance", "fit_upright", "how_wrong"]

Marks = tuple[Tensor, Tensor, Tensor]  # boxes, mask and points
_SELDOM = 20  # a fair coin shows a side at most so often in 96 draws once in 300 million times
_KINDS = (tv_tensors.Image, tv_tensors.BoundingBoxes, tv_tensors.Mask, tv_tensors.KeyPoints)


class _Window(NamedTuple):
    top: int
    left: int
    mirrored: bool


def _window_of(image: Tensor, picture: Tensor, size: int) -> _Window | None:
    """Which window of the picture this is, by what its pixels say; None where it is none.

    It may reach over an edge: what lies outside is black then.
    """
    if image.shape != (3, size, size):
        return None
    rows, columns = image[0].long(), image[1].long()
    inside = (rows * columns).nonzero().tolist()  # a 0 may be black, or the first row or column
    if not inside:
        return None
    (row, column), last = inside[0], inside[-1]
    mirrored = bool(columns[row, column] > columns[last[0], last[1]])
    across = size - 1 - column if mirrored else column
    window = _Window(int(rows[row, column]) - row, int(columns[row, column]) - across, mirrored)
    return window if torch.equal(_shown(picture, window, size).long(), image.long()) else None


def _shown(picture: Tensor, window: _Window, size: int) -> Tensor:
    """What the window shows of a picture or a mask, with black outside of it."""
    height, width = picture.shape[-2:]
    rows, columns = window.top + torch.arange(size)[:, None], window.left + torch.arange(size)
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    cut = picture.as_subclass(Tensor)[..., rows.clamp(0, height - 1), columns.clamp(0, width - 1)] * inside
    return cut.flip(-1) if window.mirrored else cut


def _how(image: Tensor, window: _Window | None, picture: Tensor, size: int) -> str:
    """Is this a square out of the picture, or what else was done to it?"""
    if window:
        lowest, rightmost = (side - size for side in picture.shape[-2:])
        inside = 0 <= window.top <= lowest and 0 <= window.left <= rightmost
        return "inside" if inside else "over the edge"
    if image.shape == (3, size, size):
        if _window_of(image.flip(-2), picture, size):
            return "upside down"
        down, across = image[0].float(), image[1].float()
        ramps = (down == down[:, :1]).all() and (across == across[:1]).all()  # each still along its side
        if ramps and down.max() > down.min():
            return "resized"
    return "otherwise"


def _fit(got: list[Tensor], window: _Window | None, marks: Marks, size: int) -> list[bool]:
    """Do boxes, mask and points lie where this window puts them?"""
    if window is None:
        return [False] * 3
    boxes, mask, points = _boxes_in(window, marks[0], size), marks[1], _points_in(window, marks[2], size)
    mask = _shown(mask, window, size)
    pairs = ((got[1].float().clamp(0, size), boxes), (got[2].float(), mask.float()), (got[3].float(), points))
    return [one.shape == other.shape and torch.allclose(one, other, atol=1e-3) for one, other in pairs]


def _boxes_in(window: _Window, there: Tensor, size: int) -> Tensor:
    """Where the boxes lie in the window; what sticks out is cut off, by the learner or here."""
    boxes = there.as_subclass(Tensor) - torch.tensor([window.left, window.top] * 2, dtype=torch.float32)
    if window.mirrored:
        boxes = torch.stack([size - boxes[:, 2], boxes[:, 1], size - boxes[:, 0], boxes[:, 3]], dim=1)
    return boxes.clamp(0, size)


def _points_in(window: _Window, there: Tensor, size: int, *, one: int = 1) -> Tensor:
    """Where the points lie in the window, or outside of it; with ``one`` as 0 they are taken for edges."""
    x, y = (there.as_subclass(Tensor) - torch.tensor([window.left, window.top])).unbind(-1)
    return torch.stack([size - one - x if window.mirrored else x, y], dim=-1)


def _some_left_out(boxes: Tensor, window: _Window | None, there: Tensor, size: int) -> bool:
    """Are there fewer boxes, and each of them one that lies in the window?"""
    if window is None or boxes.ndim != 2 or boxes.shape[1] != 4 or len(boxes) >= len(there):
        return False
    left = _boxes_in(window, there, size)
    return all(any(torch.allclose(box, one, atol=1e-3) for one in left) for box in boxes.float())


def _are_held(points: Tensor, window: _Window | None, there: Tensor, size: int) -> bool:
    """Have points outside been moved to the edge, and those inside not?"""
    if window is None or points.shape != there.shape:
        return False
    wanted = _points_in(window, there, size)
    inside = (wanted >= 0) & (wanted <= size - 1)
    held = (points[~inside] >= -1) & (points[~inside] <= size)
    return torch.allclose(points[inside].float(), wanted[inside], atol=1e-3) and bool(held.all())


def _is_a_pixel_off(points: Tensor, window: _Window | None, there: Tensor, size: int) -> bool:
    """Have the points been mirrored as if they were edges?"""
    if window is None or not window.mirrored or points.shape != there.shape:
        return False
    return torch.allclose(points.float(), _points_in(window, there, size, one=0), atol=1e-3)


def _lie_together(got: list[Tensor], marks: Marks, size: int) -> bool:
    """Do boxes and points belong to one window, whatever window the picture shows?"""
    points, there = got[3].float(), marks[2].as_subclass(Tensor)
    if points.shape != there.shape:
        return False
    (x, y), (old_x, old_y) = points.reshape(-1, 2)[0].tolist(), there.reshape(-1, 2)[0].tolist()
    for mirrored in (False, True):
        left = old_x - (size - 1 - x if mirrored else x)
        fit = _fit(got, _Window(round(old_y - y), round(left), mirrored), marks, size)
        if fit[0] and fit[2]:
            return True
    return False


class Call(NamedTuple):
    """What one call has made of the picture and of its boxes, mask and points."""

    window: _Window | None
    how: str  # "inside" of the picture, or what else
    fits: list[bool]  # do the three lie in the picture's window?
    mirrored_otherwise: list[bool]  # or in the same one the other way round?
    boxes_left_out: bool  # the others may fit
    points_are_near: bool  # a pixel off, as if they were edges
    points_are_held: bool  # those outside, at the edge
    lie_together: bool
    mask_is_square: bool
    keeps_types: bool


def called(function: Callable[..., Any], picture: Tensor, marks: Marks, size: int) -> Call:
    """Call an answer once, with arguments of its own.

    Args:
        function: the answer.
        picture: (3, H, W), uint8: the first channel says the row, the second the column.
        marks: boxes, mask and points of the picture.
        size: side of the square, in pixels.

    Raises:
        Unusable: what comes back isn't four tensors.
    """
    got = function(*(one.clone() for one in (picture, *marks)), size)
    if not (isinstance(got, tuple | list) and len(got) == 4 and all(isinstance(one, Tensor) for one in got)):
        raise Unusable(_("image, boxes, mask and points expected, {got} returned.", got=describe(got)))
    plain = [one.as_subclass(Tensor) for one in got]
    window = _window_of(plain[0], picture, size)
    return Call(
        window,
        _how(plain[0], window, picture, size),
        fits=_fit(plain, window, marks, size),
        mirrored_otherwise=_fit(plain, window and window._replace(mirrored=not window.mirrored), marks, size),
        boxes_left_out=_some_left_out(plain[1], window, marks[0], size),
        points_are_near=_is_a_pixel_off(plain[3], window, marks[2], size),
        points_are_held=_are_held(plain[3], window, marks[2], size),
        lie_together=_lie_together(plain, marks, size),
        mask_is_square=plain[2].shape[-2:] == (size, size),
        keeps_types=all(isinstance(one, kind) for one, kind in zip(got, _KINDS, strict=True)),
    )


def fit_upright(calls: list[Call]) -> bool | str:
    """Where every call mirrors, nothing that is not mirrored can fit badly: then all of them are asked."""
    upright = [call for call in calls if call.window and not call.window.mirrored] or calls
    if all(all(call.fits) for call in upright):
        return True
    return all(call.lie_together for call in calls) and "all by another window"


def all_inside(calls: list[Call]) -> bool | str:
    """True where each is a square out of the picture; else what the others are, if it is one thing."""
    others = {call.how for call in calls} - {"inside"}
    return not others or (others.pop() if len(others) == 1 else "otherwise")


def how_wrong(calls: list[Call], mark: int) -> bool | str:
    """True where this mark always fits; else what is wrong, in words that tell mistakes apart."""
    if all(call.fits[mark] for call in calls):
        return True
    if all(call.fits[mark] or call.mirrored_otherwise[mark] for call in calls):
        return "mirrored otherwise"
    ways: tuple[tuple[str, int, Callable[[Call], bool]], ...] = (
        ("some left out", 0, lambda call: call.boxes_left_out),
        ("a pixel off", 2, lambda call: call.points_are_near),
        ("held at the edge", 2, lambda call: call.points_are_held),
    )
    for words, whose, has_it in ways:
        if mark == whose and all(call.fits[mark] or has_it(call) for call in calls):
            return words
    return "elsewhere"


def chance(windows: list[_Window]) -> dict[str, Any]:
    """Facts about the places and about the mirroring."""
    ways = [{window[at] for window in windows} for at in (0, 1)]
    changes = {len(way) > 1 for way in ways}
    both = {window[:2] for window in windows}
    mirrored = sum(window.mirrored for window in windows)
    rarer = min(mirrored, len(windows) - mirrored)
    return {
        N_("The place changes from call to call"): changes == {True} or (True in changes and "one way only"),
        N_("Row and column of the place are drawn apart"): len(both) > max(map(len, ways)),
        N_("Some are mirrored, some are not"): rarer > 0 or ("all" if mirrored else "none"),
        N_("One call is about as often mirrored as it is not"): rarer > _SELDOM,
    }
