import torch
from torch.utils.data import DataLoader, Subset, TensorDataset

from vislearn.models import SmallResNet, detector
from vislearn.traps.data.facts import Facts, base_of


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
