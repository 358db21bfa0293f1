import numpy as np
import pytest
import torch

from vislearn.errors import InputError
from vislearn.metrics import accuracy, confusion_counts
from vislearn.metrics.answers import as_tensor

LOGITS = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
CLASSES = torch.tensor([0, 1, 2, 0])
ONE_HOT = torch.eye(3, dtype=torch.long)[CLASSES]


@pytest.mark.parametrize(
    ("values", "shape", "dtype"),
    [
        ([], (0,), torch.int64),
        (np.zeros((0, 3)), (0, 3), torch.float64),
        (np.arange(6)[::-2], (3,), torch.int64),
        (np.broadcast_to(np.float32(1), (2, 2)), (2, 2), torch.float32),  # read-only
        (np.int64(3), (), torch.int64),
        ([True, False], (2,), torch.bool),
        (torch.ones(2, requires_grad=True), (2,), torch.float32),
    ],
)
def test_numbers_of_any_kind_become_a_tensor(values, shape, dtype):
    tensor = as_tensor("values", values)
    assert (tuple(tensor.shape), tensor.dtype, tensor.requires_grad) == (shape, dtype, False)


@pytest.mark.parametrize("values", [["cat", "dog"], [[1, 2], [3]], object()])
def test_what_is_no_number_is_refused(values):
    with pytest.raises(InputError, match="target must be a tensor, an array or a list of numbers"):
        accuracy(CLASSES, values)


@pytest.mark.parametrize(
    ("predicted", "target", "message"),
    [
        (LOGITS, CLASSES[:3], r"must have shapes \(N, K\) and \(N,\), .* got \(4, 3\) and \(3,\)"),
        (CLASSES, LOGITS, "Predictions come first, truth second: were they swapped"),
        (LOGITS, ONE_HOT, r"one class number per row, shape \(N,\), got shape \(4, 3\). One-hot or soft"),
        (LOGITS, CLASSES[:, None], r"Drop the second axis by target\[:, 0\]"),
        (LOGITS, CLASSES.float(), "target must be class numbers, whole ones, got float32. Were predicted"),
        (ONE_HOT, CLASSES, r"scores \(N, K\) of a float type.* got int64 .*become classes by .argmax"),
        (LOGITS.softmax(1)[:, 0], CLASSES, r"float32. Probabilities of the class 1 .*probabilities >= 0.5"),
        (LOGITS[:, :1], CLASSES, r"a column per class, two at least, got \(4, 1\). A single logit"),
        (LOGITS[:, :2], CLASSES, r"target must lie in 0…1, got 2. Does the model's head"),
        (LOGITS, CLASSES + 1, r"target must lie in 0…2, got 3. Do the classes start at 1\? Subtract 1"),
        (LOGITS, CLASSES - 1, "target must be class numbers, 0 or more, got -1. Leave out"),
        (CLASSES - 1, CLASSES, "predicted must be class numbers, 0 or more, got -1"),
        (LOGITS * torch.nan, CLASSES, "scores must be numbers, got nan. Has the training diverged"),
        (torch.zeros(4, 3, 2, 2), CLASSES, r"predicted must be .* got shape \(4, 3, 2, 2\). Pixels become"),
        (torch.tensor(1), CLASSES, r"got \(\) and \(4,\)"),
        (torch.tensor(1), torch.tensor(1), r"predicted must be .* got shape \(\). A single answer is a row"),
    ],
)
def test_each_mix_up_is_named(predicted, target, message):
    with pytest.raises(InputError, match=message):
        accuracy(predicted, target)
    with pytest.raises(InputError, match=message):
        accuracy(predicted.numpy(), target.numpy())


@pytest.mark.parametrize(
    ("predicted", "num_classes", "message"),
    [
        (LOGITS, 4, r"num_classes must be the scores' columns \(3\), got 4"),
        (CLASSES, 2, "predicted must lie in 0…1, got 2"),
        (CLASSES, 1, "num_classes must be at least 2, got 1"),
    ],
)
def test_the_number_of_classes_must_fit(predicted, num_classes, message):
    with pytest.raises(InputError, match=message):
        confusion_counts(predicted, CLASSES, num_classes)
