"""Data sets in small that are right, unless a test says otherwise."""

import pytest

from vislearn.traps.examples import found_in_data

_AROUND = """
class Set(torch.utils.data.Dataset):
    box, label, at = [[2, 2, 9, 9]], torch.tensor([1]), 0
    def __len__(self): return 6
    def __getitem__(self, index):
        self.at = index
        boxes = torch.as_tensor(self.box, dtype=torch.float32)
        return torch.rand(3, 16, 16), {"boxes": boxes, "labels": self.label}
def Plain(): return TensorDataset(torch.rand(8, 3, 8, 8), torch.tensor([0, 1] * 4))
loader, val = DataLoader(Set()), None
%s
found = check(loader, val)
"""


@pytest.fixture
def checked(tmp_path):
    """Run code that ends in ``found = check(…)``: the names of traps found."""
    return lambda code: [one.trap.name for one in found_in_data(code, tmp_path)]


@pytest.fixture
def checked_set(checked):
    """Run code that spoils a set with one object in every picture, and check it: the names of traps found."""
    return lambda code: checked(_AROUND % code)
