"""What tests of several rooms need."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from vislearn.io import frame_at, read_frames


@pytest.fixture(scope="session")
def noise_tree():
    """``noise_tree(root, {"dark": 30, "light": 200}, spread=30, train=4, val=3)`` fills and returns a folder.

    Pictures of 32 × 32 in ``root/PART/CLASS``, noise around each class's brightness: how far apart they lie
    decides how easily a network tells them apart.
    """

    def fill(root, classes, *, spread, **parts):
        rng = np.random.default_rng(0)
        for part, count in parts.items():
            for name, base in classes.items():
                (root / part / name).mkdir(parents=True)
                for index in range(count):
                    pixels = rng.integers(base - spread, base + spread, (32, 32, 3), dtype=np.uint8)
                    Image.fromarray(pixels).save(root / part / name / f"{index}.png")
        return root

    return fill


class _Decoder:
    """torchcodec's decoder of films as far as it is used here, by PyAV: no FFmpeg need be there."""

    def __init__(self, path):
        self.path = path

    def __iter__(self):
        return (frame.pixels for frame in read_frames(self.path))

    def __getitem__(self, index):
        return next(pixels for at, pixels in enumerate(self) if at == index)

    def get_frame_played_at(self, seconds):
        frame = frame_at(self.path, seconds)
        return SimpleNamespace(data=frame.pixels, pts_seconds=frame.time)


@pytest.fixture
def torchcodec(monkeypatch):
    """A stand-in for torchcodec with its FFmpeg; ``torchcodec.fails(error)`` takes the FFmpeg away."""

    def module(name, **content):
        made = ModuleType(name)
        made.__spec__ = ModuleSpec(name, None)
        vars(made).update(content)
        monkeypatch.setitem(sys.modules, name, made)
        return made

    def fails(error):
        def decoder(_path):
            raise error

        decoders.VideoDecoder = decoder

    decoders = module("torchcodec.decoders", VideoDecoder=_Decoder)
    return module("torchcodec", decoders=decoders, fails=fails, __version__="0")


@pytest.fixture
def baselines(request):
    """``baselines(name, make)`` compares what ``make()`` draws with what baselines.txt beside the test says.

    ``baselines.are(names)`` tells whether the file has these and no others. How to look at what differs, and
    how to store it, stands in CONTRIBUTING.
    """
    from baselines import Baselines

    return Baselines(request.path.with_name("baselines.txt"))
