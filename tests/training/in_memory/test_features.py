import torch

from vislearn.models import SmallResNet, head_alone
from vislearn.training.in_memory import features_once


def test_the_head_answers_from_features_what_the_network_answers_from_pictures():
    torch.manual_seed(0)
    model, images, labels = SmallResNet(3, width=4).eval(), torch.randn(5, 3, 16, 16), torch.arange(5)
    data = features_once(model, [(images[:3], labels[:3]), (images[3:], labels[3:])])
    features, kept = data.tensors
    assert torch.equal(kept, labels)
    assert not features.requires_grad
    with torch.inference_mode():
        assert torch.allclose(head_alone(model)(features), model(images), atol=1e-5)
