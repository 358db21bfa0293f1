"""One trained classifier six ways: eager, channels_last, bf16, compiled, ONNX Runtime in floats and in int8.

    python -m benchmarks.deployment --json deployment.json

A classifier is trained on a folder's ``train`` (by default the bundled digits), exported, and quantised by
pictures from there. Then every way answers the same prepared pictures of ``val`` in one run, taking turns;
accuracy, and how many answers are eager's, stand beside the time.
"""

import copy
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.machine import keep, machine, options_of
from benchmarks.turns import race
from vislearn.datasets import digits
from vislearn.deploy import load
from vislearn.deploy.int8 import quantize
from vislearn.deploy.pixels import prepared
from vislearn.deploy.recipe import Recipe
from vislearn.errors import first_line
from vislearn.io import read_pil
from vislearn.models import classifier
from vislearn.training import (
    Choice,
    FolderOptions,
    export_model,
    load_model,
    save_outcome,
    train_folder,
)

__all__ = ["Row", "main", "of_onnxruntime", "of_torch"]

EAGER = "eager"
_ONNX = {"onnxruntime fp32": "m.onnx", "onnxruntime int8": "m8.onnx"}  # name → file
BATCHES = (1, 32)
CALIBRATING = 200  # pictures

Way = Callable[[np.ndarray], np.ndarray]  # uint8 (N, 3, H, W) → probabilities (N, K)


@dataclass(frozen=True)
class Row:
    """One way with one size of batch.

    Attributes:
        case: the size.
        name: the way.
        ms: median of its turns, for the whole batch.
        ratio: eager's time over this one's, median of the turns: above 1, faster.
        accuracy: on all pictures of ``val``.
        like_eager: share of answers that are eager's.
        megabytes: of the file.
    """

    case: str
    name: str
    ms: float
    ratio: float
    accuracy: float
    like_eager: float
    megabytes: float


def main(arguments: list[str] | None = None) -> int:
    """Train, export, compare and time; print the table."""
    parser = options_of(__doc__, repeats=30)
    parser.add_argument("--data_root", type=Path, help="with train and val (default: the bundled digits)")
    parser.add_argument("--backbone", default="photo", help="of the classifier (default: %(default)s)")
    parser.add_argument("--mode", default="finetune", help="frozen, finetune, scratch (default: %(default)s)")
    parser.add_argument("--epochs", type=int, help="default: as vislearn train")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    options = parser.parse_args(arguments)
    threads = options.threads or 1
    torch.set_num_threads(threads)
    root = options.data_root or digits("train").parent
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        recipe = _made(root, folder, options)
        ways = of_torch(folder / "m.pt", recipe, compiled=not options.no_compile)
        files = dict.fromkeys(ways, "m.pt")
        for name, file in _ONNX.items():
            ways[name] = of_onnxruntime(folder / file, threads)
            files[name] = file
        megabytes = {name: round((folder / file).stat().st_size / 1e6, 2) for name, file in files.items()}
    pixels, truth = _judged(root / "val", recipe)
    rows = _measured(ways, pixels, truth, megabytes, options.repeats)
    record = {
        "benchmark": "deployment",
        "pictures": len(truth),
        "shape": pixels.shape[1:],
        "backbone": options.backbone,
        "repeats": options.repeats,
        "machine": machine("torchvision", "onnxruntime"),
        "rows": [asdict(row) for row in rows],
    }
    print(f"{len(truth)} pictures of {pixels.shape[3]}×{pixels.shape[2]}, {options.repeats} turns each")
    _print(rows)
    keep(record, options.json)
    return 0


def _made(root: Path, folder: Path, options: Any) -> Recipe:
    """Trained, exported and quantised, into a folder; how pictures are prepared for it."""
    choice = Choice(options.backbone, options.mode)
    save_outcome(folder / "m.pt", train_folder(root, choice, FolderOptions(epochs=options.epochs)))
    pictures = [read_pil(path) for path in _spread(root / "train")]
    export_model(load_model(folder / "m.pt", classifier), folder / "m.onnx", pictures=pictures[:8])
    # Answers are judged below, in the table: here none is too different to be shown.
    quantize(folder / "m.onnx", folder / "m8.onnx", pictures=pictures, at_least=0)
    return load(folder / "m.onnx").recipe


