"""Exercise of lesson 15: a v2 transform of one's own, with one draw for all that it is given."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["quarter_turns"]

F = v2.functional
_DRAWS = 160
_OFTEN = (16, 68)  # of four equal turns one comes less or more often in 160 draws once in 20,000 times
_CANVAS = (6, 10)
_MARKS = ("boxes", "mask", "points")


@exercise(
    "transforms.quarter_turns",
    trials=1,
    hints=[
        N_(
            "Inside the function write `class QuarterTurns(v2.Transform):` with two methods, and end with "
            "`return QuarterTurns()`."
        ),
        N_(
            "`make_params(self, flat_inputs)` is called once for everything: draw there, and return "
            "`dict(quarters=int(torch.randint(4, ())))`. `transform(self, inpt, params)` is called for each "
            "thing: don't draw there."
        ),
        N_(
            '`v2.functional.rotate(inpt, 90 * params["quarters"], expand=True)` turns pictures, boxes, masks '
            "and points. Without `expand` the ends of a wide picture are cut off."
        ),
    ],
)
def quarter_turns() -> v2.Transform:
    """Write a transform class: it turns by 0, 90, 180 or 270 degrees, each as likely, and return one of it.

    For pictures taken from above there is no up and down, so every quarter turn is as good a picture.

    Returns:
        A `v2.Transform`. It turns all that it is given by the same angle: picture, boxes, mask and points,
        each as its type asks for. A wide picture becomes a high one; nothing is cut off. What is no picture
        and no mark, such as a tensor of labels, passes as it is.
    """

    class QuarterTurns(v2.Transform):
        def make_params(self, flat_inputs: list[Tensor]) -> dict[str, int]:
            return {"quarters": int(torch.randint(4, ()))}

        def transform(self, inpt: Tensor, params: dict[str, int]) -> Tensor:
            return v2.functional.rotate(inpt, 90 * params["quarters"], expand=True)

    return QuarterTurns()


@quarter_turns.inputs
def _nothing(_generator: torch.Generator) -> tuple[()]:
    return ()


def _sample() -> dict[str, Any]:
    height, width = _CANVAS
    pixels = torch.arange(height * width).reshape(1, height, width).to(torch.uint8)
    return {
        "image": tv_tensors.Image(pixels),
        "boxes": tv_tensors.BoundingBoxes([[1.0, 2, 4, 6]], format="XYXY", canvas_size=_CANVAS),
        "mask": tv_tensors.Mask(pixels[0] % 7),
        "points": tv_tensors.KeyPoints([[[2.0, 3.0], [8.0, 1.0]]], canvas_size=_CANVAS),
        "labels": torch.tensor([5]),
    }


def _turned(sample: dict[str, Any], quarters: int) -> dict[str, Any]:
    """The same by numbers alone: what each becomes after so many turns to the left."""
    image, mask = (
        torch.rot90(sample[key].as_subclass(Tensor), quarters, (-2, -1)) for key in ("image", "mask")
    )
    box, points, (height, width) = sample["boxes"].tolist()[0], sample["points"].as_subclass(Tensor), _CANVAS
    for _quarter in range(quarters):
        left, top, right, bottom = box
        box = [top, width - right, bottom, width - left]
        points = torch.stack([points[..., 1], width - 1 - points[..., 0]], dim=-1)
        height, width = width, height
    return {"image": image, "boxes": torch.tensor([box]), "mask": mask, "points": points}


def _quarters_of(image: Any, sample: dict[str, Any]) -> int | None:
    for quarters in range(4):
        if isinstance(image, Tensor) and torch.equal(
            image.as_subclass(Tensor), torch.rot90(sample["image"].as_subclass(Tensor), quarters, (-2, -1))
        ):
            return quarters
    return None


def _close(got: Any, expected: Tensor, atol: float = 0.01) -> bool:
    if not isinstance(got, Tensor) or got.shape != expected.shape:
        return False
    return torch.allclose(got.as_subclass(Tensor).float(), expected.float(), atol=atol)


class _Call(NamedTuple):
    """What one call of a transform did; where the picture wasn't turned, marks are not looked at."""

    quarters: int | None  # to the left
    cut: bool  # turned, but in a canvas that has kept its sides
    askew: bool  # turned by an angle between
    fits: dict[str, bool]  # does it go along with the picture?
    still: dict[str, bool]  # is it as it was?
    shaped: dict[str, bool]  # has it the shape that it must have?
    together: bool  # do the marks fit each other?
    labels: bool  # are they as they were?
    typed: bool  # is each the tv_tensor that it was?


