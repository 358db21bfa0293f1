import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.errors import InputError
from vislearn.transforms import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    AlignedResize,
    denormalize,
    detection_transform,
    eval_transform,
    segmentation_transform,
    source_chain_v1,
    source_chain_v2,
    train_transform,
)


@pytest.fixture
def picture():
    pixels = torch.randint(256, (40, 60, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return Image.fromarray(pixels.numpy())


@pytest.mark.parametrize("make", [train_transform, eval_transform, source_chain_v1, source_chain_v2])
def test_every_preset_gives_a_normalised_square(make, picture):
    image = make(32)(picture)
    assert image.shape == (3, 32, 32)
    assert image.dtype == torch.float32
    assert image.min() < 0 < image.max() < 3


@pytest.mark.parametrize("make", [train_transform, eval_transform, source_chain_v1, source_chain_v2])
def test_a_size_without_pixels_is_refused(make):
    with pytest.raises(InputError, match="size must be at least 1 pixel, got 0"):
        make(0)


@pytest.mark.parametrize("train", [True, False])
def test_both_apis_make_the_same_numbers_from_the_same_chance(picture, train):
    for seed in range(8):  # both outcomes of the flip occur
        torch.manual_seed(seed)
        old = source_chain_v1(24, train=train)(picture)
        torch.manual_seed(seed)
        torch.testing.assert_close(source_chain_v2(24, train=train)(picture), old)


def test_train_differs_from_call_to_call_and_eval_does_not(picture):
    torch.manual_seed(0)
    assert not torch.equal(train_transform(16)(picture), train_transform(16)(picture))
    assert torch.equal(eval_transform(16)(picture), eval_transform(16)(picture))


@pytest.mark.parametrize("make", [train_transform, eval_transform])
def test_all_pixels_count_where_a_picture_is_made_smaller(make, picture):
    torch.manual_seed(0)
    assert make(4)(picture).std() < 0.35 * make(40)(picture).std()  # noise: who picks pixels keeps its spread


@pytest.mark.parametrize("transform", [detection_transform, segmentation_transform])
def test_all_pixels_of_a_picture_with_boxes_or_mask_count_too(transform, picture):
    small, whole = transform(train=False, size_hw=(4, 6)), transform(train=False)
    assert small(picture).float().std() < 0.35 * whole(picture).float().std()


def test_boxes_move_with_the_picture():
    image = tv_tensors.Image(torch.zeros(3, 40, 60, dtype=torch.uint8))
    boxes = tv_tensors.BoundingBoxes([[0, 0, 30, 40]], format="XYXY", canvas_size=(40, 60))
    _, moved = eval_transform(20)(image, boxes)
    assert moved.canvas_size == (20, 20)
    assert moved.tolist() == [[0, 0, 10, 20]]


def test_denormalize_undoes_normalize(picture):
    image = v2.functional.to_dtype(v2.functional.to_image(picture), torch.float32, scale=True)
    normalised = v2.functional.normalize(image, list(IMAGENET_MEAN), list(IMAGENET_STD))
    torch.testing.assert_close(denormalize(normalised), image)
    torch.testing.assert_close(denormalize(normalised[None]), image[None])


def test_denormalize_clamps_what_is_no_colour():
    assert denormalize(torch.full((3, 1, 1), 9.0)).tolist() == [[[1.0]], [[1.0]], [[1.0]]]


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (torch.zeros(3, 4, 4, dtype=torch.uint8), "must be float"),
        (torch.zeros(4, 4, 3), r"must have shape \(\.\.\., 3, H, W\), got \(4, 4, 3\)"),
        (torch.zeros(3), "must have shape"),
    ],
)
def test_denormalize_refuses_what_can_not_be_a_normalised_picture(image, says):
    with pytest.raises(InputError, match=says):
        denormalize(image)


