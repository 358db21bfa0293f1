"""Pictures per second of whole trainings: the course text's loop, vislearn's fit, Lightning Fabric, fastai.

    python -m benchmarks.training_loop --json training_loop.json
    python -m benchmarks.training_loop --device cuda --json training_loop.json
    python -m benchmarks.training_loop --device cuda --what-graphs-did

All contenders train the same network from the same seed on the same pictures in the same order, judge it
after every epoch, and take turns; a turn's ratio is to the course text's loop in the same turn. Fabric and
fastai are measured where they are installed: ``pip install lightning-fabric fastai``.

On a GPU the first epoch of a turn is of another kind: torch.compile makes its kernels, and cuDNN gets ready.
A real training has many epochs, so one goes before those that count; how long it took stands in a column of
its own. There ``fit(compile="graphs")`` must reach each network's bound, or the exit code is 1.
"""

import argparse
import statistics
import sys
import warnings
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import torch

from benchmarks.loops import CONTENDERS, NETWORKS, SOURCE, Contender, Job, Network, available, job
from benchmarks.machine import keep, machine, options_of

__all__ = ["Row", "main", "measure", "what_graphs_did"]

GRAPHS = "graphs"
ON_CPU = (["small8"], [SOURCE, "fit", "fabric", "fastai"])
ON_GPU = (["small64", "small256", "resnet18", "resnet50"], [SOURCE, "fit", "bf16", "fused", GRAPHS])
QUICK = (["small64", "small256", "resnet18"], [SOURCE, GRAPHS])


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        name: of the contender.
        images_per_s: in the median epoch of all turns, learning and judging.
        warm_up_s: before the epochs that count; the median over turns.
        faster: how many times the images per second of the source, the median over turns.
        lowest: over turns.
        highest: over turns.
        weights_differ_by: from the source's in the end, at most.
    """

    name: str
    images_per_s: float
    warm_up_s: float
    faster: float
    lowest: float
    highest: float
    weights_differ_by: float


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    networks = {name: _sized(NETWORKS[name], options) for name in options.networks}
    if options.what_graphs_did:
        for name, network in networks.items():
            print(f"{name}: {what_graphs_did(network, torch.device(options.device))}", flush=True)
        return 0
    contenders, missing = available(options.contenders)
    settings = ("epochs", "warm_up", "repeats")
    record: dict[str, Any] = {
        "benchmark": "training_loop",
        **{name: getattr(options, name) for name in settings},
        "machine": machine("lightning-fabric", "fastai", device=_device_name(options.device)),
        "networks": {},
        "missing": missing,
    }
    print(_headline(record))
    for name, network in networks.items():
        rows = measure(network, contenders, options)
        sizes = {key: getattr(network, key) for key in ("images", "batch_size", "side", "bound")}
        record["networks"][name] = {**sizes, "rows": {key: asdict(row) for key, row in rows.items()}}
        _print_table(name, network, rows)
        keep(record, options.json)  # after each network: they take minutes
    print("\nfaster: times the pictures per second of the course text's loop in the same turn, median.")
    missed = _missed(record) if options.device.startswith("cuda") else []
    for line in missing + missed:
        print(line)
    return 1 if missed else 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = options_of(__doc__, repeats=None)
    add = parser.add_argument
    add("--device", default="cpu")
    add("--networks", nargs="+", choices=NETWORKS, metavar="NAME", help=", ".join(NETWORKS))
    add("--contenders", nargs="+", choices=CONTENDERS, metavar="NAME", help=", ".join(CONTENDERS))
    add("--images", type=int, help="pictures of an epoch, in place of the network's number")
    add("--batch-size", type=int, help="in place of the network's")
    add("--epochs", type=int, help="epochs of a turn that count (default: 1; on a GPU 3)")
    add("--warm-up", type=int, help="epochs before those (default: 1; on the CPU 0)")
    add(
        "--quick", action="store_true", help="one turn of two epochs: the networks with a bound, graphs alone"
    )
    add("--what-graphs-did", action="store_true", help="measure nothing: say what was recorded")
    options = parser.parse_args(arguments)
    on_cpu = options.device == "cpu"
    networks, contenders = QUICK if options.quick else ON_CPU if on_cpu else ON_GPU
    repeats, epochs = (1, 2) if options.quick else (15, 1) if on_cpu else (2, 3)
    usual = {"networks": networks, "contenders": contenders, "repeats": repeats, "epochs": epochs}
    for name, value in (usual | {"warm_up": 0 if on_cpu else 1}).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if SOURCE not in options.contenders:
        options.contenders = [SOURCE, *options.contenders]
    return options


def _sized(network: Network, options: argparse.Namespace) -> Network:
    chosen = {"images": options.images, "batch_size": options.batch_size}
    return replace(network, **{name: value for name, value in chosen.items() if value is not None})


def measure(
    network: Network, contenders: dict[str, Contender], options: argparse.Namespace
) -> dict[str, Row]:
    """Every contender ``options.repeats`` times, taking turns, and once before if nothing warms up."""
    trained: dict[str, list[list[float]]] = {key: [] for key in contenders}
    weights: dict[str, torch.Tensor] = {}
    keys, spare = list(contenders), int(not options.warm_up)
    for turn in range(options.repeats + spare):
        for key in keys[turn % len(keys) :] + keys[: turn % len(keys)]:  # nobody always goes first
            torch.compiler.reset()  # each training compiles for itself, as in a process of its own
            work = job(
                network, contenders[key], torch.device(options.device), options.warm_up + options.epochs
            )
            work.note_time()
            contenders[key].run(work)
            weights[key] = torch.cat([kept.detach().cpu().flatten() for kept in work.model.parameters()])
            if turn >= spare:
                trained[key].append(work.times)
    return {
        key: _row(key, contenders, trained, weights, network.images, options.warm_up) for key in contenders
    }


def _row(
    key: str,
    contenders: dict[str, Contender],
    trained: dict[str, list[list[float]]],
    weights: dict[str, torch.Tensor],
    images: int,
    warm_up: int,
) -> Row:
    own, sources = _epochs(trained[key], warm_up), _epochs(trained[SOURCE], warm_up)
    faster = [
        statistics.median(source) / statistics.median(one) for one, source in zip(own, sources, strict=True)
    ]
    return Row(
        name=contenders[key].name,
        images_per_s=round(images / statistics.median(seconds for turn in own for seconds in turn), 1),
        warm_up_s=round(statistics.median(times[warm_up] - times[0] for times in trained[key]), 2),
        faster=round(statistics.median(faster), 3),
        lowest=round(min(faster), 3),
        highest=round(max(faster), 3),
        weights_differ_by=float((weights[key] - weights[SOURCE]).abs().max()),
    )


def _epochs(turns: list[list[float]], warm_up: int) -> list[list[float]]:
    """The seconds of each epoch that counts, by turn."""
    return [[after - before for before, after in pairwise(times[warm_up:])] for times in turns]


def what_graphs_did(network: Network, device: torch.device) -> str:
    """Whether ``fit(compile="graphs")`` recorded a network, as torch's profiler saw it in the last epoch."""
    whole, judged = 8, 2  # batches; what is judged by is a quarter of what is learned from
    short = replace(network, images=whole * network.batch_size + network.batch_size // 2)
    work = job(short, CONTENDERS[GRAPHS], device, epochs=4)
    torch.compiler.reset()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        counts = _launches_in_last_epoch(work)
    graphs = counts.get("cudaGraphLaunch", 0)
    alone = sum(count for name, count in counts.items() if "LaunchKernel" in name)
    awaited = 2 * whole + judged  # forward, and back; forward
    verdict = "recorded" if graphs >= awaited else "in part" if graphs else "not recorded"
    return (
        f"{verdict}: {graphs} launches of graphs ({awaited} awaited) and {alone} of single kernels, in "
        f"{whole} + 1 batches learned and {judged} + 1 judged"
        + "".join(f"\n    {warning.message}" for warning in told)
    )


def _launches_in_last_epoch(work: Job) -> dict[str, int]:
    """How often each of CUDA's functions was called, by its name."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    if work.device.type == "cuda":
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    profile = torch.profiler.profile(activities=activities)

    class Watched(Job):
        def note_time(self, *_: object) -> None:
            super().note_time()
            if len(self.times) == self.epochs - 1:
                profile.start()

    watched = Watched(**vars(work))
    CONTENDERS[GRAPHS].run(watched)
    profile.stop()
    return {event.key: event.count for event in profile.key_averages()}


def _missed(record: dict[str, Any]) -> list[str]:
    """A line for each network whose graphs are slower than its bound allows."""
    return [
        f"{name}: {one['rows'][GRAPHS]['faster']} times the source's speed, and the bound is {one['bound']}."
        for name, one in record["networks"].items()
        if one["bound"] and GRAPHS in one["rows"] and one["rows"][GRAPHS]["faster"] < one["bound"]
    ]


def _device_name(device: str) -> str:
    return torch.cuda.get_device_name() if device.startswith("cuda") else device


def _headline(record: dict[str, Any]) -> str:
    machine = record["machine"]
    return (
        f"{record['repeats']} turns of {record['epochs']} epochs, {machine['device']}, "
        f"torch {machine['torch']}, {machine['torch_threads']} threads"
    )


def _print_table(name: str, network: Network, rows: dict[str, Row]) -> None:
    pictures = f"{network.images} pictures of {network.side}×{network.side}"
    print(f"\n{name}: {pictures}, batches of {network.batch_size}")
    print(f"{'':34}{'images/s':>10}{'warm-up':>10}{'faster':>8}{'lowest':>8}{'highest':>9}", end="")
    print(f"{'weights differ by':>19}")
    for row in rows.values():
        print(f"{row.name:34}{row.images_per_s:10.0f}{row.warm_up_s:8.2f} s", end="")
        print(
            f"{row.faster:8.2f}{row.lowest:8.2f}{row.highest:9.2f}{row.weights_differ_by:19.1e}", flush=True
        )


if __name__ == "__main__":
    sys.exit(main())
