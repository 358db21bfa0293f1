import json

import numpy as np
import pytest
import torch

TINY = ["--repeats", "1", "--side", "64"]


@pytest.fixture(scope="module")
def benchmark(script):
    return script("transforms")


@pytest.fixture(scope="module")
def found(benchmark):
    return benchmark.contenders(benchmark.photograph(120))


def test_a_small_run_prints_a_table_and_writes_every_figure(benchmark, tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert benchmark.main([*TINY, "--json", str(file)]) == 0
    record = json.loads(file.read_text(encoding="utf-8"))
    assert {"cpus", "torch", "torchvision", "pillow", "albumentations", "kornia"} <= set(record["machine"])
    assert [row["case"] for row in record["rows"] if row["name"] == "v2, tensor"] == list(
        benchmark.OPERATIONS
    )
    assert all(row["ms"] > 0 for row in record["rows"])
    printed = capsys.readouterr().out
    assert all(case in printed for case in benchmark.OPERATIONS)


def test_each_library_knows_every_operation_and_none_changes_the_picture(benchmark, found):
    before = found["v2, tensor"]["normalise"]()
    for operations in found.values():  # of the libraries that are installed here
        assert set(operations) == set(benchmark.OPERATIONS)
        for case in benchmark.OPERATIONS:
            assert benchmark._levels(case, operations[case]()).shape[0] == 3
    assert torch.equal(before, found["v2, tensor"]["normalise"]())


def test_both_forms_of_a_tensor_and_both_apis_agree(benchmark, found):
    for case in benchmark.OPERATIONS:
        ways = {name: found[name][case] for name in ("v2, tensor", "v2, channels last", "v1, tensor")}
        away = benchmark._differences(case, ways)
        assert away["v2, tensor"] == (0, 0)
        assert max(largest for largest, _mean in away.values()) <= 2, case


def test_operations_change_something_and_differences_are_in_levels(benchmark, found):
    picture = torch.from_numpy(np.array(benchmark.photograph(120))).permute(2, 0, 1).float()
    for case in ("horizontal flip", "affine", "rotation", "colour jitter", "Gaussian blur", "autocontrast"):
        assert (benchmark._levels(case, found["v2, tensor"][case]()) - picture).abs().mean() > 0.5, case
    unchanged = benchmark._levels("normalise", found["v2, tensor"]["normalise"]())
    assert (unchanged - picture).abs().max() < 0.01
    ways = {"one": lambda: torch.zeros(3, 4, 4), "two": lambda: np.full((4, 4, 3), 2, np.uint8)}
    assert benchmark._differences("flip", ways)["two"] == (2, 2)


def test_the_cut_lies_within_the_picture(benchmark):
    top, left, height, width = benchmark._box(400, 600)
    assert (top, left, height, width) == (40, 60, 280, 360)
