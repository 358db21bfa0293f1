"""Spoilt files: is each read right, or refused in one sentence? Pictures and films, thousands of times.

``python tools/spoil.py --count 2000``: every kind of picture and film is cut off, has bytes changed, or parts
of it swapped. Formats without checksums let some damage pass as other pixels, containers without an index as
missing frames; both are counted by themselves. Anything else, such as an error that is no sentence, is a
fault, and the exit status is 1.
"""

import argparse
import io
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from vislearn.errors import FileError
from vislearn.io import read_frames
from vislearn.io.reading import read_array

__all__ = ["OUTCOMES", "judge", "main", "samples", "spoilt"]

RIGHT, CHANGED, SHORTER, REFUSED, OTHER = "right", "other pixels", "frames missing", "refused", "other"
OUTCOMES = (RIGHT, CHANGED, SHORTER, REFUSED, OTHER)
_HEIGHT, _WIDTH, _FRAMES = 48, 64, 12
_SLOW_S = 5.0  # a file of a few kilobytes that takes longer holds somebody up
_PICTURES = {"png": {}, "jpg": {"quality": 90}, "webp": {}, "tif": {}, "bmp": {}, "gif": {}, "avif": {}}
_FILMS = {
    "mp4": "libx264",
    "mkv": "libx264",
    "webm": "libvpx",
    "avi": "mpeg4",
    "ts": "libx264",
    "mov": "mjpeg",
}


def samples() -> dict[str, bytes]:
    """One whole file of each kind: ending -> its bytes."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (_FRAMES, 6, 8, 3), dtype=np.uint8)
    frames = [np.kron(frame, np.ones((8, 8, 1), np.uint8)) for frame in coarse]  # noise would hide any damage
    found = {}
    for ending, options in _PICTURES.items():
        stream = io.BytesIO()
        Image.fromarray(frames[0]).save(stream, _format(ending), **options)
        found[ending] = stream.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        for ending, codec in _FILMS.items():
            path = Path(folder) / f"film.{ending}"
            _write_film(path, codec, frames)
            found[ending] = path.read_bytes()
    return found


def _format(ending: str) -> str:
    return {"jpg": "JPEG", "tif": "TIFF"}.get(ending, ending.upper())


def _write_film(path: Path, codec: str, frames: list[np.ndarray]) -> None:
    import av

    options = {"movflags": "faststart"} if path.suffix in {".mp4", ".mov"} else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=12)
        stream.height, stream.width = _HEIGHT, _WIDTH
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))


def spoilt(data: bytes, rng: np.random.Generator) -> bytes:
    """The file cut off, with a few bytes changed, or with two parts of it swapped, by chance.

    Args:
        data: the whole file.
        rng: where the chance comes from.
    """
    way = rng.integers(3)
    if way == 0:
        return data[: rng.integers(len(data))]
    changed = bytearray(data)
    if way == 1:
        for at in rng.integers(len(data), size=rng.integers(1, 9)):
            changed[at] ^= 1 << rng.integers(8)
    else:
        length = int(rng.integers(1, max(2, len(data) // 8)))
        one, other = rng.integers(len(data) - length, size=2)
        changed[one : one + length], changed[other : other + length] = (
            data[other : other + length],
            data[one : one + length],
        )
    return bytes(changed)


def judge(path: Path, right: np.ndarray | None = None) -> tuple[str, str]:
    """What reading a file comes to, and what was said.

    Args:
        path: a picture or a film, by its ending.
        right: what it held before it was spoilt, as :func:`content` gives it.
    """
    began = time.perf_counter()
    try:
        found = content(path)
    except FileError as refused:
        said = str(refused).removeprefix(f"{path} ")
        outcome = REFUSED if refused.fix and "\n" not in said else OTHER
    except Exception as error:  # this is what is looked for
        return OTHER, repr(error)
    else:
        same_length = right is None or found.shape[:1] == right.shape[:1]
        said, outcome = "", RIGHT if np.array_equal(found, right) else CHANGED if same_length else SHORTER
    if (seconds := time.perf_counter() - began) > _SLOW_S:
        return OTHER, f"took {seconds:.0f} s"
    return outcome, said


def content(path: Path) -> np.ndarray:
    """All pixels of a picture or a film.

    Args:
        path: by its ending.

    Raises:
        FileError: it can't be read.
    """
    if path.suffix[1:] in _PICTURES:
        return read_array(path)
    return np.stack([frame.pixels.numpy() for frame in read_frames(path)])


def outcomes(count: int, seed: int, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Kind, outcome and sentence of each spoilt file, the kinds taking turns.

    Args:
        count: how many.
        seed: where the chance comes from.
        folder: where each is written in turn; one that ends in "other" stays there.
    """
    whole = samples()
    right = {}
    for ending, data in whole.items():
        path = folder / f"whole.{ending}"
        path.write_bytes(data)
        right[ending] = content(path)
    rng = np.random.default_rng(seed)
    for number in range(count):
        ending = list(whole)[number % len(whole)]
        path = folder / f"{number}.{ending}"
        path.write_bytes(spoilt(whole[ending], rng))
        outcome, said = judge(path, right[ending])
        if outcome != OTHER:
            path.unlink()
        yield ending, outcome, said


def main(arguments: list[str] | None = None) -> int:
    """Spoil, read, and print what came of it."""
    parser = argparse.ArgumentParser(description=str(__doc__))
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    table: dict[str, Counter[str]] = {}
    faults: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="spoilt-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pictures that are doubtful and read all the same
        for ending, outcome, said in outcomes(options.count, options.seed, folder):
            table.setdefault(ending, Counter())[outcome] += 1
            faults += [f"{ending}: {said}"] if outcome == OTHER else []
    print(f"{'':6}", *(f"{name:>16}" for name in OUTCOMES), sep="")
    for ending, counts in [*table.items(), ("all", sum(table.values(), Counter()))]:
        print(f"{ending:6}", *(f"{counts[name]:16}" for name in OUTCOMES), sep="")
    if faults:
        print(f"\n{len(faults)} faults, kept in {folder}:", *sorted(set(faults))[:20], sep="\n  ")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
