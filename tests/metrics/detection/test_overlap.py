import numpy as np
import pytest
import torch
from pycocotools import mask as pycoco

from vislearn.metrics.detection.overlap import grouped_overlaps, table_overlaps
from vislearn.metrics.detection.tables import tabulate


@pytest.mark.parametrize("kind", ["bbox", "segm"])
def test_nothing_overlaps_nothing(kind):
    empty = {"labels": torch.empty(0, dtype=torch.long), "masks": torch.empty(0, 5, 5)}
    one = {"boxes": torch.ones(1, 4), "labels": torch.ones(1, dtype=torch.long), "masks": torch.ones(1, 5, 5)}
    found, true = tabulate([one | {"scores": torch.ones(1)}], [empty | {"boxes": torch.empty(0, 4)}], kind)
    none = torch.empty(0, dtype=torch.long)
    assert table_overlaps(found, true, torch.tensor([0]), none).shape == (1, 0)
    assert table_overlaps(found, true, none, none).shape == (0, 0)


@pytest.mark.parametrize("seed", range(4))
def test_overlaps_of_masks_are_pycocotools(random_masks, seed):
    predictions, targets = random_masks(seed, images=3)
    found, true = tabulate(predictions, targets, "segm")
    for place in range(3):
        rows, columns = ((table.image == place).nonzero().squeeze(1) for table in (found, true))
        if not len(rows) or not len(columns):
            continue
        runs = [
            [pycoco.encode(np.asfortranarray(mask.numpy().astype(np.uint8))) for mask in entry["masks"]]
            for entry in (predictions[place], targets[place])
        ]
        expected = pycoco.iou(*runs, true.crowd[columns].tolist())
        assert table_overlaps(found, true, rows, columns).numpy() == pytest.approx(np.asarray(expected))


@pytest.mark.parametrize("kind", ["bbox", "segm"])
def test_groups_of_any_size_are_padded(random_masks, kind):
    found, true = tabulate(*random_masks(1), kind)
    groups = [
        tuple((table.image == place).nonzero().squeeze(1)[:most] for table in (found, true))
        for place, most in ((0, 2), (1, 4), (2, 1))
    ]

    def padded(parts):
        real = torch.arange(max(map(len, parts))) < torch.tensor(list(map(len, parts)))[:, None]
        table = torch.zeros(real.shape, dtype=torch.long)
        table[real] = torch.cat(parts)
        return table, real

    rows, columns = (padded([group[side] for group in groups]) for side in (0, 1))
    ious = grouped_overlaps(found, true, rows, columns)
    for at, (own, other) in enumerate(groups):
        expected = table_overlaps(found, true, own, other)
        torch.testing.assert_close(ious[at, : len(own), : len(other)], expected)
    assert (ious[~(rows[1][:, :, None] & columns[1][:, None, :])] == -1).all()
