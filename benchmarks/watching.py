"""What a watch costs: one training step with `vislearn.traps.watch` around it, and without.

    python -m benchmarks.watching --repeats 9

Both take turns, on the same model and batches, so that whatever else the machine does slows both alike;
the ratio is the median over the turns. Above 1: the watch costs time. The first steps, at which a watch looks
most closely, count like all others.
"""

import argparse
import statistics
import time
from contextlib import nullcontext

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset
from torchvision.models import mobilenet_v3_small, resnet18

from vislearn.models import SmallResNet
from vislearn.traps import watch

# name -> network, pixels a side, pictures of a batch, steps of a turn
CASES = {
    "SmallResNet w16, 32 px, batch 32": (lambda: SmallResNet(10, width=16), 32, 32, 40),
    "mobilenet_v3_small, 96 px, batch 8": (lambda: mobilenet_v3_small(num_classes=10), 96, 8, 20),
    "resnet18, 64 px, batch 16": (lambda: resnet18(num_classes=10), 64, 16, 12),
}


def epoch(model: nn.Module, optimizer: torch.optim.Optimizer, loader: DataLoader, *, watched: bool) -> float:
    """Seconds per step."""
    steps = 0
    with watch(model, optimizer, say=None) if watched else nullcontext():
        began = time.perf_counter()
        for images, labels in loader:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
        return (time.perf_counter() - began) / steps


def measured(make, side: int, batch: int, steps: int, repeats: int) -> tuple[float, float, list[float]]:
    """Milliseconds per step without and with, and each turn's ratio."""
    torch.manual_seed(0)
    model = make().train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    data = TensorDataset(torch.rand(batch * steps, 3, side, side), torch.randint(0, 10, (batch * steps,)))
    loader = DataLoader(data, batch, shuffle=True)
    epoch(model, optimizer, loader, watched=False)  # to warm up
    plain, seen = [], []
    for turn in range(repeats):
        for watched in (False, True) if turn % 2 else (True, False):
            (seen if watched else plain).append(epoch(model, optimizer, loader, watched=watched))
    ratios = [two / one for one, two in zip(plain, seen, strict=True)]
    return 1e3 * statistics.median(plain), 1e3 * statistics.median(seen), ratios


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--cases", nargs="+", choices=[*CASES], default=[*CASES])
    options = parser.parse_args()
    print(f"{'':38}{'ms without':>12}{'ms with':>10}{'ratio':>8}   least..greatest")
    for name in options.cases:
        without, with_watch, ratios = measured(*CASES[name], options.repeats)
        span = f"{min(ratios):.3f}..{max(ratios):.3f}"
        print(
            f"{name:38}{without:12.2f}{with_watch:10.2f}{statistics.median(ratios):8.3f}   {span}", flush=True
        )


if __name__ == "__main__":
    main()
