import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F
from torchvision import ops as tv
from torchvision import tv_tensors

from vislearn import ops
from vislearn.errors import InputError

CHANCE = torch.Generator().manual_seed(0)
MAPS = 3 * torch.randn(3, 4, 5, 6, generator=CHANCE, dtype=torch.float64)
CLASSES = torch.randint(0, 4, (3, 5, 6), generator=CHANCE)
CLASSES[0, :2] = 255
WEIGHT = [0.1, 1.0, 2.0, 0.5]
LOSSES = [ops.pixel_cross_entropy, ops.pixel_bce, ops.pixel_focal]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", [(2, 4, 5, 5), (0, 4, 5, 5), (2, 4, 0, 5)])
def test_nothing_known_or_nothing_there_is_zero_and_so_is_its_gradient(loss, shape):
    logits = torch.randn(shape, generator=CHANCE).requires_grad_()
    got = loss(logits, torch.full((shape[0], *shape[2:]), 255, dtype=torch.uint8))
    got.backward()
    assert got.item() == 0
    assert torch.equal(logits.grad, torch.zeros(shape))


def test_torch_gives_nan_there():
    logits, unknown = torch.randn(1, 3, 2, 2, generator=CHANCE), torch.full((1, 2, 2), 255)
    assert F.cross_entropy(logits, unknown, ignore_index=255).isnan()


@pytest.mark.parametrize("loss", [ops.pixel_cross_entropy, ops.pixel_focal])
def test_classes_without_weight_alone_are_zero_too(loss):
    logits = MAPS.clone().requires_grad_()
    got = loss(logits, torch.zeros_like(CLASSES), weight=[0.0, 1, 1, 1])
    got.backward()
    assert got.item() == 0
    assert not logits.grad.any()


def known_pixels():
    for n, y, x in (CLASSES != 255).nonzero().tolist():
        yield (
            MAPS[n, :, y, x].softmax(0).tolist(),
            MAPS[n, :, y, x].sigmoid().tolist(),
            CLASSES[n, y, x].item(),
        )


@pytest.mark.parametrize("weight", [None, WEIGHT, torch.tensor(WEIGHT)])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_cross_entropy_and_focal_are_their_definitions(weight, gamma):
    weights = [1.0] * 4 if weight is None else WEIGHT
    above = sum(-weights[k] * (1 - p[k]) ** gamma * math.log(p[k]) for p, _, k in known_pixels())
    expected = above / sum(weights[k] for *_, k in known_pixels())
    focal = ops.pixel_focal(MAPS, CLASSES, gamma=gamma, weight=weight)
    assert focal.item() == pytest.approx(expected)
    if gamma == 0:
        assert ops.pixel_cross_entropy(MAPS, CLASSES, weight=weight).item() == pytest.approx(expected)


@pytest.mark.parametrize("boost", [None, 3.0, WEIGHT])
def test_bce_is_its_definition(boost):
    weights = WEIGHT if isinstance(boost, list) else [boost or 1.0] * 4
    each = [
        -weights[k] * math.log(q[k]) if k == true else -math.log(1 - q[k])
        for _, q, true in known_pixels()
        for k in range(4)
    ]
    got = ops.pixel_bce(MAPS, CLASSES, pos_weight=boost)
    assert got.item() == pytest.approx(sum(each) / len(each))


@pytest.mark.parametrize("weight", [None, torch.tensor(WEIGHT, dtype=torch.float64)])
def test_where_something_is_known_it_is_torchs(weight):
    results = []
    for loss in (ops.pixel_cross_entropy, F.cross_entropy):
        logits = MAPS.clone().requires_grad_()
        got = loss(logits, CLASSES, weight=weight, ignore_index=255)
        got.backward()
        results.append((got.detach(), logits.grad))
    torch.testing.assert_close(*results)


def test_one_logit_per_pixel_is_two_classes():
    logits, truth = MAPS[:, :1], CLASSES.clamp(max=1).masked_fill(CLASSES == 255, 255)
    known = truth != 255
    pair = logits[:, 0][known], truth[known].double()
    bce = F.binary_cross_entropy_with_logits(*pair)
    for form in (logits, logits[:, 0]):
        torch.testing.assert_close(ops.pixel_bce(form, truth), bce)
    focal = tv.sigmoid_focal_loss(*pair, alpha=-1, reduction="mean")
    torch.testing.assert_close(ops.pixel_focal(logits, truth), focal)
    weighted = tv.sigmoid_focal_loss(*pair, alpha=0.25, reduction="sum")
    share = torch.where(truth[known] == 1, 0.25, 0.75).sum().double()
    torch.testing.assert_close(ops.pixel_focal(logits, truth, weight=[0.75, 0.25]), weighted / share)


def test_bce_of_classes_that_do_not_exclude_each_other():
    truth = (MAPS > 1).double()
    torch.testing.assert_close(ops.pixel_bce(MAPS, truth), F.binary_cross_entropy_with_logits(MAPS, truth))
    soft = torch.rand(MAPS.shape, generator=CHANCE, dtype=torch.float64)
    torch.testing.assert_close(ops.pixel_bce(MAPS, soft), F.binary_cross_entropy_with_logits(MAPS, soft))


