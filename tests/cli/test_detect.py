import json

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from vislearn.cli import main
from vislearn.datasets import coco_detection
from vislearn.io import read_image
from vislearn.models import detector, segmenter
from vislearn.training import load_model, predict_boxes, save_model
from vislearn.transforms import detection_transform

CLASSES = ["ব্যাঙ", "frog"]


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def file(tmp_path):
    torch.manual_seed(0)
    model = detector("faster_rcnn", 2, "scratch", max_objects=3)
    return save_model(tmp_path / "m.pt", model, classes=CLASSES, transform=detection_transform(train=False))


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(("a.png", "more/b.png")):
        pixels = np.random.default_rng(number).integers(0, 256, (64, 96, 3), dtype=np.uint8)
        place = tmp_path / "in" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place)
    return tmp_path / "in"


def run(*arguments):
    return CliRunner().invoke(main, ["detect", *map(str, arguments)])


def test_boxes_are_drawn_and_kept_as_our_own_reader_takes_them(file, folder, tmp_path):
    done = run(file, folder, "--score", 0.1, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    saved = load_model(file, detector)
    data = coco_detection(tmp_path / "out" / "detections.json", folder)
    assert list(data.classes) == CLASSES
    for (image, target), name in zip(data, ("a.png", "more/b.png"), strict=True):
        found = predict_boxes(saved, read_image(folder / name), score=0.1)
        assert len(found["boxes"]) == 3
        torch.testing.assert_close(
            target["boxes"].as_subclass(torch.Tensor), found["boxes"], atol=0.03, rtol=0
        )
        assert target["labels"].tolist() == found["labels"].tolist()
        drawn = read_image(tmp_path / "out" / "drawn" / f"{name.split('/')[-1]}")
        assert drawn.shape == image.shape
        assert not torch.equal(drawn, torch.as_tensor(image))
    record = json.loads((tmp_path / "out" / "detections.json").read_text("utf-8"))
    assert all(0.1 <= entry["score"] <= 1 for entry in record["annotations"])
    assert f"Saved: 6 objects on 2 pictures in {tmp_path / 'out'}." in done.output


def test_nothing_found_is_nothing_drawn(file, folder, tmp_path):
    done = run(file, folder / "a.png", "--score", 1, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert f"{folder / 'a.png'}: nothing" in done.output
    assert torch.equal(read_image(tmp_path / "out" / "drawn" / "a.png"), read_image(folder / "a.png"))


def test_what_can_not_be_read_is_named_and_the_others_are_done(file, folder, tmp_path):
    (folder / "c.png").write_bytes(b"no picture")
    done = run(file, folder, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert str(folder / "c.png") in done.output.splitlines()[-1]
    assert len(json.loads((tmp_path / "out" / "detections.json").read_text("utf-8"))["images"]) == 2


def test_a_segmenter_is_sent_to_the_command_that_takes_it(folder, tmp_path):
    file = save_model(tmp_path / "m.pt", segmenter("fcn", 2, "scratch"), classes=["a", "b"], transform=None)
    done = run(file, folder)
    assert done.exit_code == 1
    assert f"Error: {file} holds a segmenter, not a detector." in done.output
    assert "vislearn segment take it." in done.output
