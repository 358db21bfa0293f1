"""A saved model as one ONNX file that runs without torch, checked against torch before it counts as done."""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.jit._trace import TracerWarning
from torchvision.transforms import v2
from torchvision.transforms._presets import ImageClassification

from vislearn.deploy import Recipe, load
from vislearn.deploy.pixels import prepared
from vislearn.deploy.recipe import KEY
from vislearn.errors import FileError, InputError, MissingError, Words, first_line
from vislearn.files import replaced_whole
from vislearn.language import N_
from vislearn.models.features import quiet
from vislearn.models.kinds import kind_of
from vislearn.training.checkpoints.model import SavedModel

__all__ = ["export_model", "recipe_of"]

_CLOSE = 1e-3  # of a probability, a logit or a pixel: rounding of float32 stays a hundred times below
_OPSET = {"newer": 20, "older": 17}
_TROUBLES = (RuntimeError, TypeError, ValueError, NotImplementedError)


def export_model(saved: SavedModel, path: str | Path, *, pictures: Sequence[Any]) -> float:
    """Write network, classes and recipe into one file, and compare its answers with torch's.

    Classifiers and segmenters go through torch's newer exporter, and through the older one where it fails.
    Detectors go through the older one alone: how many boxes are left after suppression depends on the
    picture, which the newer one does not take.

    Args:
        saved: of :func:`vislearn.training.load_model`.
        path: ends in ``.onnx``.
        pictures: PIL images to compare the answers on; real ones.

    Returns:
        The largest difference from torch on the same prepared pixels: of a probability, of a logit in parts
        of the largest, or of a box's edge in pixels.

    Raises:
        InputError: a transform that can't be told, no pictures, or a model that no exporter takes.
        FileError: answers that differ; nothing is written then.
        MissingError: the exporter is not installed.

    Source: pytorch.org/docs/stable/onnx.html.
    """
    _require_exporter()
    if not pictures:
        raise InputError("pictures", "must be at least one, to compare answers on", got="none")
    recipe = recipe_of(saved)
    whole = _Whole(saved.model, recipe)
    samples = [torch.from_numpy(prepared(picture, recipe).copy()) for picture in pictures]
    with replaced_whole(path) as draft, quiet(whole), _silence():
        _write(whole, recipe, samples[0], draft)
        difference = max(_difference(whole, load(draft), sample) for sample in samples)
        if not difference <= _CLOSE:
            fix = N_("Try another network; this one does not survive the export.")
            raise FileError(
                path,
                Words(N_("would answer otherwise than torch, by {difference:.2g}"), difference=difference),
                fix=fix,
            )
    return difference


def recipe_of(saved: SavedModel) -> Recipe:
    """What an exported file says about its pictures and classes.

    Args:
        saved: with the transform it was trained for.

    Raises:
        InputError: its transform holds a step that is neither resizing, cropping, scaling nor normalising.
    """
    if saved.transform is None:
        raise InputError(
            "saved", "must say how pictures are prepared", got="no transform", fix="Save it anew."
        )
    told: dict[str, Any] = {}
    for step in saved.transform.transforms:
        told |= _told(step)
    about = {"transform": saved.transform_text, **saved.versions}
    colors = tuple(saved.colors) if saved.colors else None
    return Recipe(
        kind_of(saved.model) or "classifier", tuple(saved.classes or ()), colors, about=about, **told
    )


class _Whole(nn.Module):
    """From bytes to answers: scaling and normalising stand inside, where nobody can forget them."""

    def __init__(self, model: nn.Module, recipe: Recipe) -> None:
        super().__init__()
        self.model, self.kind = model, recipe.kind
        self.mean, self.std = (torch.tensor(each).view(3, 1, 1) for each in (recipe.mean, recipe.std))

    def forward(self, pictures: torch.Tensor) -> Any:
        """Bytes to probabilities, logits, or boxes, labels and scores."""
        ready = (pictures.float() / 255 - self.mean) / self.std
        if self.kind == "detector":
            found = self.model([ready])[0]
            return found["boxes"], found["labels"], found["scores"]
        answer = self.model(ready)
        return answer["out"] if self.kind == "segmenter" else answer.softmax(dim=1)


def _told(step: nn.Module) -> dict[str, Any]:
    """One step of a transform, in a recipe's words."""
    if isinstance(step, ImageClassification):
        return {
            "resize": tuple(step.resize_size),
            "crop": (step.crop_size[0],) * 2,
            "interpolation": step.interpolation.value,
            "mean": tuple(step.mean),
            "std": tuple(step.std),
        }
    if isinstance(step, v2.Resize) and step.max_size is None and step.size is not None:
        return {"resize": tuple(step.size), "interpolation": _interpolation(step.interpolation)}
    if isinstance(step, v2.CenterCrop):
        return {"crop": tuple(step.size)}
    if isinstance(step, v2.Normalize):
        return {"mean": tuple(step.mean), "std": tuple(step.std)}
    scales = isinstance(step, v2.ToDtype) and step.scale and step.dtype == torch.float32
    if scales or isinstance(step, v2.ToImage):
        return {}
    raise InputError(
        "the transform",
        "must consist of Resize, CenterCrop, ToDtype and Normalize to be exported",
        got=type(step).__name__,
        fix="Save the model with the transform of its validation pictures.",
    )


