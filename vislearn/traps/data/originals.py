"""Pictures beside the files they come from: colours in another order, and a turn that nobody made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.data.facts import Facts, base_of, files_of
from vislearn.traps.trap import Trap

__all__ = ["CHANNELS_REVERSED", "CHANNELS_SCRAMBLED", "EXIF_IGNORED"]

_FILES = 500  # of each part, to look at for turned pictures
_LOOKS = 8  # samples of each part to compare with their files
_ENOUGH = 2  # coloured ones among them
_COLOURED = 8  # levels by which red and blue differ, as a standard deviation
_ALIKE, _UNLIKE = 0.9, 0.7  # correlations of two pictures
_WIDE = 8  # pixels, from which on a row says whether it repeats
_ORIENTATION = 0x0112  # EXIF's number for it


def _opened(facts: Facts) -> Iterator[tuple[Path, Image.Image, np.ndarray]]:
    """Path, file and drawn sample (3, H, W) of a few pictures; what can't be read is another trap's."""
    for part, samples in ((facts.train, facts.train_samples), (facts.val, facts.val_samples)):
        paths = files_of(part)
        for index, picture, _target in samples[:_LOOKS]:
            if index >= len(paths) or not isinstance(picture, torch.Tensor) or picture.ndim != 3:
                continue
            if picture.shape[0] != 3 or not picture.numel():
                continue
            try:
                with Image.open(paths[index]) as file:
                    file.load()
            except (OSError, SyntaxError, ValueError):
                continue
            yield paths[index], file, picture.detach().double().cpu().numpy()


def _levels(file: Image.Image, like: np.ndarray) -> np.ndarray:
    """A file's pixels as floats (3, H, W), of a sample's size."""
    height, width = like.shape[1:]
    rgb = file.convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(rgb, dtype=np.float64).transpose(2, 0, 1)


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two planes (H, W) in -1..1; 0 where one of them is flat."""
    one, other = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / spread if spread > 0 else 0.0


def _reversed(facts: Facts) -> Problem | None:
    found: list[float] = []
    first: Path | None = None
    for path, file, picture in _opened(facts):
        levels = _levels(file, picture)
        redness = levels[0] - levels[2]
        if redness.std() >= _COLOURED:
            first = first or path
            found.append(_likeness(picture[0] - picture[2], redness))
    if len(found) < _ENOUGH or max(found) > -_ALIKE:
        return None
    return Problem(
        str(first),
        _("reaches the network with red and blue exchanged"),
        _("OpenCV reads BGR: cv2.cvtColor(picture, cv2.COLOR_BGR2RGB) right after cv2.imread."),
    )


def _reshaped(file: Image.Image, like: np.ndarray) -> np.ndarray:
    """What (H, W, 3) in the shape (3, H, W) looks like: three stripes of the picture, each in all colours."""
    pixels = np.asarray(file.convert("RGB"))
    planes = np.ascontiguousarray(pixels).reshape(3, *pixels.shape[:2])
    size = like.shape[:0:-1]
    return np.stack(
        [np.asarray(Image.fromarray(one).resize(size, Image.Resampling.BILINEAR), float) for one in planes]
    )


def _repeats(picture: Any) -> bool:
    """Whether the third pixel to the right is far more alike than the next one: red, green, blue in a row."""
    if not isinstance(picture, torch.Tensor) or picture.ndim != 3 or picture.shape[0] != 3:
        return False
    if picture.shape[-1] < _WIDE:
        return False
    values = picture.detach().double()
    near, third = ((values[..., by:] - values[..., :-by]).abs().mean() for by in (1, 3))
    return bool(third < near / 2)


