"""torchvision's networks as a list: what each weighs, calculates and scores, without building one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torchvision.models import get_model_builder, get_model_weights, list_models

from vislearn.errors import require_one_of

__all__ = ["TASKS", "Listed", "catalog"]

# where torchvision keeps them → what they do; everything else classifies pictures
_MODULES = {
    "detection": "detection",
    "segmentation": "segmentation",
    "video": "video",
    "optical_flow": "optical flow",
    "quantization": "int8 classification",
}
TASKS = ("classification", "keypoints", *_MODULES.values())


@dataclass(frozen=True)
class Listed:
    """One network with the weights that torchvision recommends for it, as their enum describes them.

    ``operations`` are multiply-adds in billions, for one picture of the size that the scores are of; a
    counter of FLOPs, such as ``torch.utils.flop_counter``, gives twice as many. ``license`` is the address
    of the terms that torchvision names for these weights, "" where it names none: the code is BSD then, but
    what the weights were trained on (ImageNet, COCO) has terms of its own.
    """

    name: str
    task: str  # one of TASKS
    weights: str  # such as "IMAGENET1K_V2"
    parameters: int
    operations: float  # 10⁹ multiply-adds
    file_mb: float
    data: str  # what the scores were measured on
    scores: Mapping[str, float]
    license: str

    @property
    def score(self) -> float:
        """The first of the published scores: top-1 accuracy, box mAP or mIoU, in percent."""
        return next(iter(self.scores.values()))


def catalog(task: str | None = None) -> list[Listed]:
    """Every network that the installed torchvision lists, by name; nothing is built or downloaded.

    Args:
        task: one of :data:`TASKS`; None: all of them.

    Raises:
        InputError: no such task.

    >>> [listed.name for listed in catalog("keypoints")]
    ['keypointrcnn_resnet50_fpn']
    """
    if task is not None:
        require_one_of("task", task, TASKS)
    return [listed for name in list_models() if task in (None, (listed := _listed(name)).task)]


def _listed(name: str) -> Listed:
    weights: Any = get_model_weights(name)["DEFAULT"]
    data, scores = next(iter(weights.meta["_metrics"].items()))
    return Listed(
        name=name,
        task=_task(name),
        weights=weights.name,
        parameters=weights.meta["num_params"],
        operations=weights.meta["_ops"],
        file_mb=weights.meta["_file_size"],
        data=data,
        scores=dict(scores),
        license=weights.meta.get("license", ""),
    )


def _task(name: str) -> str:
    if name.startswith("keypointrcnn"):
        return "keypoints"
    room = get_model_builder(name).__module__.split(".")[2]  # torchvision.models.ROOM.…
    return _MODULES.get(room, "classification")
