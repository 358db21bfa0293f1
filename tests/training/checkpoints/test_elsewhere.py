"""What was saved here predicts the same in a process that knows nothing but the file."""

import subprocess
import sys

import torch
from PIL import Image

from vislearn.datasets import DetectionDS
from vislearn.models import DETECTORS, classifier, detector, preparation
from vislearn.training import fit_detector, save_model

CLASSIFIERS = ["photo", "scene", "squeezenet1_1", "mobilenet_v2", "googlenet"]
THERE = """
import sys
import torch
from PIL import Image
from vislearn.models import classifier, detector
from vislearn.training import load_model

for name in sys.argv[1:]:
    saved = load_model(f"{name}.pt", detector if name.startswith("detector") else classifier)
    picture = saved.transform(Image.open("picture.png"))
    with torch.inference_mode():
        answer = saved.model([picture])[0] if name.startswith("detector") else saved.model(picture[None])
    torch.save({"answer": answer, "classes": saved.classes}, f"{name}.answer.pt")
"""


def picture():
    torch.manual_seed(0)
    return Image.fromarray(torch.randint(0, 256, (80, 100, 3), dtype=torch.uint8).numpy())


def boxes(folder):
    picture().save(folder / "picture.png")
    mask = torch.zeros(1, 80, 100, dtype=torch.uint8)
    mask[0, 8:40, 8:40] = 1
    target = {"boxes": [[8, 8, 40, 40]], "labels": [1], "masks": mask}
    return DetectionDS([(folder / "picture.png", target)], classes=["cat"])


def test_every_kind_of_network_is_built_again_from_its_file_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "nothing"))  # nor need anybody's weights be there
    expected, data = {}, boxes(tmp_path)
    for name in CLASSIFIERS:
        model = classifier(name, 3, "scratch").eval()
        save_model(tmp_path / f"{name}.pt", model, classes=["a", "b", "c"], transform=preparation(name))
        with torch.inference_mode():
            expected[name] = model(preparation(name)(picture())[None])
    for kind in DETECTORS:
        backbone = "mobilenet_v2" if kind == "retinanet" else "scene"
        model = detector(kind, 1, backbone, weights=False, channels=32, max_objects=3)
        fit_detector(model, data, data, epochs=1, checkpoint=tmp_path / f"detector.{kind}.pt")
        with torch.inference_mode():
            expected[f"detector.{kind}.best"] = model([data[0][0]])[0]
    line = [sys.executable, "-W", "error", "-c", THERE, *expected]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for name, answer in expected.items():
        found = torch.load(tmp_path / f"{name}.answer.pt", weights_only=True)
        torch.testing.assert_close(found["answer"], answer, msg=lambda text, name=name: f"{name}: {text}")
        assert found["classes"] == (["cat"] if name.startswith("detector") else ["a", "b", "c"])
