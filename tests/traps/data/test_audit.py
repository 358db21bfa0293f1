import pytest
import torch
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset
from torchvision.transforms import v2

from vislearn.traps.data.audit import audit, imbalance

SCALED, HALVES = v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.5])
SET = TensorDataset(torch.rand(8, 1, 4, 4), torch.tensor([0] * 4 + [1] * 4))


class Pictures(Dataset):
    """Of a transform; whoever draws a sample is found out."""

    def __init__(self, *steps, draw=None):
        self.transform = v2.Compose(steps)
        if draw is not None:
            self.chance = draw

    def __len__(self):
        return 8

    def __getitem__(self, index):
        raise AssertionError("a sample was drawn")


def names(*loaders):
    return [one.trap.name for one in audit(*loaders)]


def test_nothing_shows_in_what_is_no_loader():
    assert names(None) == names([]) == names([(1, 2)], [(1, 2)]) == []


def test_right_data_are_silent():
    train, val = Subset(SET, [0, 1, 4, 5]), Subset(SET, [2, 3, 6, 7])
    assert names(DataLoader(train, 2, shuffle=True), DataLoader(val, 2)) == []
    assert names(DataLoader(SET, 2, shuffle=True), DataLoader(SET, 2)) == []  # judged by the same: meant
    right = Pictures(v2.RandomHorizontalFlip(), SCALED, HALVES)
    assert names(DataLoader(right, 2, shuffle=True), DataLoader(Pictures(SCALED, HALVES), 2)) == []


@pytest.mark.parametrize(
    ("train", "val", "name"),
    [
        (Pictures(SCALED, HALVES, HALVES), Pictures(SCALED, HALVES), "two_normalize"),
        (Pictures(v2.ToDtype(torch.float32), HALVES, SCALED), None, "normalized_before_scaling"),
        (Pictures(v2.ToDtype(torch.float32)), None, "not_scaled"),
        (Pictures(SCALED), Pictures(v2.RandomHorizontalFlip(), SCALED), "chance_in_validation"),
        (Pictures(SCALED, HALVES), Pictures(SCALED, v2.Normalize([0.1], [0.3])), "means_differ"),
        (Subset(SET, range(6)), Subset(SET, range(4, 8)), "leakage"),
    ],
)
def test_what_shows_without_a_sample_is_found(train, val, name):
    val_loader = None if val is None else DataLoader(val, 2)
    assert names(DataLoader(train, 2, shuffle=True), val_loader) == [name]


def test_how_a_loader_serves_is_looked_at():
    assert names(DataLoader(SET, 2)) == ["not_shuffled"]
    drawing = Pictures(SCALED, draw=torch.Generator())
    assert names(DataLoader(drawing, 2, shuffle=True, num_workers=1)) == ["shared_generator"]


def test_a_rare_class_is_told_by_itself():
    few = TensorDataset(torch.rand(11, 1, 2, 2), torch.tensor([0] * 10 + [1]))
    assert [one.trap.name for one in imbalance(DataLoader(few, 2, shuffle=True))] == ["imbalance_hidden"]
    assert names(DataLoader(few, 2, shuffle=True)) == []
    assert imbalance(DataLoader(SET, 2)) == []


@pytest.mark.parametrize(("rare", "is_told"), [(1, True), (2, True), (3, False)])
def test_a_class_is_rare_where_another_has_ten_times_as_many_and_no_picture_is_drawn(rare, is_told):
    pictures = Pictures(SCALED)
    pictures.targets = 20 * [0] + rare * [1]
    assert bool(imbalance(DataLoader(pictures, 2, shuffle=True))) == is_told
