"""DetectionDS, its batch, and the look at everything before training."""

import pickle

import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from vislearn.datasets import DetectionDS, check_detection, detection_collate
from vislearn.errors import FileError, InputError
from vislearn.transforms import detection_transform

HW = (40, 60)
BOXES = [[10, 5, 30, 15], [40, 20, 60, 40]]


@pytest.fixture
def picture(tmp_path):
    """A black 40×60 picture whose two objects are white."""
    image = Image.new("RGB", (HW[1], HW[0]))
    for box in BOXES:
        image.paste((255, 255, 255), tuple(box))
    image.save(tmp_path / "a.png")
    return tmp_path / "a.png"


def masks():
    stack = torch.zeros(2, *HW, dtype=torch.uint8)
    for mask, (left, top, right, bottom) in zip(stack, BOXES, strict=True):
        mask[top:bottom, left:right] = 1
    return stack


def annotated(**changes):
    entries = {"boxes": BOXES, "labels": [1, 2]} | changes
    return {key: value for key, value in entries.items() if value is not None}


def edges(mask):
    rows, columns = mask.sum(1).nonzero().flatten(), mask.sum(0).nonzero().flatten()
    return [columns[0].item(), rows[0].item(), columns[-1].item() + 1, rows[-1].item() + 1]


@pytest.mark.parametrize("empty", [[], torch.zeros(0, 4)])
def test_a_picture_without_objects(picture, empty):
    image, target = DetectionDS([(picture, {"boxes": empty, "labels": []})])[0]
    assert image.shape == (3, *HW)
    assert {key: tuple(value.shape) for key, value in target.items()} == {
        "boxes": (0, 4),
        "labels": (0,),
        "image_id": (),
        "area": (0,),
        "iscrowd": (0,),
    }


def test_by_default_a_float_picture_and_the_target_as_it_was(picture):
    image, target = DetectionDS([(str(picture), annotated())])[0]
    assert (image.dtype, image.max(), type(image)) == (torch.float32, 1, torch.Tensor)
    assert target["boxes"].tolist() == BOXES
    assert target["labels"].tolist() == [1, 2]
    assert target["area"].tolist() == [200, 400]
    assert target["iscrowd"].tolist() == [0, 0]
    assert (target["image_id"].item(), type(target["boxes"])) == (1, torch.Tensor)


CHAINS = [
    v2.RandomHorizontalFlip(1.0),
    v2.RandomVerticalFlip(1.0),
    v2.Resize((80, 90)),
    v2.RandomCrop((30, 40)),
    v2.RandomIoUCrop(min_scale=0.5),
    v2.RandomZoomOut(p=1.0),
    v2.RandomAffine(0, translate=(0.2, 0.2), scale=(0.7, 1.4)),
    v2.Compose([v2.RandomResizedCrop((32, 32), scale=(0.3, 1.0)), v2.SanitizeBoundingBoxes()]),
    detection_transform(train=True, mirror=0.5, zoom=(0.7, 1.4), size_hw=(50, 50)),
]


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: type(chain).__name__)
@pytest.mark.parametrize("seed", range(3))
def test_picture_boxes_and_masks_move_together(picture, chain, seed):
    torch.manual_seed(seed)
    dataset = DetectionDS(
        [(picture, annotated(masks=masks))], v2.Compose([chain, v2.ToDtype(torch.float32, scale=True)])
    )
    for _attempt in range(4):
        image, target = dataset[0]
        count = len(target["boxes"])
        assert all(len(target[key]) == count for key in ("labels", "area", "iscrowd", "masks"))
        assert target["masks"].shape[1:] == image.shape[1:]
        for box, mask, area in zip(target["boxes"], target["masks"], target["area"], strict=True):
            assert torch.allclose(box, torch.tensor(edges(mask), dtype=torch.float32), atol=1.6)
            assert area == mask.sum()
            inside = image[:, mask.bool()]
            assert inside.mean() > 0.6  # white, but for the soft edge that resizing makes
        outside = image[:, ~target["masks"].bool().any(0)]
        assert outside.median() < 0.6  # the objects have not stayed where they were


