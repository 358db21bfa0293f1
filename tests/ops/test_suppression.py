import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision import ops as tv

from vislearn import ops
from vislearn.errors import InputError

BOTH = pytest.mark.parametrize("nms", [ops.nms, ops.nms_slow])
FEW = settings(max_examples=40, deadline=None, derandomize=True)
PAIR = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10]])


@st.composite
def scenes(draw):
    """Boxes (N, 4) of small whole numbers, different scores (N,), a threshold."""
    corner, side = st.integers(-20, 20), st.integers(0, 15)
    rows = draw(st.lists(st.tuples(corner, corner, side, side), max_size=12))
    table = torch.tensor(rows, dtype=torch.float64).view(-1, 4)
    scores = draw(st.permutations(range(len(rows))))
    corners = torch.cat([table[:, :2], table[:, :2] + table[:, 2:]], dim=1)
    return (
        corners,
        torch.tensor(scores, dtype=torch.float64),
        draw(st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0])),
    )


@BOTH
def test_of_no_boxes_none_stay(nms):
    kept = nms(torch.zeros(0, 4), torch.zeros(0), 0.5)
    assert (kept.tolist(), kept.dtype) == ([], torch.int64)
    assert ops.batched_nms(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0).long(), 0.5).tolist() == []


@BOTH
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("threshold", [0.0, 0.3, 1 / 3, 0.5, 0.7, 1.0])
def test_the_same_boxes_stay_in_the_same_order_as_in_torchvision(random_boxes, nms, whole, dtype, threshold):
    for seed in range(25):  # whole numbers: ties in scores, IoU exactly at thresholds, boxes without area
        some = random_boxes(seed, 1 + seed, 16, whole=whole, dtype=dtype)
        scores = torch.randint(0, 5, (len(some),), generator=torch.Generator().manual_seed(seed)).to(dtype)
        assert torch.equal(nms(some, scores, threshold), tv.nms(some, scores, threshold))


@pytest.mark.parametrize("high", [1e-3, 1e4, 1e8])
def test_many_boxes_of_any_scale_stay_as_in_torchvision(random_boxes, high):
    some = random_boxes(5, 600, high)
    some[:, 2:] = some[:, :2] + (some[:, 2:] - some[:, :2]) / 5
    scores = torch.rand(600, generator=torch.Generator().manual_seed(1))
    kept = ops.nms(some, scores, 0.4)
    assert 100 < len(kept) < 600
    assert torch.equal(kept, tv.nms(some, scores, 0.4))


@BOTH
def test_equal_scores_keep_their_order(nms):
    far = torch.tensor([[0.0, 0, 1, 1], [5, 0, 6, 1], [9, 0, 10, 1]])
    assert nms(far, torch.tensor([1.0, 2.0, 1.0]), 0.5).tolist() == [1, 0, 2]


@BOTH
def test_a_box_is_dropped_above_the_threshold_not_at_it(nms):
    halves = torch.tensor([[0.0, 0, 4, 2], [0, 0, 2, 2]])
    scores = torch.tensor([1.0, 0.5])
    assert nms(halves, scores, 0.5).tolist() == [0, 1]
    assert nms(halves, scores, 0.499).tolist() == [0]
    # in float32, 3/10 is a little more than 0.3: torchvision compares that with 0.3 in double precision
    tenths = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 3]])
    assert nms(tenths, scores, 0.3).tolist() == [0]
    assert nms(tenths.double(), scores, 0.3).tolist() == [0, 1]


@BOTH
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int64])
def test_number_types_torchvision_refuses_are_welcome(nms, dtype):
    some = torch.tensor([[0, 0, 200, 200], [10, 0, 210, 200], [0, 190, 100, 255]]).to(dtype)
    scores = torch.tensor([0.5, 0.75, 0.25]).to(torch.float16)
    assert nms(some, scores, 0.5).tolist() == tv.nms(some.float(), scores.float(), 0.5).tolist() == [1, 2]


