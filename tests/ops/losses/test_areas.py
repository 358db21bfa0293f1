import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vislearn import ops
from vislearn.errors import InputError

CHANCE = torch.Generator().manual_seed(0)
MAPS = torch.randn(3, 4, 5, 6, generator=CHANCE)
CLASSES = torch.randint(0, 4, (3, 5, 6), generator=CHANCE)
LOSSES = [ops.dice_loss, ops.tversky_loss]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("smooth", [1.0, 0.0])
@pytest.mark.parametrize("per_batch", [False, True])
def test_nothing_known_or_nothing_there_is_zero_and_so_is_its_gradient(loss, smooth, per_batch):
    for shape in ((2, 4, 5, 5), (0, 4, 5, 5), (2, 1, 5, 5)):
        logits = torch.randn(shape, generator=CHANCE).requires_grad_()
        got = loss(logits, torch.full((shape[0], 5, 5), 255), smooth=smooth, per_batch=per_batch)
        got.backward()
        assert got.item() == 0
        assert not logits.grad.any()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("smooth", "expected"), [(1.0, 0.5 * 20 / (0.5 * 20 + 1)), (0.0, 1.0)])
def test_an_empty_truth_costs_the_area_answered(loss, smooth, expected):
    options = {} if loss is ops.dice_loss else {"alpha": 0.5, "beta": 0.5}
    got = loss(torch.zeros(1, 4, 5), torch.zeros(1, 4, 5), smooth=smooth, **options)
    assert got.item() == pytest.approx(expected)


@pytest.mark.parametrize("loss", LOSSES)
def test_half_precision_counts_beyond_65504(loss):
    logits = torch.full((1, 300, 300), 9.0, dtype=torch.float16)
    assert 0 < loss(logits, torch.ones(1, 300, 300)).item() < 0.01


@pytest.mark.parametrize("loss", LOSSES)
def test_nan_is_passed_on(loss):
    assert loss(torch.full((1, 2, 2), float("nan")), torch.ones(1, 2, 2)).isnan()


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


def tversky(share, truth, alpha, beta, smooth):
    """The definition, on one class of one sample, as plain sums."""
    pairs = list(zip(share, truth, strict=True))
    right = sum(p * t for p, t in pairs)
    false_alarms, missed = sum(p * (1 - t) for p, t in pairs), sum((1 - p) * t for p, t in pairs)
    return 1 - (right + smooth / 2) / (right + alpha * false_alarms + beta * missed + smooth / 2)


@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 0.7), (0.0, 1.0), (1.0, 1.0), (2.0, 0.5)])
def test_tversky_is_its_definition(alpha, beta):
    shares = MAPS.softmax(dim=1)
    expected = [
        sum(
            tversky(shares[n, k].flatten().tolist(), (CLASSES[n] == k).flatten().tolist(), alpha, beta, 1.0)
            for k in range(4)
        )
        / 4
        for n in range(3)
    ]
    got = ops.tversky_loss(MAPS, CLASSES, alpha, beta, reduction="none")
    assert got.tolist() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("options", [{}, {"smooth": 0.0}, {"per_batch": True}, {"reduction": "none"}])
def test_tversky_of_equal_weights_is_dice(options):
    torch.testing.assert_close(
        ops.tversky_loss(MAPS, CLASSES, 0.5, 0.5, **options), ops.dice_loss(MAPS, CLASSES, **options)
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_a_batch_is_one_large_picture_where_asked(loss):
    wide = MAPS.movedim(0, 1).flatten(1, 2)[None]  # (1, K, N·H, W)
    whole = loss(wide, CLASSES.flatten(0, 1)[None])
    torch.testing.assert_close(loss(MAPS, CLASSES, per_batch=True), whole)
    assert loss(MAPS, CLASSES, per_batch=True, reduction="none").shape == (1,)
    assert loss(MAPS, CLASSES).item() != pytest.approx(whole.item(), abs=1e-4)


@pytest.mark.parametrize("loss", LOSSES)
def test_unknown_pixels_belong_to_no_area(loss):
    cut = CLASSES.clone()
    cut[..., 3:] = 255
    torch.testing.assert_close(loss(MAPS, cut), loss(MAPS[..., :3], CLASSES[..., :3]))
    mask = (cut == 1).float().masked_fill(cut == 255, 255)
    torch.testing.assert_close(loss(MAPS[:, 0], mask), loss(MAPS[:, 0, :, :3], mask[..., :3]))
    with pytest.raises(InputError, match=r"target must be in 0…3, got 0…255. Pixels that nobody knows"):
        loss(MAPS, cut, ignore_index=None)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 1), st.floats(0, 3), st.floats(0, 3), st.sampled_from([0.0, 1.0]))
