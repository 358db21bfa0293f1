import json

import numpy as np
import pytest
from PIL import Image

from vislearn.datasets.opened import open_parts
from vislearn.errors import FileError


def picture(path, size=(12, 10)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)).save(path)


def coco(path, names):
    record = {
        "images": [{"id": at, "file_name": name, "width": 10, "height": 12} for at, name in enumerate(names)],
        "annotations": [
            {"id": 1, "image_id": 0, "category_id": 7, "bbox": [1, 1, 4, 5], "area": 20, "iscrowd": 0},
            {"id": 2, "image_id": 0, "category_id": 9, "bbox": [2, 2, 4, 5], "area": 20, "iscrowd": 0},
        ],
        "categories": [{"id": 7, "name": "cat"}, {"id": 9, "name": "dog"}],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.parametrize("names", [("train", "val"), ("Train", "Test"), ("training", "validation")])
def test_folders_of_parts_come_training_first(tmp_path, names):
    for name in names:
        picture(tmp_path / name / "cat" / "1.png")
    assert [part.name for part in open_parts(tmp_path)] == [name.lower() for name in names]


def test_a_folder_per_class(tmp_path):
    picture(tmp_path / "cat" / "1.png")
    picture(tmp_path / "dog" / "1.png")
    (part,) = open_parts(tmp_path)
    assert (part.kind, part.classes, part.problems()) == ("ImageFolder", ["cat", "dog"], [])
    assert part.items[1] == (tmp_path / "dog" / "1.png", ["dog"])


@pytest.mark.parametrize("place", ["instances.json", "annotations/instances.json"])
@pytest.mark.parametrize("home", ["", "images", "deep/below"])
def test_coco_finds_its_pictures(tmp_path, place, home):
    coco(tmp_path / place, ["a.png", "b.png"])
    for name in ("a.png", "b.png"):
        picture(tmp_path / home / name)
    (part,) = open_parts(tmp_path)
    assert (part.kind, part.unit, part.problems()) == ("COCO", "objects", [])
    assert part.items == [(tmp_path / home / "a.png", ["cat", "dog"]), (tmp_path / home / "b.png", [])]


def outlined(folder, *outlines):
    """COCO's file with an outline for each of its two boxes, [1, 1, 5, 6] and [2, 2, 6, 7]."""
    coco(folder / "instances.json", ["a.png"])
    picture(folder / "a.png")
    file = json.loads((folder / "instances.json").read_text(encoding="utf-8"))
    for entry, outline in zip(file["annotations"], outlines, strict=True):
        entry["segmentation"] = outline
    (folder / "instances.json").write_text(json.dumps(file), encoding="utf-8")


def test_all_of_coco_s_outlines_that_cannot_be_used_are_told(tmp_path):
    outlined(tmp_path, [[1, 2]], [[7, 8, 9, 8, 9, 11, 7, 11]])
    (part,) = open_parts(tmp_path)
    unread, outside = part.problems()
    assert {unread.where, outside.where} == {str(tmp_path / "instances.json")}
    assert (
        unread.what == "has a polygon of 2 numbers; three points make six: [1, 2], in annotation 1 of a.png"
    )
    assert outside.what.startswith("has an outline mostly outside its own box [2, 2, 4, 5], in annotation 2")
    assert part.items == [(tmp_path / "a.png", ["cat", "dog"])]


@pytest.mark.parametrize("none", [None, [], [[]]])
def test_boxes_without_outlines_are_sound(tmp_path, none):
    outlined(tmp_path, none, [[2, 2, 6, 2, 6, 7, 2, 7]])
    assert open_parts(tmp_path)[0].problems() == []


def test_coco_with_two_files_has_two_parts(tmp_path):
    for split in ("val", "train"):
        coco(tmp_path / f"instances_{split}.json", [f"{split}.png"])
        picture(tmp_path / f"{split}.png")
    assert [part.name for part in open_parts(tmp_path)] == ["instances_train", "instances_val"]


def test_other_json_is_no_coco(tmp_path):
    (tmp_path / "notes.json").write_text("[1, 2]", encoding="utf-8")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    picture(tmp_path / "cat" / "1.png")
    assert open_parts(tmp_path)[0].kind == "ImageFolder"


def test_voc_without_lists_is_one_part(tmp_path):
    picture(tmp_path / "JPEGImages" / "a.jpg")
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations" / "a.xml").write_text(
        "<annotation><filename>a.jpg</filename><size><width>10</width><height>12</height><depth>3</depth></size>"
        "<object><name>cat</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>8</xmax><ymax>9</ymax></bndbox>"
        "</object></annotation>",
        encoding="utf-8",
    )
    (part,) = open_parts(tmp_path)
    assert (part.kind, part.name, part.items[0][1]) == ("VOC", "", ["cat"])