@FEW
@given(scenes())
def test_what_stays_is_a_quiet_subset_that_stays(scene):
    some, scores, threshold = scene
    kept = ops.nms(some, scores, threshold)
    assert torch.equal(kept, ops.nms_slow(some, scores, threshold))
    assert len(set(kept.tolist())) == len(kept)
    assert (scores[kept].diff() < 0).all()
    overlap = ops.box_iou(some[kept], some[kept]).triu(1)
    assert (overlap <= threshold).all()
    again = ops.nms(some[kept], scores[kept], threshold)
    assert again.tolist() == list(range(len(kept)))
    dropped = sorted(set(range(len(some))) - set(kept.tolist()))
    for index in dropped:  # by somebody surer
        surer = kept[scores[kept] > scores[index]]
        assert (ops.box_iou(some[[index]], some[surer]) > threshold).any()


@FEW
@given(scenes(), st.randoms(), st.integers(-30, 30), st.sampled_from([0.5, 4.0]))
def test_order_place_and_scale_do_not_matter(scene, chance, shift, scale):
    some, scores, threshold = scene
    order = list(range(len(some)))
    chance.shuffle(order)
    kept = ops.nms((some[order] + shift) * scale, scores[order] * 2 - 7, threshold)
    assert [order[index] for index in kept.tolist()] == ops.nms(some, scores, threshold).tolist()


def test_classes_are_suppressed_one_by_one(random_boxes):
    for seed in range(40):
        chance = torch.Generator().manual_seed(seed)
        some = random_boxes(seed, 30, 16, whole=True)
        scores, labels = torch.rand(30, generator=chance), torch.randint(0, 4, (30,), generator=chance)
        kept = ops.batched_nms(some, scores, labels, 0.3)
        assert torch.equal(kept, tv.batched_nms(some, scores, labels, 0.3))
        alone = [(labels == label).nonzero()[:, 0] for label in range(4)]
        each = {index for own in alone for index in own[tv.nms(some[own], scores[own], 0.3)].tolist()}
        assert set(kept.tolist()) == each


def test_negative_coordinates_do_not_reach_into_another_class():
    apart = torch.tensor([[0.0, 0, 10, 10], [-11, -11, -1, -1]])
    scores, labels = torch.tensor([0.9, 0.8]), torch.tensor([0, 1])
    assert ops.batched_nms(apart, scores, labels, 0.5).tolist() == [0, 1]
    assert tv.batched_nms(apart, scores, labels, 0.5).tolist() == [0]  # a class' place is max + 1 wide


@pytest.mark.parametrize(
    ("some", "scores", "threshold", "message"),
    [
        (PAIR[0], torch.ones(1), 0.5, r"boxes must have shape \(N, 4\), got \(4,\)"),
        (PAIR[None], torch.ones(1, 2), 0.5, "Take one picture at a time"),
        (PAIR, torch.ones(3), 0.5, r"scores must have shape \(2,\), one per box, got \(3,\)"),
        (PAIR, torch.ones(2, 7), 0.5, r"take one: scores\[:, k\]"),
        (PAIR, torch.tensor([1.0, float("nan")]), 0.5, "scores must be numbers, got nan"),
        (PAIR, torch.ones(2), 50, "iou_threshold must be in 0…1, got 50. A percentage"),
        (PAIR, torch.ones(2), -0.1, "iou_threshold must be in 0…1, got -0.1"),
        (PAIR, torch.ones(2), float("nan"), "iou_threshold must be"),
        (torch.tensor([[40.0, 50, 10, 10]]), torch.ones(1), 0.5, "They may be xywh"),
        (torch.full((1, 4), float("inf")), torch.ones(1), 0.5, "must be finite"),
    ],
)
def test_what_makes_no_sense_is_refused(some, scores, threshold, message):
    for use in (ops.nms, ops.nms_slow):
        with pytest.raises(InputError, match=message):
            use(some, scores, threshold)
    with pytest.raises(InputError, match=message):
        ops.batched_nms(some, scores, torch.zeros(len(scores)).long(), threshold)


def test_infinite_scores_have_an_order():
    assert ops.nms(PAIR, torch.tensor([-float("inf"), float("inf")]), 0.5).tolist() == [1]


@pytest.mark.parametrize("labels", [torch.zeros(3).long(), torch.zeros(2)])
def test_labels_are_one_whole_number_per_box(labels):
    with pytest.raises(InputError, match="labels must be 2 whole numbers"):
        ops.batched_nms(PAIR, torch.ones(2), labels, 0.5)
