"""Broken otherwise than in the example, and right otherwise."""

import pytest

SET = """
class Cells(Dataset):
    def __len__(self): return 4
    def drawn(self, index):
        mask = torch.zeros(24, 24, dtype=torch.uint8)
        mask[3:15, 3 + index : 13], mask[9:21, 13:22] = 1, 4
        return mask
    def __getitem__(self, index): return torch.rand(3, 16, 16), self.masked(self.drawn(index))
    {}
found = check(DataLoader(Cells(), 2, shuffle=True))
"""
RESIZED = "v2.functional.resize({}, [16, 16], interpolation=v2.InterpolationMode.{})"
BROKEN = {
    "bilinear, in numbers of classes": "def masked(self, mask): return "
    + RESIZED.format("mask[None]", "BILINEAR")
    + "[0].long()",
    "bicubic, as floats": "def masked(self, mask): return "
    + RESIZED.format("(mask > 0).float()[None]", "BICUBIC").replace("[16, 16]", "[16, 16], antialias=True"),
    "by a transform of targets": "target_transform = v1.Compose([v1.ToPILImage(), v1.Resize(16)])\n"
    "    def masked(self, mask): return v1.functional.pil_to_tensor(self.target_transform(mask))",
    "by torch": "def masked(self, mask): return "
    "F.interpolate(mask[None, None].float(), size=16, mode='bilinear')[0, 0]",
}
RIGHT = {
    "nearest": "def masked(self, mask): return " + RESIZED.format("mask[None]", "NEAREST"),
    "by a transform of targets": "way = v2.InterpolationMode.NEAREST\n"
    "    target_transform = v2.Resize(16, interpolation=way)\n"
    "    def masked(self, mask): return self.target_transform(mask[None])",
    "as Mask": "def masked(self, mask): return v2.Resize(16)(tv_tensors.Mask(mask))",
    "a border of its own, as in VOC": "def masked(self, mask): "
    "small = mask[::2, ::2][:8, :8].repeat(2, 2); small[:, 7] = 255; return small",
    "depths": "target_transform = v2.Resize(16)\n"
    "    def masked(self, mask): return self.target_transform(torch.rand(1, 24, 24))",
    "one peak": "def masked(self, mask): "
    "return (-(torch.arange(16.0)[:, None] - 8) ** 2 - (torch.arange(16.0) - 8) ** 2).exp()",
    "a classifier's labels": "target_transform = int\n    def masked(self, mask): return int(mask.max())",
}


@pytest.mark.parametrize("masked", BROKEN.values(), ids=BROKEN)
def test_it_is_found(masked, checked):
    assert checked("import torch.nn.functional as F\n" + SET.format(masked)) == ["mask_interpolated"]


@pytest.mark.parametrize("masked", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(masked, checked):
    assert checked(SET.format(masked)) == []


GRAY = {
    "divided, and kept so": "return mask.float() / 255",
    "divided, as one channel": "return v1.ToTensor()(mask.numpy())",
    "cut off to nothing": "return (mask / 255).int()",
    "0 and 255 for a loss of two": "return (mask > 0).float()[None] * 255",
}
IN_CLASSES = {
    "0 and 1": "return (mask > 0).float()",
    "0 and 1, from 255": "return v1.ToTensor()(((mask > 0) * 255).to(torch.uint8).numpy()).squeeze(0).long()",
    "numbers": "return mask.long()",
    "numbers, with a border that doesn't count": "mask[0] = 255; return mask.long()",
    "only the border counts not": "mask[:] = 0; mask[0] = 255; return mask.long()",
    "booleans": "return mask > 9",
    "depths": "return torch.rand(24, 24)",
    "a thin likelihood": "return torch.rand(24, 24) / 20",
}


def gray(line):
    code = "def masked(self, mask): " + line
    return SET.replace("torch.rand(3, 16, 16)", "torch.rand(3, 24, 24)").format(code)


@pytest.mark.parametrize("line", GRAY.values(), ids=GRAY)
def test_gray_levels_are_found(line, checked):
    assert checked(gray(line)) == ["mask_of_gray_levels"]


@pytest.mark.parametrize("line", IN_CLASSES.values(), ids=IN_CLASSES)
def test_classes_are_silent(line, checked):
    assert checked(gray(line)) == []
