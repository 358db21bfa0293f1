import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
import torch

from vislearn.datasets import photos
from vislearn.deploy import Exported, Recipe, load
from vislearn.errors import FileError, InputError, MissingError
from vislearn.io import read_pil
from vislearn.models import DETECTORS, SEGMENTERS, detector, segmenter
from vislearn.models.bundled import bundled_card, load_bundled
from vislearn.training import (
    export_model,
    load_model,
    predict_boxes,
    predict_classes,
    predict_mask,
    save_model,
)
from vislearn.transforms import detection_transform, segmentation_transform


def test_a_classifier_gives_torch_s_answers(exports, photographs):
    saved, file = exports("classifier")
    exported = load(file)
    assert exported.recipe.classes == ("cat", "কুকুর", "bird")
    chances = exported.probabilities(photographs)
    np.testing.assert_allclose(chances, predict_classes(saved, photographs).numpy(), atol=0.01)
    np.testing.assert_allclose(exported.probabilities(photographs[:1]), chances[:1], atol=1e-5)


def test_a_segmenter_gives_torch_s_answers_at_any_size(exports, photographs):
    saved, file = exports("segmenter")
    exported = load(file)
    assert exported.recipe.colors[1] == (0, 128, 0)
    for picture in photographs:
        mask = exported.mask(picture)
        assert (mask.dtype, mask.shape) == (np.uint8, picture.size[::-1])
        assert (mask == predict_mask(saved, picture).numpy()).mean() > 0.995


def test_a_detector_gives_torch_s_answers_at_any_size(exports, photographs):
    saved, file = exports("detector")
    exported = load(file, threads=1)
    for picture in photographs:
        found, expected = exported.boxes(picture, score=0.0), predict_boxes(saved, picture, score=0.0)
        assert len(expected["boxes"]) == 5
        np.testing.assert_allclose(found["boxes"], expected["boxes"].numpy(), atol=1e-2)
        np.testing.assert_allclose(found["scores"], expected["scores"].numpy(), atol=1e-4)
        assert found["labels"].tolist() == expected["labels"].tolist()
        bar = float(found["scores"][1])
        assert len(exported.boxes(picture, score=bar)["boxes"]) == 2


@pytest.fixture(scope="module")
def real():
    """Three photographs of different sizes, small ones: detectors here are slow on large ones."""
    return [
        read_pil(photos()[name]).resize(size)
        for name, size in {"cat": (150, 100), "coffee": (120, 90), "astronaut": (96, 128)}.items()
    ]


def exported(folder, model, build, transform, classes, pictures):
    """What was saved, and its file at work."""
    path = save_model(folder / "m.pt", model.eval(), classes=classes, transform=transform)
    saved = load_model(path, build)
    export_model(saved, folder / "m.onnx", pictures=pictures[:1])
    return saved, load(folder / "m.onnx", threads=1)


@pytest.mark.parametrize("name", ["photo", "scene"])
def test_every_bundled_classifier_answers_as_in_torch(name, real, tmp_path):
    card, model = bundled_card(name), load_bundled(name)
    saved, file = exported(tmp_path, model, model, card.transform, list(card.classes), real)
    expected = predict_classes(saved, real).numpy()
    assert expected.max() > 0.4  # it has something to say
    np.testing.assert_allclose(file.probabilities(real), expected, atol=0.02)


@pytest.mark.parametrize("kind", SEGMENTERS)
def test_every_kind_of_segmenter_answers_as_in_torch(kind, real, tmp_path):
    torch.manual_seed(0)
    transform = segmentation_transform(train=False)
    saved, file = exported(tmp_path, segmenter(kind, 3), segmenter, transform, list("abc"), real)
    for picture in real:
        expected = predict_mask(saved, picture).numpy()
        assert len(np.unique(expected)) > 1
        assert (file.mask(picture) == expected).mean() > 0.999


