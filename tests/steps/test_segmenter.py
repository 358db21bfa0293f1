"""A segmenter stage by stage: the last one is the model's own answer, and so are those before."""

import pytest
import torch
from PIL import Image
from torch import nn

from vislearn.errors import InputError
from vislearn.models import SEGMENTERS, SmallResNet
from vislearn.models import segmenter as build
from vislearn.steps import segmenter as walk
from vislearn.transforms import segmentation_transform
from vislearn.viz import filmstrip

HW = (40, 56)


def small(kind="lraspp", **changes):
    torch.manual_seed(0)
    return build(kind, 3, SmallResNet(2, width=8), **({"channels": 16} | changes))


def picture():
    chance = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (3, *HW), dtype=torch.uint8, generator=chance)


@pytest.mark.parametrize("kind", SEGMENTERS)
def test_the_last_stage_is_what_the_model_says(kind):
    model = small(kind, aux=kind != "lraspp")
    steps = list(walk(model, picture()))
    assert model.training  # as it was
    with torch.no_grad():
        logits = model.eval()(segmentation_transform(train=False)(picture())[None])["out"]
    assert torch.equal(steps[-1].value, logits.argmax(1)[0])
    named = {step.title: step for step in steps}
    assert torch.equal(named["Logits, enlarged"].value, logits[0])
    assert torch.equal(named["Probabilities"].value, logits[0].softmax(0))
    assert named["Logits"].value.shape == (3, 20, 28) if kind == "lraspp" else (3, 5, 7)
    assert filmstrip(steps).alt


def test_stages_of_lraspp_are_the_models_own():
    model, seen = small().eval(), {}
    model.backbone.register_forward_hook(lambda _m, _i, out: seen.update(out))
    named = {step.title: step for step in walk(model, picture())}
    assert torch.equal(named["Fine feature map"].value, seen["low"][0])
    assert torch.equal(named["Coarse feature map"].value, seen["high"][0])
    assert "a place stands for 8×8 pixels" in named["Coarse feature map"].note


def test_every_kind_of_picture():
    model = small()
    *_, expected = walk(model, picture())
    pil = Image.fromarray(picture().permute(1, 2, 0).numpy())
    prepared = segmentation_transform(train=False)(picture())
    for image in (pil, prepared):
        first, *_, last = walk(model, image)
        assert torch.equal(last.value, expected.value)
        shown = first.value if first.value.dtype == torch.uint8 else (255 * first.value).round()
        assert torch.equal(shown.to(torch.uint8), picture())


def test_the_overlay_leaves_class_0_and_names_shares():
    model = small()
    *_, classes, last = walk(
        model, picture(), ["sky", "sea", "sand"], colors=[(9, 9, 9), (255, 0, 0), (0, 0, 255)]
    )
    background = last.value == 0
    assert torch.equal(last.picture[:, background], picture()[:, background])
    assert set(map(tuple, classes.picture[:, last.value == 1].T.tolist())) <= {(255, 0, 0)}
    share = (last.value == 1).double().mean().item()
    assert f"sea {share:.1%}" in last.note


@pytest.mark.parametrize(
    ("model", "image", "names", "sentence"),
    [
        (nn.Linear(2, 2), picture(), None, "must be a segmenter of torchvision, got Linear"),
        (small(), picture()[0], None, r"must be uint8 \(3, H, W\), or float.*got uint8 \(40, 56\)"),
        (small(), picture().long(), None, "got int64"),
        (small(), picture(), ["a", "b"], r"names must be as many as classes \(3\), got 2"),
    ],
)
def test_what_can_not_be_walked(model, image, names, sentence):
    with pytest.raises(InputError, match=sentence):
        next(walk(model, image, names))