@quarter_turns.observe
def _facts(function: Callable[..., Any]) -> dict[str, Any]:
    transform = _made(function)
    calls = [_called(transform) for _draw in range(_DRAWS)]
    if sum(call.askew for call in calls) > _DRAWS / 2:
        raise Unusable(
            _(
                "The picture was turned by angles between the quarters: `RandomRotation(270)` draws any "
                "angle up to that, to either side. Draw one of four, `90 * int(torch.randint(4, ()))`."
            )
        )
    turns = {call.quarters for call in calls}
    turned = [call for call in calls if call.quarters is not None]
    often = [sum(call.quarters == quarters for call in calls) for quarters in range(4)]
    cut = all(call.cut for call in calls if call.quarters is None)
    return {
        N_("The picture is turned by quarters, and nothing is cut off"): None not in turns
        or ("cut off" if cut else "otherwise"),
        N_("The angle changes from call to call"): len(turns) > 1,
        N_("Half turns come"): 2 in turns,
        N_("The picture is turned in some calls"): turns != {0},
        N_("All four turns come"): {0, 1, 2, 3} <= turns,
        N_("Each turn comes about as often as the others"): all(
            _OFTEN[0] <= count <= _OFTEN[1] for count in often
        ),
        N_("Where the picture is not turned, the marks stay where they are"): all(
            all(call.fits.values()) for call in turned if call.quarters == 0
        ),
        N_("The boxes turn by the same angle"): _along(turned, "boxes"),
        N_("The mask turns by the same angle"): _along(turned, "mask"),
        N_("The points turn by the same angle"): _along(turned, "points"),
        N_("Labels pass as they are"): all(call.labels for call in calls),
        N_("Each is still the tv_tensor that it was"): all(call.typed for call in calls),
    }


def _made(function: Callable[..., Any]) -> v2.Transform:
    """What the answer returns, if it can be called on a sample.

    Raises:
        Unusable: it can't.
    """
    transform = function()
    if isinstance(transform, type):
        raise Unusable(_("You returned the class itself: call it, `return QuarterTurns()`."))
    if not isinstance(transform, v2.Transform):
        raise Unusable(_("a v2.Transform expected, {got} returned.", got=describe(transform)))
    if _is_unwritten(transform):
        raise Unusable(
            _(
                "Your class has no method `transform(self, inpt, params)`, which v2 calls for each thing. "
                "`make_params` alone turns nothing, and the old name `_transform` is no longer called."
            )
        )
    return transform


def _called(transform: v2.Transform) -> _Call:
    sample = _sample()
    try:
        got = transform(_sample())
    except KeyError as error:
        if type(transform).make_params is v2.Transform.make_params:
            raise Unusable(
                _(
                    "`params` has no {key}: v2 fills it by `make_params(self, flat_inputs)`, and your class "
                    "has no method of that name. The old name `_get_params` is no longer called.",
                    key=f"`{error}`",
                )
            ) from None
        raise
    quarters, labels = _quarters_of(got["image"], sample), _close(got["labels"], sample["labels"])
    typed = all(isinstance(got[key], type(sample[key])) for key in ("image", *_MARKS))
    if quarters is None:
        cut = _is_cut_off(got["image"], sample["image"])
        return _Call(None, cut, not cut and _is_askew(got["image"]), {}, {}, {}, False, labels, typed)
    wanted = _turned(sample, quarters)
    fits, still = ({key: _near(key, got, other) for key in wanted} for other in (wanted, sample))
    shaped = {key: isinstance(got[key], Tensor) and got[key].shape == wanted[key].shape for key in wanted}
    return _Call(quarters, False, False, fits, still, shaped, _turn_together(got, sample), labels, typed)


def _near(key: str, got: dict[str, Any], wanted: dict[str, Any]) -> bool:
    # rotate() lets a point be one pixel off: it treats it as a place between pixels
    return _close(got[key], wanted[key], 1.01 if key == "points" else 0.01)


def _along(turned: list[_Call], key: str) -> bool | str:
    """Does it go along in every call? Else in which way not.

    Another value than False tells apart what no mistake here describes, though it fails the same facts.
    """
    if turned and all(call.fits[key] for call in turned):
        return True
    if turned and all(call.still[key] for call in turned):
        return "as they were"
    if not all(call.shaped[key] for call in turned):
        return "of another shape"
    return "by another angle, but together" if all(call.together for call in turned) else "each otherwise"


def _is_unwritten(transform: v2.Transform) -> bool:
    """Would a call end in v2's own ``transform``, which only raises NotImplementedError?"""
    ways = ("transform", "forward", "__call__")
    return all(
        getattr(getattr(transform, way), "__func__", None) is getattr(v2.Transform, way) for way in ways
    )


def _is_cut_off(got: Any, image: Tensor) -> bool:
    """Is this a quarter turn in a canvas that has kept its sides?"""
    ways = [F.rotate(image, angle, expand=False) for angle in (90, 270)]
    return any(_close(got, way.as_subclass(Tensor)) for way in ways)


