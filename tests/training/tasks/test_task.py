"""A task of another kind than the package's own: a class for every pixel, with scores (N, K, H, W)."""

import pytest
import torch
from torch import nn

from vislearn.errors import InputError, VislearnError
from vislearn.training import fit
from vislearn.training.losses import NonFiniteLoss
from vislearn.training.tasks.labels import cross_entropy, label_error
from vislearn.training.trouble import explained

CPU = torch.device("cpu")


class PixelTask:
    """As short as can be: the loop must not have to know more."""

    def loss(self, model, batch):
        images, masks = batch
        scores = model(images)
        assert scores.shape == (len(images), 2, 4, 4)
        return cross_entropy(scores, masks)

    def evaluate(self, model, loader):
        hits = [(model(images).argmax(1) == masks).float().mean() for images, masks in loader]
        return {"pixel_accuracy": torch.stack(hits).mean().item()}

    def complaint(self, batch):
        return str(label_error(batch[1], 2) or "")

    def require_answer(self, answer, classes):
        if answer.shape[1] != len(classes):
            raise InputError("model", "must know every class", got=answer.shape[1])


class Dots(torch.utils.data.Dataset):
    """Bright pixels on dark ones, and where they are."""

    classes = ("dark", "bright")

    def __init__(self):
        self.masks = torch.randint(2, (16, 4, 4), generator=torch.Generator().manual_seed(0))

    def __len__(self):
        return len(self.masks)

    def __getitem__(self, place):
        return self.masks[place][None].float(), self.masks[place]


def trained(data, classes=2, **more):
    torch.manual_seed(0)
    model = nn.Conv2d(1, classes, 1)
    loader, optimizer = torch.utils.data.DataLoader(data, 4), torch.optim.SGD(model.parameters(), lr=1.0)
    return fit(
        model, PixelTask(), loader, epochs=5, optimizer=optimizer, val_loader=loader, device=CPU, **more
    )


def test_a_class_for_every_pixel_is_learned_by_the_same_loop():
    history = trained(Dots())
    assert history["val_pixel_accuracy"][-1] == 1
    assert history["train_loss"][-1] < history["train_loss"][0]


def test_its_own_look_at_the_first_answer_is_asked():
    with pytest.raises(InputError, match="must know every class, got 3"):
        trained(Dots(), classes=3)


def test_a_wrong_label_of_a_pixel_is_named():
    data = Dots()
    data.masks[0, 1, 2] = 2
    with pytest.raises(InputError, match="labels must lie in 0…1, for the model's 2 scores, got 2"):
        trained(data)


def test_its_own_complaint_is_told():
    batch = (torch.zeros(1, 1, 4, 4), torch.full((1, 4, 4), 9))
    with (
        pytest.raises(VislearnError, match=r"labels must lie in 0…1, .* got 9"),
        explained(PixelTask(), None, Place()),
    ):
        raise NonFiniteLoss(float("nan"), batch, 0, None)


class Place:
    epoch, current = 0, None
