"""What a watch costs: training steps with `vislearn.traps.watch` around them, and without.

    python -m benchmarks.watching --turns 41

A watch asks after layers and the optimizer, whatever the pictures' size, and takes well under a millisecond
for it: beside a step of real pictures that is lost in what else the machine does. So two pictures of 16
pixels show the milliseconds that a watch adds, and a real batch, without a watch, what they are a share of.
Turns with and without alternate; time is the CPU's, on one thread. The first dozen steps, which a watch
looks at most closely, stand apart.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models import mobilenet_v3_small, resnet18

from vislearn.models import SmallResNet
from vislearn.traps import watch

# name -> network, pixels a side, pictures of a batch
CASES = {
    "SmallResNet w16, 32 px, batch 32": (lambda: SmallResNet(10, width=16), 32, 32),
    "mobilenet_v3_small, 96 px, batch 8": (lambda: mobilenet_v3_small(num_classes=10), 96, 8),
    "resnet18, 64 px, batch 16": (lambda: resnet18(num_classes=10), 64, 16),
}
FIRST = 12  # steps that a watch looks at most closely
STEPS = 30


class Cost(NamedTuple):
    """Milliseconds of the CPU for a step: a real one without a watch, and what the watch adds."""

    step: float
    added_first: float
    added_later: float


def steps_of_a_turn(
    model: nn.Module, side: int, batch: int, *, watched: bool, steps: int = STEPS
) -> list[float]:
    """Milliseconds of the CPU for each step of a turn."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    images, labels = torch.rand(batch, 3, side, side), torch.randint(0, 10, (batch,))
    taken = []
    with watch(model, optimizer, say=None) if watched else nullcontext():
        for _ in range(steps):
            began = time.process_time()
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            taken.append(1e3 * (time.process_time() - began))
    return taken


def measured(make: Callable[[], nn.Module], side: int, batch: int, turns: int) -> Cost:
    """Medians over all turns: a real step, and what a watch adds to a step of small pictures."""
    torch.manual_seed(0)
    model = make().train()
    real = steps_of_a_turn(model, side, batch, watched=False)[FIRST:]
    taken: dict[bool, list[list[float]]] = {True: [], False: []}
    for turn in range(turns):
        for watched in (False, True) if turn % 2 else (True, False):
            taken[watched].append(steps_of_a_turn(model, 16, 2, watched=watched))
    plain, seen = (
        [statistics.median(step) for step in zip(*taken[one], strict=True)] for one in (False, True)
    )
    added = [two - one for one, two in zip(plain, seen, strict=True)]
    return Cost(statistics.median(real), statistics.mean(added[:FIRST]), statistics.mean(added[FIRST:]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=41)
    parser.add_argument("--cases", nargs="+", choices=[*CASES], default=[*CASES])
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{'CPU ms for a step':38}{'real step':>12}{'watch adds, first 12':>24}{'later':>8}{'share':>8}")
    for name in options.cases:
        cost = measured(*CASES[name], options.turns)
        share = f"{cost.added_later / cost.step:.1%}"
        print(
            f"{name:38}{cost.step:12.1f}{cost.added_first:24.2f}{cost.added_later:8.2f}{share:>8}", flush=True
        )


if __name__ == "__main__":
    main()
