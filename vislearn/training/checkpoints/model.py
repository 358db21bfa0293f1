"""A trained model with all one needs to use it later."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.errors import FileError, InputError, Words, first_line
from vislearn.language import N_
from vislearn.models.architecture import noted_architecture
from vislearn.models.kinds import kind_noted, kind_of
from vislearn.training.checkpoints import file as checkpoint
from vislearn.training.checkpoints.transform import describe_transform, rebuild_transform
from vislearn.training.classes import note_classes
from vislearn.training.compiled import plain
from vislearn.training.given import given_picture

__all__ = ["SavedModel", "load_model", "require_saved", "save_model", "write_model"]

_MAKERS = {
    "classifier": N_("Give a file that vislearn train has saved; if this one was, train it again."),
    "detector": N_(
        'Give NAME.best.pt, which fit_detector(..., checkpoint="NAME.pt") has saved, or what vislearn '
        "train-segmenter --kind mask_rcnn has; if this one was, train it again."
    ),
    "segmenter": N_("Give a file that vislearn train-segmenter has saved; if this one was, train it again."),
}
_SOME_MAKER = N_(
    "Give a file that vislearn train, vislearn train-segmenter or vislearn.training.save_model has saved; if "
    "this one was, train it again."
)
_COMMANDS = {"classifier": "predict", "detector": "detect", "segmenter": "segment"}


@dataclass(frozen=True)
class SavedModel:
    """What :func:`load_model` found.

    Attributes:
        model: in eval mode, on the CPU.
        classes: their names, in the order of the model's scores.
        colors: of the classes, (red, green, blue) in 0..255; None where it wasn't told.
        transform: how a picture must be prepared; None where it wasn't told, or can't be rebuilt.
        transform_text: the same as Python shows it.
        seed: the run began with.
        scores: of the epoch the weights are from.
        architecture: what the model was built with.
        versions: of vislearn, torch and Python that wrote the file.
        scale: the value that was white in the pictures it learned from, to read new ones by:
            ``read_image(path, scale=saved.scale)``; None: what their files say.
    """

    model: nn.Module
    classes: list[str] | None
    colors: list[tuple[int, int, int]] | None
    transform: v2.Compose | None
    transform_text: str
    seed: int | None
    scores: dict[str, float]
    architecture: dict[str, Any]
    versions: dict[str, str]
    scale: float | None = None

    def prepared(self, image: Any) -> torch.Tensor:
        """A picture as the model wants it: float (3, H, W), on the model's device.

        Args:
            image: a PIL image, or a tensor (3, H, W), as :func:`vislearn.training.given.given_picture` takes
                it.

        Raises:
            InputError: no picture, or the file doesn't say how pictures are prepared.
        """
        if self.transform is None:
            raise InputError(
                "saved", "must say how pictures are prepared", got="no transform", fix="Save it anew."
            )
        ready = self.transform(tv_tensors.Image(given_picture(image))).as_subclass(torch.Tensor)
        return ready.to(next(self.model.parameters()).device)


def save_model(
    path: str | Path,
    model: nn.Module,
    *,
    classes: Sequence[str],
    transform: Callable[..., Any] | None,
    colors: Sequence[Sequence[int]] | None = None,
    seed: int | None = None,
    scores: Mapping[str, float] | None = None,
    architecture: Mapping[str, Any] | None = None,
    scale: float | None = None,
) -> Path:
    """Write a model whole or not at all, with what it would be useless without.

    Weights alone don't say which score is the cat, nor what numbers the network expects.

    Args:
        path: such as ``"runs/cats.pt"``.
        model: whose weights are kept.
        classes: their names, in the order of the scores.
        transform: of new pictures, the one of the validation set; a chain of torchvision's v2 transforms
            can be rebuilt, and the ``transforms()`` of its weights; of anything else its text is kept.
        colors: of the classes, to draw masks with: (red, green, blue) in 0..255.
        seed: the run began with.
        scores: worth remembering.
        architecture: plain values that :func:`load_model` passes to its ``build``, such as
            ``{"backbone": "resnet18", "num_classes": 3}``. None: what
            :func:`vislearn.models.classifier`, ``detector`` or ``segmenter`` built it with.
        scale: the value that was white in the pictures it learned from, as for
            :func:`vislearn.io.read_image`; None: what their files said.

    Returns:
        ``path``.

    Raises:
        FileError: the folder can't be written to, or the disk is full.
    """
    path = Path(path)
    write_model(
        path,
        plain(model).state_dict(),
        classes=list(classes),
        transform=describe_transform(transform),
        colors=None if colors is None else [list(map(int, color)) for color in colors],
        seed=seed,
        scores=dict(scores or {}),
        architecture=noted_architecture(plain(model)) if architecture is None else dict(architecture),
        scale=scale,
    )
    return path


def write_model(path: Path, weights: Mapping[str, torch.Tensor], **about: Any) -> None:
    """The file of :func:`save_model`, from parts that are plain already.

    Args:
        path: of the file.
        weights: the model's state, tensors of any shape.
        **about: what stands beside them.
    """
    checkpoint.write(path, "model", {**about, "weights": dict(weights)})


def require_saved(saved: Any) -> SavedModel:
    """Refuse a network, or its file, in the place of what :func:`load_model` makes of it.

    Raises:
        InputError: it is something else.
    """
    if not isinstance(saved, SavedModel):
        got = type(saved).__name__
        fix = "A network alone doesn't say how pictures are prepared."
        raise InputError("saved", "must be what vislearn.training.load_model returns", got=got, fix=fix)
    return saved


def load_model(path: str | Path, build: nn.Module | Callable[..., nn.Module]) -> SavedModel:
    """Read what :func:`save_model` wrote, or the ``.best`` file beside a checkpoint; no code in it is run.

    Args:
        path: the file.
        build: a network of the same architecture, which gets the weights; or a function that makes one
            from the ``architecture`` that was saved: ``load_model(path, vislearn.models.classifier)``,
            ``vislearn.models.detector`` or ``vislearn.models.segmenter``.

    Raises:
        FileError: the file is missing, damaged, or belongs to another architecture, or to another kind of
            network.
    """
    path = Path(path)
    fix = _MAKERS.get(kind_of(build) or "", _SOME_MAKER)
    kept = checkpoint.read(path, "model", fix=fix)
    _require_whole(path, kept, fix)
    architecture = kept.get("architecture") or {}
    _require_kind(path, architecture, build)
    model = build if isinstance(build, nn.Module) else _built(path, build, architecture)
    try:
        model.load_state_dict(kept["weights"])
    except RuntimeError as trouble:
        raise FileError(
            path,
            N_("is of another network than this {name}: {difference}"),
            fix=N_("Build the model as it was built for training."),
            name=type(model).__name__,
            difference=_first_difference(trouble),
        ) from None
    note_classes(model, kept.get("classes"))
    described = kept.get("transform")
    return SavedModel(
        model=model.eval(),
        classes=kept.get("classes"),
        colors=_colors(kept.get("colors")),
        seed=kept.get("seed"),
        transform=rebuild_transform(described) if described and described["steps"] else None,
        transform_text=described["text"] if described else "",
        scores=kept.get("scores") or {},
        architecture=architecture,
        versions=kept["versions"],
        scale=kept.get("scale"),
    )


def _colors(kept: Any) -> list[tuple[int, int, int]] | None:
    return [(red, green, blue) for red, green, blue in kept] if kept else None


def _require_whole(path: Path, kept: dict[str, Any], fix: str) -> None:
    """Refuse a file that somebody changed: it says it is a model, and lacks what every model has."""
    weights, transform = kept.get("weights"), kept.get("transform")
    tensors = isinstance(weights, dict) and all(isinstance(one, torch.Tensor) for one in weights.values())
    told = transform is None or (isinstance(transform, dict) and {"text", "steps"} <= transform.keys())
    tables = [kept.get("versions"), *(kept.get(name) or {} for name in ("architecture", "scores"))]
    dicts = all(isinstance(one, dict) for one in tables)
    if not (tensors and told and dicts and _lists_are_whole(kept) and _is_white(kept.get("scale"))):
        raise FileError(path, N_("is damaged: it lacks weights, or what stands beside them"), fix=fix)


def _is_white(scale: Any) -> bool:
    """A number that can be the value of white, or none."""
    return scale is None or (type(scale) in (int, float) and 0 < scale < math.inf)


def _lists_are_whole(kept: dict[str, Any]) -> bool:
    """Are classes a list, where there are any, and colours three numbers each?"""
    classes, colors = kept.get("classes") or [], kept.get("colors") or []
    return (
        isinstance(classes, list)
        and isinstance(colors, list)
        and all(isinstance(color, list | tuple) and len(color) == 3 for color in colors)
    )


def _require_kind(path: Path, architecture: dict[str, Any], build: Any) -> None:
    """Refuse a detector's file where a classifier is asked for, and so on; say who takes it."""
    held, wanted = kind_noted(architecture), kind_of(build)
    if held is not None and wanted is not None and held != wanted:
        raise FileError(
            path,
            N_("holds a {held}, not a {wanted}"),
            fix=N_("load_model(path, vislearn.models.{held}) and vislearn {command} take it."),
            held=held,
            wanted=wanted,
            command=_COMMANDS[held],
        )


def _built(path: Path, build: Callable[..., nn.Module], architecture: dict[str, Any]) -> nn.Module:
    try:
        return build(**architecture)
    except (TypeError, InputError) as trouble:
        name = getattr(build, "__name__", type(build).__name__)
        told = ", ".join(f"{key}={value!r}" for key, value in architecture.items()) or Words(N_("nothing"))
        raise FileError(
            path,
            N_("doesn't say what {name} needs to build the network ({reason}; it says {told})"),
            fix=N_("Build the network as it was built for training, and pass it instead."),
            name=name,
            reason=first_line(trouble).rstrip("."),
            told=told,
        ) from None


def _first_difference(trouble: RuntimeError) -> str:
    lines = [line.strip() for line in str(trouble).splitlines() if line.strip()]
    return first_line(lines[min(1, len(lines) - 1)]).rstrip(".")
