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