def test_an_annotated_area_scales_with_its_box_and_otherwise_stays(picture):
    annotation = annotated(area=[50.0, 100.0])
    assert DetectionDS([(picture, annotation)])[0][1]["area"].tolist() == [50, 100]
    double = DetectionDS([(picture, annotation)], v2.Resize((80, 120)))
    assert double[0][1]["area"].tolist() == [200, 400]


def test_slivers_at_the_edge_of_a_crop_are_taken_out(picture):
    def cut(image, target):
        boxes = v2.functional.crop(target["boxes"], 0, 29, 40, 31)
        return v2.functional.crop(image, 0, 29, 40, 31), target | {"boxes": boxes}

    boxes = [[10, 5, 29.5, 15], [40, 20, 60, 40]]
    _image, target = DetectionDS([(picture, annotated(boxes=boxes))], cut)[0]
    assert target["labels"].tolist() == [2]
    assert target["boxes"].tolist() == [[11, 20, 31, 40]]


def test_sanitising_alone_takes_crowds_apart(picture):
    chain = v2.Compose([v2.CenterCrop((10, 10)), v2.SanitizeBoundingBoxes()])
    assert len(DetectionDS([(picture, annotated())], chain)[0][1]["iscrowd"]) == 0
    with pytest.raises(FileError, match=r"a\.png has crowds, and a transform took out boxes"):
        DetectionDS([(picture, annotated(iscrowd=[0, 1]))], chain)[0]


DEFECTS = [
    (annotated(labels=[0, 1]), r"labels'\] must be 1 or more"),
    (annotated(labels=[1, 3]), r"must be at most 2"),
    (annotated(labels=[1]), r"must be as many as the boxes"),
    (annotated(labels=[1.0, 2.0]), "labels must be whole numbers, got"),
    (annotated(boxes=[[10, 5, 20, 10], [40, 20, 20, 20]]), "looks like xywh"),
    (annotated(boxes=[[10, 5, 10, 10], [40, 20, 50, 40]]), "must have an area"),
    (annotated(boxes=[[10, 5, 90, 10], [40, 20, 50, 40]]), "must lie on the picture"),
    (annotated(boxes=[1, 2, 3, 4]), r"must have shape \(N, 4\)"),
    (annotated(boxes=["a", "b"]), "its boxes are no numbers"),
    (annotated(image_id=2**70), "its image_id are no numbers"),
    (annotated(boxes=None), "an annotation that can't be used: it has no 'boxes'"),
    (annotated(size_hw=(60, 40)), "is 40×60 pixels .* but its annotation says 60×40"),
    (annotated(masks=masks().flip(-1)), "must lie in their boxes"),
]


@pytest.mark.parametrize(("annotation", "sentence"), DEFECTS, ids=[sentence for _, sentence in DEFECTS])
def test_a_defect_names_its_picture_here_and_in_the_check(picture, annotation, sentence):
    dataset = DetectionDS([(picture, annotation)], classes=["ant", "bee"])
    with pytest.raises(FileError, match=sentence) as caught:
        dataset[0]
    assert str(picture) in str(caught.value)
    problems = check_detection(dataset)
    assert [problem.where for problem in problems] == [str(picture)]


def test_a_defect_comes_home_from_a_loader_worker(picture):
    dataset = DetectionDS([(picture, annotated(labels=[0, 1]))])
    copy = pickle.loads(pickle.dumps(dataset))
    with pytest.raises(FileError) as here:
        dataset[0]
    with pytest.raises(FileError) as there:
        copy[0]
    assert str(here.value) == str(there.value)
    assert str(pickle.loads(pickle.dumps(there.value))) == str(there.value)


def test_one_collate_for_pictures_of_any_size(picture):
    dataset = DetectionDS([(picture, annotated())] * 3, detection_transform(train=False))
    images, targets = next(iter(DataLoader(dataset, batch_size=3, collate_fn=detection_collate)))
    assert isinstance(images, list)
    assert [len(target["boxes"]) for target in targets] == [2, 2, 2]
    assert images[2].shape == (3, *HW)


def test_classes_are_counted_without_the_background(picture):
    assert DetectionDS([(picture, annotated())], classes=["ant", "bee"]).num_classes == 2
    with pytest.raises(InputError, match="must be known"):
        _ = DetectionDS([(picture, annotated())]).num_classes
