"""Lesson 14's project: other ways to train and to hold fonts out, and other ways to make each mistake."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset
from torchvision.datasets import ImageFolder

from vislearn.exercises import check
from vislearn.exercises.registry import find
from vislearn.models import SmallConvNet

NAME = "sets.train_on_fonts"


@cache
def trained(seed, epochs, held_out, conv_width=16):
    """Model and share, for some of the answers below."""
    folder, prepare = find(NAME).arguments(0)
    dataset = ImageFolder(folder, prepare)
    images, labels = torch.stack([image for image, _label in dataset]), torch.tensor(dataset.targets)
    out = torch.tensor([Path(path).name.startswith(held_out) for path, _label in dataset.samples])
    torch.manual_seed(seed)
    model = SmallConvNet(10, in_channels=1, width=conv_width)
    loader = DataLoader(TensorDataset(images[~out], labels[~out]), batch_size=64, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    steps = max(1, epochs) * len(loader)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=steps)
    for _epoch in range(epochs):
        for some, numbers in loader:
            loss = nn.functional.cross_entropy(model(some), numbers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
    with torch.inference_mode():
        share = (model(images[out]).argmax(dim=1) == labels[out]).float().mean()
    return model, share


def one_font(folder, prepare):
    model, share = trained(0, 4, ("mina",))
    return model.eval(), ["mina"], share.item()


def two_fonts(folder, prepare):
    model, share = trained(1, 4, ("atma", "baloo-da-2"))
    return model.eval(), ("atma", "baloo-da-2"), share


def as_set(folder, prepare):
    return [*one_font(folder, prepare)[:1], {"mina"}, torch.tensor([one_font(folder, prepare)[2]])]


def three_fonts(folder, prepare):
    """Two decimals are near enough."""
    fonts = ("anek-bangla", "mina", "noto-sans-bengali")
    model, share = trained(2, 4, fonts, 12)
    return model.eval(), frozenset(fonts), round(share.item(), 2)


def as_arrays(folder, prepare):
    model, fonts, share = one_font(folder, prepare)
    return model, np.array(fonts), np.float32(share)


def untrained(folder, prepare):
    model, share = trained(5, 0, ("mina",))
    return model, ["mina"], share.item()


def changed(model=lambda model: model, fonts=lambda fonts: fonts, share=lambda share: share):
    def answer(folder, prepare):
        first, second, third = one_font(folder, prepare)
        return model(first), fonts(second), share(third)

    return answer


RIGHT = {NAME: [one_font, two_fonts, as_set, three_fonts, as_arrays]}

WRONG = {
    NAME: {
        "_share_of_training": changed(share=lambda share: min(1.0, share + 0.12)),
        "_nothing_held_out": changed(fonts=lambda fonts: ()),
        "_left_in_train_mode": changed(model=lambda model: model.train()),
        "_untrained": untrained,
    }
}


def learned(places):
    """Few steps on some of the pictures, by loader; the font held out is always the same."""

    def answer(folder, prepare):
        dataset = ImageFolder(folder, prepare)
        fonts = [Path(path).name.rsplit("-", 1)[0] for path, _label in dataset.samples]
        some = [place for place, font in enumerate(fonts) if places(font)]
        model = SmallConvNet(10, in_channels=1)
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
        for images, labels in DataLoader(Subset(dataset, some[::40]), batch_size=16, shuffle=True):
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
        return model.eval(), ["mina"], 0.1

    return answer


@pytest.mark.parametrize(
    ("places", "kept"),
    [
        (lambda font: True, False),
        (lambda font: font == "mina", False),
        (lambda font: font != "mina", True),
    ],
)
def test_what_was_learned_from_is_seen(places, kept):
    facts = {fact.label: fact.met for fact in check(NAME, learned(places)).facts}
    assert facts["No picture of a font held out was learned from"] is kept


UNLISTED = {
    NAME: [
        learned(lambda font: True),
        changed(share=lambda share: 100 * share),
        changed(fonts=lambda fonts: ["0", "1"]),
        lambda folder, prepare: one_font(folder, prepare)[0],
        changed(fonts=lambda fonts: "mina"),
        changed(fonts=lambda fonts: ["galada"]),
        changed(share=lambda share: None),
        changed(model=lambda model: model.state_dict()),
    ]
}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda folder, prepare: one_font(folder, prepare)[0], "a share expected"),
        (changed(fonts=lambda fonts: "mina"), "a list of names"),
        (changed(fonts=lambda fonts: 3), "a list of names"),
        (changed(fonts=lambda fonts: ["galada"]), "no font of this folder"),
        (changed(share=lambda share: "90 %"), "a share from 0 to 1"),
        (changed(share=lambda share: 100 * share), "a share from 0 to 1"),
    ],
)
def test_what_cannot_be_judged_is_told(answer, said):
    assert said in str(check(NAME, answer))
