"""What is taken from a set before it is written."""

import warnings

import numpy as np
import pytest
import torch
from pycocotools import mask as oracle

from vislearn.datasets import DetectionDS
from vislearn.datasets.conversion.samples import samples_of
from vislearn.errors import FileError, InputError

NOTHING = {"boxes": [], "labels": []}


def names(dataset):
    return [sample.name for sample in samples_of(dataset)[0]]


def test_an_empty_set():
    assert samples_of(DetectionDS([], classes=["bee"])) == ([], ["bee"])


def test_masks_become_run_lengths_that_pycocotools_reads(make):
    masks = torch.rand(2, 40, 60, generator=torch.Generator().manual_seed(0)) > 0.7
    annotation = {"boxes": [[0, 0, 60, 40]] * 2, "labels": [1, 2], "masks": masks}
    ((sample,), _classes) = samples_of(make(annotation))
    for runs, mask in zip(sample.runs, masks, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pycocotools' own
            assert np.array_equal(oracle.decode({"size": [40, 60], "counts": runs}), mask)
    ((sample,), _classes) = samples_of(make(NOTHING | {"masks": masks[:0]}))
    assert sample.runs == []


def test_names_that_are_there_once_stay(make):
    assert names(make(NOTHING, NOTHING, names=["x/a.png", "y/b.png"])) == ["a.png", "b.png"]


def test_names_that_would_share_their_labels_get_their_folders(make):
    assert names(make(NOTHING, NOTHING, names=["x/a.png", "y/A.jpg"])) == ["x_a.png", "y_A.jpg"]
    with pytest.raises(FileError, match="would share its labels with"):
        names(make(NOTHING, NOTHING, names=["a.png", "a.jpg"]))


def test_what_cannot_be_written(make):
    with pytest.raises(InputError, match="must be a DetectionDS"):
        samples_of([1])
    with pytest.raises(InputError, match="must know its classes"):
        samples_of(make(NOTHING, classes=None))
    with pytest.raises(FileError, match="has image_id 3, and so has"):
        samples_of(make(NOTHING | {"image_id": 3}, NOTHING | {"image_id": 3}))
    with pytest.raises(FileError, match="must lie on the picture"):
        samples_of(make({"boxes": [[0, 0, 90, 40]], "labels": [1]}))
