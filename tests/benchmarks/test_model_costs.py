import json

import pytest
import torch

import vislearn as vl


@pytest.fixture
def benchmark(script):
    return script("model_costs")


def test_a_classifier_and_a_segmenter_are_measured_once(benchmark, monkeypatch, tmp_path, capsys):
    file, threads = tmp_path / "figures.json", torch.get_num_threads()
    names = ["squeezenet1_1", "lraspp_mobilenet_v3_large"]
    call = ["--models", *names, "--repeats", "1", "--cpu", "this one", "--json", str(file)]
    assert benchmark.main(call) == 0
    record = json.loads(file.read_text(encoding="utf-8"))
    assert record["machine"]["cpu"] == "this one"
    assert {row["name"]: (row["task"], row["side"]) for row in record["runs"]} == {
        "squeezenet1_1": ("classification", 224),
        "lraspp_mobilenet_v3_large": ("segmentation", 520),
    }
    assert all(0 < row["fastest_ms"] <= row["slowest_ms"] and row["boxes"] is None for row in record["runs"])
    assert torch.get_num_threads() == threads
    first = capsys.readouterr().out
    monkeypatch.setattr(benchmark, "measured", None)
    assert benchmark.main(call) == 0
    assert capsys.readouterr().out == first


def test_nothing_is_downloaded_for_a_backbone_and_scores_have_their_own_size(benchmark, monkeypatch):
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", None)
    listed = {one.name: one for one in vl.models.catalog()}
    assert not benchmark.built(listed["ssdlite320_mobilenet_v3_large"]).training
    assert benchmark.side_of(listed["efficientnet_v2_s"]) == 384
    assert benchmark.side_of(listed["ssd300_vgg16"]) == 640


def test_the_kept_table_holds_every_network_and_what_torchvision_says_of_it(benchmark):
    listed = {one.name: one for one in vl.models.catalog()}
    runs = vl.datasets.measurements("model_costs")["runs"]
    assert {run["name"] for run in runs} == set(benchmark.MODELS)
    for run in runs:
        one = listed[run["name"]]
        assert (run["score"], run["mb"], run["operations"]) == (one.score, one.file_mb, one.operations)
        assert (run["boxes"] is not None) == (run["task"] in ("detection", "keypoints"))
