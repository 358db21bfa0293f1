import json

import pytest

from vislearn.datasets.detection.coco_folder import coco_files, home_of, json_files
from vislearn.errors import FileError


def test_coco_s_files_are_known_by_what_they_hold(tmp_path):
    (tmp_path / "notes").mkdir()
    content = {"images": [], "annotations": [], "categories": []}
    (tmp_path / "notes" / "b.json").write_text(json.dumps(content))
    (tmp_path / "a.json").write_text("[]")
    (tmp_path / "._b.json").write_text("litter")
    (tmp_path / "cut.json").write_text("{")
    assert json_files(tmp_path) == [tmp_path / "a.json", tmp_path / "cut.json", tmp_path / "notes" / "b.json"]
    assert coco_files(tmp_path) == [tmp_path / "notes" / "b.json"]


def test_other_words_on_the_same_pictures_are_no_parts(tmp_path):
    content = json.dumps({"images": [], "annotations": [], "categories": []})
    for name in ("instances_train2017", "person_keypoints_train2017", "instances_val2017", "stuff_test2017"):
        (tmp_path / f"{name}.json").write_text(content)
    names = [path.stem for path in coco_files(tmp_path)]
    assert names == ["instances_train2017", "instances_val2017", "stuff_test2017"]


def test_home_is_where_a_named_picture_lies(tmp_path):
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"images": [{"file_name": "gone.png"}, {"file_name": "b.png"}, 3]}))
    (tmp_path / "deep" / "below").mkdir(parents=True)
    assert home_of(file, tmp_path) == tmp_path
    (tmp_path / "deep" / "below" / "b.png").touch()
    assert home_of(file, tmp_path) == tmp_path / "deep" / "below"
    file.write_text("{")
    with pytest.raises(FileError, match="is not JSON"):
        home_of(file, tmp_path)
