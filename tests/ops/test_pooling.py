import pytest
import torch
from torchvision import ops as tv

from vislearn import ops
from vislearn.errors import InputError
from vislearn.ops.pooling import bin_edges, whole_cells

MAP = torch.rand(2, 3, 9, 11, generator=torch.Generator().manual_seed(0))
BOX = torch.tensor([[1.0, 1, 6, 7]])
ALIGNS = pytest.mark.parametrize("align", [ops.roi_align, ops.roi_align_slow])


def random_case(seed, random_boxes):
    """Features, boxes, and settings: maps down to one cell, boxes half outside, without area, none at all."""
    chance = torch.Generator().manual_seed(seed)
    pick = torch.randint(1, 12, (6,), generator=chance).tolist()
    features = torch.randn(2, 3, pick[0], pick[1], generator=chance)
    some = [random_boxes(seed + at, pick[2 + at] % 4, 30, whole=seed % 2 == 0) - 5 for at in range(2)]
    size = (1 + pick[4] % 4, 1 + pick[5] % 4)
    return features, some, size, [1.0, 0.5, 0.25, 0.3][seed % 4]


@ALIGNS
def test_no_boxes_give_no_grids(align):
    assert align(MAP, [torch.zeros(0, 4)] * 2, 2).shape == (0, 3, 2, 2)
    assert align(MAP, torch.zeros(0, 5), (2, 4)).shape == (0, 3, 2, 4)
    assert align(MAP[:0], [], 2).shape == (0, 3, 2, 2)
    assert ops.roi_pool(MAP, [torch.zeros(0, 4)] * 2, 2).shape == (0, 3, 2, 2)


@ALIGNS
@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("sampling_ratio", [-1, 0, 1, 2, 3])
def test_roi_align_equals_torchvision(random_boxes, align, aligned, sampling_ratio):
    for seed in range(40 if align is ops.roi_align else 12):
        features, some, size, scale = random_case(seed, random_boxes)
        expected = tv.roi_align(features, some, size, scale, sampling_ratio, aligned)
        got = align(features, some, size, scale, sampling_ratio, aligned)
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


def test_roi_pool_equals_torchvision_exactly(random_boxes):
    for seed in range(60):
        features, some, size, scale = random_case(seed, random_boxes)
        assert torch.equal(
            ops.roi_pool(features, some, size, scale), tv.roi_pool(features, some, size, scale)
        )