@pytest.mark.parametrize("labels", ["labels", "masks"])
def test_label_images_count_pictures_that_show_a_class(tmp_path, labels):
    picture(tmp_path / "images" / "a.png")
    mask = np.zeros((12, 10), np.uint8)
    mask[:4] = 1
    mask[8:] = 255
    (tmp_path / labels).mkdir()
    Image.fromarray(mask).save(tmp_path / labels / "a.png")
    (tmp_path / "classes.txt").write_text("ground\nroad\n", encoding="utf-8")
    (part,) = open_parts(tmp_path)
    assert (part.kind, part.items[0][1], part.problems()) == ("label images", ["ground", "road"], [])


def labelled(folder, *numbers):
    """A picture beside its label image, a row for each number."""
    picture(folder / "images" / "a.png")
    (folder / "labels").mkdir()
    Image.fromarray(np.repeat(np.uint8(numbers), 12 // len(numbers))[:, None].repeat(10, 1)).save(
        folder / "labels" / "a.png"
    )


def test_label_images_in_parts_share_their_classes_and_a_damaged_part_is_told(tmp_path):
    labelled(tmp_path / "train", 0, 1)
    labelled(tmp_path / "val", 1, 0)
    labelled(tmp_path / "test", 0, 0)
    (tmp_path / "test" / "labels" / "a.png").rename(tmp_path / "test" / "labels" / "b.png")
    (tmp_path / "classes.txt").write_text("ground\nroad\n", encoding="utf-8")
    train, val = open_parts(tmp_path)
    assert (train.name, train.kind, train.items[0][1]) == ("train", "label images", ["ground", "road"])
    assert (val.name, val.items[0][1], val.problems()) == ("val", ["ground", "road"], [])
    (problem,) = train.problems()
    assert "pictures without a label image (1): a.png" in str(problem)


@pytest.mark.parametrize("part", [".", "train"])
def test_masks_without_names_are_no_class(tmp_path, part):
    labelled(tmp_path / part, 0, 255)
    with pytest.raises(FileError, match=r"labels\), and no names of classes.*classes\.txt.*--foreground"):
        open_parts(tmp_path)


def test_a_mask_for_each_object_is_an_object(tmp_path):
    for name in ("one", "two"):
        picture(tmp_path / name / "images" / "a.png")
        (tmp_path / name / "masks").mkdir()
        for number in range(2):
            mask = np.zeros((12, 10), np.uint8)
            mask[6 * number : 6 * number + 4, 2:8] = 255
            Image.fromarray(mask).save(tmp_path / name / "masks" / f"{number}.png")
    (part,) = open_parts(tmp_path)
    assert (part.kind, part.items[1][1], part.problems()) == ("masks of objects", ["object"] * 2, [])


def test_of_masks_of_objects_all_that_is_wrong_is_told_and_the_rest_opened(tmp_path):
    for name in ("one", "three", "two"):
        picture(tmp_path / name / "images" / "a.png")
        (tmp_path / name / "masks").mkdir()
        for number in range(3):
            mask = np.zeros((12, 10), np.uint8)
            mask[4 * number : 4 * number + 3, 2:8] = 255
            Image.fromarray(mask).save(tmp_path / name / "masks" / f"{number}.png")
    Image.new("L", (10, 12)).save(tmp_path / "one" / "masks" / "0.png")
    Image.new("L", (9, 12), 255).save(tmp_path / "one" / "masks" / "2.png")
    picture(tmp_path / "two" / "images" / "b.png")
    (part,) = open_parts(tmp_path)
    assert [path.parts[-3] for path, _labels in part.items] == ["three"]
    empty, size, double = map(str, part.problems())
    assert "0.png is an empty mask" in empty
    assert "2.png is 12×9 pixels (height×width), but 1.png beside it is 12×10. Was one" in size
    assert "must hold one picture, and holds 2" in double


def test_a_mask_that_cannot_be_read_is_a_problem_not_an_end(tmp_path):
    picture(tmp_path / "images" / "a.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.png").write_bytes(b"no picture")
    (tmp_path / "classes.txt").write_text("ground\nroad\n", encoding="utf-8")
    (part,) = open_parts(tmp_path)
    assert part.items[0][1] == []
    assert "a.png" in str(part.problems()[0])


def yolo(folder, parts):
    lines = [f"{key}: images/{key}\n" for key in parts]
    (folder / "data.yaml").write_text("names: [cat, dog]\n" + "".join(lines), encoding="utf-8")
    for key in parts:
        picture(folder / "images" / key / f"{key}.png")
        (folder / "labels" / key).mkdir(parents=True)
        (folder / "labels" / key / f"{key}.txt").write_text(
            "1 0.5 0.5 0.4 0.5\n0 0.3 0.3 0.4 0.4\n", encoding="utf-8"
        )


def test_yolo_has_the_parts_that_its_yaml_names(tmp_path):
    yolo(tmp_path, ["val", "train"])
    first, second = open_parts(tmp_path)
    assert (first.kind, first.name, second.name, first.problems()) == ("YOLO", "train", "val", [])
    assert first.items == [(tmp_path / "images" / "train" / "train.png", ["dog", "cat"])]


def test_classes_without_objects_are_told_with_their_part(tmp_path):
    yolo(tmp_path, ["train", "val"])
    (tmp_path / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [ant, bee, cow]\n")
    told = [str(problem) for part in open_parts(tmp_path) for problem in part.problems()]
    assert [sentence.split(" has no object of")[0] for sentence in told] == ["The part train", "The part val"]


def test_yolo_with_one_part_has_no_name_for_it(tmp_path):
    yolo(tmp_path, ["train"])
    assert [part.name for part in open_parts(tmp_path)] == [""]


def test_labels_of_yolo_that_are_wrong_are_told_not_passed_over(tmp_path):
    yolo(tmp_path, ["train"])
    (tmp_path / "labels" / "train" / "train.txt").write_text("5 0.5 0.5 0.4 0.5\n", encoding="utf-8")
    (part,) = open_parts(tmp_path)
    assert part.items == []
    (problem,) = part.problems()
    assert "train.txt is wrong in line 1: it is of class 5" in str(problem)


def test_a_part_that_isn_t_there_is_told_and_the_others_opened(tmp_path):
    yolo(tmp_path, ["train", "val"])
    with (tmp_path / "data.yaml").open("a") as file:
        file.write("test: ../test/images\n")
    first, second = open_parts(tmp_path)
    assert (first.name, second.name, second.problems()) == ("train", "val", [])
    (problem,) = first.problems()
    assert "names ../test/images for test, which is not there" in problem.what


def test_where_no_part_can_be_opened_the_first_trouble_is_raised(tmp_path):
    yolo(tmp_path, ["train", "val"])
    (tmp_path / "data.yaml").write_text("names: [cat]\ntrain: here\nval: there\n")
    with pytest.raises(FileError, match="names here for train, which is not there"):
        open_parts(tmp_path)


def test_a_folder_that_could_be_two_programs_is_told_so(tmp_path):
    yolo(tmp_path, ["train"])
    (tmp_path / "annotations.xml").write_text("<annotations/>")
    with pytest.raises(FileError, match="could be YOLO or CVAT"):
        open_parts(tmp_path)


def test_labelme_beside_a_list_of_classes_is_labelme(tmp_path):
    picture(tmp_path / "a.png")
    (tmp_path / "a.json").write_text('{"shapes": []}')
    (tmp_path / "classes.txt").write_text("cat\n")
    assert open_parts(tmp_path)[0].kind == "LabelMe"


def test_a_damaged_file_of_coco_s_is_told_beside_a_sound_one(tmp_path):
    coco(tmp_path / "instances_train.json", ["a.png"])
    picture(tmp_path / "a.png")
    (tmp_path / "instances_val.json").write_text("{")
    (part,) = open_parts(tmp_path)
    (problem,) = part.problems()
    assert problem.where == str(tmp_path / "instances_val.json")
    assert "is not JSON" in problem.what


def test_parts_of_coco_in_files_of_one_name_are_called_as_their_folders(tmp_path):
    for part in ("train", "valid"):
        coco(tmp_path / part / "_annotations.coco.json", ["a.png"])
        picture(tmp_path / part / "a.png")
    assert [part.name for part in open_parts(tmp_path)] == ["train", "valid"]


def test_an_empty_list_of_voc_s_stops_no_other_part(tmp_path):
    picture(tmp_path / "JPEGImages" / "a.png")
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations" / "a.xml").write_text("<annotation/>")
    (tmp_path / "ImageSets" / "Main").mkdir(parents=True)
    for name, listed in (("train", "a\n"), ("val", "")):
        (tmp_path / "ImageSets" / "Main" / f"{name}.txt").write_text(listed)
    (part,) = open_parts(tmp_path)
    assert "val.txt names no file" in str(part.problems()[0])


def test_a_list_of_classes_makes_no_yolo_of_folders(tmp_path):
    picture(tmp_path / "cat" / "1.png")
    (tmp_path / "classes.txt").write_text("cat\n", encoding="utf-8")
    assert open_parts(tmp_path)[0].kind == "ImageFolder"


@pytest.mark.parametrize(
    ("pictures", "labels"),
    [
        ("images/train", "labels/train"),
        ("images", "labels"),
        ("train/images", "train/labels"),
        ("", ""),
    ],
)
def test_yolo_without_names_of_classes_is_told_so_and_is_no_image_folder(tmp_path, pictures, labels):
    picture(tmp_path / pictures / "a.png")
    (tmp_path / labels).mkdir(parents=True, exist_ok=True)
    (tmp_path / labels / "a.txt").write_text("\n1 0.5 0.5 0.4 0.5\n", encoding="utf-8")
    with pytest.raises(FileError, match=r"holds YOLO's boxes \(.*a\.txt\), and no names of classes\. Write"):
        open_parts(tmp_path)


def test_labelimgs_yolo_lies_in_one_folder(tmp_path):
    picture(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("1 0.5 0.5 0.4 0.5\n", encoding="utf-8")
    (tmp_path / "classes.txt").write_text("cat\ndog\n", encoding="utf-8")
    (part,) = open_parts(tmp_path)
    assert (part.kind, part.items) == ("YOLO", [(tmp_path / "a.png", ["dog"])])


def test_other_texts_make_no_yolo_of_folders(tmp_path):
    picture(tmp_path / "labels" / "a.png")
    (tmp_path / "labels" / "a.txt").write_text("A label on a bottle.\n", encoding="utf-8")
    assert open_parts(tmp_path)[0].kind == "ImageFolder"


def test_roboflow_has_the_parts_that_are_there(tmp_path):
    for name in ("train", "valid"):
        coco(tmp_path / name / "_annotations.coco.json", ["a.png"])
        picture(tmp_path / name / "a.png")
    assert [part.kind for part in open_parts(tmp_path)] == ["COCO", "COCO"]


def test_labelme_is_known(tmp_path):
    picture(tmp_path / "a.png")
    shape = {
        "label": "cat",
        "shape_type": "rectangle",
        "points": [[1, 1], [5, 6]],
        "group_id": None,
        "flags": {},
    }
    record = {"version": "5.5.0", "flags": {}, "shapes": [shape], "imagePath": "a.png", "imageData": None}
    record |= {"imageHeight": 12, "imageWidth": 10}
    (tmp_path / "a.json").write_text(json.dumps(record), encoding="utf-8")
    (part,) = open_parts(tmp_path)
    assert (part.kind, part.items) == ("LabelMe", [(tmp_path / "a.png", ["cat"])])


def test_nothing_known(tmp_path):
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(FileError, match="has no layout that is known"):
        open_parts(tmp_path)


@pytest.mark.parametrize(
    ("val", "told"),
    [
        (["ant", "bee"], None),
        (["ant"], None),
        (["bee"], "1 is 'bee' here and 'ant' there"),
        (["ant", "cow"], "2 is"),
    ],
)
def test_parts_of_coco_that_count_their_classes_apart_are_told(tmp_path, val, told):
    for split, names in (("train", ["ant", "bee"]), ("val", val)):
        coco(tmp_path / f"instances_{split}.json", [f"{split}.png"])
        file = json.loads((tmp_path / f"instances_{split}.json").read_text(encoding="utf-8"))
        file["categories"] = [{"id": at, "name": name} for at, name in enumerate(names, start=1)]
        box = {"image_id": 0}
        picture(tmp_path / f"{split}.png", (12, 10))
        file["annotations"] = [{"id": at, "category_id": at, **box} for at in range(1, len(names) + 1)]
        for at, entry in enumerate(file["annotations"]):
            entry["bbox"] = [at * 5, 0, 5, 5]
        (tmp_path / f"instances_{split}.json").write_text(json.dumps(file), encoding="utf-8")
    train, other = open_parts(tmp_path)
    assert train.problems() == []
    found = [str(problem) for problem in other.problems()]
    assert len(found) == (told is not None)
    if told:
        assert found[0].startswith(f"{tmp_path / 'instances_val.json'} counts its classes otherwise than")
        assert f"instances_train.json: {told}" in found[0]
