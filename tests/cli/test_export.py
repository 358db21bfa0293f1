import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from vislearn.cli import main
from vislearn.deploy import load
from vislearn.models import classifier, detector, segmenter
from vislearn.training import save_model
from vislearn.transforms import detection_transform, eval_transform


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def picture(tmp_path):
    Image.linear_gradient("L").convert("RGB").resize((50, 40)).save(tmp_path / "a.png")
    return tmp_path / "a.png"


@pytest.fixture
def file(tmp_path):
    torch.manual_seed(0)
    model = classifier("photo", 2, "scratch")
    return save_model(tmp_path / "m.pt", model, classes=["a", "b"], transform=eval_transform(32))


def run(*arguments):
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


def test_beside_the_model_and_compared_on_one_s_own_pictures(file, picture, tmp_path):
    done = run(file, "--pictures", picture)
    assert done.exit_code == 0, done.output
    assert f"Saved: {tmp_path / 'm.onnx'} (" in done.output
    assert "compared with torch: 1; largest difference: " in done.output
    assert load(tmp_path / "m.onnx").recipe.classes == ("a", "b")


def test_int8_says_sizes_and_agreement(file, picture, tmp_path):
    Image.radial_gradient("L").convert("RGB").save(tmp_path / "b.png")
    refused = run(file, "--int8")
    assert refused.exit_code == 2
    assert "--int8 needs --pictures FOLDER" in refused.output
    done = run(file, "--int8", "--pictures", tmp_path)
    assert done.exit_code == 0, done.output
    assert f"Saved: {tmp_path / 'm.int8.onnx'} (1." in done.output
    assert (
        "in floats 5.0 MB). Pictures on which both were asked: 1; answers in common: 100.0%." in done.output
    )
    assert load(tmp_path / "m.int8.onnx").recipe.classes == ("a", "b")
    assert not (tmp_path / "m.onnx").exists()


def test_detectors_too(picture, tmp_path):
    model = detector("faster_rcnn", 1, "scratch", max_objects=3)
    transform = detection_transform(train=False)
    file = save_model(tmp_path / "d.pt", model, classes=["frog"], transform=transform)
    done = run(file, "--out", tmp_path / "other" / "x.onnx", "--pictures", picture)
    assert done.exit_code == 0, done.output
    assert load(tmp_path / "other" / "x.onnx").recipe.kind == "detector"


def test_a_file_that_is_there_is_kept_unless_somebody_says_otherwise(file, picture):
    there = file.with_suffix(".onnx")
    there.write_bytes(b"older")
    refused = run(file, "--pictures", picture)
    assert refused.exit_code == 1
    assert f"{there} is there already" in refused.output
    assert there.read_bytes() == b"older"
    assert run(file, "--pictures", picture, "--overwrite").exit_code == 0
    assert there.read_bytes() != b"older"


def test_what_can_not_be(file, picture, tmp_path):
    assert "gone.pt does not exist" in run(tmp_path / "gone.pt", "--pictures", picture).output
    assert "gone.png does not exist" in run(file, "--pictures", tmp_path / "gone.png").output
    (tmp_path / "plain").write_text("a file")
    assert run(file, "--out", tmp_path / "plain" / "m.onnx", "--pictures", picture).exit_code == 1


def test_a_file_of_a_changed_network_is_told_as_what_it_says_it_is(picture, tmp_path):
    """Not as a classifier, which it never was."""
    model = segmenter("fcn", 2, "scratch")
    model.classifier[0] = torch.nn.Identity()
    file = save_model(tmp_path / "s.pt", model, classes=["a", "b"], transform=None)
    done = run(file, "--pictures", picture)
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: {file} is of another network than this FCN: ")


@pytest.mark.parametrize("given", [["{folder}"], ["m.pt", "--out", "{folder}"]])
def test_a_folder_is_no_place_for_a_model(given, tmp_path):
    done = run(*[word.format(folder=tmp_path) for word in given])
    assert (done.exit_code, "is a directory" in done.output) == (2, True)
