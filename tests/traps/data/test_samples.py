"""Broken otherwise than in the examples, and right otherwise."""

import pytest

BROKEN = {
    "one class of two is 0": (
        "labels_from_zero",
        """
Set.label = torch.tensor([1, 0])
Set.box = [[1, 1, 5, 5], [2, 2, 8, 8]]
""",
    ),
    "numbers of another type": ("labels_from_zero", "Set.label = torch.tensor([0], dtype=torch.int64)"),
    "only one sample": (
        "labels_from_zero",
        "Set.label = property(lambda self: torch.tensor([int(self.at != 3)]))",
    ),
    "width and height": ("wrong_boxes", "Set.box = [[9, 9, 4, 4]]"),
    "beyond the picture": ("wrong_boxes", "Set.box = [[9, 9, 40, 12]]"),
    "no width": ("wrong_boxes", "Set.box = [[9, 9, 9, 12]]"),
    "in 0..1 and inverted": ("wrong_boxes", "Set.box = [[0.5, 0.5, 0.2, 0.2]]"),
    "nothing anywhere": ("no_objects", "Set.box, Set.label = torch.zeros(0, 4), torch.zeros(0).long()"),
    "nothing where is looked": (
        "no_objects",
        """
Set.box, Set.label = torch.zeros(0, 4), torch.zeros(0).long()
loader = DataLoader(Subset(Set(), [1]))
""",
    ),
    "nothing to judge by": (
        "no_objects",
        """
Set.box, Set.label = torch.zeros(0, 4), torch.zeros(0).long()
loader = None
val = DataLoader(Set())
""",
    ),
    "from NumPy": ("channels_last", "loader = DataLoader([(np.zeros((9, 16, 3), np.float32), 0)] * 3)"),
    "gray, last": ("channels_last", "loader = DataLoader([(torch.rand(16, 16, 1), 0)] * 3)"),
    "four, last, to judge by": (
        "channels_last",
        "loader, val = None, DataLoader([(torch.rand(8, 8, 4), 0)] * 3)",
    ),
    "a larger mask": (
        "masks_left_behind",
        "loader = DataLoader([(torch.rand(3, 8, 8), torch.ones(1, 9, 9))] * 3)",
    ),
    "masks of objects": (
        "masks_left_behind",
        "loader = DataLoader([(torch.rand(3, 8, 8), {'masks': torch.ones(2, 16, 16)})] * 3)",
    ),
    "turned": ("masks_left_behind", "loader = DataLoader([(torch.rand(3, 8, 6), torch.ones(6, 8))] * 3)"),
}

RIGHT = {
    "all is well": "",
    "some pictures without objects": """
Set.label = property(lambda self: torch.ones(self.at % 2).long())
Set.box = property(lambda self: torch.tensor([[1.0, 1, 5, 5]])[: self.at % 2])
""",
    "pictures of three lines": "loader = DataLoader([(torch.rand(3, 40, 3), 0)] * 3)",
    "boxes as a tensor": "loader = DataLoader([(torch.rand(3, 8, 8), torch.rand(2, 4))] * 3)",
    "a soft label": "loader = DataLoader([(torch.rand(3, 8, 8), torch.rand(5))] * 3)",
    "pairs": "loader = DataLoader([(torch.rand(3, 8, 8), torch.rand(3, 8, 8))] * 3)",
    "a stream": """
class Stream(torch.utils.data.IterableDataset):
    def __iter__(self): return iter([1])
loader = DataLoader(Stream())
""",
    "nothing labelled": "loader = DataLoader(torch.rand(4, 3, 8, 8))",
}


@pytest.mark.parametrize(("trap", "code"), BROKEN.values(), ids=BROKEN)
def test_it_is_found(trap, code, checked_set):
    assert checked_set(code) == [trap]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(code, checked_set):
    assert checked_set(code) == []
