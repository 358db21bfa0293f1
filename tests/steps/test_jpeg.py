import io

import numpy as np
import pytest
import torch
from PIL import Image

from vislearn import steps, viz
from vislearn.datasets.bundled.pictures import source_file
from vislearn.errors import InputError


@pytest.fixture(scope="module")
def cat():
    with Image.open(source_file("cat")) as file:
        return file.convert("RGB").crop((120, 20, 280, 140))


def brightness(data):
    """What the decoder itself has before it makes colours of it."""
    image = Image.open(io.BytesIO(data))
    image.draft("YCbCr", image.size)
    assert image.mode == "YCbCr"
    return np.asarray(image)[:, :, 0].astype(int)


@pytest.mark.parametrize("quality", [10, 50, 75, 95])
@pytest.mark.parametrize("block", [None, (0, 0), (7, 11), (14, 19)])
def test_a_block_worked_out_by_hand_is_what_the_decoder_shows(cat, quality, block):
    walked = {step.title: step.value for step in steps.jpeg(cat, quality, block)}
    stream = io.BytesIO()
    cat.save(stream, "JPEG", quality=quality)
    row, column = block or map(int, walked["The block's place"].strip("()").split(","))
    shown = brightness(stream.getvalue())[8 * row :, 8 * column :][:8, :8]
    away = np.abs(walked["The block again"].numpy().astype(int) - shown)
    step_of_one = walked["Table"].max().item() / 4  # a coefficient that falls to the other side of a half
    assert away.max() <= max(2, step_of_one)
    assert away.mean() <= 1.5
    assert torch.equal(walked["Multiplied again"], walked["Quantised"] * walked["Table"])
    decoded = np.asarray(Image.open(stream)).transpose(2, 0, 1)
    assert np.array_equal(walked["Tensor"].numpy(), decoded)


def test_without_a_choice_the_block_is_the_one_with_most_to_see(cat):
    pixels = np.full((32, 48, 3), 90, np.uint8)
    pixels[8:16, 24:32] = np.indices((8, 8)).sum(0)[..., None] % 2 * 200
    place = next(step.value for step in steps.jpeg(pixels) if step.title == "The block's place")
    assert place == "(1, 3)"


def test_the_block_is_marked_in_the_picture(cat):
    shown = next(step.picture for step in steps.jpeg(cat, 50, (3, 4)) if step.title == "The block's place")
    assert shown.boxes.tolist() == [[32, 24, 40, 32]]
    assert shown.image.shape == (120, 160, 3)
    assert [style.line for style in shown.styles] == [3]
    assert not shown.on_paper


def test_every_step_can_be_drawn_and_says_what_happened(cat):
    walked = list(steps.jpeg(cat, 50, (3, 4)))
    assert len(walked) == 10
    assert all(step.note for step in walked)
    assert viz.filmstrip(walked).alt.startswith("10 stages")
    assert walked[1].value.startswith("SOI · APP0 · DQT")
    assert walked[1].value.endswith("SOS · EOI")
    quantised = walked[6]
    assert f"{int((quantised.value == 0).sum())} of 64" in quantised.note


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"quality": 0}, "quality must be 1 to 95"),
        ({"quality": 96}, "quality must be 1 to 95"),
        ({"block": (15, 0)}, "within 15 rows and 20 columns"),
        ({"block": (-1, 0)}, "within 15 rows"),
        ({"picture": np.zeros((7, 9, 3), np.uint8)}, "at least 8×8 pixels"),
    ],
)
def test_what_is_not_there_is_refused(cat, arguments, message):
    with pytest.raises(InputError, match=message):
        list(steps.jpeg(**{"picture": cat} | arguments))
