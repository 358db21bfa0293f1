import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.models import classifier, detector, segmenter
from vislearn.training import export_model, load_model, save_model
from vislearn.transforms import detection_transform, eval_transform, segmentation_transform

MADE = {
    "classifier": (
        lambda: classifier("photo", 3, "scratch"),
        classifier,
        eval_transform(32),
        ["cat", "কুকুর", "bird"],
    ),
    "segmenter": (
        lambda: segmenter("lraspp", 3, "scratch", channels=8),
        segmenter,
        segmentation_transform(train=False),
        ["nothing", "গাছ", "blue"],
    ),
    "detector": (
        lambda: detector("faster_rcnn", 2, "scratch", max_objects=5),
        detector,
        detection_transform(train=False),
        ["frog", "ব্যাঙ"],
    ),
}


@pytest.fixture(scope="session")
def photographs():
    """Two pictures of different sizes, smooth as photographs are."""
    random = np.random.default_rng(3)
    small = [Image.fromarray(random.integers(0, 256, (6, 6, 3), dtype=np.uint8)) for _ in range(2)]
    return [small[0].resize((90, 64), 3), small[1].resize((61, 70), 3)]


@pytest.fixture(scope="session")
def exports(tmp_path_factory, photographs):
    """By kind: what was saved, and the file it was exported to; made once."""
    made = {}

    def get(kind):
        if kind not in made:
            build, load, transform, classes = MADE[kind]
            torch.manual_seed(1)
            folder = tmp_path_factory.mktemp(kind)
            colors = [(0, 0, 0), (0, 128, 0), (0, 0, 255)] if kind == "segmenter" else None
            model = build().eval()
            path = save_model(folder / "m.pt", model, classes=classes, transform=transform, colors=colors)
            saved = load_model(path, load)
            export_model(saved, folder / "m.onnx", pictures=photographs[:1])
            made[kind] = saved, folder / "m.onnx"
        return made[kind]

    return get
