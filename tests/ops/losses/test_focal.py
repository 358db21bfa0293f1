import pytest
import torch
from torchvision import ops as tv

from vislearn import ops
from vislearn.errors import InputError

CHANCE = torch.Generator().manual_seed(0)
LOGITS = 5 * torch.randn(4, 6, generator=CHANCE)
TRUTH = (torch.rand(4, 6, generator=CHANCE) < 0.3).float()
SOFT = torch.rand(4, 6, generator=CHANCE)


@pytest.mark.parametrize("reduction", ["none", "sum"])
def test_the_focal_loss_of_nothing_is_nothing(reduction):
    assert ops.sigmoid_focal_loss(torch.zeros(0), torch.zeros(0), reduction=reduction).sum().item() == 0


@pytest.mark.parametrize("targets", [TRUTH, SOFT, TRUTH * 0])
@pytest.mark.parametrize("alpha", [0.25, 0.0, 1.0, -1])
@pytest.mark.parametrize("gamma", [2.0, 0.0, 0.5, 5.0])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_the_focal_loss_and_its_gradient_equal_torchvisions(targets, alpha, gamma, reduction):
    results = []
    for library in (ops, tv):
        logits = LOGITS.double().requires_grad_()
        loss = library.sigmoid_focal_loss(logits, targets.double(), alpha, gamma, reduction)
        loss.sum().backward()
        results.append((loss.detach(), logits.grad))
    for got, expected in zip(*results, strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("size", [1.0, 80.0, 1e4])
def test_any_logits_give_finite_losses(dtype, size):
    logits = (torch.tensor([-1.0, 0.0, 1.0]) * size).to(dtype)
    got = ops.sigmoid_focal_loss(logits, torch.tensor([1, 0, 1]))
    assert got.dtype == dtype
    assert got.isfinite().all()
    torch.testing.assert_close(got, tv.sigmoid_focal_loss(logits, torch.tensor([1, 0, 1]).to(dtype)))


def test_gamma_zero_is_cross_entropy():
    expected = torch.nn.functional.binary_cross_entropy_with_logits(LOGITS, TRUTH)
    torch.testing.assert_close(ops.sigmoid_focal_loss(LOGITS, TRUTH, -1, 0, "mean"), expected)


def test_nan_is_passed_on():
    assert ops.sigmoid_focal_loss(torch.full((1, 2, 2), float("nan")), torch.ones(1, 2, 2)).isnan().all()


@pytest.mark.parametrize(
    ("logits", "targets", "message"),
    [
        (
            torch.zeros(3, 1, 1),
            torch.zeros(3, 1),
            r"targets must have inputs' shape \(3, 1, 1\), got \(3, 1\)",
        ),
        (
            torch.zeros(1, 2, 2),
            torch.full((1, 2, 2), 3.0),
            r"targets must be in 0…1, got 3…3. Class numbers\?",
        ),
        (torch.zeros(1, 2, 2), torch.full((1, 2, 2), -1.0), "got -1…-1"),
        (torch.zeros(1, 2, 2), torch.full((1, 2, 2), float("nan")), "got nan…nan"),
        (torch.zeros(1, 2, 2).int(), torch.zeros(1, 2, 2), "inputs must be logits, floats, got torch.int32"),
    ],
)
def test_targets_that_do_not_fit_are_refused(logits, targets, message):
    with pytest.raises(InputError, match=message):
        ops.sigmoid_focal_loss(logits, targets)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"reduction": "avg"}, "reduction must be one of"), ({"alpha": 2}, "alpha must be in 0…1, or -1")],
)
def test_unknown_settings_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        ops.sigmoid_focal_loss(LOGITS, TRUTH, **options)


CLASSES = torch.tensor([0, 2, 1])
SCORES = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.1, 0.0], [0.0, 9.0, 1.0]])


def test_softmax_focal_is_each_picture_s_cross_entropy_times_how_wrong_it_was():
    each = ops.focal_loss(SCORES, CLASSES, 2.0, reduction="none")
    p = SCORES.softmax(1)[range(3), CLASSES]
    torch.testing.assert_close(each, -((1 - p) ** 2) * p.log())
    torch.testing.assert_close(ops.focal_loss(SCORES, CLASSES), each.mean())
    plain = torch.nn.functional.cross_entropy(SCORES, CLASSES)
    torch.testing.assert_close(ops.focal_loss(SCORES, CLASSES, 0.0), plain)


def test_softmax_focal_with_a_prior_is_that_of_adjusted_logits():
    prior = torch.tensor([0.9, 0.09, 0.01]).log()
    with_prior = ops.focal_loss(SCORES, CLASSES, log_prior=prior)
    torch.testing.assert_close(with_prior, ops.focal_loss(SCORES + prior, CLASSES))
    assert with_prior > ops.focal_loss(SCORES, CLASSES)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reduction": "avg"}, "reduction must be one of"),
        ({"gamma": -1}, "gamma must be a number, 0 or more"),
    ],
)
def test_softmax_focal_refuses_unknown_settings(options, message):
    with pytest.raises(InputError, match=message):
        ops.focal_loss(SCORES, CLASSES, **options)
