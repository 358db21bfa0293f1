import pytest
import torch
from torchvision import ops as tv

from vislearn import steps, viz
from vislearn.errors import InputError

MAP = torch.rand(3, 12, 16, generator=torch.Generator().manual_seed(0))
BOX = torch.tensor([18.0, 10, 90, 70])
TITLES = ["Box", "RoIPool", "Bins", "Points", "One point", "Means", "RoIAlign"]


def walk(features=MAP, box=BOX, size=(2, 3), ratio=2, **options):
    return {step.title: step for step in steps.roi_align(features, box, size, ratio, **options)}


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("ratio", [-1, 1, 2, 3])
@pytest.mark.parametrize("size", [2, (2, 3), (1, 7)])
def test_the_last_step_is_torchvisions_and_the_means_are_by_hand(aligned, ratio, size):
    walked = walk(size=size, ratio=ratio, spatial_scale=1 / 8, aligned=aligned, channel=2)
    assert list(walked) == TITLES
    expected = tv.roi_align(MAP[None], [BOX[None]], size, 1 / 8, ratio, aligned)
    assert torch.equal(walked["RoIAlign"].value, expected)
    torch.testing.assert_close(walked["Means"].value, expected)
    assert torch.equal(walked["RoIPool"].value, tv.roi_pool(MAP[None], [BOX[None]], size, 1 / 8))
    assert "by hand: the same" in walked["RoIAlign"].note


def test_every_point_lies_in_its_bin_and_means_come_from_them():
    walked = walk(spatial_scale=1 / 8)
    points = walked["Points"].value.view(2, 3, 2, 2, 2)
    bins = walked["Bins"].picture.bins[0]
    for row, (top, bottom) in enumerate(bins.ys):
        for column, (left, right) in enumerate(bins.xs):
            x, y = points[row, column].flatten(0, 1).T
            assert left < x.min() < x.max() < right
            assert top < y.min() < y.max() < bottom
    x, y = points[1, 2].flatten(0, 1).T - 0.5  # by the library's own interpolation
    grid = torch.stack([x / 15, y / 11], dim=-1)[None, None] * 2 - 1
    sampled = torch.nn.functional.grid_sample(MAP[None], grid, align_corners=True)
    torch.testing.assert_close(sampled.mean(dim=(2, 3)), walked["Means"].value[:, :, 1, 2])


def test_the_weights_of_one_point_sum_to_one_and_say_its_value():
    step = walk(spatial_scale=1 / 8)["One point"]
    assert step.value.sum().item() == pytest.approx(1)
    assert len(step.value) == len(step.picture.words) == 4
    x, y = (walk(spatial_scale=1 / 8)["Points"].value[0] - 0.5).tolist()
    across, down = x - int(x), y - int(y)
    expected = [(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across]
    assert step.value.tolist() == pytest.approx(expected)
    cells = MAP[0, int(y) : int(y) + 2, int(x) : int(x) + 2].flatten()
    assert step.note.endswith(f"= {(step.value * cells).sum().item():.3g}.")


def test_the_rounding_of_roi_pool_is_told_in_cells():
    walked = walk(spatial_scale=1 / 8)
    assert "an edge moved by 1.25 cells" in walked["RoIPool"].note  # 2.25, 1.25, 11.25, 8.75 → 2, 1, 12, 10
    rounded, true = walked["RoIPool"].picture.bins
    assert (rounded.xs[0][0], rounded.xs[-1][1], rounded.ys[0][0], rounded.ys[-1][1]) == (2, 12, 1, 10)
    assert (true.xs, true.ys, true.dash) == ([(2.25, 11.25)], [(1.25, 8.75)], (4, 2.5))


def test_without_alignment_torchvision_looks_half_a_cell_further():
    straight, shifted = (walk(spatial_scale=1 / 8, aligned=aligned) for aligned in (True, False))
    torch.testing.assert_close(shifted["Points"].value, straight["Points"].value + 0.5)
    assert shifted["Bins"].picture.bins[0].xs[0][0] == straight["Bins"].picture.bins[0].xs[0][0] + 0.5


@pytest.mark.parametrize("box", [[-4.0, -4, 3, 3], [10.2, 7.5, 40, 40], [3.1, 2.2, 3.4, 2.9]])
@pytest.mark.parametrize("features", [MAP, MAP[0], MAP[:, :1, :1], MAP.double()])
def test_boxes_at_the_edge_can_be_walked_and_drawn(box, features):
    walked = list(steps.roi_align(features, torch.tensor(box), 2, 2))
    assert viz.filmstrip(walked).alt.startswith("7 stages")
    window = walked[0].picture.window
    assert window[0] < window[2]
    assert window[1] < window[3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"features": MAP[None]}, r"features must have shape \(C, H, W\) or \(H, W\).*features\[0\]"),
        ({"box": BOX[None]}, r"box must have shape \(4,\), got \(1, 4\)"),
        ({"box": torch.tensor([50.0, 50, 20, 20])}, "They may be xywh"),
        ({"box": torch.tensor([5.0, 5, 5, 9])}, "box must have width and height above 0"),
        ({"channel": 3}, "channel must be in 0…2, got 3"),
        ({"size": 0}, "output_size must be at least 1"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        walk(**arguments)
