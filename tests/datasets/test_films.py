import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.datasets import video_folder
from vislearn.datasets.films import clip_of
from vislearn.errors import FileError, InputError
from vislearn.io import write_video
from vislearn.seeding import seed_everything

STEADY = [number / 10 for number in range(20)]
SLOWING = [number / 10 for number in range(10)] + [1 + number / 2 for number in range(10)]


def film(path, times=STEADY, fps=10):
    path.parent.mkdir(parents=True, exist_ok=True)
    shades = [np.full((32, 48, 3), 12 * number, np.uint8) for number in range(len(times))]
    return write_video(path, shades, times=times, fps=fps, key_every=6)


def numbers(clip):
    return [round(shade / 12) for shade in clip.float().mean((1, 2, 3)).tolist()]


@pytest.fixture
def root(tmp_path):
    film(tmp_path / "films" / "run" / "a.mp4")
    film(tmp_path / "films" / "run" / "b.mp4", SLOWING, fps=2)
    film(tmp_path / "films" / "walk" / "c.mp4")
    return tmp_path / "films"


def test_a_sample_is_a_clip_from_the_middle_and_its_label(root):
    clips = video_folder(root, frames=5, seconds=1.0)
    assert clips.classes == ["run", "walk"]
    assert [label for _path, label in clips.samples] == [0, 0, 1]
    clip, label = clips[2]
    assert isinstance(clip, tv_tensors.Video)
    assert (clip.dtype, tuple(clip.shape), label) == (torch.uint8, (5, 3, 32, 48), 1)
    assert numbers(clip) == [5, 7, 9, 11, 13]


def test_frames_are_chosen_by_time_not_by_number(root):
    slow = root / "run" / "b.mp4"
    assert numbers(clip_of(slow, 4, 2.0, 1.0)) == [16, 17, 18, 19]  # the last two seconds: half a second each
    assert numbers(clip_of(slow, 6, 3.0, 0.0)) == [0, 5, 10, 11, 12, 13]
    assert numbers(clip_of(slow, 4, 0.4, 1.0)) == [19, 19, 19, 19]
    assert numbers(clip_of(root / "walk" / "c.mp4", 4, 60.0, 0.5)) == [0, 5, 10, 15]  # shorter than asked for


def test_training_begins_at_random_and_a_seed_repeats_it(root):
    clips = video_folder(root, frames=2, seconds=0.2, train=True)

    def drawn(seed):
        generator = seed_everything(seed)
        loader = DataLoader(clips, batch_size=3, shuffle=True, generator=generator)
        return [numbers(clip) for _epoch in range(3) for batch, _labels in loader for clip in batch]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert len({tuple(pair) for pair in drawn(1)}) > 4


def test_a_transform_treats_all_frames_alike(root):
    clips = video_folder(root, frames=3, transform=v2.RandomCrop(16))
    clip, _label = clips[0]
    assert tuple(clip.shape) == (3, 3, 16, 16)
    assert isinstance(clip, tv_tensors.Video)


@pytest.mark.parametrize(("options", "message"), [({"frames": 0}, "frames"), ({"seconds": 0}, "seconds")])
def test_clips_of_nothing_are_refused(root, options, message):
    with pytest.raises(InputError, match=message):
        video_folder(root, **options)


def test_what_is_no_film_is_refused_at_once_and_a_broken_one_when_it_is_read(root):
    (root / "run" / "d.mp4").write_bytes(b"no film")
    with pytest.raises(FileError, match=r"d\.mp4 holds text"):
        video_folder(root)[2]
    (root / "run" / "e.jpg").write_bytes(b"")
    with pytest.raises(FileError, match=r"e\.jpg is not a film \(known endings: mp4"):
        video_folder(root)
    with pytest.raises(FileError, match="does not exist"):
        video_folder(root / "nothing")
