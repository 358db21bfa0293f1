import json
import subprocess
import sys

import pytest
import torch
from PIL import Image


@pytest.fixture(scope="module")
def benchmark(script):
    return script("input_pipeline")


def test_a_small_run_prints_a_table_and_writes_every_figure(benchmark, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path))  # put back afterwards, whatever the script sets
    threads = torch.get_num_threads()
    file = tmp_path / "figures.json"
    assert (
        benchmark.main(
            ["--images", "6", "--repeats", "1", "--batch-size", "4", "--workers", "0", "--json", str(file)]
        )
        == 0
    )
    assert torch.get_num_threads() == threads
    record = json.loads(file.read_text(encoding="utf-8"))
    assert record["benchmark"] == "input_pipeline"
    assert (record["images"], record["batch_size"], record["repeats"]) == (6, 4, 1)
    assert record["size_wh"] == [500, 375]
    assert {"cpus", "torch_threads", "torch", "torchvision", "pillow"} <= set(record["machine"])
    pipelines = [row for row in record["rows"] if row["kind"] == "pipeline"]
    ours = [benchmark.SOURCE, benchmark.ALONE, benchmark.FAST, benchmark.PLAIN, benchmark.CACHED]
    assert [row["name"] for row in pipelines if row["name"] != benchmark.TORCHCODEC] == ours
    assert pipelines[0]["ratio_to_source"] == 1
    for row in record["rows"]:
        assert row["best_images_per_s"] >= row["images_per_s"] > 0
        assert (row["ratio_to_source"] is None) == (row["kind"] == "limit")
    assert 0 <= record["mean_difference_from_source"] < 1  # the same pictures come out
    assert all(share > 0 for share in record["bound"].values())
    table = capsys.readouterr().out
    assert all(row["name"] in table for row in record["rows"])
    assert list(tmp_path.iterdir()) == [file]  # pictures and cache were temporary


def test_the_pictures_are_jpegs_of_one_size_in_class_folders(benchmark, tmp_path):
    root = benchmark.write_pictures(tmp_path / "pictures", 14)
    files = sorted(root.rglob("*.jpg"))
    assert len(files) == 14
    assert len({file.parent.name for file in files}) == 12
    for file in files:
        with Image.open(file) as image:
            assert (image.format, image.size, image.mode) == ("JPEG", (500, 375), "RGB")


def test_a_pipeline_that_drops_pictures_is_caught(benchmark, tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path / "data"))
    root = benchmark.write_pictures(tmp_path / "pictures", 4)
    monkeypatch.setattr(benchmark, "_count", lambda batches: sum(len(batch) for batch in batches) - 1)
    with pytest.raises(AssertionError, match="delivered 3 of 4 pictures"):
        benchmark.measure(root, 2, 1)


def test_time_of_loader_workers_counts(benchmark):
    before = benchmark._cpu_seconds()
    code = "import time\nwhile time.process_time() < 0.2: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert benchmark._cpu_seconds() - before > 0.15
