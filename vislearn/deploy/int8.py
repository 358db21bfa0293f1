"""An exported model in eight-bit numbers, compared with the one in floats before it counts as done."""

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vislearn.deploy.pixels import prepared
from vislearn.deploy.recipe import KEY
from vislearn.deploy.running import Exported, load
from vislearn.errors import FileError, InputError, MissingError, Words, first_line
from vislearn.files import replaced_whole
from vislearn.language import N_

__all__ = ["AGREEMENT", "Quantized", "agreement", "quantize"]

AGREEMENT = 0.95  # of the answers; what is further from the float model is no model of the same thing
_SURE = 0.5  # a box's score, as by default when it is asked for
_SAME_PLACE = 0.5  # IoU of two boxes that count as one


@dataclass(frozen=True)
class Quantized:
    """What quantising did.

    Attributes:
        agreement: how many of the answers stayed the same, 0…1; see :func:`agreement`.
        compared: pictures that were asked for it, none of which the numbers' ranges come from.
        float_bytes: of the file it was made from.
        int8_bytes: of the file that was written.
    """

    agreement: float
    compared: int
    float_bytes: int
    int8_bytes: int


def quantize(
    source: str | Path, path: str | Path, *, pictures: Sequence[Any], at_least: float = AGREEMENT
) -> Quantized:
    """Write an exported model's weights and activations as int8, by ONNX Runtime's static quantisation.

    Every second picture tells which range each activation has, the others are what both models are asked;
    so show it pictures such as the model will see.

    Args:
        source: a file that ``vislearn export`` wrote.
        path: ends in ``.onnx``.
        pictures: PIL images or uint8 arrays (H, W, 3), two or more; some dozens are better.
        at_least: the agreement below which nothing is written, 0…1.

    Raises:
        InputError: fewer than two pictures, or no answers on them to compare.
        FileError: answers that differ too much, or a network that can't be quantised; nothing is written.
        MissingError: ``onnx`` is not installed.

    Source: onnxruntime.ai/docs/performance/model-optimizations/quantization.html.
    """
    if len(pictures) < 2:
        rule = "must be two or more: one half tells the ranges, on the other answers are compared"
        raise InputError("pictures", rule, got=len(pictures))
    source, exact = Path(source), load(source)
    with replaced_whole(path) as draft:
        _write(
            source, draft, [prepared(picture, exact.recipe) for picture in pictures[::2]], exact, Path(path)
        )
        share = agreement(exact, load(draft), pictures[1::2])
        if share < at_least:
            problem = Words(
                N_(
                    "would give {share:.1%} of the float model's answers, fewer than {at_least:.0%}, so it "
                    "is not written"
                ),
                share=share,
                at_least=at_least,
            )
            fix = N_("Keep the float model, or pass more pictures such as it will see.")
            raise FileError(path, problem, fix=fix)
        return Quantized(share, len(pictures[1::2]), source.stat().st_size, draft.stat().st_size)


def agreement(one: Exported, other: Exported, pictures: Sequence[Any]) -> float:
    """The share of answers that two models have in common, 0…1.

    Of classifiers: of pictures, those with the same likeliest class. Of segmenters: of pixels, those of the
    same class. Of detectors: of the boxes with a score of .5 or more that either finds, those that the other
    finds too, with the same label and an IoU of .5 or more.

    Args:
        one: the model to compare with.
        other: of the same kind.
        pictures: PIL images or uint8 arrays (H, W, 3).

    Raises:
        InputError: detectors that find nothing on any of the pictures.
    """
    if one.recipe.kind == "classifier":
        chosen = [model.probabilities(pictures).argmax(axis=1) for model in (one, other)]
        return float((chosen[0] == chosen[1]).mean())
    if one.recipe.kind == "segmenter":
        return float(np.mean([(one.mask(each) == other.mask(each)).mean() for each in pictures]))
    return _of_boxes([(one.boxes(each, score=_SURE), other.boxes(each, score=_SURE)) for each in pictures])


def _of_boxes(pairs: Sequence[tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]) -> float:
    found = sum(len(each["boxes"]) for pair in pairs for each in pair)
    if not found:
        rule = f"must hold objects that the detector finds with a score of {_SURE} or more"
        raise InputError("pictures", rule, got="none", fix="Pass others.")
    return 2 * sum(_in_common(*pair) for pair in pairs) / found


def _in_common(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> int:
    """How many boxes two lists share; each counts once."""
    free = list(range(len(other["boxes"])))
    count = 0
    for box, label in zip(one["boxes"], one["labels"], strict=True):
        same = [
            n for n in free if other["labels"][n] == label and _iou(box, other["boxes"][n]) >= _SAME_PLACE
        ]
        if same:
            free.remove(max(same, key=lambda n: _iou(box, other["boxes"][n])))
            count += 1
    return count


def _iou(one: np.ndarray, other: np.ndarray) -> float:
    """Of two boxes xyxy; ops.boxes has it for tensors, and torch shall not be imported here."""
    sides = (np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])).clip(min=0)
    areas = np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])
    return float(np.prod(sides) / max(areas - np.prod(sides), 1e-9))


def _write(source: Path, draft: Path, ready: list[np.ndarray], exact: Exported, path: Path) -> None:
    onnx, quantization = _tools()
    reader = _reader(quantization, ready, exact)
    with tempfile.TemporaryDirectory(prefix="vislearn-int8-") as folder, _silence():
        tidy = Path(folder) / "tidy.onnx"
        try:
            quantization.shape_inference.quant_pre_process(
                str(source),
                str(tidy),
                skip_symbolic_shape=True,
                # It makes of a detector's reshaping what fails on pictures without any object.
                skip_optimization=exact.recipe.kind == "detector",
            )
            quantization.quantize_static(str(tidy), str(draft), reader, per_channel=True)
        except Exception as trouble:  # of the tools or of the runtime, which has a kind for each way to fail
            fix = N_("Keep the float model.")
            raise FileError(
                path, Words(N_("can't be quantised: {reason}"), reason=first_line(trouble)), fix=fix
            ) from None
    model = onnx.load(draft)
    onnx.helper.set_model_props(model, {KEY: exact.recipe.as_text()})
    onnx.save(model, draft)


def _reader(quantization: Any, ready: list[np.ndarray], exact: Exported) -> Any:
    (name,) = (entry.name for entry in exact.session.get_inputs())
    alone = exact.recipe.kind == "detector"
    feeds = iter([{name: pixels if alone else pixels[None]} for pixels in ready])

    class Reader(quantization.CalibrationDataReader):
        """Prepared pictures, one after the other."""

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(feeds, None)

    return Reader()


def _tools() -> tuple[Any, Any]:
    try:
        import onnx
        from onnxruntime import quantization
        from onnxruntime.quantization import shape_inference  # noqa: F401 - reached through quantization
    except ImportError:
        raise MissingError("ONNX's tools are not installed.", fix='pip install "vislearn[export]"') from None
    return onnx, quantization


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """The tools advise and warn on the root logger, about what is already done."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
