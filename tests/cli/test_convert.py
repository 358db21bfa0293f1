"""The command, from the outside."""

import json

import pytest
from click.testing import CliRunner
from PIL import Image

from vislearn.cli import convert as module
from vislearn.cli import main
from vislearn.datasets import coco_detection
from vislearn.datasets.conversion.losses import FORMATS
from vislearn.datasets.conversion.opening import SOURCES


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def folder(tmp_path):
    tmp_path = tmp_path / "in"
    tmp_path.mkdir()
    Image.new("RGB", (60, 40)).save(tmp_path / "a.png")
    shape = {"label": "bee", "points": [[10, 5], [30.5, 15]], "shape_type": "rectangle"}
    (tmp_path / "a.json").write_text(json.dumps({"imagePath": "a.png", "shapes": [shape]}))
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, ["convert", *map(str, arguments)])


def test_the_lists_are_those_of_the_package():
    assert sorted(module._SOURCES) == sorted(SOURCES)
    assert module._FORMATS == FORMATS


def test_from_labelme_to_coco(folder, tmp_path):
    done = run(folder, tmp_path / "out", "--to", "coco", "--masks")
    assert done.exit_code == 0, done.output
    file = tmp_path / "out" / "annotations" / "instances_train.json"
    assert done.output == f"Saved: {file} (pictures with their boxes: 1).\n"
    target = coco_detection(file, tmp_path / "out" / "images" / "train", masks=True)[0][1]
    assert target["boxes"].tolist() == [[10, 5, 30.5, 15]]


def test_what_is_lost_is_said(folder, tmp_path):
    done = run(folder, tmp_path / "out", "--to", "voc", "--from", "labelme", "--no-pictures")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("1 object is between whole pixels")
    assert not any((tmp_path / "out" / "JPEGImages").glob("*"))


def test_slips_are_mended_on_request(folder, tmp_path):
    text = (folder / "a.json").read_text().replace("30.5", "61")
    (folder / "a.json").write_text(text)
    assert "must lie on the picture" in run(folder, tmp_path / "out", "--to", "yolo").output
    done = run(folder, tmp_path / "out", "--to", "yolo", "--repair")
    assert "It was clipped." in done.output
    assert done.exit_code == 0


def test_an_error_is_one_sentence(folder, tmp_path):
    assert run(folder, tmp_path / "out", "--to", "yolo").exit_code == 0
    done = run(folder, tmp_path / "out", "--to", "yolo")
    assert done.exit_code == 1
    assert "is there already" in done.output
    assert "Traceback" not in done.output


def test_parts_that_stay_behind_are_named(tmp_path):
    for split in ("train", "val"):
        for kind in ("images", "labels"):
            (tmp_path / "set" / kind / split).mkdir(parents=True)
        Image.new("RGB", (60, 40)).save(tmp_path / "set/images" / split / "a.png")
        (tmp_path / "set/labels" / split / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "set/data.yaml").write_text("names: [bee]\ntrain: images/train\nval: images/val\n")
    done = run(tmp_path / "set", tmp_path / "out", "--to", "coco")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == "The part val stays behind; bring it by: --split val"


def test_one_part_of_yolo_s_is_sound_and_is_read_again(folder, tmp_path):
    assert run(folder, tmp_path / "yolo", "--to", "yolo").exit_code == 0
    checked = CliRunner().invoke(main, ["check", str(tmp_path / "yolo")])
    assert checked.exit_code == 0, checked.output
    assert "There is no val yet: its line names the pictures of train." in checked.output
    again = run(tmp_path / "yolo", tmp_path / "coco", "--to", "coco")
    assert again.exit_code == 0, again.output
    assert "stays behind" not in again.output


@pytest.mark.parametrize(("place", "said"), [("", "is the folder"), ("deep/out", "lies in the folder")])
def test_a_place_in_the_folder_that_is_read_is_refused(folder, place, said):
    done = run(folder, folder / place, "--to", "yolo")
    assert done.exit_code == 1
    assert f"{said} that is read" in done.output
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "a.png"]


def test_what_has_no_box_is_left_out_on_request(folder, tmp_path):
    content = json.loads((folder / "a.json").read_text())
    content["shapes"].append({"label": "bee", "points": [[1, 2], [3, 4]], "shape_type": "line"})
    (folder / "a.json").write_text(json.dumps(content))
    assert (
        "left out by skip=, or by vislearn convert --skip"
        in run(folder, tmp_path / "out", "--to", "coco").output
    )
    done = run(folder, tmp_path / "out", "--to", "coco", "--skip", "line", "--skip", "point")
    assert done.exit_code == 0, done.output
    done = run(tmp_path / "out", tmp_path / "yolo", "--to", "yolo", "--skip", "line")
    assert "skip is for labelme and cvat" in done.output


