"""data.yaml: names and places, as Ultralytics and Roboflow write them."""

import pytest

from vislearn.datasets.detection.yolo_yaml import class_list, part_of, read_yaml, yaml_in
from vislearn.errors import FileError


def content(tmp_path, text):
    (tmp_path / "data.yaml").write_text(text, encoding="utf-8")
    return tmp_path / "data.yaml", read_yaml(tmp_path / "data.yaml")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("names: [cat, dog]\nnc: 2", ["cat", "dog"]),
        ("names:\n  1: dog\n  0: cat\n", ["cat", "dog"]),
        ("names: ['0', 1, 2.5]", ["0", "1", "2.5"]),
        ("names: [no, yes, on]", ["no", "yes", "on"]),
        ("names: [মৌমাছি]", ["মৌমাছি"]),
    ],
)
def test_names(tmp_path, text, names):
    assert class_list(*content(tmp_path, text)) == names


WRONG = [
    ("nc: 2", "has no names of classes"),
    ("names: []", "has no names"),
    ("names: cat", "has no names"),
    ("names: {0: cat, 2: dog}", "numbers its names 0, 2, not 0, 1, 2"),
    ("names: {1: cat, 2: dog}", "numbers its names 1, 2"),
    ("names: {0: cat, 0: dog}", "is not YAML: '0' stands there twice, line 1"),
    ("names: [cat, cat]", "names a class twice: 'cat'"),
    ("names: [cat, '']", "whose name is no word"),
    ("names: [cat, ~]", "whose name is no word"),
    ("names: [cat, [dog]]", "whose name is no word"),
    ("names: [cat]\nnc: 2", "has 1 names, but says nc: 2"),
    ("names: [cat", "is not YAML: .*, line 1"),
    ("names: !!python/object:os.system [cat]", "is not YAML: could not determine a constructor"),
    ("- cat", "holds no YAML of the form key: value"),
    ("", "holds no YAML of the form"),
    ("names: [2024-13-45]", "no program means to write"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_names(tmp_path, text, sentence):
    with pytest.raises(FileError, match=sentence):
        class_list(*content(tmp_path, text))


PLACES = [
    ("train: images/train", ""),
    ("train: [images/train]", ""),
    ("path: .\ntrain: images/train", ""),
    ("path: /content/elsewhere\ntrain: images/train", ""),
    ("train: ../images/train", ""),
    ("train: images\\train", ""),
]


@pytest.mark.parametrize(("text", "_"), PLACES)
def test_places(tmp_path, text, _):
    (tmp_path / "set" / "images" / "train").mkdir(parents=True)
    (place,) = part_of(*content(tmp_path / "set", text), "train")
    assert place.resolve() == (tmp_path / "set" / "images" / "train").resolve()


@pytest.mark.parametrize("key", ["val", "valid", "validation"])
def test_validation_has_three_names(tmp_path, key):
    (tmp_path / "images").mkdir()
    assert part_of(*content(tmp_path, f"{key}: images"), "val") == [tmp_path / "images"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("train: images", "names no pictures for val.*It has: train"),
        ("val: images/val", "names images/val for val, which is not there"),
    ],
)
def test_a_part_that_is_not_there(tmp_path, text, sentence):
    with pytest.raises(FileError, match=sentence):
        part_of(*content(tmp_path, text), "val")


def test_which_file(tmp_path):
    assert yaml_in(tmp_path) is None
    (tmp_path / "bees.yml").touch()
    assert yaml_in(tmp_path) == yaml_in(tmp_path / "bees.yml") == tmp_path / "bees.yml"
    (tmp_path / "other.yaml").touch()
    with pytest.raises(FileError, match=r"several YAML files: bees.yml, other.yaml"):
        yaml_in(tmp_path)
    (tmp_path / "data.yaml").touch()
    assert yaml_in(tmp_path) == tmp_path / "data.yaml"


def test_what_is_no_text(tmp_path):
    (tmp_path / "data.yaml").write_bytes(b"names: [\xff]")
    with pytest.raises(FileError, match="is not text in UTF-8"):
        read_yaml(tmp_path / "data.yaml")
    with pytest.raises(FileError, match="can't be read"):
        read_yaml(tmp_path)
