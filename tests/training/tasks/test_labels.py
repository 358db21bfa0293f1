import pytest
import torch
from torch.nn import functional

from vislearn.errors import InputError
from vislearn.training.tasks.labels import IGNORED, _nan_for_strangers, cross_entropy, label_error


def drawn(shape):
    """Scores for three classes, and labels: of pictures, shape (5,), or of their pixels, (5, 4, 4)."""
    chance = torch.Generator().manual_seed(0)
    return torch.randn(5, 3, *shape[1:], generator=chance), torch.randint(3, shape, generator=chance)


SHAPES = pytest.mark.parametrize("shape", [(5,), (5, 4, 4)])
FORMULAS = pytest.mark.parametrize("formula", [cross_entropy, _nan_for_strangers])  # the second is a GPU's


@SHAPES
@FORMULAS
@pytest.mark.parametrize("how", [{}, {"reduction": "none"}, {"label_smoothing": 0.1}])
def test_where_every_label_has_a_score_it_is_torchs(formula, shape, how):
    scores, target = drawn(shape)
    target[1] = IGNORED
    assert torch.equal(formula(scores, target, **how), functional.cross_entropy(scores, target, **how))


@SHAPES
@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_without_a_score_is_named_or_nan(shape, label):
    scores, target = drawn(shape)
    target.view(-1)[2] = label
    with pytest.raises(InputError, match=f"labels must lie in 0…2, for the model's 3 scores, got {label}"):
        cross_entropy(scores, target)
    assert _nan_for_strangers(scores, target).isnan()
    each = _nan_for_strangers(scores, target, reduction="none")
    assert each.isnan().nonzero().tolist() == (target == label).nonzero().tolist()


@SHAPES
def test_shares_of_classes_are_no_labels(shape):
    scores, target = drawn(shape)
    shares = functional.one_hot(target, 3).movedim(-1, 1).float()
    assert cross_entropy(scores, shares) == pytest.approx(cross_entropy(scores, target).item())
    assert label_error(shares, 3) is None


def test_no_label_at_all_is_no_wrong_one():
    assert label_error(torch.tensor([], dtype=torch.int64), 3) is None
