from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.errors import FileError
from vislearn.training.in_memory.pictures import (
    Batches,
    Pictures,
    Variation,
    cut_mixed,
    read_tree,
    shifted,
)
from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD


def pictures(count, side=8):
    torch.manual_seed(0)
    pixels = torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8)
    return Pictures(pixels, torch.arange(count), ("a", "b"))


@pytest.mark.parametrize(
    ("count", "learning", "batches"), [(0, True, 0), (0, False, 0), (3, True, 0), (9, True, 2), (9, False, 3)]
)
def test_learning_leaves_out_what_fills_no_batch_and_measuring_does_not(count, learning, batches):
    loader = Batches(pictures(count), 4, Variation() if learning else None)
    labels = [label for _, batch in loader for label in batch.tolist()]
    assert len(loader) == batches == len(list(loader))
    assert len(set(labels)) == len(labels) == (4 * batches if learning else count)


def test_measuring_sees_every_picture_in_order_normalised():
    given = pictures(5)
    images = torch.cat([images for images, _ in Batches(given, 2)])
    mean, std = (torch.tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    torch.testing.assert_close(images, (given.pixels / 255 - mean) / std)


def test_the_seed_decides_and_every_pass_differs():
    def passes(seed):
        loader = Batches(pictures(8), 8, Variation(shift=2), seed=seed)
        return [next(iter(loader))[0] for _ in range(2)]

    (first, second), again, other = passes(0), passes(0), passes(1)
    assert torch.equal(first, again[0])
    assert torch.equal(second, again[1])
    assert not torch.equal(first, second)
    assert not torch.equal(first, other[0])


def test_in_two_passes_every_picture_is_seen_from_both_sides():
    given = pictures(16)
    loader = Batches(given, 16, Variation(shift=0, mirror=True))
    plain = next(iter(Batches(given, 16)))[0]
    seen = torch.zeros(2, 16, dtype=torch.bool)
    for epoch in range(2):
        loader.set_epoch(epoch)
        images, labels = next(iter(loader))
        for image, label in zip(images, labels.tolist(), strict=True):
            turned = torch.equal(image, plain[label].flip(2))
            assert turned or torch.equal(image, plain[label])
            seen[epoch, label] = turned
    assert torch.equal(seen[0], ~seen[1])
    assert 0 < seen[0].sum() < 16


def test_without_mirroring_nothing_is_turned():
    given = pictures(8)
    images, labels = next(iter(Batches(given, 8, Variation(shift=0))))
    plain = next(iter(Batches(given, 8)))[0]
    assert torch.equal(images, plain[labels])


@pytest.mark.parametrize(("share", "fewest", "most"), [(0.0, 0, 0), (0.5, 400, 600), (1.0, 990, 1000)])
def test_windows_of_the_picture_before_and_labels_in_proportion(share, fewest, most):
    images = torch.arange(1000.0)[:, None, None, None].expand(1000, 3, 8, 10)
    shares = torch.eye(1000)
    mixed, labels = cut_mixed(images, shares, share, torch.Generator().manual_seed(0))
    changed = mixed != images
    assert torch.equal(changed.all(dim=1), changed.any(dim=1))  # in all channels alike
    for index, mask in enumerate(changed[:, 0]):
        rows, columns = mask.any(dim=1).nonzero().flatten(), mask.any(dim=0).nonzero().flatten()
        assert mask.sum() == len(rows) * len(columns)  # a rectangle
        assert set(mixed[index][:, mask].flatten().tolist()) <= {float((index - 1) % 1000)}
        taken = len(rows) * len(columns) / 80
        assert labels[index, index - 1].item() == pytest.approx(taken)
        assert labels[index, index].item() == pytest.approx(1 - taken)
    torch.testing.assert_close(labels.sum(dim=1), torch.ones(1000))
    assert fewest <= changed.flatten(1).any(dim=1).sum() <= most


def test_windows_have_every_size_and_reach_every_pixel():
    count = 4000
    images = torch.arange(float(count))[:, None, None, None].expand(count, 1, 8, 8)
    mixed, _ = cut_mixed(images, torch.zeros(count, 2), 1.0, torch.Generator().manual_seed(0))
    window = mixed[:, 0] != images[:, 0]
    reached = window.float().mean(dim=0)
    assert reached.min() > 0.1
    torch.testing.assert_close(reached, reached.flip(0), atol=0.05, rtol=0)
    torch.testing.assert_close(reached, reached.T, atol=0.05, rtol=0)
    areas = window.sum(dim=(1, 2))
    assert areas.min() <= 1
    assert areas.max() >= 56


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_pictures_are_mixed_where_the_variation_asks(share):
    given = pictures(8)
    given = replace(given, labels=given.labels % 2)
    plain = next(iter(Batches(given, 8)))[0]
    images, labels = next(iter(Batches(given, 8, Variation(shift=0, mixed_share=share))))
    if share:
        assert labels.shape == (8, 2)
        torch.testing.assert_close(labels.sum(dim=1), torch.ones(8))
    else:
        assert sorted(labels.tolist()) == [0] * 4 + [1] * 4
    found = (images[:, None] == plain[None]).flatten(2).all(dim=2).any(dim=1)
    assert found.all() == (share == 0)


def test_a_shift_moves_whole_pictures_and_mirrors_the_border():
    ramp = torch.arange(6.0).expand(200, 1, 6, 6)
    moved = shifted(ramp, torch.zeros(200, dtype=torch.bool), 2, torch.Generator().manual_seed(0))
    rows = {tuple(row) for row in moved[:, 0, 0].int().tolist()}
    assert rows == {
        (2, 1, 0, 1, 2, 3),
        (1, 0, 1, 2, 3, 4),
        (0, 1, 2, 3, 4, 5),
        (1, 2, 3, 4, 5, 4),
        (2, 3, 4, 5, 4, 3),
    }


def test_columns_and_rows_move_independently():
    moved = shifted(
        torch.arange(36.0).view(1, 1, 6, 6).expand(300, 1, 6, 6),
        torch.zeros(300, dtype=torch.bool),
        1,
        torch.Generator().manual_seed(0),
    )
    assert len({tuple(picture.flatten().tolist()) for picture in moved}) == 9


def folder(root, classes, side=32):
    for number, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        Image.new("RGB", (side, side), (50 * number, 0, 0)).save(root / name / "0.png")


@pytest.mark.parametrize("side", [32, 40])
def test_a_tree_becomes_pixels_of_one_size(tmp_path, side):
    folder(tmp_path, ["cat", "dog", "owl"], side)
    found = read_tree(tmp_path, 32)
    assert found.classes == ("cat", "dog", "owl")
    assert found.labels.tolist() == [0, 1, 2]
    assert found.pixels.shape == (3, 3, 32, 32)
    assert np.array_equal(found.pixels[:, 0, 5, 5], [0, 50, 100])


def test_a_single_class_is_refused(tmp_path):
    folder(tmp_path, ["cat"])
    with pytest.raises(FileError, match="holds a single class"):
        read_tree(tmp_path, 32)
