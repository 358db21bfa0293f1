"""Exercise of lesson 15: one draw of chance for a picture and all that is marked on it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["random_window"]

F = v2.functional
Four = tuple[Any, Any, Any, Any]
Marks = tuple[Tensor, Tensor, Tensor]  # boxes, mask and points
_DRAWS = 96
_SELDOM = 20  # a fair coin shows a side at most so often in 96 draws once in 300 million times
_KINDS = (tv_tensors.Image, tv_tensors.BoundingBoxes, tv_tensors.Mask, tv_tensors.KeyPoints)


@exercise(
    "transforms.random_window",
    trials=2,
    hints=[
        N_(
            "Draw first, and only once: `top` and `left` by `torch.randint`, and whether to mirror. Then do "
            "the same to all four, with these numbers."
        ),
        N_(
            "`top = int(torch.randint(image.shape[-2] - size + 1, ()))`, `left` likewise from the width, and "
            "`mirror = bool(torch.rand(()) < 0.5)`."
        ),
        N_(
            "`v2.functional.crop(one, top, left, size, size)` and `v2.functional.horizontal_flip(one)` know "
            "all four kinds. A loop over `(image, boxes, mask, points)` will do."
        ),
    ],
)
def random_window(
    image: tv_tensors.Image,
    boxes: tv_tensors.BoundingBoxes,
    mask: tv_tensors.Mask,
    points: tv_tensors.KeyPoints,
    size: int,
) -> tuple[tv_tensors.Image, tv_tensors.BoundingBoxes, tv_tensors.Mask, tv_tensors.KeyPoints]:
    """Cut a square out at a random place, mirror it in half of the calls, and take all marks along.

    Args:
        image: (3, H, W), uint8.
        boxes: (N, 4), left, top, right, bottom.
        mask: (H, W), uint8.
        points: (N, K, 2), x and y.
        size: side of the square, in pixels, less than H and W.

    Returns:
        Image (3, size, size), boxes (N, 4), mask (size, size) and points (N, K, 2) of the same square, each
        still the tv_tensor that it was. Every place may come, and each call draws a new one. All N boxes and
        all points stay, also those outside the square: `SanitizeBoundingBoxes`, with which a chain for
        training ends, has no place here, for it would part the boxes from their points.
    """
    top = int(torch.randint(image.shape[-2] - size + 1, ()))
    left = int(torch.randint(image.shape[-1] - size + 1, ()))
    mirror = bool(torch.rand(()) < 0.5)
    moved = []
    for one in (image, boxes, mask, points):
        one = v2.functional.crop(one, top, left, size, size)
        moved.append(v2.functional.horizontal_flip(one) if mirror else one)
    return moved[0], moved[1], moved[2], moved[3]


@random_window.inputs
def _picture_with_marks(generator: torch.Generator, trial: int) -> tuple[Any, ...]:
    """Each pixel says where it is: the first channel its row, the second its column.

    In the second trial the shorter side has two places for the square, so that the last can't stay away.
    """
    height, width = unequal_sides(34, 16, generator)
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    image = torch.stack([rows, columns, (rows * 5 + columns * 3) % 256]).to(torch.uint8)
    corner = torch.randint(4, 20, (2, 2), generator=generator).float()
    boxes = torch.cat([corner, corner + torch.randint(5, 14, (2, 2), generator=generator)], dim=1)
    points = corner[:, None] + torch.tensor([[0.0, 0.0], [4.0, 2.0]])
    canvas = (height, width)
    return (
        tv_tensors.Image(image),
        tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=canvas),
        tv_tensors.Mask(((rows * 7 + columns * 3) % 11).to(torch.uint8)),
        tv_tensors.KeyPoints(points, canvas_size=canvas),
        min(canvas) - 1 if trial else 20 + draw(8, generator),
    )


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
        rows, columns = image[0].float(), image[1].float()
        ramps = (rows == rows[:, :1]).all() and (columns == columns[:1]).all()  # each still along its side
        if ramps and rows.max() > rows.min():
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


class _Call(NamedTuple):
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


def _called(function: Callable[..., Any], picture: Tensor, marks: Marks, size: int) -> _Call:
    got = function(*(one.clone() for one in (picture, *marks)), size)
    if not (isinstance(got, tuple | list) and len(got) == 4 and all(isinstance(one, Tensor) for one in got)):
        raise Unusable(_("image, boxes, mask and points expected, {got} returned.", got=describe(got)))
    plain = [one.as_subclass(Tensor) for one in got]
    window = _window_of(plain[0], picture, size)
    return _Call(
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


@random_window.observe
def _facts(
    function: Callable[..., Any], image: Tensor, boxes: Tensor, mask: Tensor, points: Tensor, size: int
) -> dict[str, Any]:
    calls = [_called(function, image, (boxes, mask, points), size) for _draw in range(_DRAWS)]
    windows = [call.window for call in calls if call.window]
    return {
        N_("The image is a square of the asked size, out of the picture"): _all_inside(calls),
        N_("The mask is a square of that size, too"): all(call.mask_is_square for call in calls),
        N_("Where nothing is mirrored, all marks fit"): _fit_upright(calls),
        N_("The boxes belong to the same square"): _how_wrong(calls, 0),
        N_("The mask shows the same square"): _how_wrong(calls, 1),
        N_("The points lie in the same square"): _how_wrong(calls, 2),
        **_chance(windows),
        N_("Each is still the tv_tensor that it was"): all(call.keeps_types for call in calls),
    }


def _fit_upright(calls: list[_Call]) -> bool | str:
    """Where every call mirrors, nothing that is not mirrored can fit badly: then all of them are asked."""
    upright = [call for call in calls if call.window and not call.window.mirrored] or calls
    if all(all(call.fits) for call in upright):
        return True
    return all(call.lie_together for call in calls) and "all by another window"


def _all_inside(calls: list[_Call]) -> bool | str:
    """True where each is a square out of the picture; else what the others are, if it is one thing."""
    others = {call.how for call in calls} - {"inside"}
    return not others or (others.pop() if len(others) == 1 else "otherwise")


def _how_wrong(calls: list[_Call], mark: int) -> bool | str:
    """True where this mark always fits; else what is wrong, in words that tell mistakes apart."""
    if all(call.fits[mark] for call in calls):
        return True
    if all(call.fits[mark] or call.mirrored_otherwise[mark] for call in calls):
        return "mirrored otherwise"
    ways: tuple[tuple[str, int, Callable[[_Call], bool]], ...] = (
        ("some left out", 0, lambda call: call.boxes_left_out),
        ("a pixel off", 2, lambda call: call.points_are_near),
        ("held at the edge", 2, lambda call: call.points_are_held),
    )
    for words, whose, has_it in ways:
        if mark == whose and all(call.fits[mark] or has_it(call) for call in calls):
            return words
    return "elsewhere"


def _chance(windows: list[_Window]) -> dict[str, Any]:
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


def _built(
    arguments: tuple[Any, ...], *, each_its_own: bool = False, mirror: float = 0.5, centre: bool = False
) -> Four:
    *marked, size = arguments

    def chain() -> Callable[..., Any]:
        cut = v2.CenterCrop(size) if centre else v2.RandomCrop(size)
        return v2.Compose([cut, v2.RandomHorizontalFlip(mirror)])

    if not each_its_own:
        return chain()(*marked)
    return tuple(chain()(one) for one in marked)


@random_window.mistake(
    N_(
        "Each of the four was cut at a place of its own: chance was asked again for each. Draw once, then "
        "use the same numbers four times; or give all four to *one* call of a transform."
    )
)
def _each_its_own(*arguments: Any) -> Four:
    return _built(arguments, each_its_own=True)


@random_window.mistake(
    N_(
        "Cut and moved well, but never mirrored: in half of the calls `horizontal_flip` must come, for all "
        "four."
    )
)
def _never_mirrored(*arguments: Any) -> Four:
    return _built(arguments, mirror=0.0)


@random_window.mistake(
    N_(
        "Mirrored in every call: only half of them should be. Let chance decide, `if torch.rand(()) < 0.5:`, "
        "for all four at once."
    )
)
def _always_mirrored(*arguments: Any) -> Four:
    return _built(arguments, mirror=1.0)


@random_window.mistake(
    N_(
        "Top and left come from one draw, so the square lies on one diagonal, and most places never come. "
        "Draw twice: `top` from the height, `left` from the width."
    )
)
def _one_draw_for_both(*arguments: Any) -> Four:
    *marked, size = arguments
    at = int(torch.randint(min(marked[0].shape[-2:]) - size + 1, ()))
    cut = [F.crop(one, at, at, size, size) for one in marked]
    return v2.RandomHorizontalFlip()(*cut)


@random_window.mistake(
    N_(
        "Mirrored, but far from half of the calls: chance must say yes as often as no, "
        "`torch.rand(()) < 0.5`."
    )
)
def _seldom_mirrored(*arguments: Any) -> Four:
    return _built(arguments, mirror=0.1)


@random_window.mistake(
    N_(
        "The last place never comes: `torch.randint(n, ())` stays below n. There are `side - size + 1` "
        "places."
    )
)
def _last_place_missing(*arguments: Any) -> Four:
    *marked, size = arguments
    height, width = marked[0].shape[-2:]
    return _built((*(F.crop(one, 0, 0, height - 1, width - 1) for one in marked), size))


@random_window.mistake(
    N_("The square always comes from the same place. Draw `top` and `left` anew in each call.")
)
def _same_place(*arguments: Any) -> Four:
    return _built(arguments, centre=True)


@random_window.mistake(
    N_(
        "The marks were cut, but not mirrored with the picture: `horizontal_flip` must reach boxes, mask and "
        "points in the same calls."
    )
)
def _only_the_picture_mirrored(*arguments: Any) -> Four:
    image, boxes, mask, points = _built(arguments, mirror=0.0)
    return v2.RandomHorizontalFlip()(image), boxes, mask, points


@random_window.mistake(
    N_("Only the picture was cut. Boxes, mask and points still belong to the whole of it.")
)
def _only_the_picture(
    image: tv_tensors.Image,
    boxes: tv_tensors.BoundingBoxes,
    mask: tv_tensors.Mask,
    points: tv_tensors.KeyPoints,
    size: int,
) -> Four:
    return _built((image, size), each_its_own=True)[0], boxes, mask, points


@random_window.mistake(
    N_(
        "Everything fits but the points, which are one pixel off where the square is mirrored. A point "
        "names a pixel: x becomes size − 1 − x. `v2.functional.horizontal_flip` does so."
    )
)
def _points_as_edges(*arguments: Any) -> Four:
    size = arguments[-1]
    image, boxes, mask, points = _built(arguments, mirror=0.0)
    if torch.rand(()) < 0.5:
        image, boxes, mask = (F.horizontal_flip(one) for one in (image, boxes, mask))
        there = torch.stack([size - points[..., 0], points[..., 1]], dim=-1)
        points = tv_tensors.KeyPoints(there, canvas_size=(size, size))
    return image, boxes, mask, points


@random_window.mistake(
    N_(
        "Some squares reach over the edge, where there is nothing but black. `top` lies between 0 and "
        "height − size, `left` between 0 and width − size: is one drawn from the other's side, or from the "
        "whole side?"
    )
)
def _over_the_edge(*arguments: Any) -> Four:
    *marked, size = arguments
    height, width = marked[0].shape[-2:]
    top, left = (int(torch.randint(side - size + 1, ())) for side in (width, height))
    cut = [F.crop(one, top, left, size, size) for one in marked]
    return v2.RandomHorizontalFlip()(*cut)


@random_window.mistake(
    N_(
        "The picture was resized, as `RandomResizedCrop` and `Resize` do. A square of its own pixels is "
        "asked for: `v2.RandomCrop(size)` cuts and changes no pixel, and so does `v2.functional.crop`."
    )
)
def _resized(*arguments: Any) -> Four:
    *marked, size = arguments
    return v2.Compose([v2.RandomResizedCrop(size, scale=(0.1, 0.2)), v2.RandomHorizontalFlip()])(*marked)


@random_window.mistake(
    N_(
        "Mirrored upside down. Left and right are to change sides: `RandomHorizontalFlip`, or "
        "`v2.functional.horizontal_flip`."
    )
)
def _upside_down(*arguments: Any) -> Four:
    return v2.RandomVerticalFlip()(*_built(arguments, mirror=0.0))


# Nothing mirrored, or everything, told the same.
_WITHOUT_CHANCE = N_(
    "Every call does the same: the same place, mirrored always or never. Place and mirroring must be drawn "
    "in each call. If you do draw: `torch.manual_seed` inside of the function begins chance anew each time."
)


@random_window.mistake(_WITHOUT_CHANCE)
def _no_chance(*arguments: Any) -> Four:
    return _built(arguments, centre=True, mirror=0.0)


@random_window.mistake(_WITHOUT_CHANCE)
def _no_chance_and_mirrored(*arguments: Any) -> Four:
    return _built(arguments, centre=True, mirror=1.0)


@random_window.mistake(
    N_(
        "Points outside of the square were moved to its edge, where they name pixels that show something "
        "else. Leave them where they are, below 0 or beyond the size."
    )
)
def _points_held(*arguments: Any) -> Four:
    image, boxes, mask, points = _built(arguments)
    size = arguments[-1]
    return image, boxes, mask, tv_tensors.KeyPoints(points.clamp(0, size - 1), canvas_size=(size, size))


@random_window.mistake(
    N_(
        "Boxes outside of the square were left out, as `SanitizeBoundingBoxes` does. Here all N stay, in "
        "their order, so that the first box still belongs to the first points."
    )
)
def _boxes_left_out(*arguments: Any) -> Four:
    return v2.SanitizeBoundingBoxes(labels_getter=None)(*_built(arguments))


@random_window.mistake(
    N_(
        "Picture and mask were cut and mirrored; boxes and points still belong to the whole picture. Do the "
        "same to all four."
    )
)
def _boxes_and_points_left(*arguments: Any) -> Four:
    image, boxes, mask, points, size = arguments
    image, mask = v2.Compose([v2.RandomCrop(size), v2.RandomHorizontalFlip()])(image, mask)
    return image, boxes, mask, points


# Mirrored or not, told the same.
_SLICED = N_(
    "Picture and mask were sliced; boxes and points still belong to the whole picture, and slices are no "
    "tv_tensors any more. `v2.functional.crop(one, top, left, size, size)` cuts all four and keeps their "
    "types; `horizontal_flip` then mirrors all four in half of the calls."
)


@random_window.mistake(_SLICED)
def _sliced(*arguments: Any) -> Four:
    image, boxes, mask, points = _boxes_and_points_left(*arguments)
    return image.as_subclass(Tensor), boxes, mask.as_subclass(Tensor), points


@random_window.mistake(_SLICED)
def _sliced_and_never_mirrored(*arguments: Any) -> Four:
    image, boxes, mask, points, size = arguments
    image, mask = v2.RandomCrop(size)(image, mask)
    return image.as_subclass(Tensor), boxes, mask.as_subclass(Tensor), points
