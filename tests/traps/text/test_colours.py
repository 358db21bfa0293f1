"""Broken otherwise than in the example, and right otherwise."""

import pytest

NORMALIZE = "v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])"
READ = "import cv2\nfrom torchvision.transforms import v2\nnormalize = {}\npicture = {}\n"

BROKEN = {
    "from a buffer": READ.format(NORMALIZE, "cv2.imdecode(data, cv2.IMREAD_COLOR)"),
    "by name, in a class": "from cv2 import imread\n"
    "class Set:\n    mean = (0.485, 0.456, 0.406)\n"
    "    def __getitem__(self, at):\n        return (imread(self.files[at]) / 255 - self.mean)\n",
    "flags as a number": "import cv2 as cv\nMEAN = [0.485, 0.456, 0.406]\n"
    "for path in paths:\n    cv.imread(path, 1)\n",
}
RIGHT = {
    "turned by slices": READ.format(NORMALIZE, "cv2.imread(path)[:, :, ::-1]"),
    "turned by a list": READ.format(NORMALIZE, "cv2.imread(path)[..., [2, 1, 0]]"),
    "turned by name": READ.format(NORMALIZE, "swap_bgr(cv2.imread(path))"),
    "turned by OpenCV": READ.format(NORMALIZE, "cv2.imread(path, cv2.IMREAD_COLOR_RGB)"),
    "a mask": READ.format(NORMALIZE, "cv2.imread(path, cv2.IMREAD_GRAYSCALE)"),
    "a mask, by number": READ.format(NORMALIZE, "cv2.imread(path, 0)") + "cv2.imread(path, -1)\n",
    "other constants": READ.format("v2.Normalize([0.5], [0.5])", "cv2.imread(path)"),
    "no OpenCV": READ.format(NORMALIZE, "Image.open(path)"),
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_it_is_found(script, found):
    assert found(script) == ["blue_before_red"]


@pytest.mark.parametrize("script", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(script, found):
    assert found(script) == []
