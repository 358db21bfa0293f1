import json

import pytest
import torch

SMALL = ["--images", "12", "--detections", "6", "--classes", "3", "--repeats", "2"]


@pytest.fixture(scope="module")
def benchmark(script):
    return script("coco_eval")


def test_a_small_run_agrees_prints_a_table_and_writes_every_figure(benchmark, tmp_path, capsys):
    file, threads = tmp_path / "figures.json", torch.get_num_threads()
    assert benchmark.main([*SMALL, "--threads", "1", "--json", str(file)]) == 0
    assert torch.get_num_threads() == threads
    record = json.loads(file.read_text(encoding="utf-8"))
    assert (record["benchmark"], record["images"], record["detections_per_image"]) == ("coco_eval", 12, 6)
    assert record["machine"]["torch_threads"] == 1
    assert {"cpus", "torch", "pycocotools", "faster_coco_eval"} <= set(record["machine"])
    names = [row["name"] for row in record["rows"]]
    assert names == [benchmark.OWN, benchmark.LIBRARY, benchmark.REFERENCE]
    assert record["rows"][2]["times_faster"] == 1
    for row in record["rows"]:
        assert row["median_s"] >= row["best_s"] > 0
        assert row["largest_difference"] <= 1e-9
    told = capsys.readouterr().out
    assert all(name in told for name in names)
    assert "All twelve numbers agree to 1e-09." in told


def test_numbers_that_differ_fail_the_run(benchmark, monkeypatch, capsys):
    right = benchmark._by_pycocotools
    monkeypatch.setattr(
        benchmark, "_by_pycocotools", lambda *arguments: [number + 1e-8 for number in right(*arguments)]
    )
    assert benchmark.main(SMALL) == 1
    assert "do NOT agree" in capsys.readouterr().out


def test_the_detector_is_neither_blind_nor_perfect(benchmark):
    predictions, targets = benchmark.make_detections(60, 20, 4)
    assert len(predictions) == len(targets) == 60
    assert all(len(found["scores"]) == 20 for found in predictions)
    assert any(len(target["labels"]) == 0 for target in targets)
    scores = benchmark.coco_scores(predictions, targets)
    assert 0.1 < scores.ap < 0.9
    assert min(scores.ap_small, scores.ap_medium, scores.ap_large) > 0
