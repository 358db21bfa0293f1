import signal
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from vislearn import models, seeding, training
from vislearn.cli import main
from vislearn.models import detector, segmenter
from vislearn.training import DetectionTask, SegmentationTask, load_model
from vislearn.transforms import detection_transform, segmentation_transform


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


def fill(folder, count=5):
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    for number in range(count):
        labels = np.zeros((16, 16), dtype=np.uint8)
        labels[4:12, number : number + 8] = 1
        Image.fromarray(labels * 200).convert("RGB").save(folder / "images" / f"{number}.png")
        Image.fromarray(labels).save(folder / "labels" / f"{number}.png")


def run(root, *arguments):
    return CliRunner().invoke(main, ["train-segmenter", "--data_root", str(root), *map(str, arguments)])


def test_it_learns_judges_and_saves(tmp_path):
    fill(tmp_path / "data")
    (tmp_path / "data" / "classes.txt").write_text("0 nothing\n1 বর্গ\n", encoding="utf-8")
    out = tmp_path / "runs" / "s.pt"
    done = run(tmp_path / "data", "--epochs", 2, "--batch-size", 2, "--out", out)
    assert done.exit_code == 0, done.output
    assert "Epoch 2 of 2: loss" in done.output
    assert "pixel accuracy" in done.output
    assert done.output.splitlines()[-1] == f"Saved: {out}."
    assert load_model(out, segmenter).classes == ["nothing", "বর্গ"]


@pytest.fixture
def data(tmp_path):
    fill(tmp_path / "data")
    (tmp_path / "data" / "classes.txt").write_text("nothing\nsquare\n")
    return tmp_path / "data"


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_keeps_the_best_epoch_so_far(data, tmp_path, monkeypatch, signal_number):
    scores = iter([0.3, 0.6, 0.5])

    def evaluate(self, model, loader):
        if (miou := next(scores, None)) is None:
            signal.raise_signal(signal_number)
        return {"loss": 1.0, "pixel_accuracy": 0.5, "miou": miou}

    monkeypatch.setattr(SegmentationTask, "evaluate", evaluate)
    out = tmp_path / "s.pt"
    done = run(data, "--epochs", 9, "--batch-size", 2, "--out", out)
    assert done.exit_code == 130
    assert (
        done.output.splitlines()[-1]
        == f"Stopped. The best epoch so far is saved: {out} (epoch 2, mIoU 0.600)."
    )
    assert load_model(out, segmenter).scores["val_miou"] == 0.6


def test_stopped_in_its_first_epoch_it_has_nothing_and_says_so(data, tmp_path, monkeypatch):
    def evaluate(self, model, loader):
        raise KeyboardInterrupt

    monkeypatch.setattr(SegmentationTask, "evaluate", evaluate)
    done = run(data, "--out", tmp_path / "s.pt")
    assert done.exit_code == 130
    assert done.output.splitlines()[-1] == "Stopped before the first epoch was over: nothing is saved."
    assert not (tmp_path / "s.pt").exists()


def test_the_best_epoch_is_the_one_that_is_saved_and_judged(data, tmp_path, monkeypatch):
    scores, weights = [0.3, 0.6, 0.5, 0.0], []

    def evaluate(self, model, loader):
        weights.append(
            [parameter.detach().clone() for parameter in model.get_submodule("classifier").parameters()]
        )
        self.counts = torch.eye(2, dtype=torch.int64)
        return {"loss": 1.0, "pixel_accuracy": 0.5, "miou": scores[len(weights) - 1]}

    monkeypatch.setattr(SegmentationTask, "evaluate", evaluate)
    done = run(data, "--epochs", 3, "--batch-size", 2, "--out", tmp_path / "s.pt")
    assert done.exit_code == 0, done.output
    kept = list(load_model(tmp_path / "s.pt", segmenter).model.classifier.parameters())
    assert all(torch.equal(*pair) for pair in zip(kept, weights[1], strict=True))
    assert all(torch.equal(*pair) for pair in zip(kept, weights[3], strict=True))
    assert not all(torch.equal(*pair) for pair in zip(kept, weights[2], strict=True))


def test_a_segmenter_that_is_there_is_kept_unless_somebody_says_otherwise(data, tmp_path):
    out = tmp_path / "s.pt"
    out.write_bytes(b"of last week")
    arguments = ("--epochs", 1, "--out", out)
    refused = run(data, *arguments)
    assert refused.exit_code == 1
    assert f"{out} is there already" in refused.output
    assert "Epoch" not in refused.output
    assert out.read_bytes() == b"of last week"
    assert run(data, *arguments, "--overwrite").exit_code == 0
    assert load_model(out, segmenter).classes == ["nothing", "square"]