def _spread(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return paths[:: max(1, len(paths) // CALIBRATING)]


def of_torch(file: Path, recipe: Recipe, *, compiled: bool) -> dict[str, Way]:
    """The ways of torch, eager first; the compiled one only where a compiler is at hand.

    Args:
        file: as it was saved.
        recipe: what its pictures are normalised by.
        compiled: try torch.compile.
    """
    model = load_model(file, classifier).model.eval()
    mean, std = (torch.tensor(each).view(3, 1, 1) for each in (recipe.mean, recipe.std))

    def way(network: Callable[[Tensor], Tensor], layout: torch.memory_format, half: bool = False) -> Way:
        @torch.inference_mode()
        def answers(pixels: np.ndarray) -> np.ndarray:
            ready = ((torch.from_numpy(pixels).float() / 255 - mean) / std).contiguous(memory_format=layout)
            with torch.autocast("cpu", torch.bfloat16, enabled=half):
                return network(ready).float().softmax(dim=1).numpy()

        return answers

    plain, last = torch.contiguous_format, torch.channels_last
    turned: nn.Module = copy.deepcopy(model).to(memory_format=last)  # type: ignore[call-overload]
    ways = {
        EAGER: way(model, plain),
        "channels_last": way(turned, last),
        "bf16": way(model, plain, half=True),
        "bf16, channels_last": way(turned, last, half=True),
    }
    if compiled:
        ways["compiled"] = way(torch.compile(copy.deepcopy(model)), plain)
    return ways


def of_onnxruntime(file: Path, threads: int) -> Way:
    """An exported file's answers to pictures that are prepared already.

    Args:
        file: a classifier.
        threads: of the processor.
    """
    session = load(file, threads=threads).session
    return lambda pixels: session.run(None, {"pictures": pixels})[0]


def _judged(folder: Path, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """All pictures of ``val``, prepared: uint8 (N, 3, H, W), and their classes (N,)."""
    names = list(recipe.classes)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    ready = np.stack([prepared(read_pil(path), recipe) for path in paths])
    return ready, np.array([names.index(path.parent.name) for path in paths])


def _measured(
    ways: Mapping[str, Way],
    pixels: np.ndarray,
    truth: np.ndarray,
    megabytes: Mapping[str, float],
    repeats: int,
) -> list[Row]:
    ways = _working(ways, pixels)
    batches = [pixels[at : at + max(BATCHES)] for at in range(0, len(pixels), max(BATCHES))]
    said = {name: np.concatenate([way(one).argmax(axis=1) for one in batches]) for name, way in ways.items()}
    rows = []
    for size in BATCHES:
        contenders = {name: partial(way, pixels[:size]) for name, way in ways.items()}
        for timed in race(f"batch of {size}", contenders, repeats):
            answers = said[timed.name]
            right, alike = float((answers == truth).mean()), float((answers == said[EAGER]).mean())
            told = (timed.case, timed.name, timed.ms, timed.ratio)
            rows.append(Row(*told, round(right, 4), round(alike, 4), megabytes[timed.name]))
    return rows


def _working(ways: Mapping[str, Way], pixels: np.ndarray) -> dict[str, Way]:
    """Without those that fail at their first picture: torch.compile where there is no compiler."""
    working = {}
    for name, way in ways.items():
        try:
            way(pixels[: max(BATCHES)])
            working[name] = way
        except Exception as trouble:  # of the compiler: whatever it stumbles over
            print(f"{name} is left out: {first_line(trouble)}")
    return working


def _print(rows: Sequence[Row]) -> None:
    print(f"\n{'':14}{'':22}{'ms':>9}{'times eager':>13}{'accuracy':>10}{'as eager':>10}{'MB':>8}")
    for row in rows:
        scores = f"{row.accuracy:10.3f}{row.like_eager:10.3f}{row.megabytes:8.2f}"
        print(f"{row.case:14}{row.name:22}{row.ms:9.2f}{row.ratio:13.2f}{scores}")


if __name__ == "__main__":
    sys.exit(main())
