import json

import pytest
import torch

TINY = ["--epochs", "1", "--pictures", "4", "--threads", "1"]


@pytest.fixture
def benchmark(script):
    return script("detection_training")


@pytest.fixture
def quick(benchmark, monkeypatch):
    """Runs that answer at once, and a list of those that were asked for."""
    asked = []

    def measure(question, *, pictures):
        asked.append(question)
        score = 0.9 + question.seed / 100
        return benchmark.Run(*question.question, map50=score, map=0.6, seconds=60.0, cpu_seconds=100.0)

    monkeypatch.setattr(benchmark, "measure", measure)
    return asked


def test_the_two_that_are_compared_differ_in_their_start_alone(benchmark):
    scene, scratch = (benchmark.WAYS[way] for way in benchmark.COMPARED)
    assert benchmark.replace(scratch, backbone="scene") == scene
    assert {way: setting for way, setting in benchmark.WAYS.items() if setting == scene} == {"scene": scene}


@pytest.mark.parametrize("way", ["scene", "scratch", "SGD, as in the text", "mirrored without its boxes"])
def test_a_way_learns_and_repeats(benchmark, way):
    setting = benchmark.replace(benchmark.WAYS[way], epochs=2)
    question = benchmark.Run(way, 0, setting, "")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        first, again = (benchmark.measure(question, pictures=4) for _ in range(2))
    finally:
        torch.set_num_threads(threads)
    assert len(first.map50_by_epoch) == len(first.map_by_epoch) == 2
    assert (first.map50, first.map) == (first.map50_by_epoch[-1], first.map_by_epoch[-1])
    assert (first.map50_by_epoch, first.map_by_epoch) == (again.map50_by_epoch, again.map_by_epoch)
    assert first.cpu_seconds > 0


@pytest.mark.parametrize(("mirror", "boxes_move"), [("picture and boxes", True), ("picture alone", False)])
def test_a_mirrored_picture_takes_its_boxes_along_or_not(benchmark, monkeypatch, mirror, boxes_move):
    monkeypatch.setattr(torch, "rand", lambda *_size: torch.tensor(0.9))
    image = torch.arange(8.0).expand(3, 6, 8)
    target = {"boxes": torch.tensor([[1.0, 2, 4, 5]]), "labels": torch.tensor([3])}
    moved, where = benchmark.Mirrored([(image, target)], mirror)[0]
    assert moved.equal(image.flip(-1))
    assert where["boxes"].tolist() == ([[4, 2, 7, 5]] if boxes_move else [[1, 2, 4, 5]])
    assert type(where["boxes"]) is torch.Tensor
    assert benchmark.Mirrored([(image, target)], "never")[0][0] is image


def test_seeds_are_for_the_comparison_and_the_first_for_the_others(benchmark, quick, tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert benchmark.main([*TINY, "--json", str(file)]) == 0
    asked = [(run.way, run.seed) for run in quick]
    assert asked[:6] == [(way, seed) for way in ("scene", "scratch") for seed in (0, 1, 2)]
    assert [seed for _way, seed in asked[6:]] == [0] * (len(benchmark.WAYS) - 2)
    table = capsys.readouterr().out
    assert "0.910 (0.900…0.920)" in table
    assert len(table.splitlines()) == 1 + len(benchmark.WAYS)
    record = json.loads(file.read_text(encoding="utf-8"))
    assert len(record["runs"]) == len(asked)
    assert {"cpus", "torch_threads", "processor"} <= set(record["machine"])


@pytest.mark.parametrize(
    "changed", [[], ["scene"], ["scratch"]], ids=["nothing", "other weights", "another network"]
)
def test_known_runs_are_kept_and_those_that_began_elsewhere_repeated(benchmark, quick, tmp_path, changed):
    file = tmp_path / "figures.json"
    call = [*TINY, "--json", str(file), "--seeds", "0", "--ways", "scene", "scratch"]
    benchmark.main(call)
    quick.clear()
    record = json.loads(file.read_text(encoding="utf-8"))
    for run in record["runs"]:
        run["weights"] = "of yesterday" if run["way"] in changed else run["weights"]
    file.write_text(json.dumps(record), encoding="utf-8")
    benchmark.main(call)
    assert [run.way for run in quick] == changed


def test_threads_are_those_of_before_afterwards(benchmark, quick):
    threads = torch.get_num_threads()
    benchmark.main([*TINY, "--seeds", "0", "--ways", "scene"])
    assert torch.get_num_threads() == threads
