"""NMS and RoIAlign four ways: made to be read, vectorised, compiled, torchvision's.

    python -m benchmarks.ops --json ops.json

All contenders get the same boxes in the same run, take turns, and must agree before any time counts.
"""

import argparse
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from unittest.mock import patch

import torch
import torchvision

from benchmarks.machine import keep, machine, options_of
from vislearn import ops
from vislearn.ops import boxes as box_code
from vislearn.ops import pooling, suppression

__all__ = ["Row", "main", "measure", "nms_case", "roi_align_case"]

SLOW, FAST, COMPILED, LIBRARY = "read (slow)", "vectorised", "vectorised, compiled", "torchvision"
THRESHOLD = 0.5
MAP = (2, 64, 40, 40)  # pictures, channels, height, width: a pyramid's level for pictures of 640 pixels
BINS, STRIDE = 7, 16
_TURN_S = 0.02  # a turn repeats short calls until it takes about this long

Contenders = dict[str, Callable[[], torch.Tensor]]


@dataclass(frozen=True)
class Row:
    """One line of the table: an operation at a size, by one contender."""

    operation: str
    size: int
    name: str
    ms: float
    best_ms: float
    ratio_to_torchvision: float


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    obstacle = "left out (--no-compile)" if options.no_compile else compiler_problem()
    cases = [("NMS", size, nms_case(size, slow=size <= options.slow_up_to)) for size in options.boxes]
    cases += [
        ("RoIAlign", size, roi_align_case(size, slow=size <= options.slow_up_to // 10))
        for size in options.rois
    ]
    rows = [
        row
        for operation, size, contenders in cases
        for row in measure(operation, size, contenders, options.repeats, compiled=not obstacle)
    ]
    record = {
        "benchmark": "ops",
        "iou_threshold": THRESHOLD,
        "features": MAP,
        "bins": BINS,
        "repeats": options.repeats,
        "compiled": obstacle or "yes",
        "machine": machine("torchvision"),
        "rows": [asdict(row) for row in rows],
    }
    _print_table(record, rows)
    keep(record, options.json)
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = options_of(__doc__, repeats=9)
    parser.add_argument("--boxes", type=int, nargs="+", default=[100, 1000, 4000], help="sizes for NMS")
    parser.add_argument("--rois", type=int, nargs="+", default=[10, 100, 1000], help="sizes for RoIAlign")
    parser.add_argument(
        "--slow-up-to",
        type=int,
        default=1000,
        help="most boxes for the readable versions; a tenth of it for RoIAlign (default: 1000)",
    )
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    return parser.parse_args(arguments)


def compiler_problem() -> str:
    """Why torch.compile can't work here, in a line; empty where it does."""
    try:
        got = torch.compile(lambda x: x.sin() + 1)(torch.ones(3))
        return "" if torch.allclose(got, torch.ones(3).sin() + 1) else "wrong numbers"
    except Exception as error:  # whatever it is, the other contenders run without
        found = shutil.which("c++") or shutil.which("cl") or "no C++ compiler"
        return f"{type(error).__name__} ({found})"


def nms_case(count: int, *, slow: bool = True) -> Contenders:
    """``count`` boxes (N, 4) as a detector gives them: some for each of its objects, and clutter.

    Args:
        count: how many boxes.
        slow: with the version made to be read.
    """
    chance = torch.Generator().manual_seed(count)
    objects = torch.rand(max(1, count // 20), 4, generator=chance)
    centres = objects[torch.randint(len(objects), (count,), generator=chance)]
    rows = torch.cat([centres[:, :2] * 600, 30 + 90 * centres[:, 2:]], dim=1)  # cxcywh on 640×640
    rows = rows + 6 * torch.randn(count, 4, generator=chance)
    some = ops.box_convert(rows.clamp(min=1), "cxcywh", "xyxy")
    scores = torch.rand(count, generator=chance)
    return _contenders(
        slow and (lambda: ops.nms_slow(some, scores, THRESHOLD)),
        lambda: ops.nms(some, scores, THRESHOLD),
        lambda: torchvision.ops.nms(some, scores, THRESHOLD),
    )


def roi_align_case(count: int, *, slow: bool = True) -> Contenders:
    """``count`` boxes on feature maps of two pictures, 7×7 bins of 2×2 points.

    Args:
        count: how many boxes.
        slow: with the version made to be read.
    """
    chance = torch.Generator().manual_seed(count)
    features = torch.randn(MAP, generator=chance)
    corner = 400 * torch.rand(count, 2, generator=chance)
    some = torch.cat([corner, corner + 30 + 200 * torch.rand(count, 2, generator=chance)], dim=1)
    settings = (list(some.chunk(2)), BINS, 1 / STRIDE, 2, True)
    return _contenders(
        slow and (lambda: ops.roi_align_slow(features, *settings)),
        lambda: ops.roi_align(features, *settings),
        lambda: torchvision.ops.roi_align(features, *settings),
    )


def _contenders(
    slow: Callable[[], torch.Tensor] | bool,
    fast: Callable[[], torch.Tensor],
    library: Callable[[], torch.Tensor],
) -> Contenders:
    both = {FAST: fast, COMPILED: fast, LIBRARY: library}
    return {SLOW: slow, **both} if callable(slow) else both


def measure(operation: str, size: int, contenders: Contenders, repeats: int, *, compiled: bool) -> list[Row]:
    """Every contender ``repeats`` times, taking turns, after one turn each that doesn't count.

    Args:
        operation: what it is called in the table.
        size: likewise.
        contenders: by name; all must return the same.
        repeats: turns that count.
        compiled: with the compiled one.
    """
    expected = contenders[LIBRARY]()
    milliseconds: dict[str, list[float]] = {}
    calls: dict[str, int] = {}
    with ExitStack() as stack:
        swap = stack.enter_context(_compiled_parts()) if compiled else None
        for turn in range(repeats + 1):
            for name, run in contenders.items():
                if name == COMPILED and swap is None:
                    continue
                with swap() if name == COMPILED and swap else ExitStack():
                    if turn == 0:
                        torch.testing.assert_close(run(), expected, rtol=1e-3, atol=1e-4)  # compiles, too
                        calls[name] = max(1, round(_TURN_S / _seconds(run, 1)))
                    else:
                        milliseconds.setdefault(name, []).append(1e3 * _seconds(run, calls[name]))
    library = statistics.median(milliseconds[LIBRARY])
    return [
        Row(
            operation,
            size,
            name,
            round(statistics.median(each), 4),
            round(min(each), 4),
            round(statistics.median(each) / library, 2),
        )
        for name, each in milliseconds.items()
    ]


@contextmanager
def _compiled_parts() -> Iterator[Callable]:
    """Lends what puts compiled versions of the heavy parts in place, and takes them out again.

    The checks and the loop of rounds stay as they are: they look at numbers, which a graph can't.
    """
    torch.compiler.reset()
    parts = [(box_code, "_overlap"), (suppression, "_round"), (pooling, "_pooled")]
    fast = [(module, name, torch.compile(getattr(module, name), dynamic=False)) for module, name in parts]

    @contextmanager
    def swap() -> Iterator[None]:
        with ExitStack() as stack:
            for module, name, function in fast:
                stack.enter_context(patch.object(module, name, function))
            yield

    yield swap


def _seconds(run: Callable[[], torch.Tensor], times: int) -> float:
    began = time.perf_counter()
    for _again in range(times):
        run()
    return (time.perf_counter() - began) / times


def _print_table(record: dict, rows: list[Row]) -> None:
    machine = record["machine"]
    print(f"Median of {record['repeats']} turns", end=", ")
    print(f"{machine['cpus']} CPUs, {machine['torch_threads']} torch threads, compiled: {record['compiled']}")
    print(f"\n{'':12}{'boxes':>7}  {'':24}{'ms':>12}{'best':>12}{'ratio':>10}")
    for row in rows:
        where = f"{row.operation:12}{row.size:7}  {row.name:24}"
        print(f"{where}{row.ms:12.3f}{row.best_ms:12.3f}{row.ratio_to_torchvision:10.2f}")


if __name__ == "__main__":
    sys.exit(main())
