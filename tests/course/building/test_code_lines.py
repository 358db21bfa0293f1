import pytest

from vislearn.course.building.code_lines import CodeLines, count_lines


@pytest.mark.parametrize(
    ("cells", "torch", "vl", "bookkeeping"),
    [
        ([], 0, 0, 0),
        (["x = 1", "", "# torch\n'torch'"], 0, 0, 0),
        (["import torch\nimport torchvision.ops"], 2, 0, 0),
        (["import torchvision.ops\ntorchvision.ops.nms(a, b, .5)"], 2, 0, 0),
        (["from torch import nn", "model = nn.Sequential(\n    nn.Linear(2, 2),\n    other,\n)"], 3, 0, 0),
        (["import torch.nn.functional as F\nF.relu(x)\nv2.Resize(3)"], 2, 0, 0),
        (
            ["from torchvision.transforms import v2\nv2.Resize(3)\nfrom torch.utils import data as D\nD(x)"],
            4,
            0,
            0,
        ),
        (
            ["import vislearn as vl", "vl.datasets.digits()\nvl.viz.grid(x)\nvl.report.metric('a', 1)"],
            0,
            4,
            2,
        ),
        (["from vislearn import viz\nviz.bars(x)"], 0, 2, 2),
        (["from vislearn.widgets import live_curves\nlive_curves()"], 0, 2, 2),
        (["from vislearn.training import fit\nfit(\n    model,\n)"], 0, 2, 0),
        (["import torch\nimport vislearn as vl\nvl.viz.grid(torch.rand(3))"], 2, 2, 1),
        (["%time x = 1\nimport torch"], 1, 0, 0),
        (["import torchmetrics\nimport vislearner\ntorchmetrics.x"], 0, 0, 0),
    ],
)
def test_lines_by_what_they_name(cells, torch, vl, bookkeeping):
    found = count_lines(cells)
    assert (found.torch, found.vl, found.bookkeeping) == (torch, vl, bookkeeping)


def test_every_line_of_code_is_counted_comments_and_empty_ones_not():
    assert count_lines(["# a\n\nx = [\n    1,\n]  # b\n", "y"]) == CodeLines(4, 0, 0, 0)