def whiten(folder):
    for path in (folder / "labels").iterdir():
        with Image.open(path) as image:
            white = np.asarray(image) * 255
        Image.fromarray(white).save(path)


def test_masks_in_black_and_white(data, tmp_path):
    whiten(data)
    refused = run(data)
    assert refused.exit_code == 1
    assert refused.output.count("holds nothing but 0 and 255") == 1
    assert "give --foreground square" in refused.output
    (data / "classes.txt").write_text("square\n")
    assert "must name at least two classes" in run(data).output
    assert "--foreground cell" in run(data).output
    out = tmp_path / "s.pt"
    done = run(data, "--epochs", 1, "--out", out, "--foreground", "cell")
    assert done.exit_code == 0, done.output
    assert load_model(out, segmenter).classes == ["background", "cell"]


def test_what_255_means_and_what_to_do_about_it_stands_in_the_help():
    told = " ".join(CliRunner().invoke(main, ["train-segmenter", "--help"]).output.split())
    assert "255 is void" in told
    assert "black and white, 0 and 255, see --foreground" in told
    assert "What is transparent in a picture is laid on white." in told


def test_without_names_of_the_classes_it_says_what_to_write(data):
    (data / "classes.txt").unlink()
    done = run(data)
    assert done.exit_code == 1
    (told,) = done.output.splitlines()
    assert f"{data / 'classes.txt'} does not exist" in told
    assert "the name of each class on a line of its own, the first for number 0" in told


def test_a_val_that_is_train_again_is_told(data):
    for part in ("train", "val"):
        fill(data / part)
    assert "5 of the 5 pictures in val are in train, too" in run(data, "--backbone", "foo").output


def test_an_unknown_backbone_is_told_what_there_is(data):
    done = run(data, "--backbone", "foo")
    assert done.exit_code == 1
    assert "backbone must be 'photo', 'scene', 'scratch' or a classification network" in done.output
    assert "mobilenet_v2, " in done.output
    assert "fcn_resnet50" not in done.output


@pytest.fixture
def cells(tmp_path):
    """Five pictures of two cells that touch, each with a number of its own."""
    for kind in ("images", "masks"):
        (tmp_path / "cells" / kind).mkdir(parents=True)
    for number in range(5):
        numbers = np.zeros((48, 48), dtype=np.uint8)
        numbers[8:28, 4 + number : 20 + number], numbers[8:28, 20 + number : 36 + number] = 1, 2
        Image.fromarray(80 * numbers).convert("RGB").save(tmp_path / "cells" / "images" / f"{number}.png")
        Image.fromarray(numbers).save(tmp_path / "cells" / "masks" / f"{number}.png")
    return tmp_path / "cells"


OBJECTS = ("--kind", "mask_rcnn", "--backbone", "scratch", "--foreground", "কোষ")


def test_objects_are_told_apart_judged_and_saved(cells, tmp_path):
    out = tmp_path / "runs" / "m.pt"
    done = run(cells, *OBJECTS, "--epochs", 1, "--batch-size", 4, "--out", out)
    assert done.exit_code == 0, done.output
    assert "Epoch 1 of 1: loss" in done.output
    assert "mask mAP" in done.output.splitlines()[-2]
    assert done.output.splitlines()[-1] == f"Saved: {out}."
    saved = load_model(out, detector)
    assert saved.classes == ["কোষ"]
    assert set(saved.scores) >= {"val_mask_map", "val_mask_map50", "val_map"}
    sizes = {size for level in saved.model.rpn.anchor_generator.sizes for size in level}
    assert max(sizes) == pytest.approx(320**0.5, abs=0.1)  # as large as the cells, 20×16


def test_who_stops_it_keeps_the_best_epoch_of_objects_too(cells, tmp_path, monkeypatch):
    scores = iter([0.3, 0.6])

    def evaluate(self, model, loader):
        if (score := next(scores, None)) is None:
            raise KeyboardInterrupt
        return {"map": score, "map50": score, "mask_map": score, "mask_map50": score}

    monkeypatch.setattr(DetectionTask, "evaluate", evaluate)
    monkeypatch.setattr(DetectionTask, "loss", lambda self, model, batch: next(model.parameters()).sum() * 0)
    out = tmp_path / "m.pt"
    done = run(cells, *OBJECTS, "--epochs", 9, "--out", out)
    assert done.exit_code == 130, done.output
    told = f"Stopped. The best epoch so far is saved: {out} (epoch 2, mask mAP 0.600)."
    assert done.output.splitlines()[-1] == told
    assert load_model(out, detector).scores["val_mask_map"] == 0.6


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--classes", "c.txt"), "--classes can't be used with --kind mask_rcnn: leave it out."),
        (("--stored", "numbers"), "--stored can't be used with --kind mask_rcnn: leave it out."),
        (("--loss", "ce+dice"), "--loss can't be used with --kind mask_rcnn: leave it out."),
    ],
)
def test_what_objects_have_no_use_for_is_refused(cells, arguments, told):
    done = run(cells, *OBJECTS, *arguments)
    assert done.exit_code == 2
    assert told in done.output


