import json

import pytest
import torch
from torchvision import tv_tensors

import vislearn as vl
from vislearn.datasets import scenes
from vislearn.datasets.bundled.scenes import Scenes, write_scenes

TINY = ["--epochs", "1", "--pictures", "4", "--threads", "1"]


@pytest.fixture
def benchmark(script):
    return script("segmentation_training")


@pytest.fixture
def quick(benchmark, monkeypatch):
    """Runs that answer at once, and a list of those that were asked for."""
    asked = []

    def measure(question, *, pictures):
        asked.append(question)
        return benchmark.Run(*question.question, score=0.6 + question.seed / 100, by_epoch=(0.1, 0.6))

    monkeypatch.setattr(benchmark, "measure", measure)
    return asked


@pytest.mark.parametrize("way", ["scene", "Mask R-CNN, scene", "torchvision's recipe, scene"])
def test_a_way_learns_and_repeats(benchmark, way):
    setting = benchmark.replace(benchmark.WAYS[way], epochs=1, batch_size=2)
    question = benchmark.Run(way, 0, setting, "")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        first, again = (benchmark.measure(question, pictures=2) for _ in range(2))
    finally:
        torch.set_num_threads(threads)
    assert first.by_epoch == again.by_epoch == (first.score,)
    assert first.cpu_seconds > 0
    assert (first.unseen is None) == (way == "Mask R-CNN, scene")
    assert first.unseen == again.unseen


def test_seeds_are_for_the_comparison_and_the_first_for_the_others(benchmark, quick, tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert benchmark.main([*TINY, "--json", str(file)]) == 0
    compared = [run.way for run in quick if run.seed]
    assert compared == [way for way in benchmark.COMPARED for _seed in (1, 2)]
    assert "0.610 (0.600…0.620)" in capsys.readouterr().out
    asked = len(quick)
    assert benchmark.main([*TINY, "--json", str(file)]) == 0  # nothing is run anew
    assert len(quick) == asked
    rows = json.loads(file.read_text())["runs"]
    assert len(rows) == asked


def test_other_weights_are_measured_anew(benchmark, quick, tmp_path):
    file = tmp_path / "figures.json"
    how = [*TINY, "--ways", "scene", "--seeds", "0", "--json", str(file)]
    benchmark.main(how)
    record = json.loads(file.read_text())
    record["runs"][0]["weights"] = "others"
    file.write_text(json.dumps(record))
    benchmark.main(how)
    assert len(quick) == 2


def test_results_from_before_there_were_recipes_and_unseen_scenes_still_count(benchmark, quick, tmp_path):
    file = tmp_path / "figures.json"
    how = [*TINY, "--ways", "scene", "--seeds", "0", "--json", str(file)]
    benchmark.main(how)
    record = json.loads(file.read_text())
    del record["runs"][0]["setting"]["recipe"], record["runs"][0]["unseen"]
    file.write_text(json.dumps(record))
    benchmark.main(how)
    assert len(quick) == 1


def test_the_recipe_scales_mirrors_crops_and_leaves_void_beyond_small_pictures(script):
    transform = script("reference_recipe").reference_transform(52)
    image = tv_tensors.Image(torch.full((3, 52, 52), 200, dtype=torch.uint8))
    mask = tv_tensors.Mask(torch.full((52, 52), 7, dtype=torch.uint8))
    torch.manual_seed(0)
    seen = [transform(image, mask) for _turn in range(20)]
    assert {tuple(picture.shape) for picture, _mask in seen} == {(3, 48, 48)}
    assert {(one.dtype, tuple(one.shape)) for _picture, one in seen} == {(torch.int64, (48, 48))}
    assert {number for _picture, one in seen for number in one.unique().tolist()} == {7, 255}
    for picture, one in seen:
        assert ((picture[0] > 0) == (one == 7)).float().mean() > 0.99  # black, normalised, is below 0


def test_unseen_scenes_are_others_of_the_same_kind(tmp_path):
    for _scene in write_scenes(tmp_path, "val", 3, 2):
        pass
    unseen, known = Scenes(tmp_path, "val"), Scenes(scenes("val").voc_root, "val")
    assert unseen.names == known.names[:3]
    for name in unseen.names:
        assert (unseen.images / f"{name}.jpg").read_bytes() != (known.images / f"{name}.jpg").read_bytes()


def test_what_is_kept_with_the_course_are_runs_of_the_script_in_its_settings(benchmark):
    runs = vl.datasets.measurements("segmentation_training")["runs"]
    kept = [(run["way"], run["seed"]) for run in runs]
    asked = {(run.way, run.seed): run for run in benchmark.questions(benchmark.WAYS, benchmark.SEEDS, None)}
    assert len(set(kept)) == len(kept)
    for run in runs:
        setting = benchmark.asdict(asked[run["way"], run["seed"]].setting)
        assert run["setting"] == setting | {"strides": list(setting["strides"])}
        assert len(run["by_epoch"]) == setting["epochs"]
        assert run["score"] == run["by_epoch"][-1]


@pytest.mark.parametrize(("way", "least"), [("Mask R-CNN, scene", 0.75), ("scene", 0.6)])
def test_every_seed_reached_what_the_course_promises_and_none_from_scratch(benchmark, way, least):
    runs = vl.datasets.measurements("segmentation_training")["runs"]
    scores = {run["seed"]: run["score"] for run in runs if run["way"] == way}
    scratch = [run["score"] for run in runs if run["way"] == way.replace("scene", "scratch")]
    assert sorted(scores) == [*benchmark.SEEDS]
    assert least <= min(scores.values())
    assert max(scratch) < min(scores.values())
