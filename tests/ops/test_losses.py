import pytest
import torch
from torchvision import ops as tv

from vislearn import ops
from vislearn.errors import InputError

CHANCE = torch.Generator().manual_seed(0)
LOGITS = 5 * torch.randn(4, 6, generator=CHANCE)
TRUTH = (torch.rand(4, 6, generator=CHANCE) < 0.3).float()
SOFT = torch.rand(4, 6, generator=CHANCE)
MAPS = torch.randn(3, 4, 5, 6, generator=CHANCE)
CLASSES = torch.randint(0, 4, (3, 5, 6), generator=CHANCE)


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


@pytest.mark.parametrize("loss", [ops.sigmoid_focal_loss, ops.dice_loss])
def test_nan_is_passed_on(loss):
    assert loss(torch.full((1, 2, 2), float("nan")), torch.ones(1, 2, 2)).isnan().all()


def dice(share, truth, smooth):
    """The definition, on one class of one sample, as plain sums."""
    overlap = sum(a * b for a, b in zip(share, truth, strict=True))
    return 1 - (2 * overlap + smooth) / (sum(share) + sum(truth) + smooth)


@pytest.mark.parametrize("smooth", [1.0, 0.1, 0.0])
def test_dice_is_its_definition(smooth):
    logits, truth = MAPS[:, 0], (CLASSES == 1).float()
    expected = [
        dice(a.sigmoid().flatten().tolist(), b.flatten().tolist(), smooth)
        for a, b in zip(logits, truth, strict=True)
    ]
    each = ops.dice_loss(logits, truth, smooth, "none")
    torch.testing.assert_close(each, torch.tensor(expected))
    assert ops.dice_loss(logits, truth, smooth).item() == pytest.approx(sum(expected) / 3)
    assert ops.dice_loss(logits, truth, smooth, "sum").item() == pytest.approx(sum(expected), rel=1e-5)
    torch.testing.assert_close(ops.dice_loss(logits[:, None], truth[:, None], smooth, "none"), each)


def test_dice_of_several_classes_is_their_mean():
    shares = MAPS.softmax(dim=1)
    expected = sum(
        dice(shares[n, k].flatten().tolist(), (CLASSES[n] == k).flatten().tolist(), 1.0)
        for n in range(3)
        for k in range(4)
    )
    assert ops.dice_loss(MAPS, CLASSES).item() == pytest.approx(expected / 12, rel=1e-5)


def test_dice_of_classes_that_do_not_exclude_each_other_takes_sigmoids():
    truth = (MAPS > 0).float()
    each = torch.stack([ops.dice_loss(MAPS[:, k], truth[:, k], reduction="none") for k in range(4)])
    torch.testing.assert_close(ops.dice_loss(MAPS, truth, reduction="none"), each.mean(dim=0))


@pytest.mark.parametrize(
    ("logits", "truth", "low", "high"),
    [
        (torch.full((1, 4, 4), 30.0), torch.ones(1, 4, 4), 0, 1e-6),
        (torch.full((1, 4, 4), -30.0), torch.zeros(1, 4, 4), 0, 1e-6),  # empty and said so
        (torch.full((1, 4, 4), -30.0), torch.ones(1, 4, 4), 0.9, 1),
        (torch.full((1, 4, 4), 30.0), torch.zeros(1, 4, 4), 0.9, 1),
    ],
)
def test_dice_knows_right_from_wrong(logits, truth, low, high):
    assert low <= ops.dice_loss(logits, truth).item() <= high


def test_dice_does_not_care_how_small_the_object_is():
    small, large = torch.zeros(2, 1, 64, 64)
    small[0, :2, :2], large[0, :32, :32] = 1, 1
    missed = [ops.dice_loss(torch.full_like(truth, -9.0), truth).item() for truth in (small, large)]
    plain = [
        torch.nn.functional.binary_cross_entropy_with_logits(torch.full_like(t, -9.0), t).item()
        for t in (small, large)
    ]
    assert missed[0] > 0.7 * missed[1]
    assert plain[0] < 0.01 * plain[1]


def test_dice_has_the_gradient_of_its_definition():
    logits = MAPS[:2, :1].double().requires_grad_()
    truth = (CLASSES[:2, None] == 0).double()
    assert torch.autograd.gradcheck(lambda x: ops.dice_loss(x, truth), logits)


@pytest.mark.parametrize("loss", [ops.sigmoid_focal_loss, ops.dice_loss])
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
def test_targets_that_do_not_fit_are_refused(loss, logits, targets, message):
    with pytest.raises(InputError, match=message):
        loss(logits, targets)


@pytest.mark.parametrize(
    ("logits", "targets", "message"),
    [
        (MAPS, CLASSES.float(), r"targets must be class numbers \(3, 5, 6\), int64, got torch.float32"),
        (MAPS, CLASSES[:2], "targets must be class numbers"),
        (MAPS, CLASSES + 252, r"targets must be in 0…3, got 25\d…255. Pixels to ignore"),
        (LOGITS, TRUTH, r"inputs must have shape \(N, H, W\)"),
    ],
)
def test_dice_refuses_what_is_no_map_of_classes(logits, targets, message):
    with pytest.raises(InputError, match=message):
        ops.dice_loss(logits, targets)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"reduction": "avg"}, "reduction must be one of"), ({"alpha": 2}, "alpha must be in 0…1, or -1")],
)
def test_unknown_settings_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        ops.sigmoid_focal_loss(LOGITS, TRUTH, **options)
    if "alpha" not in options:
        with pytest.raises(InputError, match=message):
            ops.dice_loss(MAPS[:, 0], CLASSES.float().clamp(max=1), **options)
