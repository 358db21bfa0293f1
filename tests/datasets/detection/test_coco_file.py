import json

import pytest

from vislearn.datasets.detection.coco_file import read_coco, read_json
from vislearn.errors import FileError


def content():
    return {
        "images": [{"id": 7, "file_name": "a.png", "height": 40, "width": 60.0}],
        "categories": [{"id": 1, "name": "ant", "supercategory": None}, {"id": 2, "name": "bee"}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 2, "bbox": [10, 5, 20, 10]}],
    }


def written(tmp_path, value):
    (tmp_path / "a.json").write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return tmp_path / "a.json"


def changed(kind, key, value):
    file = content()
    file[kind][0][key] = value
    return file


def test_nothing_at_all(tmp_path):
    file = read_coco(written(tmp_path, {"images": [], "categories": [], "annotations": []}))
    assert (file.images, file.categories, file.annotations) == ({}, {}, {})


def test_names_are_by_id_and_null_is_as_good_as_nothing(tmp_path):
    value = changed("annotations", "area", None)
    value["annotations"][0]["iscrowd"] = None
    file = read_coco(written(tmp_path, "\ufeff" + json.dumps(value)))
    assert file.categories == {1: "ant", 2: "bee"}
    assert file.annotations[1].keys() == {"id", "image_id", "category_id", "bbox"}


def test_roots_hold_others_together(tmp_path):
    value = content()
    value["categories"] = [
        {"id": 0, "name": "insects", "supercategory": "none"},
        {"id": 1, "name": "ant", "supercategory": "insects"},
        {"id": 2, "name": "bee", "supercategory": "bee"},  # its own parent, as COCO's person is
    ]
    assert read_coco(written(tmp_path, value)).roots == {0}


WRONG = [
    (changed("annotations", "area", ""), "has an area that is no number of pixels in annotation 1: ''"),
    (changed("annotations", "area", -3), "an area that is no number"),
    (changed("annotations", "area", True), "an area that is no number"),
    (changed("annotations", "iscrowd", "0"), "iscrowd that is neither 0 nor 1 in annotation 1: '0'"),
    (changed("annotations", "iscrowd", 2), "neither 0 nor 1"),
    (changed("annotations", "bbox", None), "without 'bbox'"),
    (changed("annotations", "bbox", [1, 2, 3, float("nan")]), "isn't four numbers"),
    (changed("annotations", "bbox", [1, 2, 3, 1e9]), "far beyond any picture in annotation 1"),
    (changed("annotations", "bbox", [1, 2, 3, True]), "isn't four numbers"),
    (changed("annotations", "image_id", "7"), "unknown image_id '7'"),
    (changed("annotations", "image_id", [7]), r"unknown image_id \[7\]"),
    (changed("annotations", "category_id", True), "unknown category_id True"),
    (changed("images", "id", 10**20), "no whole number: 100000000000000000000"),
    (changed("images", "id", True), "no whole number: True"),
    (changed("images", "file_name", ""), "no file name in image 7: ''"),
    (changed("images", "file_name", ["a.png"]), "no file name in image 7"),
    (changed("images", "height", -40), "has a height that is no number of pixels in image 7: -40"),
    (changed("images", "width", "60"), "has a width that is no number of pixels in image 7: '60'"),
    (changed("images", "width", 10**7), "a width that is no number of pixels"),
    (changed("categories", "name", "bee"), "calls two categories 'bee': 1 and 2"),
    (changed("categories", "name", " "), "a category 1 without a name: ' '"),
    (changed("categories", "name", ["ant"]), "a category 1 without a name"),
    ("[" * 100_000, "is not JSON|no program means to write"),
    ('{"images": [' + "1" * 5000 + "]}", "no program means to write"),
    ("", "is not JSON: .* line 1, column 1"),
    ('{"images": [{"id": 1, "width": 6, "id": 2}]}', "says 'id' twice in one object"),
]


@pytest.mark.parametrize(("value", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_a_wrong_entry_is_named_with_its_file(tmp_path, value, sentence):
    with pytest.raises(FileError, match=rf"a\.json.*(?:{sentence})"):
        read_coco(written(tmp_path, value))


def test_two_names_that_only_look_alike_are_one(tmp_path):
    value = content()
    value["categories"] = [{"id": 1, "name": "\u09dc"}, {"id": 2, "name": "\u09a1\u09bc"}]
    with pytest.raises(FileError, match="calls two categories"):
        read_coco(written(tmp_path, value))


def test_other_encodings_and_folders(tmp_path):
    (tmp_path / "a.json").write_text("{}", encoding="utf-16")
    with pytest.raises(FileError, match="not text in UTF-8"):
        read_json(tmp_path / "a.json")
    with pytest.raises(FileError, match="can't be read"):
        read_json(tmp_path)