def scene():
    """A black 20×40 picture with a white rectangle, its box and its mask."""
    image = torch.zeros(3, 20, 40, dtype=torch.uint8)
    image[:, 4:12, 5:15] = 255
    boxes = tv_tensors.BoundingBoxes([[5.0, 4, 15, 12]], format="XYXY", canvas_size=(20, 40))
    return tv_tensors.Image(image), {"boxes": boxes, "masks": tv_tensors.Mask(image[:1] // 255)}


def test_detection_pictures_to_validate_on_stay_as_they_are():
    image, target = detection_transform(train=False)(*scene())
    assert (image.dtype, image.shape, image.max()) == (torch.float32, (3, 20, 40), 1)
    assert target["boxes"].tolist() == [[5, 4, 15, 12]]
    assert detection_transform(train=False, size_hw=(40, 40))(*scene())[1]["boxes"].tolist() == [
        [5, 8, 15, 24]
    ]


def test_detection_pictures_are_mirrored_with_their_boxes():
    image, target = detection_transform(train=True, mirror=1.0, colour=False)(*scene())
    assert target["boxes"].tolist() == [[25, 4, 35, 12]]
    assert image[:, 4:12, 25:35].min() == 1
    assert image.sum() == 3 * 80
    unmirrored = detection_transform(train=True, mirror=0.0, colour=False)(*scene())
    assert unmirrored[1]["boxes"].tolist() == [[5, 4, 15, 12]]


@pytest.mark.parametrize("seed", range(4))
def test_zoom_and_colour_keep_box_and_mask_on_the_object(seed):
    torch.manual_seed(seed)
    image, target = detection_transform(train=True, zoom=(0.8, 1.2))(*scene())
    assert image.shape == (3, 20, 40)
    rows, columns = target["masks"][0].nonzero().unbind(1)
    around = torch.tensor([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]])
    assert torch.allclose(target["boxes"], around.float(), atol=1.5)
    assert not torch.equal(target["boxes"], scene()[1]["boxes"])


@pytest.mark.parametrize("wrong", [{"mirror": 1.5}, {"mirror": -1}, {"zoom": (1.2, 0.8)}, {"zoom": (0, 1)}])
def test_impossible_detection_settings_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        detection_transform(train=True, **wrong)


def test_segmentation_pictures_are_normalised_and_masks_keep_their_classes():
    image, target = scene()
    mask = tv_tensors.Mask(3 * target["masks"][0])
    moved, classes = segmentation_transform(train=False, size_hw=(30, 60))(image, mask)
    assert moved.shape == (3, 30, 60)
    assert torch.allclose(denormalize(moved).amax(), torch.tensor(1.0))
    assert classes.unique().tolist() == [0, 3]
    torch.manual_seed(0)
    _moved, classes = segmentation_transform(train=True, zoom=(0.5, 0.5), mirror=0)(image, mask)
    assert set(classes.unique().tolist()) <= {0, 3, 255}
    assert (classes == 255).any()  # beyond the picture's edge nobody learns


SIDES = st.integers(1, 12)
LABELS = st.tuples(SIDES, SIDES).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 7, 254, 255]))
)


def resized_masks(labels, size_hw):
    """A label image by each way of ours: as a picture's only mask, and as one of a stack of objects."""
    height, width = labels.shape
    picture, mask = tv_tensors.Image(torch.zeros(3, height, width)), tv_tensors.Mask(torch.from_numpy(labels))
    yield segmentation_transform(train=False, size_hw=size_hw)(picture, mask)[1]
    edges = tv_tensors.BoundingBoxes([[0.0, 0, width, height]], format="XYXY", canvas_size=labels.shape)
    target = {"boxes": edges, "masks": tv_tensors.Mask(mask[None])}
    _picture, moved = detection_transform(train=False, size_hw=size_hw)(picture, target)
    assert moved["boxes"].tolist() == [[0, 0, size_hw[1], size_hw[0]]]
    yield moved["masks"][0]


def middles(old, new):
    """Which pixel lies below each middle, and whether one does: on an edge either neighbour is right."""
    twice = (2 * np.arange(new) + 1) * old  # in whole numbers, where nothing is rounded
    return twice // (2 * new), twice % (2 * new) > 0


@settings(max_examples=60, deadline=None)
@given(LABELS, SIDES, SIDES)
def test_each_pixel_of_a_resized_mask_has_the_class_below_its_middle(labels, height, width):
    rows, row_decided = middles(labels.shape[0], height)
    columns, column_decided = middles(labels.shape[1], width)
    decided = row_decided[:, None] & column_decided
    for moved in resized_masks(labels, (height, width)):
        assert moved.shape == (height, width)
        assert (moved.numpy() == labels[rows][:, columns])[decided].all()
        assert np.isin(moved.numpy(), labels).all()  # no class that was not there before


@settings(max_examples=30, deadline=None)
@given(LABELS, st.sampled_from([1, 3, 5]), st.sampled_from([1, 3, 5]))
def test_a_mask_enlarged_by_odd_factors_is_its_pixels_repeated_and_comes_back(labels, down, right):
    height, width = labels.shape
    for moved in resized_masks(labels, (down * height, right * width)):
        assert np.array_equal(moved, labels.repeat(down, 0).repeat(right, 1))
        for back in resized_masks(moved.numpy(), (height, width)):
            assert np.array_equal(back, labels)


def test_no_objects_are_resized_too():
    masks = tv_tensors.Mask(torch.zeros(0, 8, 6, dtype=torch.uint8))
    assert AlignedResize((4, 5))(masks).shape == (0, 4, 5)
    assert AlignedResize((4, 5))(torch.zeros(3, 8, 6)).shape == (3, 4, 5)
