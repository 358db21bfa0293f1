"""YOLO's folders: as Ultralytics, Roboflow, LabelImg and Label Studio lay them out."""

import pytest
import torch
from PIL import Image

from vislearn.datasets import check_detection, yolo_detection
from vislearn.errors import FileError, InputError

BOX, EDGES = "1 0.5 0.5 0.2 0.4", [80, 30, 120, 70]
OUTLINE = "0 0.1 0.2 0.5 0.2 0.5 0.8 0.1 0.8"


@pytest.fixture
def root(tmp_path):
    for part in ("train", "val"):
        for kind in ("images", "labels"):
            (tmp_path / kind / part).mkdir(parents=True)
        Image.new("RGB", (200, 100)).save(tmp_path / "images" / part / "a.png")
        (tmp_path / "labels" / part / "a.txt").write_text(BOX + "\n")
    Image.new("RGB", (200, 100)).save(tmp_path / "images" / "train" / "b.png")
    (tmp_path / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [ant, bee]\n")
    return tmp_path


def label(root):
    return root / "labels" / "train" / "a.txt"


def near(boxes, expected):
    assert torch.allclose(boxes, torch.tensor(expected, dtype=torch.float32))


def test_boxes_in_pixels_and_labels_from_1(root):
    dataset = yolo_detection(root)
    assert dataset.classes == ["ant", "bee"]
    near(dataset[0][1]["boxes"], [EDGES])
    assert dataset[0][1]["labels"].tolist() == [2]
    assert dataset[1][1]["boxes"].shape == (0, 4)  # no file of labels: no objects
    assert len(yolo_detection(root / "data.yaml", "val")) == 1


def test_outlines_become_masks(root):
    label(root).write_text(OUTLINE)
    target = yolo_detection(root, masks=True)[0][1]
    near(target["boxes"], [[20, 20, 100, 80]])
    assert target["masks"][0, 20:80, 20:100].all()
    assert int(target["masks"].sum()) == 60 * 80


def test_masks_need_outlines(root):
    with pytest.raises(FileError, match="a box without an outline in line 1"):
        yolo_detection(root, masks=True)


def test_fractions_are_of_the_upright_picture(root):
    exif = Image.Exif()
    exif[0x0112] = 6
    (root / "images" / "train" / "a.png").unlink()
    Image.new("RGB", (100, 200)).save(root / "images" / "train" / "a.jpg", exif=exif)  # upright: 200×100
    near(yolo_detection(root)[0][1]["boxes"], [EDGES])


def test_a_list_of_pictures_instead_of_a_folder(root):
    (root / "data.yaml").write_text("train: train.txt\nnames: [ant, bee]")
    (root / "train.txt").write_text("./images/val/a.png\nimages/train/a.png\n")
    assert [path.parent.name for path, _annotation in yolo_detection(root).items] == ["val", "train"]


@pytest.mark.parametrize("together", [True, False])
def test_a_bare_folder_with_classes(tmp_path, together):
    pictures, labels = (tmp_path, tmp_path) if together else (tmp_path / "images", tmp_path / "labels")
    for place in {pictures, labels}:
        place.mkdir(exist_ok=True)
    Image.new("RGB", (200, 100)).save(pictures / "a.png")
    (labels / "a.txt").write_text(BOX)
    (labels / "classes.txt").write_text("ant\nbee\n")
    dataset = yolo_detection(tmp_path)
    near(dataset[0][1]["boxes"], [EDGES])
    assert dataset.classes == ["ant", "bee"]
    with pytest.raises(FileError, match=r"has no data.yaml that says which pictures are val"):
        yolo_detection(tmp_path, "val")


def test_labels_are_found_whichever_unicode_form_their_name_has(root):
    Image.new("RGB", (200, 100)).save(root / "images" / "train" / "\u09dc.png")
    (root / "labels" / "train" / "\u09a1\u09bc.txt").write_text(BOX)
    assert [len(annotation["labels"]) for _path, annotation in yolo_detection(root).items] == [1, 0, 1]


def test_a_box_that_sticks_out_is_told_or_mended(root):
    label(root).write_text("1 0.5 0.5 0.2 0.4\n\n0 0.004 0.5 0.02 0.4")  # from -1.2
    (problem,) = check_detection(yolo_detection(root))
    assert problem.where == str(label(root))
    assert "for a.png: line 3 (ant) must lie on the picture" in problem.what
    dataset = yolo_detection(root, repair=True)
    assert dataset[0][1]["boxes"][1, 0] == 0
    assert len(dataset.repairs) == 1


def test_another_split(root):
    with pytest.raises(InputError, match="split must be one of"):
        yolo_detection(root, "valid")
    with pytest.raises(FileError, match="names no pictures for test"):
        yolo_detection(root, "test")


def spoil(name, text):
    return lambda root: (root / name).write_text(text)


def _remove_labels(root):
    label(root).unlink()


def _twin(root):
    Image.new("RGB", (200, 100)).save(root / "images" / "train" / "a.jpg")


def _no_pictures(root):
    for path in (root / "images" / "train").iterdir():
        path.unlink()
    label(root).unlink()


def _break_picture(root):
    (root / "images" / "train" / "a.png").write_bytes(b"")


TRAIN = "labels/train/a.txt"
SPOILT = [
    (spoil(TRAIN, "1 0.5 0.5 0.2"), "line 1: it has 4 numbers"),
    (spoil(TRAIN, f"{BOX}\n{BOX}"), "line 2: it repeats line 1"),
    (spoil(TRAIN, "1 100 50 40 40"), "a number of pixels and no fraction"),
    (spoil(TRAIN, "1 0.5 0.5 nan 0.4"), "'nan' where a number belongs"),
    (spoil(TRAIN, "7 0.5 0.5 0.2 0.4"), "class 7, but 2 classes"),
    (spoil(TRAIN, "1 0.5 0.5 1.4 0.4"), "outside 0 ... 1"),
    (spoil(TRAIN, "bee 0.5 0.5 0.2 0.4"), "'bee' where a number"),
    (spoil("labels/train/c.txt", BOX), "c.txt has no picture in"),
    (spoil("data.yaml", "train: images/train\nnames: [ant"), "is not YAML"),
    (spoil("data.yaml", "train: images/train"), "has no names"),
    (spoil("data.yaml", "train: images/nowhere\nnames: [ant, bee]"), "which is not there"),
    (spoil("data.yaml", "names: [ant, bee]"), "names no pictures for train"),
    (spoil("data.yaml", "train: images/train\nnames: [ant, bee]\nkpt_shape: [17, 3]"), "keypoints"),
    (spoil("data.yaml", "train: images/train\nnames: {1: ant, 2: bee}"), "numbers its names"),
    (spoil("data.yaml", "train: images/train\nnames: [ant, bee]\nnc: 3"), "says nc: 3"),
    (spoil("data.yml", "names: [ant, bee]"), "several YAML files"),
    (_remove_labels, "has no labels for train"),
    (_twin, "could belong to a.jpg or a.png"),
    (_no_pictures, "names no pictures for train: images/train has none"),
    (_break_picture, "is empty"),
]


@pytest.mark.parametrize(("harm", "sentence"), SPOILT, ids=[row[1] for row in SPOILT])
def test_spoilt_folders(root, harm, sentence):
    harm(root)
    with pytest.raises(FileError) as raised:
        yolo_detection(root)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_folders_that_are_nothing(tmp_path):
    with pytest.raises(FileError, match=r"has neither a data.yaml nor a classes.txt"):
        yolo_detection(tmp_path)
    with pytest.raises(FileError, match="does not exist"):
        yolo_detection(tmp_path / "nowhere")
    (tmp_path / "classes.txt").write_bytes(b"\xff")
    with pytest.raises(FileError, match="is not text"):
        yolo_detection(tmp_path)
    (tmp_path / "classes.txt").write_text("ant")
    with pytest.raises(FileError, match="has no pictures in it"):
        yolo_detection(tmp_path)
