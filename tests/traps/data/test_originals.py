"""Broken otherwise than in the examples, and right otherwise."""

import pytest

from vislearn.traps.examples import found_in_data

FILES = """
class Files(Dataset):
    def __init__(self, files, transform):
        self.img_files, self.transform = [path for path, _label in files], transform
    def __len__(self): return len(self.img_files)
    def __getitem__(self, index):
        return self.transform(self.read(self.img_files[index])), index % 2
    def read(self, path): return {}
"""
BLUE_FIRST = FILES.format("Image.fromarray(np.asarray(Image.open(path).convert('RGB'))[..., ::-1])")
RED_FIRST = FILES.format("Image.open(path).convert('RGB')")
TURNED = "from PIL import ImageOps\n" + FILES.format("ImageOps.exif_transpose(Image.open(path))")
NORMAL = "v1.Compose([v1.Resize((9, 11)), v1.ToTensor(), v1.Normalize(IMAGENET_MEAN, IMAGENET_STD)])"


def found(set_, more=""):
    return f"found = check(DataLoader({set_}, 2, shuffle=True){more})\n"


SCRAMBLED = FILES.format("np.array(Image.open(path).convert('RGB'))") + "w, h = 16, 12\n"

BROKEN = {
    "viewed": (
        "channels_scrambled",
        SCRAMBLED + found("Files(folder().samples, lambda a: torch.from_numpy(a).view(3, h, w) / 255)"),
    ),
    "reshaped in NumPy, then resized": (
        "channels_scrambled",
        SCRAMBLED
        + "shrink = v1.Resize((10, 14), antialias=True)\n"
        + found("Files(folder().samples, lambda a: shrink(torch.tensor(np.reshape(a, (3, h, w)) / 255.0)))"),
    ),
    "of no file": (
        "channels_scrambled",
        "colours = torch.tensor([0.9, 0.5, 0.1]).expand(6, 1, 1, 3)\n"
        "colours = colours * torch.linspace(0.5, 1, 12)[None, None, :, None]\n"
        "whole = colours.expand(6, 12, 12, 3).reshape(6, 3, 12, 12)\n"
        + found("TensorDataset(whole, torch.tensor([0, 1] * 3))"),
    ),
    "a set of one's own, resized": (
        "channels_reversed",
        BLUE_FIRST + found(f"Files(folder().samples, {NORMAL})"),
    ),
    "a part of it": (
        "channels_reversed",
        BLUE_FIRST + found(f"Subset(Files(folder().samples, {NORMAL}), [1, 3])"),
    ),
    "where it is judged": (
        "channels_reversed",
        BLUE_FIRST
        + f"val = Files(folder(where='val').samples, {NORMAL})\n"
        + found(f"Files(folder().samples[:0], {NORMAL})", ", DataLoader(val)").replace(", shuffle=True", ""),
    ),
    "mirrored as it is read": (
        "channels_reversed",
        BLUE_FIRST.replace("index % 2", "index % 3") + found("Files(folder().samples, v1.ToTensor())"),
    ),
    "turned, a set of one's own": (
        "exif_ignored",
        RED_FIRST + found(f"Files(folder(turned=True).samples, {NORMAL})"),
    ),
}
BROKEN |= {
    f"{name}, two of them": (trap, code.replace("folder().samples", "folder(classes=[1]).samples"))
    for name, (trap, code) in BROKEN.items()
    if name in ("viewed", "a set of one's own, resized")
}
RIGHT = {
    "permuted": SCRAMBLED
    + found("Files(folder().samples, lambda a: torch.from_numpy(a).permute(2, 0, 1) / 255)"),
    "noise": found("TensorDataset(torch.rand(6, 3, 12, 12), torch.tensor([0, 1] * 3))"),
    "flat": found("TensorDataset(torch.ones(6, 3, 12, 12), torch.tensor([0, 1] * 3))"),
    "red first": RED_FIRST + found(f"Files(folder().samples, {NORMAL})"),
    "turned, and turned back": TURNED + found(f"Files(folder(turned=True).samples, {NORMAL})"),
    "cropped by chance": RED_FIRST
    + found("Files(folder().samples, v1.Compose([v1.RandomResizedCrop(8), v1.ToTensor()]))"),
    "gray": RED_FIRST + found("Files(folder().samples, v1.Compose([v1.Grayscale(3), v1.ToTensor()]))"),
    "masks are no pictures": RED_FIRST.replace("img_files", "mask_files")
    + found(f"Files(folder(turned=True).samples, {NORMAL})"),
}


@pytest.mark.parametrize(("trap", "code"), BROKEN.values(), ids=BROKEN)
def test_it_is_found(trap, code, checked):
    assert checked(code) == [trap]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(code, checked):
    assert checked(code) == []


def test_where_pixels_are_scrambled_the_first_such_file_is_named(tmp_path):
    (found,) = found_in_data(BROKEN["viewed, two of them"][1], tmp_path)
    assert found.problem.where == str(tmp_path / "set/class1/1.jpg")
    (found,) = found_in_data(BROKEN["of no file"][1], tmp_path)
    assert found.problem.where == "Sample 0"


@pytest.mark.parametrize(("width", "is_told"), [(8, True), (7, False)])
def test_a_row_of_eight_pixels_says_whether_it_repeats(width, is_told, checked):
    code = BROKEN["of no file"][1].replace("0.5, 1, 12", f"0.5, 1, {width}")
    code = code.replace("6, 12, 12, 3", f"6, 12, {width}, 3").replace("6, 3, 12, 12", f"6, 3, 12, {width}")
    assert checked(code) == ["channels_scrambled"] * is_told