def test_objects_need_a_name(cells):
    done = run(cells, "--kind", "mask_rcnn")
    assert done.exit_code == 2
    assert "--kind mask_rcnn needs --foreground: what an object is called." in done.output


class Passed(Exception):
    """Nothing is learned: what it would be done with is known by now."""


@pytest.fixture
def passed_on(monkeypatch, data):
    """``passed_on(*arguments)``: what the command hands to the functions that do the work, by their names."""

    def ask(*arguments):
        told = {}

        def note(name, answer):
            def function(*given, **named):
                told[name] = given, named
                if isinstance(answer, type):
                    raise answer
                return answer

            return function

        real = training.segmentation_sets(data, say=lambda _text: None)
        for name in ("segmentation_sets", "instance_sets"):
            monkeypatch.setattr(training, name, note(name, real))
        monkeypatch.setattr(training, "anchor_sizes", note("anchor_sizes", "sizes"))
        for name in ("detector", "segmenter"):
            monkeypatch.setattr(models, name, note(name, "model"))
        for name in ("fit_segmenter", "fit_detector"):
            monkeypatch.setattr(training, name, note(name, Passed))
        monkeypatch.setattr(seeding, "Chance", lambda seed: told.update(seed=seed) or nullcontext())
        assert isinstance(run(data, *arguments).exception, Passed)
        return told

    return ask


def test_what_a_segmenter_is_made_of_and_how_it_learns(passed_on, data, tmp_path):
    told = passed_on("--size", 32, 40, "--out", tmp_path / "m.pt", "--suffix", "_L")
    (root,), named = told["segmentation_sets"]
    assert root == data
    assert repr(named.pop("transforms")) == repr(segmentation_transform(train=False, size_hw=(32, 40)))
    assert named.pop("say")
    nothing = dict.fromkeys(("classes", "objects", "background", "threshold", "stored", "scale"))
    assert named == nothing | {"suffix": "_L"}
    assert told["segmenter"] == (("lraspp", 2, "scene"), {})
    _model_and_sets, named = told["fit_segmenter"]
    after = named.pop("on_epoch")
    assert (after.column, after.score, after.out) == ("val_miou", "mIoU", tmp_path / "m.pt")
    usual = {"epochs": 20, "batch_size": 8, "lr": 2e-3, "seed": 0, "loss": "ce+dice"}
    assert named == usual | {"cache": True, "patience": 20}
    assert told["seed"] == 0
    told = passed_on(
        "--epochs", 3, "--seed", 5, "--backbone", "photo", "--kind", "fcn", "--out", tmp_path / "n.pt"
    )
    assert told["segmentation_sets"][1]["transforms"] is None
    assert told["segmenter"] == (("fcn", 2, "photo"), {})
    named = told["fit_segmenter"][1]
    assert (told["seed"], named["seed"], named["epochs"], named["patience"]) == (5, 5, 3, 3)


def test_what_finds_objects_is_made_of_and_how_it_learns(passed_on, data, tmp_path):
    told = passed_on(*OBJECTS, "--size", 32, 40, "--epochs", 3, "--seed", 5, "--out", tmp_path / "m.pt")
    (root,), named = told["instance_sets"]
    assert (root, named.pop("label")) == (data, "কোষ")
    assert repr(named.pop("transforms")) == repr(detection_transform(train=False, size_hw=(32, 40)))
    assert named.pop("say")
    assert named == {"background": None, "threshold": None, "suffix": "", "scale": None}
    made = {"anchor_sizes": "sizes", "max_objects": 200, "proposals": 300}
    assert told["detector"] == (("mask_rcnn", 1, "scratch"), made)
    _model_and_sets, named = told["fit_detector"]
    after = named.pop("on_epoch")
    assert (after.column, after.score, after.epochs) == ("val_mask_map", "mask mAP", 3)
    assert named == {"epochs": 3, "batch_size": 8, "lr": 2e-3, "seed": 5, "patience": 3}
    assert told["seed"] == 5