def test_losses_keep_their_bounds_and_ask_not_where_a_pixel_lies(seed, void, alpha, beta, smooth):
    chance = torch.Generator().manual_seed(seed)
    logits = 10 * torch.randn(2, 3, 4, 4, generator=chance, dtype=torch.float64)
    target = torch.randint(0, 3, (2, 4, 4), generator=chance)
    target[torch.rand(2, 4, 4, generator=chance) < void] = 255
    order = torch.randperm(16, generator=chance)
    for loss in (ops.dice_loss, lambda *a, **k: ops.tversky_loss(*a, alpha, beta, **k)):
        got = loss(logits, target, smooth=smooth).item()
        assert -1e-9 <= got <= 1 + 1e-9
        shuffled = logits.flatten(2)[..., order].unflatten(2, (4, 4))
        same = loss(shuffled, target.flatten(1)[:, order].unflatten(1, (4, 4)), smooth=smooth).item()
        assert same == pytest.approx(got, abs=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_is_that_of_the_definition(loss):
    logits = MAPS[:2].double().requires_grad_()
    target = CLASSES[:2].clone()
    target[0, 0] = 255
    assert torch.autograd.gradcheck(lambda x: loss(x, target), logits)
    assert torch.autograd.gradcheck(lambda x: loss(x, target, per_batch=True, smooth=0), logits)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("logits", "target", "message"),
    [
        (
            torch.zeros(3, 1, 1),
            torch.zeros(3, 1),
            r"must have the logits' shape \(3, 1, 1\), or .*got \(3, 1\)",
        ),
        (
            torch.zeros(1, 2, 2),
            torch.full((1, 2, 2), 3.0),
            r"target must be in 0…1, got 3…3. Class numbers need",
        ),
        (torch.zeros(1, 2, 2), torch.full((1, 2, 2), -1.0), "got -1…-1"),
        (torch.zeros(1, 2, 2), torch.full((1, 2, 2), math.nan), "got nan…nan"),
        (
            torch.zeros(1, 2, 2).int(),
            torch.zeros(1, 2, 2),
            "logits must be floats, got torch.int32. Was argmax",
        ),
        (MAPS, CLASSES.float(), r"must be class numbers \(3, 5, 6\), int64, got torch.float32.*target.long"),
        (MAPS, CLASSES[:2], "target must be class numbers"),
        (MAPS, CLASSES[..., ::2], r"F.interpolate\(logits, size=target.shape\[-2:\]\)"),
        (MAPS, CLASSES[:, None], r"target\[:, 0\]"),
        (MAPS, CLASSES + 2, r"target must be in 0…3, got 2…5"),
        (torch.zeros(4, 6), torch.zeros(4, 6), r"logits must have shape \(N, H, W\)"),
        ({"out": MAPS}, CLASSES, r"logits must be a tensor, got dict.*logits\['out'\]"),
        (MAPS, None, "target must be a tensor, got NoneType"),
    ],
)
def test_what_is_no_pair_of_logits_and_truth_is_refused(loss, logits, target, message):
    with pytest.raises(InputError, match=message):
        loss(logits, target)


@pytest.mark.parametrize(
    ("loss", "options", "message"),
    [
        (ops.dice_loss, {"reduction": "avg"}, "reduction must be one of"),
        (ops.dice_loss, {"smooth": -1}, "smooth must be 0 or more, got -1"),
        (ops.tversky_loss, {"smooth": math.nan}, "smooth must be 0 or more, got nan"),
        (ops.tversky_loss, {"alpha": -0.1}, "alpha and beta must be 0 or more, got -0.1 and 0.7"),
    ],
)
def test_unknown_settings_are_refused(loss, options, message):
    with pytest.raises(InputError, match=message):
        loss(MAPS, CLASSES, **options)
