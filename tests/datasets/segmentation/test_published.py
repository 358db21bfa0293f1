import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import VOCSegmentation

from vislearn.datasets import cityscapes, scene_detection, scene_segmentation, scenes, voc_segmentation
from vislearn.datasets.bundled.annotations import palette_png
from vislearn.errors import FileError, InputError, MissingError


def test_scenes_as_torchvision_reads_them(bundled):
    dataset = scene_segmentation("val")
    theirs = VOCSegmentation(str(scenes("val").voc_root), image_set="val")
    assert len(dataset) == len(theirs) == 100
    for at in range(0, 100, 7):
        assert np.array_equal(dataset[at][1].numpy(), np.asarray(theirs[at][1]))
    assert dataset.classes == ["background", *"0123456789"]
    assert dataset.colors[:2] == [(0, 0, 0), (128, 0, 0)]


def test_scenes_say_the_same_as_instances(bundled):
    masks = scene_segmentation("val")
    for at, (_image, target) in zip(range(20), scene_detection("val", masks=True), strict=False):
        together = np.zeros((128, 128), np.int64)
        for label, mask in zip(target["labels"].tolist(), target["masks"].numpy(), strict=True):
            together[mask > 0] = label
        assert np.array_equal(masks[at][1].numpy(), together)


def test_scenes_know_two_splits(bundled):
    with pytest.raises(InputError, match="split"):
        scene_segmentation("test")


@pytest.fixture
def voc(tmp_path):
    folder = tmp_path / "VOCdevkit" / "VOC2012"
    for part in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (folder / part).mkdir(parents=True)
    Image.new("RGB", (9, 6)).save(folder / "JPEGImages" / "2007_1.jpg")
    labels = np.zeros((6, 9), np.uint8)
    labels[2:4, 3:6], labels[0, 0] = 7, 255
    palette_png(labels).save(folder / "SegmentationClass" / "2007_1.png")
    (folder / "ImageSets" / "Segmentation" / "val.txt").write_text("2007_1\n")
    return tmp_path


def test_voc(voc):
    dataset = voc_segmentation(voc, "val")
    assert dataset[0][1].unique().tolist() == [0, 7, 255]
    assert (dataset.classes[7], dataset.num_classes, dataset.colors[7]) == ("car", 21, (128, 128, 128))


def test_voc_that_is_not_there(voc):
    with pytest.raises(MissingError, match="download=True"):
        voc_segmentation(voc, "train")
    with pytest.raises(MissingError, match="VOC 2008"):
        voc_segmentation(voc, "val", year="2008")
    with pytest.raises(InputError, match="split"):
        voc_segmentation(voc, "test")
    with pytest.raises(InputError, match="year"):
        voc_segmentation(voc, year="2013")


@pytest.fixture
def streets(tmp_path):
    for part in ("leftImg8bit", "gtFine"):
        (tmp_path / part / "val" / "ulm").mkdir(parents=True)
    for at in (1, 0):
        Image.new("RGB", (9, 6)).save(tmp_path / "leftImg8bit" / "val" / "ulm" / f"ulm_{at}_leftImg8bit.png")
        labels = np.full((6, 9), 7, np.uint8)
        labels[0], labels[1], labels[2] = 33, 1, 26
        path = tmp_path / "gtFine" / "val" / "ulm" / f"ulm_{at}_gtFine_labelIds.png"
        Image.fromarray(labels).save(path)
    return tmp_path


def test_cityscapes_counts_what_its_scores_count(streets):
    dataset = cityscapes(streets, "val")
    assert [picture.name for picture, _labels in dataset.items] == [
        "ulm_0_leftImg8bit.png",
        "ulm_1_leftImg8bit.png",
    ]
    assert dataset[0][1][:, 0].tolist() == [18, 255, 13, 0, 0, 0]
    assert (dataset.num_classes, dataset.classes[0], dataset.classes[18]) == (19, "road", "bicycle")
    assert dataset.colors[0] == (128, 64, 128)


def test_cityscapes_that_is_not_there(streets):
    with pytest.raises(MissingError, match="cityscapes-dataset"):
        cityscapes(streets)
    with pytest.raises(InputError, match="mode"):
        cityscapes(streets, mode="finest")
    with pytest.raises(InputError, match="split"):
        cityscapes(streets, "test", mode="coarse")
    for path in (streets / "leftImg8bit" / "val" / "ulm").iterdir():
        path.unlink()
    with pytest.raises(FileError, match="holds no pictures"):
        cityscapes(streets, "val")
