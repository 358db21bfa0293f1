import numpy as np
import pytest
import torch
from sklearn.model_selection import train_test_split
from torch.utils.data import Subset, TensorDataset

from vislearn.datasets import split_indices
from vislearn.errors import InputError

LABELS = np.repeat([0, 1, 2], [50, 30, 20])


def shares(part, labels=LABELS):
    return (np.bincount(labels[part], minlength=labels.max() + 1) / len(part)).tolist()


def test_every_position_is_in_one_part():
    parts = split_indices(LABELS, [0.6, 0.2, 0.2])
    assert sorted(index for part in parts for index in part) == list(range(100))
    assert [len(part) for part in parts] == [60, 20, 20]


def test_each_part_has_its_share_of_every_class():
    for part in split_indices(LABELS, [0.6, 0.2, 0.2], seed=3):
        assert shares(part) == pytest.approx([0.5, 0.3, 0.2])


@pytest.mark.parametrize("stratify", [True, False])
def test_two_parts_are_those_of_scikit_learn(stratify):
    kinds = LABELS if stratify else None
    theirs = train_test_split(range(100), test_size=0.25, stratify=kinds, random_state=7)
    ours = split_indices(LABELS, [0.75, 0.25], stratify=stratify, seed=7)
    assert list(ours) == [sorted(part) for part in theirs]


def test_without_strata_classes_fall_as_they_may():
    _, val = split_indices(LABELS, [0.9, 0.1], stratify=False, seed=0)
    assert shares(val) != pytest.approx([0.5, 0.3, 0.2])
    assert len(val) == 10


def test_one_seed_one_split_another_seed_another():
    one, same, other = (split_indices(LABELS, [0.8, 0.2], seed=seed) for seed in (0, 0, 1))
    assert one == same != other
    groups = np.arange(100) // 5
    one, same, other = (
        split_indices(LABELS, [0.8, 0.2], groups=groups, stratify=False, seed=seed) for seed in (0, 0, 1)
    )
    assert one == same != other


@pytest.mark.parametrize("seed", range(5))
def test_no_group_is_in_two_parts_and_parts_are_about_as_large_as_asked(seed):
    labels = np.tile([0, 1], 200)
    groups = np.random.default_rng(seed).integers(0, 30, 400)
    parts = split_indices(labels, [0.7, 0.3], groups=groups, seed=seed)
    assert not set(groups[parts[0]]) & set(groups[parts[1]])
    assert len(parts[1]) == pytest.approx(120, abs=25)
    assert shares(parts[1], labels)[0] == pytest.approx(0.5, abs=0.08)


def test_groups_are_shared_by_pictures_not_by_heads():
    groups = ["film"] * 80 + [f"photo {number}" for number in range(20)]
    for seed in range(5):
        train, _ = split_indices([0] * 100, [0.8, 0.2], groups=groups, stratify=False, seed=seed)
        assert train == list(range(80))


def test_strata_decide_where_groups_go():
    labels = [0] * 40 + [1] * 40
    groups = np.arange(80) // 10  # four groups of each class
    for seed in range(8):
        _, val = split_indices(labels, [0.5, 0.5], groups=groups, seed=seed)
        assert np.bincount(np.array(labels)[val]).tolist() == [20, 20]


@pytest.mark.parametrize("seed", range(8))
def test_a_rare_class_counts_as_much_as_a_common_one(seed):
    labels = [label for group in range(10) for label in [0] * 100 + [1] * (2 if group < 4 else 0)]
    groups = [group for group in range(10) for _ in range(102 if group < 4 else 100)]
    for part in split_indices(labels, [0.5, 0.5], groups=groups, seed=seed):
        assert sum(labels[index] for index in part) == 4


def test_the_parts_make_subsets():
    data = TensorDataset(torch.arange(100))
    train, _ = split_indices(torch.from_numpy(LABELS), [0.8, 0.2])
    assert len(Subset(data, train)) == 80
    assert all(type(index) is int for index in train)


def test_labels_may_be_words_tensors_or_numbers():
    words = np.array(["cat", "dog", "owl"])[LABELS]
    split = split_indices(LABELS, [0.8, 0.2])
    assert split_indices(words, [0.8, 0.2]) == split
    assert split_indices(torch.from_numpy(LABELS), [0.8, 0.2]) == split
    assert split_indices(iter(LABELS.tolist()), [0.8, 0.2]) == split


@pytest.mark.parametrize("fractions", [[0.8, 0.3], [1.0], [1.2, -0.2], [], [0.5, 0.5, 0.0]])
def test_fractions_must_be_shares_of_one(fractions):
    with pytest.raises(InputError, match="fractions must be at least two numbers above 0 that add up to 1"):
        split_indices(LABELS, fractions)


@pytest.mark.parametrize(
    ("labels", "fractions", "more", "sentence"),
    [
        ("aaaab", [0.5, 0.5], {}, "class b must have at least one picture for each of the 2 parts, got 1"),
        ("a", [0.5, 0.5], {}, "labels must be at least one per part, 2, got 1"),
        ("", [0.5, 0.5], {}, "labels must be at least one per part"),
        ("aabbcc" * 3, [0.9, 0.1], {}, "must give each part a picture of every class, got a part of 2"),
        ("ab", [0.1, 0.9], {"stratify": False}, "must leave the first part of 2 pictures one"),
        ("aaaa", [0.5, 0.5], {"groups": [1, 1, 1, 1]}, "groups must be at least one for each of the 2"),
        ("aaaa", [0.5, 0.5], {"groups": [1, 2]}, "groups must be one per label, 4, got 2"),
        (
            "aabbb",
            [0.5, 0.5],
            {"groups": [1, 1, 2, 2, 1]},
            "of every class, of a too, got none. Its groups may",
        ),
        (
            "a" * 3 + "b" * 97,
            [0.9, 0.1],
            {},
            "of every class, of a too, got none. Make it larger; stratify=False",
        ),
        ("a" * 8, [0.99, 0.01], {"groups": list("11112222")}, "part 1 must get a group"),
    ],
)
def test_what_cannot_be_shared_is_told(labels, fractions, more, sentence):
    with pytest.raises(InputError, match=sentence):
        split_indices(labels, fractions, **more)
