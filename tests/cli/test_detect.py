import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from vislearn import training
from vislearn.cli import main
from vislearn.cli.detect import _as_coco, _counted, _drawn, _name
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
    assert f"Saved: {tmp_path / 'out'} (pictures: 2, objects: 6)." in done.output


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


def test_what_is_not_there_is_named_and_the_others_are_done(file, folder, tmp_path):
    done = run(file, folder / "a.png", folder / "nothere.png", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "nothere.png does not exist" in done.output.splitlines()[-1]
    assert (tmp_path / "out" / "drawn" / "a.png").exists()


@pytest.mark.parametrize("stopped_in", ["load_model", "predict_boxes"])
def test_stopped_before_the_first_picture_nothing_is_left(file, folder, tmp_path, monkeypatch, stopped_in):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, stopped_in, stopped)
    done = run(file, folder, "--out", tmp_path / "new" / "out")
    assert done.exit_code == 130
    assert done.output.splitlines()[-1].startswith("Stopped before ")
    assert not (tmp_path / "new").exists()


def test_of_two_pictures_called_alike_the_second_is_named_and_the_others_are_done(file, folder, tmp_path):
    (folder / "other").mkdir()
    (folder / "other" / "A.png").write_bytes((folder / "a.png").read_bytes())
    done = run(file, folder, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "A.png would be written to the file of a.png, too" in done.output.splitlines()[-1]
    assert (tmp_path / "out" / "drawn" / "a.png").exists()


def test_what_was_put_right_by_hand_is_kept_unless_somebody_says_otherwise(file, folder, tmp_path):
    out = ("--out", tmp_path / "out")
    assert run(file, folder / "a.png", *out).exit_code == 0
    record = tmp_path / "out" / "detections.json"
    record.write_text("put right by hand")
    refused = run(file, folder / "a.png", *out)
    assert refused.exit_code == 1
    assert f"{record} is there already, and would be overwritten." in refused.output
    assert record.read_text() == "put right by hand"
    assert run(file, folder / "a.png", *out, "--overwrite").exit_code == 0
    assert record.read_text() != "put right by hand"


def test_a_page_shows_what_is_drawn_and_names_what_can_not_be_read(file, folder, tmp_path):
    (folder / "c.png").write_bytes(b"no picture")
    page, out = tmp_path / "p.html", tmp_path / "out"
    done = run(file, folder, "--score", 0.1, "--out", out, "--html", page)
    assert done.exit_code == 1
    assert f"Saved: {page}" in done.output
    html = page.read_text("utf-8")
    assert "<h1>m.pt: objects on new pictures (2)</h1>" in html
    assert html.count("<img") == 2
    assert "Without an answer: 1" in html
    assert str(folder / "c.png") in html
    assert "more/b.png" in html
    counts = [
        entry["category_id"] for entry in json.loads((out / "detections.json").read_text())["annotations"]
    ]
    for label, name in enumerate(CLASSES, start=1):
        assert (f"{name} × {counts.count(label)}</li>" in html) == (label in counts)
    least = [
        min(predict_boxes(load_model(file, detector), read_image(folder / name), score=0.1)["scores"])
        for name in ("a.png", "more/b.png")
    ]
    order = html.index(">a.png<") < html.index(">more/b.png<")
    assert order == (least[0] <= least[1])
    assert run(file, folder, "--out", tmp_path / "o", "--html", page).output.startswith(
        f"Error: {page} is there"
    )


def test_a_page_may_not_take_the_place_of_another_result(file, folder, tmp_path):
    done = run(file, folder, "--out", tmp_path, "--html", tmp_path / "detections.json")
    assert done.exit_code == 1
    assert "detections.json is named for two results. Give each of them a name of its own." in done.output
    assert not (tmp_path / "drawn").exists()


def test_masks_are_drawn_and_kept_too(folder, tmp_path):
    torch.manual_seed(0)
    model = detector("mask_rcnn", 2, "scratch", max_objects=2)
    file = save_model(tmp_path / "m.pt", model, classes=CLASSES, transform=detection_transform(train=False))
    done = run(file, folder / "a.png", "--score", 0, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    found = predict_boxes(load_model(file, detector), read_image(folder / "a.png"), score=0)
    record = json.loads((tmp_path / "out" / "detections.json").read_text("utf-8"))
    data = coco_detection(tmp_path / "out" / "detections.json", folder, masks=True)
    assert torch.equal(data[0][1]["masks"].as_subclass(torch.Tensor).bool(), found["masks"])
    assert [entry["area"] for entry in record["annotations"]] == found["masks"].sum((1, 2)).tolist()


def test_a_segmenter_is_sent_to_the_command_that_takes_it(folder, tmp_path):
    file = save_model(tmp_path / "m.pt", segmenter("fcn", 2, "scratch"), classes=["a", "b"], transform=None)
    done = run(file, folder)
    assert done.exit_code == 1
    assert f"Error: {file} holds a segmenter, not a detector." in done.output
    assert "vislearn segment take it." in done.output


def test_of_a_mask_rcnn_masks_are_drawn_and_kept_too(folder, tmp_path):
    torch.manual_seed(0)
    model = detector("mask_rcnn", 2, "scratch", max_objects=3)
    transform = detection_transform(train=False)
    file = save_model(tmp_path / "m.pt", model, classes=CLASSES, transform=transform)
    done = run(file, folder, "--score", 0.1, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    record = json.loads((tmp_path / "out" / "detections.json").read_text("utf-8"))
    saved = load_model(file, detector)
    found = [predict_boxes(saved, read_image(folder / name), score=0.1) for name in ("a.png", "more/b.png")]
    masks = [mask for one in found for mask in one["masks"]]
    areas = [int(mask.sum()) for mask in masks]
    assert [entry["area"] for entry in record["annotations"]] == areas
    assert sum(areas) > 0
    for entry, mask in zip(
        record["annotations"], (mask for one in found for mask in one["masks"]), strict=True
    ):
        lengths = entry["segmentation"]["counts"]
        values = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
        assert np.array_equal(values.reshape(96, 64).T, mask.numpy())  # column by column, as COCO has it
    drawn = read_image(tmp_path / "out" / "drawn" / "a.png")
    covered = found[0]["masks"].any(0)
    before = read_image(folder / "a.png")
    assert (drawn != before).any(0)[covered].float().mean() > 0.9


@pytest.mark.parametrize(("classes", "count"), [(["cell", "debris"], 13), (["cell"], 3)])
def test_many_masks_and_those_of_a_single_class_are_drawn_without_words(folder, tmp_path, classes, count):
    torch.manual_seed(0)
    how = {"max_objects": count, "min_score": 0.0, "nms_iou": 1.0}
    model = detector("mask_rcnn", len(classes), "scratch", **how)
    file = save_model(tmp_path / "m.pt", model, classes=classes, transform=detection_transform(train=False))
    done = run(file, folder / "a.png", "--score", 0, "--out", tmp_path / "out")
    assert f"(pictures: 1, objects: {count})" in done.output
    found = predict_boxes(load_model(file, detector), read_image(folder / "a.png"), score=0)
    drawn, before = read_image(tmp_path / "out" / "drawn" / "a.png"), read_image(folder / "a.png")
    far = torch.nn.functional.max_pool2d(found["masks"].any(0)[None].float(), 9, 1, 4)[0] == 0
    assert torch.equal(drawn[:, far], before[:, far])


def test_a_folder_is_no_model(tmp_path):
    done = run(tmp_path, "a.png")
    assert (done.exit_code, "is a directory" in done.output) == (2, True)


def test_objects_are_counted_by_their_names_the_most_frequent_first():
    two, none = SimpleNamespace(classes=["cat", "dog"]), SimpleNamespace(classes=None)
    assert [_name(two, label) for label in range(4)] == ["0", "cat", "dog", "3"]  # 0 is the background
    assert _counted(two, {"labels": [2, 1, 2, 9]}) == "2 × dog, 1 × cat, 1 × 9"
    assert _counted(none, {"labels": [1]}) == "1 × 1"
    assert _counted(two, {"labels": []}) == "nothing"


def test_coco_s_record_by_hand(tmp_path):
    found = {
        tmp_path / "a/1.png": {
            "size": (30, 20),
            "boxes": [[1, 2, 4.004, 8]],
            "labels": [2],
            "scores": [0.98765],
        },
        tmp_path / "b/2.png": {
            "size": (9, 8),
            "boxes": [[0, 0, 1, 1], [0, 0, 2, 1.5]],
            "labels": [1, 7],
            "scores": [0.5, 0.25],
        },
        tmp_path / "b/3.png": {"size": (5, 5), "boxes": [], "labels": [], "scores": []},
    }
    usual = {"iscrowd": 0}
    assert _as_coco(SimpleNamespace(classes=["cat", "dog", "cow"]), found) == {
        "images": [
            {"id": 1, "file_name": "a/1.png", "width": 30, "height": 20},
            {"id": 2, "file_name": "b/2.png", "width": 9, "height": 8},
            {"id": 3, "file_name": "b/3.png", "width": 5, "height": 5},
        ],
        "categories": [
            {"id": 1, "name": "cat"},
            {"id": 2, "name": "dog"},
            {"id": 3, "name": "cow"},
            {"id": 7, "name": "7"},
        ],
        "annotations": [
            usual
            | {
                "id": 1,
                "image_id": 1,
                "category_id": 2,
                "bbox": [1, 2, 3.0, 6],
                "area": 18.0,
                "score": 0.9877,
            },
            usual | {"id": 2, "image_id": 2, "category_id": 1, "bbox": [0, 0, 1, 1], "area": 1, "score": 0.5},
            usual
            | {"id": 3, "image_id": 2, "category_id": 7, "bbox": [0, 0, 2, 1.5], "area": 3, "score": 0.25},
        ],
    }


@pytest.mark.parametrize(("side", "line", "letters"), [(40, 1, 10), (600, 2, 27), (1500, 5, 68)])
def test_lines_and_letters_are_as_large_as_the_picture_asks_for(monkeypatch, side, line, letters):
    told = {}

    def drawn(image, boxes, **style):
        told.update(style, boxes=boxes.tolist())
        return image

    monkeypatch.setattr("torchvision.utils.draw_bounding_boxes", drawn)
    found = {"boxes": torch.ones(1, 4), "labels": torch.tensor([1]), "scores": torch.tensor([0.876])}
    _drawn(torch.zeros(3, side, 2 * side, dtype=torch.uint8), found, SimpleNamespace(classes=["cat"]))
    assert (told["width"], told["font_size"], told["labels"]) == (line, letters, ["cat 88%"])
    assert (told["label_colors"], told["fill_labels"], told["boxes"]) == (["white"], True, [[1, 1, 1, 1]])


def test_twelve_bits_are_read_by_scale_or_as_the_model_learned_them(file, tmp_path):
    deep = np.random.default_rng(3).integers(0, 4096, (64, 96)).astype(np.uint16)
    (tmp_path / "new").mkdir()
    Image.fromarray(deep).save(tmp_path / "new" / "deep.png")
    Image.fromarray(np.floor(deep * (255 / 4095) + 0.5).astype(np.uint8)).save(tmp_path / "new" / "plain.png")
    saved = load_model(file, detector)
    about = {"classes": CLASSES, "transform": saved.transform, "scale": 4095}
    known = save_model(tmp_path / "known.pt", saved.model, **about)
    for model, more in ((known, ()), (file, ("--scale", 4095))):
        out = tmp_path / f"out{len(more)}"
        done = run(model, tmp_path / "new", "--score", 0.1, "--out", out, *more)
        assert (done.exit_code, "nearly black" in done.output) == (0, False), done.output
        assert torch.equal(*(read_image(out / "drawn" / f"{name}.png") for name in ("deep", "plain")))
