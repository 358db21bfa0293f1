"""Pictures per second from JPEG files to training batches: the course text's pipeline against vislearn's.

    python -m benchmarks.input_pipeline --json input_pipeline.json

All contenders read the same files in the same run, take turns, and end with the same thing: a float32 batch
(32, 3, 224, 224), normalised, half of the pictures mirrored. Time of the CPU is that of all threads, and of
loader workers too. torchcodec takes part where it is installed.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from io import BytesIO
from operator import truediv
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg
import torch
from PIL import Image
from torch.nn.functional import interpolate
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

from benchmarks.machine import keep, machine, options_of
from vislearn.datasets import Finish, cached, finish_batch, image_folder, read_ahead, resized
from vislearn.datasets.bundled.pictures import PICTURES, source_file
from vislearn.datasets.parallel import default_threads, each
from vislearn.transforms import source_chain_v1, source_chain_v2

__all__ = ["Row", "main", "measure", "write_pictures"]

SIZE_WH = (500, 375)  # the usual size of ImageNet's pictures
OUT = 224
_PAUSE = 0.1  # seconds: OpenMP's threads of the contender before spin on for a while, at this one's expense
SOURCE = "source: PIL + v1, per picture"
TORCHCODEC = "torchcodec + v2, per picture"
DECODING = "decode alone: simplejpeg"
SHARED = "decode alone: simplejpeg, on every core"
FINISHING = "finishing batches alone"
RESIZING = "decode and resize alone"
ALONE = "vislearn, files, one decoding thread"
FAST = "vislearn, files"
PLAIN = "vislearn, files, torch's loader, finish_batch"
CACHED = "vislearn, cached"


@dataclass(frozen=True)
class Row:
    """One line of the table; ``kind`` is "limit" (a part alone) or "pipeline" (files to batches).

    ``cores`` is how many it kept busy, or was left by others on the same machine.
    """

    name: str
    kind: str
    images_per_s: float
    best_images_per_s: float
    cpu_ms_per_image: float
    cores: float
    ratio_to_source: float | None


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["VISLEARN_DATA"] = str(Path(scratch) / "data")  # the cache goes where the pictures go
        root = write_pictures(Path(scratch) / "pictures", options.images)
        rows = measure(root, options.batch_size, options.repeats, options.workers)
        record = {
            "benchmark": "input_pipeline",
            "images": options.images,
            "size_wh": SIZE_WH,
            "mean_bytes": round(statistics.mean(p.stat().st_size for p in root.rglob("*.jpg"))),
            "out_hw": (OUT, OUT),
            "batch_size": options.batch_size,
            "repeats": options.repeats,
            "machine": machine("torchvision", "pillow", "simplejpeg", "torchcodec"),
            "rows": [asdict(row) for row in rows],
            "mean_difference_from_source": _difference(root),
            "bound": _bound({row.name: row for row in rows}),
        }
    _print_table(record, rows)
    keep(record, options.json)
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = options_of(__doc__, repeats=7)
    parser.add_argument("--images", type=int, default=256, help="how many files (default: 256)")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2, help="measure with this many loader workers too")
    return parser.parse_args(arguments)


def write_pictures(root: Path, count: int) -> Path:
    """``count`` JPEGs of 500×375 pixels in class folders, cut from the bundled photographs.

    Args:
        root: the folder to fill.
        count: how many files; two at least, for two classes.
    """
    rng = np.random.default_rng(0)
    names = [name for name in PICTURES if name != "clock"][: max(2, min(12, count))]
    for index in range(count):
        name = names[index % len(names)]
        with Image.open(source_file(name)) as file:
            picture = file.convert("RGB")
        width = int(picture.width * rng.uniform(0.7, 1))
        height = min(round(width * 0.75), picture.height)
        left, top = rng.integers(picture.width - width + 1), rng.integers(picture.height - height + 1)
        cut = picture.crop((left, top, left + width, top + height)).resize(SIZE_WH, Image.Resampling.BICUBIC)
        (root / name).mkdir(parents=True, exist_ok=True)
        cut.save(root / name / f"{index:04d}.jpg", quality=90)  # 4:2:0, as cameras and ImageNet have it
    return root


def measure(root: Path, batch_size: int, repeats: int, workers: int = 0) -> list[Row]:
    """Every contender ``repeats`` times, taking turns, after one turn each that doesn't count.

    Args:
        root: class folders of pictures.
        batch_size: pictures per batch.
        repeats: turns that count.
        workers: 0, or also measure the pipelines with this many loader workers.
    """
    contenders = _limits(root, batch_size) | _pipelines(root, batch_size, 0)
    if workers:
        contenders |= _pipelines(root, batch_size, workers)
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    cpu_seconds: dict[str, list[float]] = {name: [] for name in contenders}
    pictures = len(list(root.rglob("*.jpg")))
    for turn in range(repeats + 1):
        for name, (_, run) in contenders.items():
            torch.manual_seed(turn)
            time.sleep(_PAUSE)
            began, cpu_began = time.perf_counter(), _cpu_seconds()
            done = run()
            elapsed, cpu = time.perf_counter() - began, _cpu_seconds() - cpu_began
            assert done == pictures, f"{name} delivered {done} of {pictures} pictures"
            if turn:
                seconds[name].append(elapsed / pictures)
                cpu_seconds[name].append(cpu / pictures)
    source = statistics.median(seconds[SOURCE])
    return [
        Row(
            name=name,
            kind=kind,
            images_per_s=round(1 / statistics.median(seconds[name]), 1),
            best_images_per_s=round(1 / min(seconds[name]), 1),
            cpu_ms_per_image=round(1e3 * statistics.median(cpu_seconds[name]), 3),
            cores=round(statistics.median(map(truediv, cpu_seconds[name], seconds[name])), 2),
            ratio_to_source=round(source / statistics.median(seconds[name]), 2)
            if kind == "pipeline"
            else None,
        )
        for name, (kind, _) in contenders.items()
    ]


def _cpu_seconds() -> float:
    """Of this process, and of its children that have ended, as a loader's workers have after each pass."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


