import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.errors import FileError, InputError
from vislearn.io import read_image, read_pil, write_image

GRADIENT = torch.arange(3 * 8 * 10, dtype=torch.uint8).reshape(3, 8, 10)


@pytest.mark.parametrize(
    "image",
    [GRADIENT, GRADIENT.permute(1, 2, 0).numpy(), Image.fromarray(GRADIENT.permute(1, 2, 0).numpy())],
    ids=["tensor", "array", "PIL"],
)
def test_png_keeps_every_pixel(tmp_path, image):
    path = write_image(tmp_path / "new" / "a.png", image)
    assert torch.equal(read_image(path), GRADIENT)


@pytest.mark.parametrize("image", [GRADIENT[:1], GRADIENT[0].numpy()], ids=["tensor", "array"])
def test_gray_stays_gray(tmp_path, image):
    path = write_image(tmp_path / "a.png", image)
    with Image.open(path) as file:
        assert file.mode == "L"
    assert torch.equal(read_image(path), GRADIENT[:1].expand(3, -1, -1))


def test_jpeg_is_close_and_quality_counts(tmp_path):
    smooth = Image.linear_gradient("L").convert("RGB")
    fine = write_image(tmp_path / "fine.JPG", smooth)
    coarse = write_image(tmp_path / "coarse.jpeg", smooth, quality=5)
    assert np.abs(np.asarray(read_pil(fine), dtype=int) - np.asarray(smooth)).max() <= 4
    assert coarse.stat().st_size < fine.stat().st_size


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (torch.zeros(3, 0, 4, dtype=torch.uint8), "must have shape"),
        (torch.zeros(4, 4, 3, dtype=torch.uint8), "must have shape"),
        (torch.zeros(1, 3, 4, 4, dtype=torch.uint8), "must have shape"),
        (np.zeros((3, 4, 4), np.uint8), "must have shape"),
        (torch.zeros(3, 4, 4), r"must be uint8 in 0..255, got torch.float32. For pixels in 0..1"),
        (np.zeros((4, 4, 3)), "must be uint8"),
    ],
)
def test_pixels_of_another_kind_are_refused(tmp_path, image, message):
    with pytest.raises(InputError, match=message):
        write_image(tmp_path / "a.png", image)
    assert not list(tmp_path.iterdir())


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"one of '.png', '.jpg', '.jpeg', got '.pgn'. Did you mean '.png'"):
        write_image(tmp_path / "a.pgn", GRADIENT)


def test_a_failed_write_leaves_nothing(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileError):
        write_image(tmp_path / "file" / "a.png", GRADIENT)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