def _scrambled(facts: Facts) -> Problem | None:
    pairs = [
        (_likeness(_reshaped(file, picture).mean(0), picture.mean(0)), path)
        for path, file, picture in _opened(facts)
        if _likeness(_levels(file, picture).mean(0), picture.mean(0)) < _UNLIKE
    ]
    alike = [path for likeness, path in pairs if likeness > _ALIKE]
    looks = [(index, picture) for index, picture, _target in facts.samples[: 2 * _LOOKS]]
    striped = len(looks) >= 2 * _ENOUGH and all(_repeats(picture) for _index, picture in looks)
    if len(alike) < _ENOUGH and not striped:
        return None
    where = str(alike[0]) if len(alike) >= _ENOUGH else _("Sample {index}", index=looks[0][0])
    return Problem(
        where,
        _("reaches the network with its pixels scrambled: reshape moves no axes"),
        _("Write permute(2, 0, 1) instead of reshape or view, or v2.ToImage()."),
    )


def _turned(path: Path) -> bool:
    try:
        with Image.open(path) as picture:
            return picture.getexif().get(_ORIENTATION, 1) not in (0, 1)
    except (OSError, SyntaxError, ValueError):
        return False


def _left_lying(facts: Facts) -> Path | None:
    """A file whose sample looks as the file does before its turn, and not as after it."""
    for path, file, picture in _opened(facts):
        if file.getexif().get(_ORIENTATION, 1) in (0, 1):
            continue
        gray = picture.mean(0)
        lying, upright = (_levels(one, picture).mean(0) for one in (file, ImageOps.exif_transpose(file)))
        if _likeness(gray, lying) > _ALIKE and _likeness(gray, upright) < _UNLIKE:
            return path
    return None


def _read_by_torchvision(dataset: Any) -> bool:
    """Whether torchvision's own reader opens the files: it does not turn pictures; others may."""
    whole, _indices = base_of(dataset)
    return getattr(getattr(whole, "loader", None), "__module__", "") == "torchvision.datasets.folder"


def _exif(facts: Facts) -> Problem | None:
    plain = [part for part in (facts.train, facts.val) if _read_by_torchvision(part)]
    path = next((path for part in plain for path in files_of(part)[:_FILES] if _turned(path)), None)
    path = path or _left_lying(facts)
    if path is None:
        return None
    return Problem(
        str(path),
        _("is turned by its EXIF orientation, and is read as if it were not"),
        _("Use vislearn.datasets.image_folder, or PIL's ImageOps.exif_transpose in the loader."),
    )


_FOUND = "found = check(DataLoader(folder({}), 2, shuffle=True))\n"
_BLUE_FIRST = "def blue_first(path): return np.asarray(Image.open(path).convert('RGB'))[..., ::-1].copy()\n"

CHANNELS_REVERSED = Trap(
    "channels_reversed",
    "likely",
    section="13.6",
    broken=_BLUE_FIRST + _FOUND.format("loader=blue_first, transform=v1.ToTensor()"),
    symptom=N_("Skin is blue as soon as somebody looks, and pretrained weights help less than they should."),
    fixed=_BLUE_FIRST.replace("[..., ::-1]", "").replace("blue", "red")
    + _FOUND.format("loader=red_first, transform=v1.ToTensor()"),
    find=_reversed,
)
_BYTES = "from torchvision.transforms.v2.functional import pil_to_tensor as planes\n"
_BYTES += "def wrong(picture): return planes(picture).permute(1, 2, 0).reshape(3, 12, 16) / 255\n"
CHANNELS_SCRAMBLED = Trap(
    "channels_scrambled",
    "likely",
    section="13.6",
    broken=_BYTES + _FOUND.format("transform=wrong"),
    symptom=N_(
        "Nothing looks odd in the shapes, and the network learns hardly anything; drawn, it is stripes."
    ),
    fixed=_BYTES.replace(".permute(1, 2, 0).reshape(3, 12, 16)", "").replace("wrong", "right")
    + _FOUND.format("transform=right"),
    find=_scrambled,
)
EXIF_IGNORED = Trap(
    "exif_ignored",
    "likely",
    section="13.6",
    broken=_FOUND.format("turned=True"),
    symptom=N_("Some pictures lie on their side, those of phones above all."),
    fixed=_FOUND.format(""),
    find=_exif,
)