Contenders = dict[str, tuple[str, Callable[[], int]]]


def _limits(root: Path, batch_size: int) -> Contenders:
    """Parts alone: no pipeline that contains one can be faster."""
    files = [path.read_bytes() for path in sorted(root.rglob("*.jpg"))]
    batch = torch.randint(0, 256, (batch_size, 3, OUT, OUT), dtype=torch.uint8)

    def of_each(work: Callable[[bytes], object]) -> tuple[str, Callable[[], int]]:
        return "limit", lambda: sum(work(data) is not None for data in files)

    def shared() -> int:
        each(lambda index: simplejpeg.decode_jpeg(files[index]), len(files), default_threads())
        return len(files)

    def finishing() -> int:
        sizes = [min(batch_size, len(files) - start) for start in range(0, len(files), batch_size)]
        return sum(len(finish_batch(batch[:size], mirror=0.5)) for size in sizes)

    found: Contenders = {
        "decode alone: Pillow": of_each(lambda data: Image.open(BytesIO(data)).convert("RGB")),
        DECODING: of_each(simplejpeg.decode_jpeg),
        SHARED: ("limit", shared),
        RESIZING: of_each(lambda data: _resized(simplejpeg.decode_jpeg(data))),
        "decode alone: simplejpeg at 5/8 scale": of_each(
            lambda data: simplejpeg.decode_jpeg(data, min_height=OUT, min_width=OUT)
        ),
        FINISHING: ("limit", finishing),
    }
    if find_spec("torchcodec"):
        from torchcodec.decoders import decode_jpeg

        found["decode alone: torchcodec"] = of_each(decode_jpeg)
    return found


def _resized(pixels: np.ndarray) -> torch.Tensor:
    planes = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    return interpolate(planes, (OUT, OUT), mode="bilinear", antialias=True)


def _torchcodec_read(path: str) -> torch.Tensor:
    from torchcodec.decoders import decode_jpeg

    return decode_jpeg(Path(path).read_bytes())


def _pipelines(root: Path, batch_size: int, workers: int) -> Contenders:
    with_workers = f", {workers} workers" if workers else ""
    common: dict[str, Any] = {"batch_size": batch_size, "shuffle": True, "num_workers": workers}
    source = DataLoader(ImageFolder(root, source_chain_v1(OUT)), **common)
    found: Contenders = {SOURCE + with_workers: ("pipeline", lambda: _count(images for images, _ in source))}
    if find_spec("torchcodec"):
        codec = DataLoader(ImageFolder(root, source_chain_v2(OUT), loader=_torchcodec_read), **common)
        found[TORCHCODEC + with_workers] = ("pipeline", lambda: _count(images for images, _ in codec))
    return found | (_plain(root, common, with_workers) if workers else _ahead(root, batch_size, common))


