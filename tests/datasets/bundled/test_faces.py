"""Portraits in CelebA's files, as torchvision's class reads them."""

import hashlib
import warnings

import torch
from torchvision.datasets import CelebA

from vislearn.datasets import miniatures


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def test_celeba(bundled):
    folder = miniatures() / "celeba"
    files = [(None, md5(folder / name), name) for _id, _sum, name in CelebA.file_list if name.endswith("txt")]
    kind = type("Own", (CelebA,), {"file_list": files})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parts = {
            split: kind(miniatures(), split, target_type=["attr", "identity", "landmarks", "bbox"])
            for split in ("train", "valid", "test")
        }
    assert {split: len(data) for split, data in parts.items()} == {"train": 4, "valid": 2, "test": 2}
    people = [set(data.identity.flatten().tolist()) for data in parts.values()]
    assert people == [{1}, {2}, {3}]  # nobody is in two parts
    image, (attributes, _identity, points, box) = parts["train"][0]
    image.load()  # and closes its file
    named = dict(zip(parts["train"].attr_names, attributes.tolist(), strict=True))
    assert (image.size, len(named), named["Smiling"], named["Male"]) == ((178, 218), 40, 1, 0)
    corners = points.reshape(5, 2)
    assert corners.min() >= 0
    assert (corners < torch.tensor([178, 218])).all()
    assert int(box[0] + box[2]) > image.width  # of the whole photograph: it doesn't fit, as in CelebA


def rows(name):
    """A table's rows of a person's first picture."""
    lines = (miniatures() / "celeba" / f"{name}.txt").read_text(encoding="ascii").splitlines()
    return [
        [int(word) for word in line.split()[1:]]
        for line in lines
        if line.startswith(("000001", "000005", "000007"))
    ]


def test_points_and_boxes_stay_where_they_were_set_by_hand(bundled):
    assert rows("list_landmarks_align_celeba") == [
        [69, 92, 108, 94, 90, 115, 69, 127, 106, 128],
        [36, 85, 142, 99, 102, 177, 75, 190, 129, 187],
        [91, 82, 103, 82, 116, 101, 96, 117, 107, 117],
    ]
    assert rows("list_bbox_celeba") == [[160, 18, 135, 162], [40, 0, 330, 300], [155, 62, 115, 140]]
    assert rows("identity_CelebA") == [[1], [2], [3]]
    assert rows("list_eval_partition") == [[0], [1], [2]]


def test_each_portrait_has_its_light(bundled, brightness):
    files = sorted((miniatures() / "celeba" / "img_align_celeba").iterdir())
    assert [path.name for path in files] == [f"{number:06d}.jpg" for number in range(1, 9)]
    assert brightness(files) == (107.74, 73.03)
