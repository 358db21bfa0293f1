"""Results that took longer than a lesson may: measured once by ``benchmarks/``, kept with the package."""

import json
from pathlib import Path
from typing import Any

from vislearn.errors import require_one_of

__all__ = ["measurements"]

_FOLDER = Path(__file__).parent / "measured"


def measurements(name: str) -> dict[str, Any]:
    """What a benchmark of that name wrote: its ``"runs"``, one record each, and what they were made with.

    Args:
        name: ``"augmentation_policies"`` (by ``benchmarks/augmentation_policies.py``), ``"few_labels"`` or
            ``"few_labels_tuning"`` (by ``benchmarks/few_labels.py``, the second with ``--tune``),
            ``"detection_training"`` (by ``benchmarks/detection_training.py``), ``"model_costs"`` (by
            ``benchmarks/model_costs.py``), ``"overfitting"`` (by ``benchmarks/overfitting.py``),
            ``"rare_classes"`` (by ``benchmarks/rare_classes.py``),
            ``"segmentation_losses"`` (by ``benchmarks/segmentation_losses.py``),
            ``"segmentation_training"`` (by ``benchmarks/segmentation_training.py``), ``"small_detector"`` (by
            ``benchmarks/small_detector.py``), or ``"training_choices"`` (by
            ``benchmarks/training_choices.py``).

    Raises:
        InputError: nothing is kept under that name.

    >>> sorted({run["shots"] for run in measurements("few_labels")["runs"]})
    [5, 10, 20]
    """
    require_one_of("name", name, sorted(path.stem for path in _FOLDER.glob("*.json")))
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
