import pytest
import torch
from torchvision.models import MobileNet_V2_Weights
from torchvision.models.detection import FCOS_ResNet50_FPN_Weights
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.functional import to_pil_image

from vislearn.errors import InputError
from vislearn.training import describe_transform, rebuild_transform
from vislearn.transforms import eval_transform, segmentation_transform, train_transform


def test_none_describes_nothing():
    assert describe_transform(None) is None
    assert rebuild_transform(None) is None


@pytest.mark.parametrize(
    "transform",
    [
        eval_transform(16),
        segmentation_transform(train=False, size_hw=(8, 9)),
        v2.Resize((8, 9), InterpolationMode.NEAREST),
        v2.Compose([v2.ToImage(), v2.RandomApply([v2.GaussianBlur(3)], p=0.0), v2.Grayscale(3)]),
    ],
)
def test_torchvisions_own_come_back_the_same(transform, tmp_path):
    torch.save(describe_transform(transform), tmp_path / "told.pt")
    rebuilt = rebuild_transform(torch.load(tmp_path / "told.pt", weights_only=True))
    image = torch.randint(0, 256, (3, 20, 24), dtype=torch.uint8)
    assert torch.equal(transform(image), rebuilt(image))


def test_chance_comes_back_the_same_too():
    transform, image = train_transform(16), torch.randint(0, 256, (3, 20, 24), dtype=torch.uint8)
    rebuilt = rebuild_transform(describe_transform(transform))
    torch.manual_seed(0)
    expected = transform(image)
    torch.manual_seed(0)
    assert torch.equal(rebuilt(image), expected)


@pytest.mark.parametrize("own", [lambda image: image, v2.Lambda(lambda image: image), torch.nn.ReLU()])
def test_what_is_not_torchvisions_is_kept_as_text(own):
    told = describe_transform(v2.Compose([v2.ToImage(), own]))
    assert told["steps"] is None
    assert "ToImage()" in told["text"]
    with pytest.raises(InputError, match="must consist of torchvision's v2 transforms"):
        rebuild_transform(told)


@pytest.mark.parametrize("weights", [MobileNet_V2_Weights.DEFAULT, FCOS_ResNet50_FPN_Weights.DEFAULT])
@pytest.mark.parametrize("hw", [(40, 300), (300, 260)])
def test_the_preparation_of_published_weights_comes_back_the_same_to_the_bit(weights, hw):
    prepare = weights.transforms()
    rebuilt = rebuild_transform(describe_transform(prepare))
    pixels = torch.randint(0, 256, (3, *hw), dtype=torch.uint8)
    for picture in (pixels, to_pil_image(pixels)):
        assert torch.equal(prepare(picture), rebuilt(picture))


@pytest.mark.parametrize(
    "arguments",
    [
        {"dtype": {"dtype": "set_num_threads"}, "scale": True},
        {"dtype": {"dtype": "float32", "more": 1}},
        {"dtype": {"interpolation": "sharp"}},
        {"nothing": 1},
        {"dtype": {}},
    ],
)
def test_a_file_can_give_transforms_nothing_but_what_they_take(arguments):
    with pytest.raises(InputError, match=r"must be told as describe_transform tells it, got"):
        rebuild_transform({"text": "", "steps": [{"name": "ToDtype", "arguments": arguments}]})


@pytest.mark.parametrize("name", ["os", "functional", "Nothing", "Lambda"])
def test_a_file_can_name_nothing_but_transforms(name):
    with pytest.raises(InputError, match="must be one of torchvision's"):
        rebuild_transform({"text": "", "steps": [{"name": name, "arguments": {}}]})
