"""A segmenter on data of one's own: learned, kept, brought back by another process."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.utils.data import Subset

from vislearn.checkout import ROOT
from vislearn.datasets import segmentation_folder
from vislearn.errors import InputError
from vislearn.metrics.segmentation import counts, mean_iou
from vislearn.models import SEGMENTERS, SmallResNet, segmenter
from vislearn.training import fit_segmenter, load_model, predict_mask, predict_pixels, save_segmenter
from vislearn.transforms import segmentation_transform

COLOURS = [(0, 0, 0), (230, 159, 0), (0, 114, 178)]


@pytest.fixture
def shapes(tmp_path):
    """Eight pictures with a bright square, or a blue one, beside their label images."""
    for kind in ("images", "labels"):
        (tmp_path / kind).mkdir()
    for number in range(8):
        picture, labels = np.full((32, 40, 3), 20, dtype=np.uint8), np.zeros((32, 40), dtype=np.uint8)
        left = 2 * number
        labels[8:24, left : left + 16] = 1 + number % 2
        picture[labels == 1], picture[labels == 2] = (220, 220, 220), (20, 20, 230)
        Image.fromarray(picture).save(tmp_path / "images" / f"{number}.png")
        Image.fromarray(labels).save(tmp_path / "labels" / f"{number}.png")
    return tmp_path


def read(root, transforms=None):
    return segmentation_folder(
        root / "images",
        root / "labels",
        transforms,
        classes=["nothing", "white", "blue"],
        colors=COLOURS,
    )


def small(kind="lraspp", **changes):
    torch.manual_seed(0)
    return segmenter(kind, 3, SmallResNet(2, width=8), **({"channels": 16} | changes))


def test_a_segmenter_learns_and_the_seed_decides(shapes):
    data = read(shapes)
    runs = [
        fit_segmenter(small(), data, data, epochs=10, batch_size=4, lr=1e-2, seed=seed) for seed in (0, 0, 1)
    ]
    assert runs[0]["val_miou"][-1] > 0.7
    first, again, other = (run["train_loss"] for run in runs)
    assert first == again != other


def test_fewer_pictures_than_a_batch_are_learned_from_all_the_same(shapes):
    run = fit_segmenter(small(), Subset(read(shapes), range(3)), epochs=1, batch_size=8)
    assert run["train_loss"][0] > 0


def test_parts_of_a_set_and_varied_pictures(shapes):
    data = read(shapes, segmentation_transform(train=True, size_hw=(24, 32)))
    history = fit_segmenter(small(), Subset(data, range(6)), Subset(read(shapes), [6, 7]), epochs=2)
    assert len(history) == 2


def test_pictures_of_several_sizes_and_deeplab(shapes):
    """Five pictures in batches of two: the one that is left over would end DeepLab's epoch."""
    Image.fromarray(np.zeros((40, 24, 3), dtype=np.uint8)).save(shapes / "images" / "0.png")
    Image.fromarray(np.zeros((40, 24), dtype=np.uint8)).save(shapes / "labels" / "0.png")
    data = Subset(read(shapes), range(5))
    history = fit_segmenter(small("deeplabv3", trainable_from=2), data, data, epochs=1, batch_size=2)
    assert history["train_loss"][0] > 0


def test_frozen_stages_pass_once(shapes, monkeypatch):
    """And what comes of it is what comes of passing each time."""
    data = read(shapes)
    seen = []
    runs = []
    for cache in (None, False):
        model = small(trainable_from=4)
        hook = model.backbone["layer1"].register_forward_hook(lambda *_args: seen.append(1))
        runs.append(fit_segmenter(model, data, data, epochs=3, batch_size=4, lr=1e-2, cache=cache))
        hook.remove()
        runs.append(len(seen))
        seen.clear()
    cached, few, plain, many = runs
    assert (few, many) == (2, 3 * (2 + 2))  # of 16 pictures each; of 4 each
    assert cached["train_loss"] == pytest.approx(plain["train_loss"], rel=0.1)
    assert not model.training


def test_it_goes_on_from_its_checkpoint(shapes, tmp_path):
    file, data = tmp_path / "runs" / "shapes.pt", read(shapes)
    for trainable_from in (1, 4):
        at = file.with_stem(f"shapes{trainable_from}")
        whole = fit_segmenter(small(trainable_from=trainable_from), data, data, epochs=2, checkpoint=at)
        again = fit_segmenter(small(trainable_from=trainable_from), data, data, epochs=2, checkpoint=at)
        assert again.rows == whole.rows  # nothing was trained anew
        best = load_model(at.with_stem(f"{at.stem}.best"), small())
        assert (best.classes, best.colors) == (data.classes, COLOURS)
        assert predict_mask(best, data.read(0)[0]).shape == (32, 40)