def _plain(root: Path, common: dict[str, Any], title: str) -> Contenders:
    """PyTorch's loader, with uint8 batches that are finished when they arrive."""
    files = DataLoader(resized(image_folder(root), (OUT, OUT)), **common)
    store = DataLoader(cached(image_folder(root), (OUT, OUT)), **common)
    return {
        PLAIN + title: ("pipeline", lambda: _count(_finished(files))),
        CACHED + title: ("pipeline", lambda: _count(_finished(store))),
    }


def _ahead(root: Path, batch_size: int, common: dict[str, Any]) -> Contenders:
    """Finished where they are decoded; the next batch of files is begun while the one before is used."""
    finish = Finish(mirror=0.5)
    files = DataLoader(resized(image_folder(root), (OUT, OUT)), **common)
    store = DataLoader(cached(image_folder(root), (OUT, OUT), finish), **common)
    alone, ahead = (
        read_ahead(resized(image_folder(root), (OUT, OUT), finish, threads=threads), batch_size, shuffle=True)
        for threads in (1, None)
    )
    return {
        ALONE: ("pipeline", lambda: _count(images for images, _ in alone)),
        FAST: ("pipeline", lambda: _count(images for images, _ in ahead)),
        PLAIN: ("pipeline", lambda: _count(_finished(files))),
        CACHED: ("pipeline", lambda: _count(images for images, _ in store)),
    }


def _finished(loader: DataLoader) -> Iterator[torch.Tensor]:
    for images, _ in loader:
        yield finish_batch(images, mirror=0.5)


def _count(batches: Iterator[torch.Tensor]) -> int:
    done = 0
    for batch in batches:
        assert batch.dtype == torch.float32
        assert batch.shape[1:] == (3, OUT, OUT)
        done += len(batch)
    return done


def _difference(root: Path) -> float:
    """Mean difference of the two pipelines' unmirrored pixels, in levels of 0..255."""
    source = ImageFolder(root, source_chain_v1(OUT, train=False))
    ours = resized(image_folder(root), (OUT, OUT))
    levels = []
    for index in range(0, len(source), max(1, len(source) // 32)):
        expected, got = source[index][0], finish_batch(ours[index][0][None])[0]
        levels.append((255 * 0.225 * (expected - got).abs()).mean().item())
    return round(statistics.mean(levels), 3)


def _bound(rows: dict[str, Row]) -> dict[str, float]:
    """How far each fast pipeline is from its largest part alone, and what a second core brings."""
    decoding, finishing = rows[DECODING], rows[FINISHING]
    return {
        "time of one thread: decoding / all": round(rows[ALONE].images_per_s / decoding.images_per_s, 2),
        "CPU: all / decoding": round(rows[FAST].cpu_ms_per_image / decoding.cpu_ms_per_image, 2),
        "CPU: decoding and resizing / decoding": round(
            rows[RESIZING].cpu_ms_per_image / decoding.cpu_ms_per_image, 2
        ),
        "every core / one thread": round(rows[FAST].images_per_s / rows[ALONE].images_per_s, 2),
        "every core / one, decoding alone": round(rows[SHARED].images_per_s / decoding.images_per_s, 2),
        "time from the cache: finishing / all": round(rows[CACHED].images_per_s / finishing.images_per_s, 2),
    }


def _print_table(record: dict, rows: list[Row]) -> None:
    machine, kib = record["machine"], record["mean_bytes"] // 1024
    print(f"{record['images']} JPEGs of {SIZE_WH[0]}×{SIZE_WH[1]} ({kib} KiB each on average)", end=", ")
    print(f"batches of {record['batch_size']}, median of {record['repeats']} turns", end=", ")
    print(f"{machine['cpus']} CPUs, {machine['torch_threads']} torch threads")
    print(f"\n{'':56}{'images/s':>10}{'best':>9}{'CPU ms':>9}{'cores':>8}{'ratio':>8}")
    for row in rows:
        speed = f"{row.images_per_s:10.0f}{row.best_images_per_s:9.0f}"
        print(
            f"{row.name:56}{speed}{row.cpu_ms_per_image:9.2f}{row.cores:8.2f}{row.ratio_to_source or '':>8}"
        )
    print()
    for name, share in record["bound"].items():
        print(f"{name}: {share}")
    print(f"Pixels differ from the source's by {record['mean_difference_from_source']} of 255 levels.")


if __name__ == "__main__":
    sys.exit(main())
