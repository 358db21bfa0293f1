import json

import pytest
import torch


@pytest.fixture(scope="module")
def benchmark(script):
    return script("ops")


def test_a_small_run_prints_a_table_and_writes_every_figure(benchmark, tmp_path, capsys):
    file = tmp_path / "figures.json"
    sizes = ["--boxes", "5", "40", "--rois", "2", "--slow-up-to", "20"]
    assert benchmark.main([*sizes, "--repeats", "2", "--no-compile", "--json", str(file)]) == 0
    record = json.loads(file.read_text(encoding="utf-8"))
    assert (record["benchmark"], record["repeats"]) == ("ops", 2)
    assert record["compiled"] == "left out (--no-compile)"
    assert {"cpus", "torch_threads", "torch", "torchvision"} <= set(record["machine"])
    both = [benchmark.FAST, benchmark.LIBRARY]
    expected = [("NMS", 5, name) for name in [benchmark.SLOW, *both]]
    expected += [("NMS", 40, name) for name in both]
    expected += [("RoIAlign", 2, name) for name in [benchmark.SLOW, *both]]
    assert [(row["operation"], row["size"], row["name"]) for row in record["rows"]] == expected
    for row in record["rows"]:
        assert row["ms"] >= row["best_ms"] > 0
        assert (row["ratio_to_torchvision"] == 1) or row["name"] != benchmark.LIBRARY
    table = capsys.readouterr().out
    assert all(f"{row['ms']:.3f}" in table for row in record["rows"])


def test_a_contender_that_is_wrong_is_caught(benchmark):
    contenders = benchmark.nms_case(30)
    contenders[benchmark.FAST] = lambda: torch.arange(30)
    with pytest.raises(AssertionError):
        benchmark.measure("NMS", 30, contenders, 1, compiled=False)


def test_the_compiled_contender_runs_with_compiled_parts_and_leaves_none_behind(benchmark, monkeypatch):
    used = []

    def compile_nothing(function, **_options):
        return lambda *arguments: used.append(function.__name__) or function(*arguments)

    monkeypatch.setattr(torch, "compile", compile_nothing)
    rows = benchmark.measure("NMS", 20, benchmark.nms_case(20, slow=False), 1, compiled=True)
    rows += benchmark.measure("RoIAlign", 2, benchmark.roi_align_case(2, slow=False), 1, compiled=True)
    assert [row.name for row in rows] == 2 * [benchmark.FAST, benchmark.COMPILED, benchmark.LIBRARY]
    assert set(used) == {"_overlap", "_round", "_pooled"}
    count = len(used)
    benchmark.ops.nms(torch.ones(1, 4), torch.ones(1), 0.5)
    assert len(used) == count


def test_a_machine_without_a_compiler_is_told_so(benchmark, monkeypatch):
    def refuse(_function):
        raise RuntimeError("no compiler")

    monkeypatch.setattr(torch, "compile", refuse)
    monkeypatch.setattr(benchmark.shutil, "which", lambda _name: None)
    assert benchmark.compiler_problem() == "RuntimeError (no C++ compiler)"


def test_boxes_are_as_a_detector_gives_them(benchmark):
    assert 20 < len(benchmark.nms_case(400)[benchmark.LIBRARY]()) < 200
    assert benchmark.roi_align_case(3)[benchmark.LIBRARY]().shape == (3, 64, 7, 7)