def _interpolation(mode: Any) -> str:
    """Its name; torchvision takes Pillow's numbers too."""
    return Image.Resampling(mode).name.lower() if isinstance(mode, int) else v2.InterpolationMode(mode).value


def _write(whole: _Whole, recipe: Recipe, sample: torch.Tensor, path: Path) -> None:
    import onnx

    troubles = []
    for way in (_by_older,) if recipe.kind == "detector" else (_by_newer, _by_older):
        try:
            way(whole, recipe, sample, path)
            break
        except _TROUBLES as trouble:
            troubles.append(first_line(trouble))
    else:
        name = f"the {recipe.kind} {type(whole.model).__name__}"
        fix = "Choose another network: those of the course can be."
        raise InputError(name, "can't be exported by either exporter of torch", got=troubles[0], fix=fix)
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {KEY: recipe.as_text()})
    onnx.save(model, path)


def _by_newer(whole: _Whole, recipe: Recipe, sample: torch.Tensor, path: Path) -> None:
    """Any number of pictures, and of a segmenter any size where none is told."""
    dims = {0: torch.export.Dim("pictures"), 2: torch.export.Dim("height"), 3: torch.export.Dim("width")}
    program = torch.onnx.export(
        whole,
        (torch.stack([sample, sample]),),  # one alone would be taken for "always one"
        dynamo=True,
        opset_version=_OPSET["newer"],
        input_names=["pictures"],
        output_names=_outputs(recipe),
        dynamic_shapes={"pictures": {axis: dims[axis] for axis in _free_axes(recipe)}},
        verbose=False,
    )
    program.save(path)  # type: ignore[union-attr]


def _by_older(whole: _Whole, recipe: Recipe, sample: torch.Tensor, path: Path) -> None:
    """It follows one picture through the network, and only warns where another would go elsewhere.

    A detector always warns so: its sizes and counts are numbers on the way, and the exporter has operations
    for them. In other networks the warning means a path that is lost.
    """
    alone = recipe.kind == "detector"
    free = {"picture" if alone else "pictures": {axis: f"axis{axis}" for axis in _free_axes(recipe)}}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        torch.onnx.export(
            whole,
            (sample if alone else torch.stack([sample, sample]),),
            str(path),
            dynamo=False,
            opset_version=_OPSET["older"],
            input_names=list(free),
            output_names=_outputs(recipe),
            dynamic_axes={**free, **{name: {0: "count"} for name in _outputs(recipe)}},
        )
    lost = [one.message for one in told if issubclass(one.category, TracerWarning)]
    if lost and not alone:
        raise RuntimeError(first_line(lost[0]))


def _outputs(recipe: Recipe) -> list[str]:
    several = {"detector": ["boxes", "labels", "scores"], "segmenter": ["logits"]}
    return several.get(recipe.kind, ["probabilities"])


def _free_axes(recipe: Recipe) -> tuple[int, ...]:
    """Of the input, those that may have any length."""
    if recipe.kind == "detector":
        return 1, 2
    return (0, 2, 3) if recipe.kind == "segmenter" and recipe.resize is None else (0,)


def _difference(whole: _Whole, exported: Any, sample: torch.Tensor) -> float:
    """How far torch and the file are apart on the same pixels."""
    pixels = sample if whole.kind == "detector" else sample[None]
    expected = whole(pixels)
    wanted = expected if isinstance(expected, tuple) else (expected,)
    (name,) = (entry.name for entry in exported.session.get_inputs())
    got = exported.session.run(None, {name: pixels.numpy()})
    pairs = [(one.detach().numpy(), other) for one, other in zip(wanted, got, strict=True)]
    if any(one.shape != other.shape for one, other in pairs):
        return float("inf")
    scale = max(1.0, float(np.abs(pairs[0][0]).max())) if whole.kind == "segmenter" else 1.0
    return max(float(np.abs(one - other).max(initial=0)) for one, other in pairs) / scale


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """The exporters print progress, and warn of each other's age."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def _require_exporter() -> None:
    try:
        import onnx  # noqa: F401 - only whether it is there
        import onnxscript  # noqa: F401
    except ImportError:
        raise MissingError(
            "ONNX's exporter is not installed.", fix='pip install "vislearn[export]"'
        ) from None
