import pytest
import torch

from vislearn.metrics.detection.matching import match, overlaps


def matched(ious, *, crowd=None, ignored=None, threshold=0.5):
    """What each detection of one group finds at one threshold and area range."""
    ious = torch.tensor(ious, dtype=torch.float64)[None]
    none = [False] * ious.shape[-1]
    crowd, ignored = (torch.tensor(flags or none)[None] for flags in (crowd, ignored or crowd))
    return (
        match(ious, crowd, ignored[None], torch.tensor([threshold], dtype=torch.float64)).flatten().tolist()
    )


@pytest.mark.parametrize(
    ("ious", "options", "found"),
    [
        ([[0.4]], {}, [-1]),
        ([[0.5]], {}, [0]),
        ([[0.9], [0.95]], {}, [0, -1]),  # the surer one was first
        ([[0.6, 0.8]], {}, [1]),
        ([[0.7, 0.8], [0.6, 0.9]], {}, [1, 0]),
        ([[0.8, 0.8]], {}, [1]),  # COCO: the last of equal ones
        ([[1 - 1e-11]], {"threshold": 1.0}, [0]),  # rounding must not spoil an IoU of 1
        ([[0.6, 0.9]], {"ignored": [False, True]}, [0]),  # what counts goes first
        ([[0.4, 0.9]], {"ignored": [False, True]}, [1]),
        ([[0.9], [0.9]], {"ignored": [True]}, [0, -1]),
        ([[0.9], [0.9]], {"crowd": [True]}, [0, 0]),  # a crowd is never used up
        ([[-1.0]], {}, [-1]),
    ],
)
def test_rules(ious, options, found):
    assert matched(ious, **options) == found


def test_groups_ranges_and_thresholds_do_not_touch_each_other():
    ious = torch.tensor([[[0.9], [0.6]], [[0.6], [0.9]]])  # two groups
    crowd = torch.zeros(2, 1, dtype=torch.bool)
    found = match(ious, crowd, crowd.expand(3, 2, 1), torch.tensor([0.5, 0.75]))
    assert found.shape == (3, 2, 2, 2)
    assert found[0].tolist() == [[[0, -1], [0, -1]], [[0, -1], [-1, 0]]]
    assert (found == found[0]).all()


def test_overlap_with_a_crowd_counts_the_detection_alone():
    box = torch.tensor([[0.0, 0, 4, 4]])
    objects = torch.tensor([[2.0, 0, 10, 8], [2, 0, 10, 8], [20, 20, 30, 30]])
    assert overlaps(box, objects, torch.tensor([False, True, True]))[0].tolist() == pytest.approx(
        [8 / 72, 0.5, 0]
    )


def test_boxes_without_area_overlap_nothing():
    point = torch.tensor([[3.0, 3, 3, 3]])
    assert overlaps(point, torch.cat([point, point - 3]), torch.tensor([False, True])).tolist() == [[0, 0]]