def _is_askew(got: Any) -> bool:
    """Is this the picture turned by an angle that is no quarter: its own values, and empty corners?"""
    if not isinstance(got, Tensor) or got.dtype != torch.uint8 or got.ndim != 3:
        return False
    values = got.as_subclass(Tensor)
    return int(values.max()) < _CANVAS[0] * _CANVAS[1] and int((values == 0).sum()) > 1


def _turn_together(got: dict[str, Any], sample: dict[str, Any]) -> bool:
    """Do the marks fit each other, as if turned by one angle, whatever has become of the picture?"""
    turns = [_turned(sample, quarters) for quarters in range(4)]
    return any(all(_near(key, got, wanted) for key in _MARKS) for wanted in turns)


class _Built(v2.Transform):
    """Somebody's transform, any part of which can be wrong."""

    def __init__(
        self, *, expand: bool = True, quarters: tuple[int, ...] = (0, 1, 2, 3), again: bool = False
    ) -> None:
        super().__init__()
        self.expand, self.quarters, self.again = expand, quarters, again

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        return {"quarters": self._drawn()}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        quarters = self._drawn() if self.again else params["quarters"]
        return F.rotate(inpt, 90 * quarters, expand=self.expand)

    def _drawn(self) -> int:
        return self.quarters[int(torch.randint(len(self.quarters), ()))]


class _OnlyPictures(_Built):
    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return super().transform(inpt, params) if isinstance(inpt, tv_tensors.Image) else inpt


@quarter_turns.mistake(
    N_(
        "Each thing gets an angle of its own: you draw in `transform`, which is called once for each. Draw "
        "in `make_params`, which is called once for all, and read the angle from `params`."
    )
)
def _drawn_for_each() -> v2.Transform:
    return _Built(again=True)


@quarter_turns.mistake(
    N_(
        "The ends of the picture are cut off: a wide picture, turned, is a high one. "
        "`v2.functional.rotate(…, expand=True)` makes room."
    )
)
def _cut_off() -> v2.Transform:
    return _Built(expand=False)


# A quarter leaves other facts than half a turn; told the same.
_FOR_EVER = N_(
    "Every call turns by the same angle: chance was asked once, when the transform was made. Draw in "
    "`make_params`, which is called again each time."
)


@quarter_turns.mistake(_FOR_EVER)
def _drawn_once_for_ever() -> v2.Transform:
    return _Built(quarters=(1,))


@quarter_turns.mistake(_FOR_EVER)
def _half_for_ever() -> v2.Transform:
    return _Built(quarters=(2,))


@quarter_turns.mistake(
    N_(
        "Nothing was turned in any call. If you draw in `__init__`, chance is asked once for ever, and here "
        "it said 0: draw in `make_params`, which is called again each time."
    )
)
def _never_turned() -> v2.Transform:
    return _Built(quarters=(0,))


# Whether the types are put back or not, told the same.
_TABLES = N_(
    "`torch.rot90` turns tables of numbers. That is right for picture and mask; of boxes and points it turns "
    "the list, and not the places. `v2.functional.rotate(inpt, angle, expand=True)` does to each what its "
    "type asks for."
)


class _Tables(_Built):
    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return tv_tensors.wrap(torch.rot90(inpt, params["quarters"], (-2, -1)), like=inpt)


class _PlainTables(_Built):
    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return torch.rot90(inpt.as_subclass(Tensor), params["quarters"], (-2, -1))


class _TablesByAxes(_Built):
    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return torch.rot90(inpt, params["quarters"], (1, 2))


@quarter_turns.mistake(_TABLES)
def _tables_turned() -> v2.Transform:
    return _Tables()


@quarter_turns.mistake(_TABLES)
def _tables_turned_and_plain() -> v2.Transform:
    return _PlainTables()


@quarter_turns.mistake(_TABLES)
def _tables_without_third_axis() -> v2.Transform:
    return _TablesByAxes()


@quarter_turns.mistake(
    N_("Only the picture is turned. Let `transform` do the same to whatever it is given, marks too.")
)
def _only_the_picture() -> v2.Transform:
    return _OnlyPictures()


@quarter_turns.mistake(
    N_(
        "Not every turn comes: of 0, 90, 180 and 270 degrees, each should. `torch.randint(4, ())` draws 0 "
        "to 3."
    )
)
def _some_missing() -> v2.Transform:
    return _Built(quarters=(1, 2, 3))


@quarter_turns.mistake(
    N_(
        "All four turns come, but not equally often. Let one draw decide among the four, `torch.randint(4, "
        "())`, and not first whether to turn at all."
    )
)
def _one_preferred() -> v2.Transform:
    return _Built(quarters=(0, 0, 0, 0, 0, 1, 2, 3))
