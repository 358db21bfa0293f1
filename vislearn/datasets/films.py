"""A folder of films, one sub-folder per class: clips of a few frames each, at the films' own times."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from torchvision import tv_tensors

from vislearn.datasets.layout import class_folders, layout_problems, pictures_below
from vislearn.errors import FileError, InputError
from vislearn.io import read_frames
from vislearn.io.names import FILM_ENDINGS
from vislearn.io.reading import MAX_MEGAPIXELS
from vislearn.io.timeline import timeline
from vislearn.problems import Problem

__all__ = ["VideoFolder", "clip_of", "video_folder"]


class VideoFolder(Dataset):
    """Clips of films in ``root/class/film``; ``classes`` and ``samples`` are what ImageFolder's are."""

    def __init__(
        self,
        root: str | Path,
        frames: int = 8,
        seconds: float = 1.0,
        transform: Callable[[Any], Any] | None = None,
        *,
        train: bool = False,
        max_megapixels: float = MAX_MEGAPIXELS,
    ) -> None:
        if frames < 1:
            raise InputError("frames", "must be at least 1", got=frames)
        if not seconds > 0:
            raise InputError("seconds", "must be above 0", got=seconds)
        self.frames, self.seconds, self.transform, self.train = frames, seconds, transform, train
        self.max_megapixels = max_megapixels
        folders = class_folders(Path(root))
        for problem in layout_problems(Path(root), list(folders.values())):
            raise FileError(problem.where, problem.what, fix=problem.fix)
        self.classes = list(folders)
        self.class_to_idx = {name: label for label, name in enumerate(self.classes)}
        self.samples = [
            (film, self.class_to_idx[name]) for name in folders for film in _films(folders[name], Path(root))
        ]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        path, label = self.samples[index]
        share = float(torch.rand(())) if self.train else 0.5
        clip = clip_of(path, self.frames, self.seconds, share, max_megapixels=self.max_megapixels)
        return (clip if self.transform is None else self.transform(clip)), label


def _films(folder: Path, root: Path) -> list[str]:
    found = []
    for item in pictures_below(folder, root, endings=FILM_ENDINGS, films=True):
        if isinstance(item, Problem):
            raise FileError(item.where, item.what, fix=item.fix)
        found.append(str(item))
    return found


def video_folder(
    root: str | Path,
    frames: int = 8,
    seconds: float = 1.0,
    transform: Callable[[Any], Any] | None = None,
    *,
    train: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> VideoFolder:
    """Clips from a folder of films, ``root/class/film``: so many frames from so many seconds of each.

    Frames are chosen by time, not by number: films of 25 and of 60 frames per second, or of variable rate,
    give clips of one speed. A film shorter than ``seconds`` gives all of its time.

    Args:
        root: holds one folder per class.
        frames: T, how many in a clip.
        seconds: how long a clip is.
        transform: a v2 transform, called with the clip: all frames are treated alike.
        train: begin at random, from torch's chance, so that a seeded loader repeats it; else the clip is the
            middle of the film.
        max_megapixels: as for :func:`vislearn.io.read_frames`.

    Returns:
        A data set of (``tv_tensors.Video``, uint8 (T, 3, H, W); label), with ``classes`` and ``samples``.

    Raises:
        InputError: ``frames`` below 1, or ``seconds`` not above 0.
        FileError: as :func:`vislearn.datasets.image_folder`; a film that can't be read, when it is.
    """
    return VideoFolder(root, frames, seconds, transform, train=train, max_megapixels=max_megapixels)


def clip_of(
    path: str | Path, frames: int, seconds: float, share: float, *, max_megapixels: float = MAX_MEGAPIXELS
) -> tv_tensors.Video:
    """So many frames, equally far apart in time, from a part of a film.

    Args:
        path: of the film.
        frames: T, how many.
        seconds: how long the part is; at most the film.
        share: where it begins: 0 at the film's beginning, 1 as late as it still fits.
        max_megapixels: as for :func:`vislearn.io.read_frames`.

    Returns:
        uint8 (T, 3, H, W); a frame that stays longer than a step occurs more than once.

    Raises:
        FileError: as :func:`vislearn.io.read_frames`.
    """
    line = timeline(path, max_megapixels=max_megapixels)
    whole = line.end - line.times[0]
    lasting = min(seconds, whole)
    begin = line.times[0] + share * (whole - lasting)
    wanted = [line.at(begin + step * lasting / frames) for step in range(frames)]
    found: dict[int, torch.Tensor] = {}
    for frame in read_frames(path, start=max(0.0, line.times[wanted[0]]), max_megapixels=max_megapixels):
        if frame.index in wanted:
            found[frame.index] = frame.pixels
        if frame.index >= wanted[-1]:
            break
    return tv_tensors.Video(torch.stack([found[index] for index in wanted]))