@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_is_that_of_the_definition(loss):
    assert torch.autograd.gradcheck(lambda x: loss(x, CLASSES[:2]), MAPS[:2].clone().requires_grad_())


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_a_pixel_that_is_surely_right_has_a_finite_gradient(gamma):
    logits = torch.tensor([200.0, -200.0]).reshape(1, 2, 1, 1).requires_grad_()
    ops.pixel_focal(logits, torch.zeros(1, 1, 1, dtype=torch.long), gamma=gamma).backward()
    assert not logits.grad.any()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_added_up_in_full(loss, dtype):
    logits = torch.zeros(1, 2, 400, 400, dtype=dtype)
    target = torch.ones(1, 400, 400, dtype=torch.long)
    expected = loss(logits.float(), target).item()
    assert loss(logits, target).item() == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("loss", LOSSES)
def test_masks_of_any_kind_are_truths(loss):
    expected = loss(MAPS, CLASSES)
    for target in (CLASSES.to(torch.uint8), CLASSES.int(), tv_tensors.Mask(CLASSES)):
        got = loss(MAPS, target)
        assert type(got) is torch.Tensor
        torch.testing.assert_close(got, expected)
    moved = CLASSES.masked_fill(CLASSES == 255, -100)
    torch.testing.assert_close(loss(MAPS, moved, ignore_index=-100), expected)


@pytest.mark.parametrize("loss", LOSSES)
def test_nan_is_passed_on(loss):
    assert loss(MAPS * math.nan, CLASSES).isnan()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 1), st.sampled_from([0.1, 3.0, 300.0]))
def test_losses_are_not_below_zero_and_ask_only_what_is_known(seed, void, size):
    chance = torch.Generator().manual_seed(seed)
    logits = size * torch.randn(2, 3, 4, 4, generator=chance, dtype=torch.float64)
    target = torch.randint(0, 3, (2, 4, 4), generator=chance)
    target[torch.rand(2, 4, 4, generator=chance) < void] = 255
    other = torch.where((target == 255)[:, None], -logits, logits)
    order = torch.randperm(16, generator=chance)
    shuffled = logits.flatten(2)[..., order].unflatten(2, (4, 4))
    for loss in LOSSES:
        got = loss(logits, target).item()
        assert 0 <= got < math.inf
        assert loss(other, target).item() == pytest.approx(got)
        assert loss(shuffled, target.flatten(1)[:, order].unflatten(1, (4, 4))).item() == pytest.approx(got)
    assert ops.pixel_focal(logits, target) <= ops.pixel_cross_entropy(logits, target)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("logits", "target", "message"),
    [
        ({"out": MAPS}, CLASSES, r"logits must be a tensor, got dict.*logits\['out'\]"),
        (MAPS.long(), CLASSES, "logits must be floats, got torch.int64. Was argmax taken already"),
        (MAPS, CLASSES.tolist(), "target must be a tensor, got list"),
        (MAPS, CLASSES.float(), "target must be class numbers .*Whole numbers kept as floats: target.long"),
        (MAPS, CLASSES[:, None], r"target\[:, 0\]"),
        (MAPS, CLASSES[..., ::2], r"F.interpolate\(logits, size=target.shape\[-2:\]\)"),
        (MAPS, CLASSES.clamp(max=7), "target must be in 0…3, got 0…7. Pixels that nobody knows"),
        (MAPS, CLASSES.clamp(max=3) - 1, "target must be in 0…3, got -1…2"),
        (MAPS[0, 0], CLASSES[0], "logits must have shape"),
    ],
)
def test_what_is_no_pair_of_logits_and_truth_is_refused(loss, logits, target, message):
    with pytest.raises(InputError, match=message):
        loss(logits, target)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ops.pixel_cross_entropy(MAPS[:, :1], CLASSES),
            "two classes or more, .* One logit per pixel",
        ),
        (lambda: ops.pixel_cross_entropy(MAPS[:, 0], CLASSES), "two classes or more"),
        (
            lambda: ops.pixel_cross_entropy(MAPS, F.one_hot(CLASSES.clamp(max=3)).movedim(-1, 1)),
            r"One-hot becomes class numbers by target.argmax\(1\)",
        ),
        (
            lambda: ops.pixel_cross_entropy(MAPS, CLASSES, weight=[1.0]),
            "weight must be 4 numbers, one per class",
        ),
        (lambda: ops.pixel_focal(MAPS, CLASSES, weight="big"), "weight must be 4 numbers.*'big'"),
        (lambda: ops.pixel_focal(MAPS, CLASSES, weight=[-1.0, 1, 1, 1]), "weight must be finite, 0 or more"),
        (lambda: ops.pixel_focal(MAPS, CLASSES, gamma=-1), "gamma must be 0 or more, got -1"),
        (lambda: ops.pixel_bce(MAPS, CLASSES, pos_weight=[1.0, 2.0]), "pos_weight must be 4 numbers"),
        (lambda: ops.pixel_bce(MAPS, CLASSES, pos_weight=math.nan), "pos_weight must be finite"),
        (
            lambda: ops.pixel_bce(MAPS[:, 0], CLASSES),
            "target must be in 0…1, got 0…3. Class numbers need one plane",
        ),
        (lambda: ops.pixel_bce(MAPS, MAPS[:2]), "or be class numbers"),
    ],
)
def test_unknown_settings_are_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
