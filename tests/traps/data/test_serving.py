"""Broken otherwise than in the examples, and right otherwise."""

import pytest
import torch
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset

from vislearn import traps

BROKEN = {
    "a part of the folder": (
        "damaged_files",
        "loader = DataLoader(Subset(folder(damaged=True), [0, 1, 2, 3]), shuffle=True)",
    ),
    "to judge by": ("damaged_files", "loader, val = None, DataLoader(folder(damaged=True))"),
    "read by vislearn": (
        "damaged_files",
        """
import vislearn
root = folder(damaged=True).root
loader = DataLoader(vislearn.datasets.image_folder(root), shuffle=True)
""",
    ),
    "turned, a part": (
        "exif_ignored",
        "loader = DataLoader(Subset(folder(turned=True), [2, 3]), shuffle=True)",
    ),
    "turned, to judge by": ("exif_ignored", "loader, val = None, DataLoader(folder(turned=True))"),
    "turned, in two folders": (
        "exif_ignored",
        "loader = DataLoader(Subset(folder(turned=True), range(4)), 2, shuffle=True)",
    ),
    "a folder in order": ("not_shuffled", "loader = DataLoader(folder(), 2)"),
    "a part in order": (
        "not_shuffled",
        """
whole = TensorDataset(torch.rand(9, 3, 8, 8), torch.arange(9) // 3)
loader = DataLoader(Subset(whole, range(8)))
""",
    ),
    "a sampler in order": (
        "not_shuffled",
        """
whole = folder()
loader = DataLoader(whole, sampler=torch.utils.data.SequentialSampler(whole))
""",
    ),
    "a part of a balanced set": (
        "imbalance_hidden",
        """
whole = TensorDataset(torch.rand(40, 3, 8, 8), torch.arange(40) // 20)
loader = DataLoader(Subset(whole, range(22)), shuffle=True)
""",
    ),
    "three classes": (
        "imbalance_hidden",
        """
whole = TensorDataset(torch.rand(33, 3, 8, 8), torch.tensor([0] * 16 + [1] * 16 + [2]))
loader = DataLoader(whole, shuffle=True)
""",
    ),
    "targets in a list": (
        "imbalance_hidden",
        """
whole = Pictures(v2.PILToTensor())
whole.targets = [1] * 80 + [0] * 8
loader = DataLoader(whole, shuffle=True)
""",
    ),
    "one set for both": (
        "leakage",
        """
whole = Plain()
loader, val = DataLoader(whole, shuffle=True), DataLoader(whole)
""",
    ),
    "parts that samplers draw, and share": (
        "leakage",
        """
whole, drawn = Plain(), torch.utils.data.SubsetRandomSampler
loader, val = DataLoader(whole, sampler=drawn(range(6))), DataLoader(whole, sampler=drawn([5, 6, 7]))
""",
    ),
    "the whole, and a part": (
        "leakage",
        """
whole = Plain()
loader, val = DataLoader(whole, shuffle=True), DataLoader(Subset(whole, [1]))
""",
    ),
    "files copied": (
        "leakage",
        """
import shutil
whole = folder()
shutil.copytree(whole.root, whole.root.parent / 'val')
other = torchvision.datasets.ImageFolder(whole.root.parent / 'val', whole.transform)
loader, val = DataLoader(whole, shuffle=True), DataLoader(other)
""",
    ),
    "saved anew": (
        "near_copies",
        "loader, val = DataLoader(folder(), shuffle=True), DataLoader(folder(where='val', copied=True))",
    ),
    "mirrored": (
        "near_copies",
        """
val_set = folder(where='val')
for path, (other, _label) in zip([one[0] for one in val_set.samples], folder().samples, strict=True):
    Image.open(other).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(path, quality=95)
loader, val = DataLoader(folder(), shuffle=True), DataLoader(val_set)
""",
    ),
    "a set of one's own": (
        "near_copies",
        """
class Files(Dataset):
    def __init__(self, whole): self.paths = [path for path, _label in whole.samples]
    def __len__(self): return 4
    def __getitem__(self, index): return v2.functional.pil_to_tensor(Image.open(self.paths[index])), index % 2
loader = DataLoader(Files(folder()), shuffle=True)
val = DataLoader(Files(folder(where='val', copied=True)))
""",
    ),
    "in a transform": (
        "shared_generator",
        """
class Noise:
    def __init__(self): self.chance = np.random.default_rng(0)
    def __call__(self, picture): return picture + self.chance.normal(size=picture.shape)
chain = v1.Compose([v1.ToTensor(), Noise()])
loader = DataLoader(Pictures(chain), num_workers=2, shuffle=True)
""",
    ),
    "in order, and judged by chance": (
        "not_shuffled",
        """
whole = TensorDataset(torch.rand(9, 3, 8, 8), torch.arange(9) % 3)
loader, val = DataLoader(Subset(whole, range(6))), DataLoader(Subset(whole, [6, 7, 8]), shuffle=True)
""",
    ),
    "NumPy's": (
        "shared_generator",
        "loader = DataLoader(Drawing(np.random.default_rng(0)), num_workers=2, shuffle=True)",
    ),
    "Python's": (
        "shared_generator",
        "loader = DataLoader(Drawing(random.Random(0)), num_workers=1, shuffle=True)",
    ),
    "in a part": (
        "shared_generator",
        """
loader = DataLoader(Subset(Drawing(np.random.RandomState(0)), [1, 2]), num_workers=2, shuffle=True)
""",
    ),
}