@pytest.mark.parametrize("kind", DETECTORS)
def test_every_kind_of_detector_answers_as_in_torch(kind, real, tmp_path):
    torch.manual_seed(0)
    model = detector(kind, 2, max_objects=8, min_score=0.0)
    saved, file = exported(tmp_path, model, detector, detection_transform(train=False), list("ab"), real)
    for picture in real:
        found, expected = file.boxes(picture, score=0.0), predict_boxes(saved, picture, score=0.0)
        assert len(expected["boxes"]) == 8
        for name, tolerance in {"boxes": 0.01, "scores": 1e-4, "labels": 0}.items():
            np.testing.assert_allclose(found[name], expected[name].numpy(), atol=tolerance)


@pytest.mark.parametrize(
    ("kind", "ask"),
    [("classifier", "probabilities([a])"), ("segmenter", "mask(a)"), ("detector", "boxes(a)")],
)
def test_torch_is_never_imported(kind, ask, exports, photographs, tmp_path):
    photographs[0].save(tmp_path / "a.png")
    program = (
        "import sys\n"
        "from PIL import Image\n"
        "from vislearn.deploy import load\n"
        f"a = Image.open({str(tmp_path / 'a.png')!r})\n"
        f"print(len(load({str(exports(kind)[1])!r}).{ask}) > 0)\n"
        "print(sorted({'torch', 'torchvision', 'matplotlib', 'IPython', 'onnx'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["True", "[]"], done.stderr


@pytest.mark.parametrize(
    ("kind", "ask"),
    [
        ("classifier", lambda exported, image: exported.probabilities([image])),
        ("segmenter", lambda exported, image: exported.mask(image)),
        ("detector", lambda exported, image: exported.boxes(image, score=0.0)["boxes"]),
    ],
)
def test_an_array_is_answered_as_the_picture_is(kind, ask, exports, photographs):
    exported = load(exports(kind)[1])
    tall = photographs[1]
    np.testing.assert_array_equal(ask(exported, np.asarray(tall)), ask(exported, tall))


def test_what_is_less_sure_than_a_half_is_left_out(photographs):
    found = [np.ones((3, 4), np.float32), np.arange(1, 4), np.array([0.6, 0.5, 0.49], np.float32)]
    session = SimpleNamespace(
        get_inputs=lambda: [SimpleNamespace(name="pixels")], run=lambda names, given: found
    )
    exported = Exported(Recipe("detector", tuple("abc")), session)
    assert exported.boxes(photographs[0])["labels"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("kind", "ask", "fix"),
    [
        ("classifier", "mask", "probabilities"),
        ("detector", "probabilities", "boxes"),
        ("segmenter", "boxes", "mask"),
    ],
)
def test_another_kind_is_named_with_what_to_ask_instead(exports, photographs, kind, ask, fix):
    exported = load(exports(kind)[1])
    with pytest.raises(InputError, match=rf"got a {kind}\. Ask it for \.{fix}"):
        getattr(exported, ask)(photographs[0])


def test_no_pictures_are_refused(exports):
    with pytest.raises(InputError, match="images must be at least one"):
        load(exports("classifier")[1]).probabilities([])


def test_files_that_can_not_be_opened(exports, tmp_path):
    with pytest.raises(FileError, match=r"gone\.onnx does not exist"):
        load(tmp_path / "gone.onnx")
    whole = exports("classifier")[1].read_bytes()
    for place, content in {
        "cut.onnx": whole[: len(whole) // 2],
        "text.onnx": b"no model",
        "empty.onnx": b"",
    }.items():
        (tmp_path / place).write_bytes(content)
        with pytest.raises(FileError, match=f"{place} (can't be opened|is no model)"):
            load(tmp_path / place)


def test_a_stranger_s_file_lacks_the_recipe(exports, tmp_path):
    model = onnx.load(exports("classifier")[1])
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "s.onnx")
    with pytest.raises(FileError, match="is no model that vislearn export wrote"):
        load(tmp_path / "s.onnx")


def test_without_the_runtime_one_is_told_what_to_install(exports, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingError, match=r'pip install "vislearn\[deploy\]"'):
        load(exports("classifier")[1])
