import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.transforms import v2

from vislearn.errors import InputError
from vislearn.models import classifier, detector
from vislearn.training import load_model, predict_boxes, predict_classes, predict_mask, save_model
from vislearn.transforms import detection_transform, eval_transform


def pictures(*sizes):
    generator = torch.Generator().manual_seed(1)
    return [torch.randint(0, 256, (3, *size), dtype=torch.uint8, generator=generator) for size in sizes]


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    model = classifier("photo", 3, "scratch")
    path = save_model(tmp_path / "m.pt", model, classes=list("abc"), transform=eval_transform(32))
    return load_model(path, classifier)


def test_chances_are_the_softmax_of_what_the_model_says(saved):
    images = pictures((40, 50), (64, 33))
    chances = predict_classes(saved, images)
    assert chances.dtype == torch.float32
    torch.testing.assert_close(chances.sum(1), torch.ones(2))
    with torch.no_grad():
        logits = saved.model(torch.stack([saved.transform(image) for image in images]))
    torch.testing.assert_close(chances, logits.softmax(1))
    torch.testing.assert_close(predict_classes(saved, images[1:]), chances[1:])


def test_pictures_that_stay_of_different_sizes_are_answered_one_by_one(saved):
    small = saved.transform.transforms
    kept = [step for step in small if not isinstance(step, v2.Resize | v2.CenterCrop)]
    other = type(saved)(**{**vars(saved), "transform": v2.Compose(kept)})
    assert predict_classes(other, pictures((32, 32), (48, 32))).shape == (2, 3)


def test_the_model_is_left_as_it_was(saved):
    saved.model.train()
    before = {name: buffer.clone() for name, buffer in saved.model.named_buffers()}
    predict_classes(saved, pictures((32, 32)))
    assert saved.model.training
    assert all(torch.equal(before[name], buffer) for name, buffer in saved.model.named_buffers())


def test_what_is_no_classifier_or_has_no_transform_is_refused(saved, tmp_path):
    with pytest.raises(InputError, match="images must be at least one"):
        predict_classes(saved, [])
    path = save_model(tmp_path / "n.pt", nn.Flatten(0), classes=["a"], transform=eval_transform(32))
    odd = load_model(path, nn.Flatten(0))
    odd = type(odd)(**{**vars(odd), "model": nn.Sequential(nn.Conv2d(3, 1, 1), nn.Flatten(0))})
    with pytest.raises(InputError, match=r"saved must hold a classifier.*got shape"):
        predict_classes(odd, pictures((32, 32)))
    bare = type(saved)(**{**vars(saved), "transform": None})
    with pytest.raises(InputError, match="must say how pictures are prepared"):
        predict_classes(bare, pictures((32, 32)))
    with pytest.raises(InputError, match="saved must hold a detector"):
        predict_boxes(saved, pictures((32, 32))[0])


@pytest.mark.parametrize(
    ("image", "message"),
    [("new.png", "must be a PIL image"), (torch.full((3, 8, 8), 200.0), "float from 200 to 200")],
)
def test_what_is_no_picture_is_told_by_both(saved, finder, image, message):
    with pytest.raises(InputError, match=message):
        predict_classes(saved, [image])
    with pytest.raises(InputError, match=message):
        predict_boxes(finder, image)


@pytest.fixture
def finder(tmp_path):
    torch.manual_seed(0)
    model = detector("mask_rcnn", 2, "scratch", max_objects=4)
    path = save_model(
        tmp_path / "d.pt", model, classes=["x", "y"], transform=detection_transform(train=False)
    )
    return load_model(path, detector)


def test_boxes_and_masks_of_what_is_sure_enough(finder):
    image = pictures((48, 80))[0]
    everything = predict_boxes(finder, image, score=0.0)
    assert len(everything["scores"]) == 4
    with torch.no_grad():
        own = finder.model([image / 255])[0]
    torch.testing.assert_close(everything["boxes"], own["boxes"])
    assert torch.equal(everything["masks"], own["masks"][:, 0] >= 0.5)
    bar = everything["scores"][1].item()
    assert predict_boxes(finder, image, score=bar)["scores"].tolist() == everything["scores"][:2].tolist()


def test_boxes_are_in_the_picture_s_own_pixels_where_the_transform_squeezes(finder):
    image = pictures((48, 80))[0]
    squeezed = type(finder)(
        **{**vars(finder), "transform": detection_transform(train=False, size_hw=(96, 40))}
    )
    found = predict_boxes(squeezed, image, score=0.0)
    with torch.no_grad():
        inside = finder.model([squeezed.transform(image)])[0]
    torch.testing.assert_close(found["boxes"], inside["boxes"] * torch.tensor([2.0, 0.5, 2.0, 0.5]))
    assert found["masks"].shape[1:] == (48, 80)


@pytest.mark.parametrize(
    "ask", [predict_boxes, predict_mask, lambda saved, image: predict_classes(saved, [image])]
)
@pytest.mark.parametrize("saved", [torch.nn.Linear(2, 2), "runs/model.pt"])
def test_a_network_or_a_file_is_no_saved_model(ask, saved):
    with pytest.raises(InputError, match=r"saved must be what vislearn\.training\.load_model returns, got"):
        ask(saved, Image.new("RGB", (8, 8)))