def test_a_new_process_predicts_what_this_one_does_for_each_kind(shapes, tmp_path):
    data, expected = read(shapes), {}
    images = segmentation_transform(train=False)(data.read(7)[0])[None]
    for kind in SEGMENTERS:
        model = segmenter(kind, 3, "scene", channels=8, trainable_from=100)
        history = fit_segmenter(model, Subset(data, range(4)), Subset(data, [4]), epochs=1, batch_size=2)
        save_segmenter(tmp_path / f"{kind}.pt", model, data, history=history, seed=0)
        expected[kind] = model(images)["out"][0].argmax(0).to(torch.uint8)
    program = (
        "import sys, torch, vislearn as vl\n"
        "for file in sys.argv[2:]:\n"
        "    saved = vl.training.load_model(file, vl.models.segmenter)\n"
        "    assert saved.classes == ['nothing', 'white', 'blue'] and saved.colors[1] == (230, 159, 0)\n"
        "    assert 'val_miou' in saved.scores\n"
        "    mask = vl.training.predict_mask(saved, vl.io.read_image(sys.argv[1]))\n"
        "    torch.save(mask, file + '.mask')\n"
    )
    files = [tmp_path / f"{kind}.pt" for kind in SEGMENTERS]
    command = [sys.executable, "-c", program, shapes / "images" / "7.png", *files]
    subprocess.run(command, check=True, cwd=ROOT)
    for kind, file in zip(SEGMENTERS, files, strict=True):
        assert torch.equal(torch.load(f"{file}.mask"), expected[kind])


def test_answers_have_the_pictures_own_size(shapes, tmp_path):
    """Also where pictures are resized before the network sees them."""
    data = read(shapes, segmentation_transform(train=False, size_hw=(64, 80)))
    model = small()
    fit_segmenter(model, data, data, epochs=12, batch_size=4, lr=1e-2)
    saved = load_model(save_segmenter(tmp_path / "m.pt", model, data), small())
    table = sum(counts(predict_mask(saved, data.read(at)[0]), data.read(at)[1], 3) for at in range(8))
    assert mean_iou(table) > 0.6


def test_each_pixel_has_its_class_and_how_sure_that_is(shapes, tmp_path):
    data = read(shapes, segmentation_transform(train=False))
    saved = load_model(save_segmenter(tmp_path / "m.pt", small(), data), small())
    image = data.read(0)[0]
    found = predict_pixels(saved, image)
    assert (found["mask"].dtype, found["scores"].dtype) == (torch.uint8, torch.float32)
    assert torch.equal(found["mask"], predict_mask(saved, image))
    with torch.no_grad():
        logits = saved.model.eval()(saved.prepared(image)[None])["out"]
    likely = nn.functional.interpolate(logits, size=(32, 40), mode="bilinear")[0].softmax(0)
    assert torch.allclose(found["scores"], likely.amax(0), atol=1e-5)


def test_other_networks_and_nameless_sets_are_refused(shapes, tmp_path):
    with pytest.raises(InputError, match="must be a segmenter of torchvision, got Linear"):
        fit_segmenter(nn.Linear(2, 2), read(shapes))
    with pytest.raises(InputError, match="dataset must name its classes, got list"):
        save_segmenter(tmp_path / "m.pt", small(), [])
    with pytest.raises(InputError, match="at least one batch"):
        fit_segmenter(small(), Subset(read(shapes), []), epochs=1)


def test_a_file_that_does_not_say_how_pictures_are_prepared(shapes, tmp_path):
    data = read(shapes, segmentation_transform(train=False))
    file = save_segmenter(tmp_path / "m.pt", small(), data)
    saved = load_model(file, small())
    object.__setattr__(saved, "transform", None)
    with pytest.raises(InputError, match="must say how pictures are prepared"):
        predict_mask(saved, data.read(0)[0])


def test_what_is_no_picture_or_no_segmenter_is_told(shapes, tmp_path):
    data = read(shapes, segmentation_transform(train=False))
    saved = load_model(save_segmenter(tmp_path / "m.pt", small(), data), small())
    image = data.read(0)[0]
    for given, message in [
        (image.float(), "float from .* to 220. For 0..255"),
        (image[None], "one after the other"),
        (image.permute(1, 2, 0), "Channels come first"),
        (tmp_path / "a.png", "read_image"),
    ]:
        with pytest.raises(InputError, match=message):
            predict_mask(saved, given)
    assert torch.equal(predict_mask(saved, image / 255), predict_mask(saved, image))
    other = type(saved)(**{**vars(saved), "model": nn.Conv2d(3, 3, 1)})
    with pytest.raises(InputError, match="saved must hold a segmenter, got Conv2d"):
        predict_mask(other, image)
