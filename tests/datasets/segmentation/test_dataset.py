import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.datasets import SegmentationDS, segmentation_folder
from vislearn.errors import FileError

NAMES = ["sky", "road", "car"]


def opened(root, transforms=None, **more):
    return segmentation_folder(root / "pictures", root / "labels", transforms, classes=NAMES, **more)


def test_a_sample_is_a_picture_and_a_mask_that_transforms_know(camvid):
    dataset = opened(camvid)
    image, mask = dataset[0]
    assert type(image) is tv_tensors.Image
    assert type(mask) is tv_tensors.Mask
    assert (image.shape, image.dtype, mask.shape, mask.dtype) == (
        (3, 12, 16),
        torch.uint8,
        (12, 16),
        torch.int64,
    )
    assert torch.equal(image[0], (mask * 100 + 20).to(torch.uint8))
    assert (len(dataset), dataset.num_classes, dataset.ignore_index, dataset.colors) == (3, 3, 255, None)
    assert dataset.classes == NAMES
    scores = torch.zeros(1, 3, 12, 16)
    assert cross_entropy(scores, mask[None], ignore_index=255).item() == pytest.approx(np.log(3))


MOVES = [
    v2.Resize((24, 32), interpolation=v2.InterpolationMode.NEAREST),
    v2.RandomHorizontalFlip(1.0),
    v2.Pad(3),
    v2.CenterCrop((6, 8)),
    v2.RandomVerticalFlip(1.0),
    v2.ToDtype(torch.float32, scale=True),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: type(move).__name__)
def test_transforms_move_both(camvid, move):
    image, mask = opened(camvid, move)[1]
    shown = (image * 255 if image.is_floating_point() else image)[0]
    inside = shown > 0  # Pad puts black around
    assert mask.shape == image.shape[-2:]
    assert torch.equal(shown[inside].round().long(), (mask * 100 + 20)[inside])


def test_the_trap_that_a_plain_tensor_beside_a_picture_is_not_moved(camvid):
    """What torchvision does with a mask that isn't wrapped; ours never is one, not even from read()."""
    image, mask = opened(camvid).read(0)
    assert type(mask) is tv_tensors.Mask
    small, left = v2.Resize((6, 8))(image, mask.as_subclass(torch.Tensor))
    assert (small.shape[-2:], left.shape) == ((6, 8), (12, 16))
    unwraps = v2.Lambda(lambda found: found.as_subclass(torch.Tensor), tv_tensors.Mask)
    with pytest.raises(
        FileError, match=r"comes out of the transforms as 12×16, its picture as 6×8.*tv_tensors"
    ):
        opened(camvid, v2.Compose([unwraps, v2.Resize((6, 8))]))[0]


def test_numbers_that_transforms_mixed_are_refused(camvid):
    def bilinear(image, mask):
        mixed = torch.nn.functional.interpolate(mask[None, None].float(), size=(7, 9), mode="bilinear")
        return v2.functional.resize(image, [7, 9]), mixed[0, 0]

    with pytest.raises(FileError, match="Transforms mixed its numbers"):
        opened(camvid, bilinear)[0]


def test_what_comes_out_as_no_tensor_is_refused(camvid):
    with pytest.raises(FileError, match="comes out of the transforms as ndarray"):
        opened(camvid, lambda image, mask: (image, mask.numpy()))[0]


def test_sizes_that_differ_are_refused_with_both_names(camvid):
    Image.new("L", (15, 12)).save(camvid / "labels" / "a.png")
    with pytest.raises(
        FileError, match=r"a\.png is 12×15 pixels \(height×width\), but its picture a\.png is 12×16"
    ):
        opened(camvid)[0]


@pytest.mark.parametrize("bad", [np.full((12, 16), 3), np.full((12, 16), -1), np.full((12, 16), 0.5)])
def test_labels_of_ones_own_are_looked_at(camvid, bad):
    items = opened(camvid).items
    with pytest.raises(FileError, match=r"arrives with the number .*classes are 0 ... 2, void is 255"):
        SegmentationDS(items, lambda _path: bad, classes=NAMES)[0]


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, bool])
def test_labels_of_ones_own_of_any_whole_type(camvid, dtype):
    items = opened(camvid).items
    mask = SegmentationDS(items, lambda _path: np.ones((12, 16), dtype), classes=NAMES)[0][1]
    assert mask.dtype == torch.int64
    assert (mask == 1).all()


def test_workers_read_and_complain_as_we_do(camvid):
    batches = list(DataLoader(opened(camvid), batch_size=3, num_workers=1))
    assert batches[0][1].shape == (3, 12, 16)
    (camvid / "labels" / "a.png").write_bytes(b"?")
    with pytest.raises(FileError, match=r"labels.a\.png"):
        list(DataLoader(opened(camvid), num_workers=1))
    assert len(pickle.loads(pickle.dumps(opened(camvid)))) == 3
