from types import SimpleNamespace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from vislearn.cli import main
from vislearn.cli.segment import _name, _told
from vislearn.io import read_image
from vislearn.models import classifier, segmenter
from vislearn.training import load_model, predict_mask, predict_pixels, save_model
from vislearn.transforms import segmentation_transform
from vislearn.viz.numerals import unbroken_percent

COLOURS = [(1, 2, 3), (230, 159, 0), (0, 114, 178)]


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def file(tmp_path):
    torch.manual_seed(0)
    model = segmenter("lraspp", 3, "scratch", channels=8)
    how = {"transform": segmentation_transform(train=False), "colors": COLOURS}
    return save_model(tmp_path / "runs" / "m.pt", model, classes=["nothing", "গাছ", "blue"], **how)


@pytest.fixture
def pictures(tmp_path):
    (tmp_path / "in").mkdir()
    for name, size in (("a.jpg", (30, 20)), ("ছবি.png", (17, 25))):
        pixels = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "in" / name)
    return tmp_path / "in"


def opened(path):
    with Image.open(path) as file:
        return file.copy()


def run(*arguments):
    return CliRunner().invoke(main, ["segment", *map(str, arguments)])


def test_a_mask_and_an_overlay_for_each_picture(pictures, file, tmp_path):
    done = run(pictures, "--model", file, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    saved = load_model(file, segmenter)
    for picture in sorted(pictures.iterdir()):
        mask = opened(tmp_path / "out" / "masks" / f"{picture.stem}.png")
        assert mask.mode == "P"
        assert mask.getpalette()[:9] == [1, 2, 3, 230, 159, 0, 0, 114, 178]
        assert np.array_equal(np.asarray(mask), predict_mask(saved, read_image(picture)).numpy())
        overlay = opened(tmp_path / "out" / "overlays" / f"{picture.stem}.png")
        assert overlay.size == opened(picture).size
    assert f"Saved: {tmp_path / 'out' / 'masks'} (masks: 2)." in done.output
    assert "গাছ" in done.output


def test_what_can_not_be_read_is_named_and_the_others_are_done(pictures, file, tmp_path):
    (pictures / "b.png").write_bytes((pictures / "ছবি.png").read_bytes()[:60])
    done = run(pictures, "--model", file, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "(masks: 2)." in done.output
    assert str(pictures / "b.png") in done.output.splitlines()[-1]
    assert len(list((tmp_path / "out" / "masks").iterdir())) == 2


def test_what_is_no_picture_or_called_alike_is_named_and_the_others_are_done(pictures, file, tmp_path):
    Image.new("RGB", (8, 8)).save(pictures / "A.png")
    (pictures / "notes.txt").write_text("seen on Monday")
    (pictures / "Thumbs.db").write_bytes(b"?")
    done = run(pictures, "--model", file, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "(masks: 2)." in done.output
    told = done.output.splitlines()[-2:]
    assert "a.jpg would be written to the file of A.png, too" in told[0]
    assert f"{pictures / 'notes.txt'} is not a picture" in told[1]
    assert opened(tmp_path / "out" / "masks" / "A.png").size == (8, 8)


def test_masks_that_are_there_are_kept_unless_somebody_says_otherwise(pictures, file, tmp_path):
    arguments = (pictures, "--model", file, "--out", tmp_path / "out")
    corrected = tmp_path / "out" / "masks" / "a.png"
    corrected.parent.mkdir(parents=True)
    corrected.write_bytes(b"put right by hand")
    refused = run(*arguments)
    assert refused.exit_code == 1
    assert f"{corrected} is there already, and would be overwritten. Choose another --out" in refused.output
    assert corrected.read_bytes() == b"put right by hand"
    assert not (tmp_path / "out" / "overlays").exists()
    assert run(*arguments, "--overwrite").exit_code == 0
    assert opened(corrected).mode == "P"


def test_folders_and_files_that_can_not_be(pictures, file, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "has no pictures in it" in run(tmp_path / "empty", "--model", file).output
    assert "is not a folder" in run(tmp_path / "nowhere", "--model", file).output
    other = save_model(tmp_path / "c.pt", torch.nn.Linear(2, 2), classes=["a", "b"], transform=None)
    assert "Error:" in run(pictures, "--model", other).output


@pytest.mark.parametrize("code", ["en", "bn"])
def test_a_page_shows_the_overlays_the_colours_and_what_can_not_be_read(
    pictures, file, tmp_path, monkeypatch, code
):
    monkeypatch.setenv("VISLEARN_LANGUAGE", code)
    (pictures / "b.png").write_bytes(b"")
    page = tmp_path / "p.html"
    done = run(pictures, "--model", file, "--out", tmp_path / "out", "--html", page)
    assert done.exit_code == 1
    html = page.read_text("utf-8")
    assert html.count("<img") == 2
    saved = load_model(file, segmenter)
    found = [
        predict_pixels(saved, read_image(picture)) for picture in (pictures / "a.jpg", pictures / "ছবি.png")
    ]
    there = [set(each["mask"].unique().tolist()) for each in found]
    for number, (red, green, blue) in enumerate(COLOURS):
        swatch = f"background:#{red:02x}{green:02x}{blue:02x}"
        assert (swatch in html) == any(number in numbers for numbers in there)
    sure = [each["scores"].mean() for each in found]
    assert (html.index(">a.jpg<") < html.index(">ছবি.png<")) == (sure[0] <= sure[1])
    assert all(unbroken_percent(float(one)) in html for one in sure)
    told = {"en": "b.png is empty (0 bytes). Copy it again", "bn": "b.png ফাঁকা (০ বাইট)। যেখান থেকে"}
    assert told[code] in html
    assert told[code] in done.output


def test_a_page_may_not_take_the_place_of_a_mask(pictures, file, tmp_path):
    page = tmp_path / "out" / "masks" / "a.png"
    done = run(pictures, "--model", file, "--out", tmp_path / "out", "--html", page)
    assert done.exit_code == 1
    assert "a.png is named for two results." in done.output


def test_a_classifier_is_sent_to_the_command_that_takes_it(pictures, tmp_path):
    file = save_model(
        tmp_path / "m.pt", classifier("photo", 2, "scratch"), classes=["a", "b"], transform=None
    )
    done = run(pictures, "--model", file)
    assert done.exit_code == 1
    assert f"Error: {file} holds a classifier, not a segmenter." in done.output
    assert "vislearn predict take it." in done.output


def test_a_folder_is_no_model(tmp_path):
    done = run("a.png", "--model", tmp_path)
    assert (done.exit_code, "is a directory" in done.output) == (2, True)


def test_a_class_without_a_name_is_called_by_its_number():
    two, none = SimpleNamespace(classes=["road", "sky"]), SimpleNamespace(classes=None)
    assert [_name(two, number) for number in range(4)] == ["road", "sky", "2", "3"]
    assert _name(none, 0) == "0"
    assert _told(two, {0: 0.5, 1: 0.4996, 2: 0.0004}) == "road 50.0%, sky 50.0%, 2 0.0%"


def test_twelve_bits_are_read_by_scale_or_as_the_model_learned_them(pictures, file, tmp_path):
    deep = np.random.default_rng(3).integers(0, 4096, (20, 30)).astype(np.uint16)
    (tmp_path / "new").mkdir()
    Image.fromarray(deep).save(tmp_path / "new" / "deep.png")
    Image.fromarray(np.floor(deep * (255 / 4095) + 0.5).astype(np.uint8)).save(tmp_path / "new" / "plain.png")
    (tmp_path / "new" / "dead.png").symlink_to("gone.png")
    saved = load_model(file, segmenter)
    about = {"classes": saved.classes, "transform": saved.transform, "scale": 4095}
    known = save_model(tmp_path / "known.pt", saved.model, **about)
    for model, more in ((known, ()), (file, ("--scale", 4095))):
        out = tmp_path / f"out{len(more)}"
        done = run(tmp_path / "new", "--model", model, "--out", out, *more)
        assert (done.exit_code, "nearly black" in done.output) == (1, False), done.output
        assert "dead.png does not exist" in done.output
        deep_one, plain_one = (
            np.asarray(opened(out / "overlays" / f"{name}.png")) for name in ("deep", "plain")
        )
        assert np.array_equal(deep_one, plain_one)
    doubted = run(tmp_path / "new", "--model", file, "--out", tmp_path / "doubted")
    assert doubted.output.count("becomes nearly black") == 1
