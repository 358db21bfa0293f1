from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Subset, TensorDataset
from torchvision.models import ResNet18_Weights
from torchvision.transforms import v2

from vislearn.models import SmallResNet, detector
from vislearn.traps.data.facts import Facts, are_boxes, base_of, files_of


def facts(train=None, val=None, *, model=None, weights=None, samples=4):
    return Facts(train and DataLoader(train), val and DataLoader(val), None, model, weights, samples)


def test_samples_are_spread_and_few():
    data = TensorDataset(torch.rand(40, 3, 4, 4), torch.arange(40))
    assert [index for index, _picture, _target in facts(data).samples] == [0, 10, 20, 30]


def test_what_cannot_be_read_is_left_out():
    class Broken(TensorDataset):
        def __getitem__(self, index):
            if index == 1:
                raise OSError("cut off")
            return super().__getitem__(index)

    assert len(facts(Broken(torch.rand(3, 1), torch.rand(3))).samples) == 2


def test_a_stream_has_no_samples():
    assert Facts([1, 2], None, None, None, None, 4).samples == []


def test_places():
    assert facts([(torch.rand(3, 4, 4), {"boxes": torch.rand(0, 4)})]).has_places
    assert facts([(torch.rand(3, 4, 4), torch.zeros(4, 4))]).has_places
    assert not facts([(torch.rand(3, 4, 4), torch.zeros(2))]).has_places
    assert not facts([(torch.rand(3, 4, 4), 1)]).has_places


def test_a_detector_normalises_inside():
    model = detector("fcos", 1, SmallResNet(2, width=8), channels=32)
    assert facts(model=model).model_constants is not None
    assert facts(model=SmallResNet(2, width=8)).model_constants is None


def test_the_part_of_a_part():
    assert base_of(Subset(Subset("whole", [5, 6, 7]), [0, 2])) == ("whole", [5, 7])
    assert base_of("whole") == ("whole", None)


@pytest.mark.parametrize(
    ("items", "count", "indices"),
    [
        ([], 4, []),
        ([(1, 2)] * 3, 0, []),
        ([(1, 2)] * 3, 4, [0, 1, 2]),
        ([(1, 2)] * 7, 4, [0, 1, 2, 3, 4, 5, 6]),
        ([(1, 2)] * 9, 4, [0, 2, 4, 6, 8]),
        ([[1, 2], (1,), "ab", (1, 2, 3)], 4, [0, 3]),  # a sample is a pair, or more
    ],
)
def test_which_samples_are_drawn(items, count, indices):
    found = Facts(items, None, None, None, None, count).train_samples
    assert [index for index, _picture, _target in found] == indices
    assert all((picture, target) == (1, 2) for _index, picture, target in found)


def test_a_tensor_alone_is_a_picture_without_an_answer():
    picture = torch.rand(3, 2, 2)
    assert Facts([picture], None, None, None, None, 1).samples == [(0, picture, None)]


@pytest.mark.parametrize(
    ("target", "boxes"),
    [
        (torch.rand(2, 4), True),
        (torch.rand(0, 4), True),
        (torch.rand(2, 5), False),
        (torch.rand(4), False),
        (torch.rand(1, 2, 4), False),
        (torch.ones(2, 4, dtype=torch.int64), False),
    ],
)
def test_plain_boxes_are_known_by_their_shape_and_type(target, boxes):
    assert are_boxes(target) is boxes


@pytest.mark.parametrize(
    ("target", "placed"), [({"masks": 1}, True), ({"labels": 1}, False), (torch.rand(1, 2, 2), True)]
)
def test_boxes_or_masks_make_a_place(target, placed):
    assert Facts([(1, target)], None, None, None, None, 1).has_places is placed
    assert Facts(None, [(1, target)], None, None, None, 1).has_places is placed


BYTES = torch.full((3, 2, 2), 255, dtype=torch.uint8)


def fed(items, collate):
    loader = SimpleNamespace(dataset=items, collate_fn=collate)
    return Facts(loader, None, None, None, None, len(items)).train_fed


