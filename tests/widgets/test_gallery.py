"""The gallery: a choice brings its controls, each changes picture and code, a sheet stands in."""

from html import unescape

import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from vislearn.errors import InputError
from vislearn.viz.pictures.marks import typed_target
from vislearn.widgets import gallery
from vislearn.widgets.transform_kinds import transform_kinds

IMAGE = torch.randint(0, 256, (3, 40, 60), dtype=torch.uint8)
TARGET = {"boxes": torch.tensor([[10.0, 5, 30, 25]]), "labels": torch.tensor([1])}


@pytest.fixture
def lab(monkeypatch):
    monkeypatch.setattr(
        gallery, "transform_sheet", lambda *_args, **_more: gallery.panels({"a": IMAGE}, alt="Stub.")
    )
    return gallery.transform_gallery(IMAGE, TARGET)


def view(lab):
    return lab.view.children[-1].value


def test_a_choice_brings_its_controls_and_its_code(lab, controls):
    found = controls(lab)
    assert set(found) == {"transform", "seed", "degrees", "translate", "scale", "shear"}
    found["transform"].value = "GaussianBlur"
    assert set(controls(lab)) == {"transform", "seed", "kernel_size", "sigma"}
    assert "image, target = v2.GaussianBlur(kernel_size=15, sigma=4.0)(image, target)" in view(lab)
    controls(lab)["sigma"].value = 1.0
    assert "sigma=1.0" in view(lab)


def test_every_control_changes_the_picture(lab, controls):
    found, seen = controls(lab), [view(lab)]
    for name, value in [("seed", 7), ("degrees", 60), ("translate", 0.4), ("scale", 0.8), ("shear", 5)]:
        found[name].value = value
        seen.append(view(lab).partition("<pre>")[0])
    assert len(set(seen)) == len(seen)


def test_before_and_after_have_their_marks_and_sizes(lab, controls, monkeypatch):
    seen = {}
    real = gallery.panels
    monkeypatch.setattr(
        gallery, "panels", lambda drawings, **more: seen.update(drawings) or real(drawings, **more)
    )
    controls(lab)["transform"].value = "RandomHorizontalFlip"
    assert [*seen] == ["before: 40 × 60", "after: 40 × 60"]
    assert [one.boxes.tolist() for one in seen.values()] == [[[10, 5, 30, 25]], [[30, 5, 50, 25]]]


@pytest.mark.parametrize("name", ["RandomAffine", "RandomCrop", "GaussianNoise", "TrivialAugmentWide"])
def test_the_code_as_it_stands_gives_the_picture_that_is_shown(lab, controls, monkeypatch, name):
    seen = {}
    real = gallery.marked
    monkeypatch.setattr(gallery, "marked", lambda *given: seen.update(after=given) or real(*given))
    controls(lab)["transform"].value = name
    controls(lab)["seed"].value = 5
    code = unescape(view(lab).partition("<pre>")[2].partition("</pre>")[0])
    names = {"torch": torch, "v2": v2, "image": IMAGE, "target": typed_target(TARGET, (40, 60))}
    exec(code, names)
    image, *target = seen["after"]
    assert torch.equal(names["image"], image)
    assert not torch.equal(image, IMAGE)
    assert all(torch.equal(names["target"]["boxes"], one["boxes"]) for one in target)


def test_policies_get_the_picture_alone_and_say_so(lab, controls):
    controls(lab)["transform"].value = "RandAugment"
    assert "image = v2.RandAugment(num_ops=2, magnitude=9)(image)" in view(lab)
    assert "RandAugment takes pictures alone" in view(lab)


def test_without_a_target_nothing_is_said_of_one(controls):
    lab = gallery.transform_gallery(Image.new("L", (60, 40), 90))
    controls(lab)["transform"].value = "AugMix"
    assert "takes pictures alone" not in view(lab)
    controls(lab)["transform"].value = "Pad"
    assert "image = v2.Pad(" in view(lab)


def test_an_error_is_one_sentence_and_the_next_choice_mends_it(lab, controls, monkeypatch):
    def refuse(*_inputs):
        raise ValueError("no <b>such</b> size")

    with monkeypatch.context() as patched:
        patched.setattr(gallery, "_quietly", refuse)
        controls(lab)["transform"].value = "Resize"
        assert (
            view(lab) == '<p role="alert">⚠ <strong>ValueError: no &lt;b&gt;such&lt;/b&gt; size</strong></p>'
        )
    controls(lab)["transform"].value = "Pad"
    assert "<img" in view(lab)


def test_a_sheet_of_all_that_take_boxes_stands_in(recwarn):
    lab = gallery.transform_gallery(IMAGE, TARGET)
    html = lab._repr_mimebundle_()[0]["text/html"]
    kinds = transform_kinds((40, 60)).values()
    texts = str(lab.figure.digest)
    assert all((kind.name in texts) == kind.takes_marks for kind in kinds)
    assert "Run this cell to choose a transform" in html
    assert lab.figure.height <= 620
    assert [str(one.message) for one in recwarn] == []


def test_a_large_photograph_is_made_smaller_with_its_target():
    image, target = gallery._prepared(torch.zeros(3, 640, 1280, dtype=torch.uint8), TARGET)
    assert tuple(image.shape) == (3, 320, 640)
    assert target["boxes"].tolist() == [[5, 2.5, 15, 12.5]]
    assert gallery._prepared(torch.zeros(3, 640, 1280), None)[1] is None


def test_what_is_no_picture_is_refused():
    with pytest.raises(InputError, match="must be one picture"):
        gallery.transform_gallery(torch.zeros(2, 3, 8, 8))
