"""Opens an exported file and asks it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vislearn.deploy.pixels import enlarged, prepared
from vislearn.deploy.recipe import KEY, Recipe
from vislearn.errors import FileError, InputError, MissingError, first_line
from vislearn.language import N_

__all__ = ["Exported", "load"]


@dataclass(frozen=True)
class Exported:
    """A network that answers without torch.

    Attributes:
        recipe: its classes, and how pictures are prepared; what the methods below do by themselves.
        session: ONNX Runtime's.
    """

    recipe: Recipe
    session: Any

    def probabilities(self, images: Iterable[Any]) -> np.ndarray:
        """How probable each class is: float32 (N, K).

        Args:
            images: PIL images or uint8 arrays (H, W, 3), of any sizes.

        Raises:
            InputError: no classifier, or no pictures.
        """
        self._require("classifier")
        ready = [prepared(image, self.recipe) for image in images]
        if not ready:
            raise InputError("images", "must be at least one", got="none")
        if len({picture.shape for picture in ready}) == 1:
            return self._answers(np.stack(ready))[0]
        return np.concatenate([self._answers(picture[None])[0] for picture in ready])

    def mask(self, image: Any) -> np.ndarray:
        """The class of each pixel: uint8 (H, W), in the picture's own size.

        Args:
            image: a PIL image, or a uint8 array (H, W, 3).

        Raises:
            InputError: no segmenter.
        """
        self._require("segmenter")
        logits = self._answers(prepared(image, self.recipe)[None])[0][0]
        return enlarged(logits, *_height_width(image)).argmax(axis=0).astype(np.uint8)

    def boxes(self, image: Any, *, score: float = 0.5) -> dict[str, np.ndarray]:
        """Objects in the picture's own pixels, the surest first.

        Args:
            image: a PIL image, or a uint8 array (H, W, 3).
            score: what is less sure is left out, 0…1.

        Returns:
            ``boxes`` (M, 4) xyxy, ``labels`` (M,) 1…K, ``scores`` (M,).

        Raises:
            InputError: no detector.
        """
        self._require("detector")
        ready = prepared(image, self.recipe)
        boxes, labels, scores = self._answers(ready)
        height, width = _height_width(image)
        scale = np.array([width / ready.shape[2], height / ready.shape[1]] * 2, np.float32)
        sure = scores >= score
        return {"boxes": boxes[sure] * scale, "labels": labels[sure], "scores": scores[sure]}

    def _answers(self, pixels: np.ndarray) -> list[np.ndarray]:
        (name,) = (entry.name for entry in self.session.get_inputs())
        return self.session.run(None, {name: pixels})

    def _require(self, kind: str) -> None:
        if self.recipe.kind != kind:
            methods = {"classifier": "probabilities", "segmenter": "mask", "detector": "boxes"}
            fix = f"Ask it for .{methods[self.recipe.kind]}(…)."
            raise InputError("the exported model", f"must be a {kind}", got=f"a {self.recipe.kind}", fix=fix)


def load(path: str | Path, *, threads: int | None = None) -> Exported:
    """Open what ``vislearn export`` wrote, with all it needs in that one file.

    Args:
        path: ends in ``.onnx``.
        threads: of the processor; None: as many as ONNX Runtime thinks best.

    Raises:
        FileError: missing, damaged, or from another program.
        MissingError: ONNX Runtime is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise FileError(path, N_("does not exist"), fix=N_("Check the name and the folder."))
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.log_severity_level = 3  # what goes wrong is raised; warnings about speed are for others
    options.intra_op_num_threads = threads or 0
    try:
        session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as trouble:  # the runtime has kinds of its own for every way to be damaged
        raise FileError(
            path,
            N_("can't be opened: {reason}"),
            fix=N_("Export the model again."),
            reason=first_line(trouble),
        ) from None
    told = session.get_modelmeta().custom_metadata_map.get(KEY)
    if told is None:
        raise FileError(
            path, N_("is no model that vislearn export wrote"), fix=N_("It lacks classes and recipe.")
        )
    return Exported(Recipe.from_text(told), session)


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise MissingError("ONNX Runtime is not installed.", fix='pip install "vislearn[deploy]"') from None
    return onnxruntime


def _height_width(image: Any) -> tuple[int, int]:
    if isinstance(image, np.ndarray):
        return image.shape[0], image.shape[1]
    return image.height, image.width
