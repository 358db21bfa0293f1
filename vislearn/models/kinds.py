"""Classifier, detector or segmenter: what a network is, told from what it was built with."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from vislearn.models.architecture import noted_architecture
from vislearn.models.classifier import classifier
from vislearn.models.detector import DETECTORS, detector, detector_classes
from vislearn.models.segmenters import SEGMENTERS, segmenter, segmenter_classes

__all__ = ["BUILDERS", "any_network", "kind_noted", "kind_of"]

BUILDERS: dict[str, Callable[..., nn.Module]] = {
    "classifier": classifier,
    "detector": detector,
    "segmenter": segmenter,
}


def kind_noted(architecture: Mapping[str, Any]) -> str | None:
    """The kind of network that these arguments build; None where they would fit several.

    Args:
        architecture: as :func:`vislearn.models.architecture.noted_architecture` returns it, or a saved file
            keeps it.

    >>> kind_noted({"kind": "lraspp", "num_classes": 3}), kind_noted({"num_classes": 3})
    ('segmenter', None)
    """
    if architecture.get("kind") in DETECTORS:
        return "detector"
    if architecture.get("kind") in SEGMENTERS:
        return "segmenter"
    return "classifier" if "mode" in architecture else None  # the others' builders have no such argument


def kind_of(network: Any) -> str | None:
    """The kind of a network, or of what one of :data:`BUILDERS` builds; None for all others.

    Args:
        network: a network, or a function that makes one.
    """
    if not isinstance(network, nn.Module):
        return next((kind for kind, build in BUILDERS.items() if build is network), None)
    if detector_classes(network) is not None:
        return "detector"
    if segmenter_classes(network) is not None:
        return "segmenter"
    return kind_noted(noted_architecture(network))


def any_network(**architecture: Any) -> nn.Module:
    """A network of the kind that its arguments tell; a classifier where they don't.

    Args:
        **architecture: as for :func:`kind_noted`.

    Raises:
        InputError: as the builder of that kind does.
        MissingError: likewise.
    """
    return BUILDERS[kind_noted(architecture) or "classifier"](**architecture)