@pytest.fixture
def coco(tmp_path):
    """Two objects of three categories with gaps, an outline, keypoints, and what nobody here reads."""
    (tmp_path / "set").mkdir()
    Image.new("RGB", (60, 40)).save(tmp_path / "set" / "a.png")
    record = {
        "info": {"year": 2024},
        "images": [{"id": 5, "file_name": "a.png", "height": 40, "width": 60, "license": 1}],
        "categories": [
            {"id": 90, "name": "bee", "supercategory": "insect"},
            {"id": 3, "name": "cow", "supercategory": "পশু"},
            {"id": 17, "name": "ant", "supercategory": "insect"},
        ],
        "annotations": [
            {"id": 70, "image_id": 5, "category_id": 90, "bbox": [10, 5, 20, 10], "area": 200, "iscrowd": 0}
            | {"segmentation": [[10, 5, 30, 5, 30, 15, 10, 15]], "keypoints": [12, 7, 2], "num_keypoints": 1},
            {"id": 31, "image_id": 5, "category_id": 3, "bbox": [0, 0, 5, 5], "area": 25, "iscrowd": 0}
            | {"segmentation": [[0, 0, 5, 0, 5, 5, 0, 5]]},
        ],
    }
    (tmp_path / "set" / "a.json").write_text(json.dumps(record), encoding="utf-8")
    return tmp_path / "set"


def test_from_coco_to_coco_numbers_and_groups_stay(coco, tmp_path):
    before = json.loads((coco / "a.json").read_text(encoding="utf-8"))
    done = run(coco, tmp_path / "out", "--to", "coco", "--masks")
    assert done.exit_code == 0, done.output
    after = json.loads((tmp_path / "out" / "annotations" / "instances_train.json").read_text("utf-8"))
    assert after["categories"] == sorted(before["categories"], key=lambda entry: entry["id"])
    for key in ("id", "image_id", "category_id", "bbox"):
        assert [entry[key] for entry in after["annotations"]] == [
            entry[key] for entry in before["annotations"]
        ]
    said = done.output.splitlines()
    assert len(said) == 4
    assert said[0].startswith("2 objects are drawn by corners, and are written as pixels")
    assert "a.json holds keypoints (objects: 1). Keep the file" in said[1]
    assert "a.json also holds 'info', 'images: license'. Keep the file" in said[2]


@pytest.mark.parametrize(
    ("to", "kept"), [("coco", None), ("voc", "by their names"), ("yolo", "counts classes from 0")]
)
def test_all_that_a_file_in_cocos_form_loses_is_said(coco, tmp_path, to, kept):
    done = run(coco, tmp_path / "out", "--to", to)
    assert done.exit_code == 0, done.output
    for told in (
        "2 objects are drawn with outlines, and only their boxes are converted",
        "a.json holds keypoints (objects: 1)",
        "a.json also holds 'info', 'images: license'",
    ):
        assert done.output.count(told) == 1
    ids = "The ids of the categories are lost: 3, 17, 90; and so are their supercategories: insect, পশু."
    assert (ids in done.output, kept is None or kept in done.output) == (kept is not None, True)


def test_outlines_of_other_programs_are_told_where_they_are_left_out(folder, tmp_path):
    content = json.loads((folder / "a.json").read_text())
    corners = {"label": "bee", "points": [[10, 5], [30, 5], [20, 15]], "shape_type": "polygon"}
    content["shapes"].append(corners)
    (folder / "a.json").write_text(json.dumps(content))
    done = run(folder, tmp_path / "out", "--to", "coco")
    assert done.output.startswith("1 object is drawn with an outline, and only its box is converted")


def test_pictures_without_annotation_are_told(folder, tmp_path):
    Image.new("RGB", (60, 40)).save(folder / "c.png")
    sentence = "Left out, because no annotation is about them: c.png (pictures: 1)."
    assert run(folder, tmp_path / "out", "--to", "yolo").output.startswith(sentence + "\n")
    checked = CliRunner().invoke(main, ["check", str(folder)])
    assert (checked.exit_code, sentence in checked.output) == (0, True), checked.output
    (folder / "a.json").write_text("{")
    assert sentence not in CliRunner().invoke(main, ["check", str(folder)]).output