ORDERED = """
class Seen(Dataset):
    kinds = {}
    def __len__(self): return len(self.kinds)
    def __getitem__(self, at):
        boxes = torch.tensor([[2.0, 2, 9, 9]])
        return torch.rand(3, 16, 16), {}
loader = DataLoader(Seen())
"""
BROKEN |= {
    "objects of one class after the other": (
        "not_shuffled",
        ORDERED.format([1] * 5 + [2] * 5, '{"boxes": boxes, "labels": torch.tensor([self.kinds[at]])}'),
    ),
    "labels as a set gives them": ("not_shuffled", ORDERED.format([4] * 5 + [0] * 5, "self.kinds[at]")),
    "two folders, one after the other": (
        "not_shuffled",
        "loader = DataLoader(torch.utils.data.ConcatDataset([folder(), folder(where='more')]))",
    ),
}

RIGHT = {
    "parts that samplers draw": """
whole, drawn = Plain(), torch.utils.data.SubsetRandomSampler
loader, val = DataLoader(whole, sampler=drawn(range(6))), DataLoader(whole, sampler=drawn([6, 7]))
""",
    "parts of a part that samplers draw": """
whole, drawn = Subset(Plain(), [7, 5, 3, 1]), torch.utils.data.SubsetRandomSampler
loader, val = DataLoader(whole, sampler=drawn([0, 1])), DataLoader(whole, sampler=drawn([2, 3]))
""",
    "labels in no order": ORDERED.format([1, 2] * 5, "self.kinds[at]"),
    "each of another kind": ORDERED.format(list(range(10)), "self.kinds[at]"),
    "answers that are numbers": ORDERED.format([1] * 5 + [2] * 5, "torch.tensor(self.kinds[at] / 2)"),
    "few of them": ORDERED.format([1] * 3 + [2] * 3, "self.kinds[at]"),
    "weighted": """
whole = TensorDataset(torch.rand(22, 3, 8, 8), torch.tensor([0] * 20 + [1] * 2))
loader = DataLoader(whole, sampler=torch.utils.data.WeightedRandomSampler([1.0] * 22, 22))
""",
    "mixed once, then in order": """
whole = TensorDataset(torch.rand(9, 3, 8, 8), torch.arange(9) % 3)
loader = DataLoader(whole)
""",
    "validation in order": "loader, val = None, DataLoader(folder())",
    "two parts": """
whole = Plain()
loader, val = DataLoader(Subset(whole, [0, 2]), shuffle=True), DataLoader(Subset(whole, [1, 3]))
""",
    "a generator, seeded anew": "loader = DataLoader(Drawing(), num_workers=2, worker_init_fn=print)",
    "a generator without workers": "loader = DataLoader(Drawing(), shuffle=True)",
    "turned, and turned back": """
import vislearn
root = folder(turned=True).root
loader = DataLoader(vislearn.datasets.image_folder(root), shuffle=True)
""",
    "a list of batches": "loader = [(torch.rand(2, 3, 8, 8), torch.tensor([0, 1]))]",
}


@pytest.mark.parametrize(("trap", "code"), BROKEN.values(), ids=BROKEN)
def test_it_is_found(trap, code, checked_set):
    assert checked_set(code) == [trap]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(code, checked_set):
    assert checked_set(code) == []


def test_samples_that_are_no_files_are_left_alone():
    class InMemory(Dataset):
        samples = ((torch.rand(3, 8, 8), 0), (torch.rand(3, 8, 8), 1))

        def __len__(self):
            return 2

        def __getitem__(self, index):
            return self.samples[index]

    assert traps.check(DataLoader(InMemory(), shuffle=True)).found == []


@pytest.mark.parametrize(("shared", "told"), [(1, "shares 1 picture with"), (2, "shares 2 pictures with")])
def test_one_picture_is_no_plural(monkeypatch, shared, told):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    pictures = TensorDataset(torch.rand(12, 3, 8, 8), torch.tensor([0, 1] * 6))
    parts = Subset(pictures, range(6)), Subset(pictures, range(6 - shared, 12))
    found = traps.check(*(DataLoader(part, 4) for part in parts)).found
    assert [one.problem.what for one in found if told in one.problem.what]