@pytest.mark.parametrize("pool", [ops.roi_align, ops.roi_align_slow, ops.roi_pool])
def test_double_precision_is_kept(random_boxes, pool):
    features, some = MAP.double(), [random_boxes(at, 2, 10, dtype=torch.float64) for at in range(2)]
    expected = getattr(tv, pool.__name__.removesuffix("_slow"))(features, some, (3, 2), 0.7)
    torch.testing.assert_close(pool(features, some, (3, 2), 0.7), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_averaged_in_float32(dtype):
    features, some = MAP.to(dtype), [BOX, BOX + 1]
    expected = tv.roi_align(features.float(), some, 3, sampling_ratio=2)
    for align in (ops.roi_align, ops.roi_align_slow):
        got = align(features, [each.to(dtype) for each in some], 3, sampling_ratio=2)
        assert got.dtype == dtype
        torch.testing.assert_close(got, expected.to(dtype))
    assert torch.equal(ops.roi_pool(features, some, 3), tv.roi_pool(features.float(), some, 3).to(dtype))


@pytest.mark.parametrize("name", ["roi_align", "roi_pool"])
@pytest.mark.parametrize("order", [[0, 1], [1, 0], [1, 1]])
def test_numbered_boxes_are_those_of_a_list(name, order):
    numbered = torch.tensor([[float(image), *BOX[0].tolist()] for image in order])
    got = getattr(ops, name)(MAP, numbered, 2)
    torch.testing.assert_close(got, getattr(tv, name)(MAP, numbered, 2))
    if order == [0, 1]:
        assert torch.equal(got, getattr(ops, name)(MAP, [BOX, BOX], 2))


@pytest.mark.parametrize("name", ["roi_align", "roi_align_slow", "roi_pool"])
def test_the_gradient_is_torchvisions(name):
    gradients = []
    for library, function in ((ops, name), (tv, name.removesuffix("_slow"))):
        features = MAP.clone().requires_grad_()
        some = [torch.tensor([[0.3, 0.6, 7.2, 8.4], [2, 2, 20, 20]]), BOX]
        getattr(library, function)(features, some, (2, 3), 0.9).square().sum().backward()
        gradients.append(features.grad)
    torch.testing.assert_close(*gradients)
    assert gradients[0].abs().sum() > 0


def test_boxes_get_no_gradient_as_in_torchvision():
    box = BOX.clone().requires_grad_()
    features = MAP[:1].clone().requires_grad_()
    ops.roi_align(features, [box], 2).sum().backward()
    assert box.grad is None


@ALIGNS
def test_a_linear_ramp_is_sampled_without_error_where_pooling_rounds(align):
    ramp = torch.arange(12.0).expand(1, 1, 12, 12)
    box = [torch.tensor([[2.3, 2.3, 7.9, 7.9]])]
    middles = 2.3 + 5.6 * (torch.arange(4) + 0.5) / 4 - 0.5  # a cell's value sits at its middle
    torch.testing.assert_close(align(ramp, box, 4, sampling_ratio=2, aligned=True)[0, 0, 0], middles)
    shift = align(ramp, box, 4, sampling_ratio=2)[0, 0, 0] - middles
    torch.testing.assert_close(shift, torch.full((4,), 0.5))  # aligned=False looks half a cell further
    assert (ops.roi_pool(ramp, box, 4)[0, 0, 0] - middles).abs().max() > 1


@ALIGNS
def test_a_box_without_area_is_zero_or_one_cell(align):
    flat = [torch.tensor([[3.0, 3, 3, 3]])]
    assert align(MAP[:1], flat, 2, aligned=True).abs().sum() == 0
    torch.testing.assert_close(
        align(MAP[:1], flat, 1, sampling_ratio=1), tv.roi_align(MAP[:1], flat, 1, sampling_ratio=1)
    )


@ALIGNS
@pytest.mark.parametrize("far", [1e3, 1e8])
def test_far_outside_there_is_nothing(align, far):
    assert align(MAP[:1], [BOX + far], 2, sampling_ratio=2).abs().sum() == 0


def test_nan_stays_nan_where_torchvision_invents_a_number():
    broken = torch.full((1, 1, 4, 4), float("nan"))
    assert ops.roi_pool(broken, [BOX[:, :4] * 0], 1).isnan().all()
    assert tv.roi_pool(broken, [BOX[:, :4] * 0], 1).item() < -1e38


def test_positions_lie_in_the_middle_of_equal_parts():
    positions, count = ops.sample_positions(torch.tensor([0.0, 1.0]), torch.tensor([4.0, 2.0]), 2)
    assert count.tolist() == [2, 1]
    assert positions[0].tolist() == [[0.5, 1.5], [2.5, 3.5]]
    assert positions[1, :, 0].tolist() == [1.25, 1.75]
    aligned, _count = ops.sample_positions(torch.tensor([0.0]), torch.tensor([4.0]), 2, 1, aligned=True)
    assert aligned.tolist() == [[[0.5], [2.5]]]


def test_bins_of_roi_pool_overlap_and_are_cut_off():
    assert bin_edges(0, 4, 2, 8, torch.float32) == [(0, 3), (2, 5)]
    assert bin_edges(-2, 1, 2, 8, torch.float32) == [(0, 0), (0, 2)]
    assert bin_edges(5, 3, 1, 8, torch.float32) == [(5, 6)]


def test_halves_are_rounded_away_from_zero():
    halves = torch.tensor([0.5, 1.5, 2.5, -0.5, 0.49999997])
    assert whole_cells(halves).tolist() == [1, 2, 3, -1, 0]


@pytest.mark.parametrize("pool", [ops.roi_align, ops.roi_align_slow, ops.roi_pool])
@pytest.mark.parametrize(
    ("features", "some", "size", "scale", "message"),
    [
        (MAP[0], [BOX], 2, 1.0, r"features must be floats of shape \(N, C, H, W\).*One picture"),
        (MAP.int(), [BOX, BOX], 2, 1.0, "features must be floats"),
        (MAP, [BOX], 2, 1.0, r"boxes must be one tensor per picture \(2\), got 1"),
        (MAP, BOX, 2, 1.0, r"\(K, 5\).*Boxes of a single picture\? \[boxes\]"),
        (MAP, [BOX, BOX[0]], 2, 1.0, r"boxes\[1\] must have shape"),
        (MAP, [BOX[None], BOX], 2, 1.0, r"boxes\[0\] must have shape \(L, 4\)"),
        (
            MAP,
            torch.tensor([[2.0, 0, 0, 1, 1]]),
            2,
            1.0,
            r"boxes\[:, 0\] must be numbers of pictures, 0…1, got 2…2",
        ),
        (MAP, torch.tensor([[-1.0, 0, 0, 1, 1]]), 2, 1.0, r"boxes\[:, 0\] must be numbers"),
        (MAP, torch.tensor([[0.5, 0, 0, 1, 1]]), 2, 1.0, r"boxes\[:, 0\] must be numbers"),
        (MAP, [BOX, torch.tensor([[5.0, 5, 2, 2]])], 2, 1.0, r"boxes\[1\] must be xyxy.*They may be xywh"),
        (MAP, torch.tensor([[0.0, 5, 5, 2, 2]]), 2, 1.0, "boxes must be xyxy"),
        (MAP, [BOX, BOX * float("nan")], 2, 1.0, r"boxes\[1\] must be finite"),
        (MAP, [BOX, BOX], 0, 1.0, "output_size must be at least 1 bin each way, got 0"),
        (MAP, [BOX, BOX], (2, 0), 1.0, "output_size must be"),
        (MAP, [BOX, BOX], 2, 0.0, "spatial_scale must be above 0"),
    ],
)
def test_what_does_not_fit_is_refused(pool, features, some, size, scale, message):
    with pytest.raises(InputError, match=message):
        pool(features, some, size, scale)


@ALIGNS
def test_boxes_of_another_scale_are_recognised(align):
    with pytest.raises(InputError, match=r"at most 1000 points per bin, got 4000. Is spatial_scale missing"):
        align(MAP[:1], [torch.tensor([[0.0, 0, 8000, 10]])], 2)
