"""Lesson 07's project: other ways to take sharp pictures out of a film, and to make each mistake."""

import av
import pytest
import torch
from PIL import Image, ImageFilter, ImageStat
from torch.nn import functional
from torchvision.transforms.v2.functional import pil_to_tensor

from vislearn.exercises import check
from vislearn.exercises.registry import find
from vislearn.io import read_frames, video_info

NAME = "pixels.sharpest"


def edges(picture):
    """The variance of the Laplacian, of a picture (3, H, W)."""
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
    return functional.conv2d(picture.float().mean(dim=0)[None, None], kernel[None, None]).var().item()


def slopes(picture):
    """How much neighbours differ, of a picture (3, H, W)."""
    gray = picture.double().mean(dim=0)
    return ((gray[1:] - gray[:-1]).abs().mean() + (gray[:, 1:] - gray[:, :-1]).abs().mean()).item()


def by_course(path):
    best = {}
    for frame in read_frames(path):
        second, score = int(frame.time), edges(frame.pixels)
        if score > best.get(second, (0,))[0]:
            best[second] = score, frame.pixels
    return [picture for _score, picture in best.values()]


def by_pillow(path):
    best = {}
    with av.open(str(path)) as film:
        for frame in film.decode(film.streams.video[0]):
            picture = frame.to_image().rotate(frame.rotation, expand=True)
            inner = picture.convert("L").filter(ImageFilter.FIND_EDGES)
            score = ImageStat.Stat(inner.crop((2, 2, inner.width - 2, inner.height - 2))).mean[0]
            second = int(frame.pts * frame.time_base)
            if second not in best or score > best[second][0]:
                best[second] = (score, picture)
    return [pil_to_tensor(best[second][1]) for second in sorted(best)]


def second_by_second(path):
    pictures = []
    for second in range(round(video_info(path).seconds)):
        frames = [frame.pixels for frame in read_frames(path, start=second, stop=second + 1)]
        pictures.append(max(frames, key=edges))
    return pictures


def by_squares(path):
    frames = list(read_frames(path))
    scores = torch.tensor([frame.pixels.float().diff(dim=-1).square().mean() for frame in frames])
    seconds = torch.tensor([int(frame.time) for frame in frames])
    chosen = [torch.where(seconds == second, scores, -1).argmax() for second in seconds.unique()]
    return torch.stack([frames[at].pixels for at in chosen])


def by_what_a_blur_takes_away(path):
    best = {}
    for frame in read_frames(path):
        gray = frame.pixels.float().mean(dim=0)[None, None]
        lost = (
            (functional.avg_pool2d(gray, 3, stride=1, padding=1, count_include_pad=False) - gray).abs().mean()
        )
        best.setdefault(int(frame.time), []).append((lost.item(), frame.index, frame.pixels))
    return tuple(max(found)[2].numpy() for _second, found in sorted(best.items()))


RIGHT = {NAME: [by_course, by_pillow, second_by_second, by_squares, by_what_a_blur_takes_away]}


def unturned(path):
    best = {}
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            picture = pil_to_tensor(frame.to_image())
            best.setdefault(int(frame.time), []).append((edges(picture), frame.pts, picture))
    return [max(found)[2] for found in best.values()]


def by_counting(path):
    with av.open(str(path)) as film:
        rate = film.streams.video[0].average_rate
    best = {}
    for frame in read_frames(path):
        found = best.setdefault(int(frame.index / rate), [])
        found.append((slopes(frame.pixels), frame.index, frame.pixels))
    return [max(found)[2] for found in best.values()]


def first_of_each(path):
    first = {}
    for frame in read_frames(path):
        first.setdefault(int(frame.time), frame.pixels)
    return list(first.values())


def by_contrast(path):
    best = {}
    for frame in read_frames(path):
        score = frame.pixels.double().mean(dim=0).var().item()
        best.setdefault(int(frame.time), []).append((score, frame.index, frame.pixels))
    return [max(found)[2] for found in best.values()]


WRONG = {
    NAME: {
        "_by_contrast": by_contrast,
        "_not_upright": unturned,
        "_the_first": first_of_each,
        "_by_number": by_counting,
        "_in_bgr": lambda path: [picture.flip(0) for picture in by_course(path)],
        "_one_for_all": lambda path: [max(by_course(path), key=edges)],
    }
}

UNLISTED = {
    NAME: [
        lambda path: by_course(path)[::-1],
        lambda path: by_course(path)[:-1],
        lambda path: [picture.flip(0) for picture in unturned(path)],
        lambda path: [picture.permute(1, 2, 0) for picture in by_course(path)],
        lambda path: [frame.pixels for frame in read_frames(path)],
        lambda path: [picture / 255 for picture in by_course(path)],
    ]
}


@pytest.mark.parametrize("trial", range(3))
def test_films_are_of_uneven_pace_and_turned_as_they_say(trial):
    (path,) = find(NAME).arguments(trial)
    info = video_info(path)
    assert (info.width, info.height) == (128, 96)
    assert info.variable
    assert info.rotation == (270, 0, 90)[trial]


def test_a_picture_of_another_film_is_told_so():
    (other,) = find(NAME).arguments(1)
    strange = torch.from_numpy(next(av.open(str(other)).decode(video=0)).to_ndarray(format="rgb24")).permute(
        2, 0, 1
    )
    verdict = check(NAME, lambda path: [255 - strange])
    assert verdict.status == "wrong"
    assert "no frame of this film" in verdict.message


@pytest.mark.parametrize("answer", [[], [1], Image.new("RGB", (9, 9)), 7])
def test_what_is_no_list_of_pictures_is_said(answer):
    verdict = check(NAME, lambda path: answer)
    assert verdict.status == "wrong"
    assert "a list of pictures" in verdict.message


def test_pictures_of_floats_are_told_so():
    verdict = check(NAME, lambda path: [frame.pixels / 255 for frame in read_frames(path, stop=0.1)])
    assert verdict.status == "wrong"
    assert "pictures of bytes, uint8, expected; a tensor of shape" in verdict.message