def as_floats(batch):
    pictures, targets = zip(*batch, strict=True)
    return torch.stack(pictures) / 255, targets


def test_what_a_collate_makes_floats_of_is_looked_at_behind_it():
    found = fed([(BYTES, 7)] * 9, as_floats)
    assert len(found) == 8  # of one batch
    assert [(index, picture.max(), target) for index, picture, target in found[:2]] == [(0, 1, 7), (1, 1, 7)]


def _fails(batch):
    raise KeyError("mask")


@pytest.mark.parametrize(
    "collate",
    [
        _fails,
        lambda batch: (torch.ones(len(batch), 3, 2), [1] * len(batch)),  # no pictures
        lambda batch: (torch.ones(1 + len(batch), 3, 2, 2), [1] * len(batch)),  # more than went in
        lambda batch: (torch.ones(len(batch), 3, 2, 2), [1]),  # fewer answers
        lambda batch: ([BYTES] * len(batch), [1] * len(batch)),
    ],
)
def test_a_collate_that_does_something_else_changes_nothing(collate):
    found = fed([(BYTES, 7)] * 2, collate)
    assert [(index, picture is BYTES, target) for index, picture, target in found] == [
        (0, True, 7),
        (1, True, 7),
    ]


def test_floats_are_not_collated():
    picture = torch.rand(3, 2, 2)
    assert fed([(picture, 7)], as_floats) == [(0, picture, 7)]


def test_each_chain_has_its_name(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    data = SimpleNamespace(transform=v2.Compose([v2.ToImage()]), __getitem__=None)
    made = Facts(data, data, v2.Compose([v2.Resize(8)]), None, ResNet18_Weights.DEFAULT, 0)
    names = [(name, len(steps)) for name, steps in made.chains]
    assert [name for name, _count in names] == [
        "The training's transform",
        "The validation's transform",
        "The transform",
    ]
    assert all(count > 0 for _name, count in names)
    assert made.weight_constants == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert [name for name, _steps in Facts(data, None, None, None, None, 0).chains] == [names[0][0]]
    assert facts(weights=object()).weight_constants is None


def test_the_parts_of_a_model_that_normalises():
    both = SimpleNamespace(transform=SimpleNamespace(image_mean=[0.5], image_std=[0.25]))
    assert facts(model=both).model_constants == ((0.5,), (0.25,))
    del both.transform.image_std
    assert facts(model=both).model_constants is None


@pytest.fixture
def photos(tmp_path):
    paths = [tmp_path / name for name in ("a.jpg", "b.PNG", "c.txt")]
    for path in paths:
        Image.new("RGB", (2, 2)).save(path, format="PNG")
    return paths


class Listed(list):
    """Samples, with what a data set keeps of them."""

    def __init__(self, size, **kept):
        super().__init__(range(size))
        vars(self).update(kept)


def test_the_pictures_of_a_set_are_found_where_it_keeps_a_path_for_each(photos, tmp_path):
    a, b, text = photos
    assert files_of(Listed(2, samples=[(str(a), 0), (b, 1)])) == [a, b]
    assert files_of(Listed(2, samples=[(1, 0)], paths=[str(a), b])) == [a, b]
    assert files_of(Subset(Listed(2, paths=[str(a), b]), [1])) == [b]
    assert files_of(Listed(2, paths=(a, b))) == [a, b]
    for kept in (
        {"paths": [a]},  # not one for each
        {"paths": [a, text]},
        {"paths": [a, tmp_path / "none.jpg"]},
        {"paths": [a, 3]},
        {"paths": {a, b}},
        {"mask_files": [a, b]},
        {"labels": [a, b]},
        {"target_paths": [a, b]},
        {"annotations": [a, b]},
    ):
        assert files_of(Listed(2, **kept)) == []
        assert files_of(Subset(Listed(2, **kept), [0])) == []
    assert files_of(Listed(0, paths=[])) == []
    assert files_of(object()) == []
