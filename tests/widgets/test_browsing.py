"""The class browser: each control does what it says, and a picture stands in without a kernel."""

from types import SimpleNamespace

import numpy as np
import pytest
from torch.utils.data import Subset

from vislearn.errors import InputError
from vislearn.widgets import class_browser


class Pictures:
    """Five cats, no dog, two owls; each picture has a shade of its own."""

    classes = ("cat", "dog", "owl")
    targets = (0, 2, 0, 0, 2, 0, 0)

    def __getitem__(self, index):
        return np.full((8, 8, 3), 20 * index, np.uint8), self.targets[index]

    def __len__(self):
        return len(self.targets)


def figure(lab):
    return lab.view.children[-1].value


def test_classes_with_pictures_are_offered_with_their_counts(controls):
    lab = class_browser(Pictures())
    assert [word for word, _ in controls(lab)["class (pictures)"].options] == ["cat (5)", "owl (2)"]
    assert "Pictures 1 to 5 of the 5 of class cat." in lab.fallback
    assert "<img" in lab.fallback


def test_class_and_page_change_what_is_shown(controls):
    lab = class_browser(Pictures(), per_page=2)
    found = controls(lab)
    assert (found["page"].min, found["page"].max, found["page"].value) == (1, 3, 1)
    seen = [figure(lab)]
    found["page"].value = 3
    assert "Pictures 5 to 5 of the 5 of class cat." in figure(lab)
    seen.append(figure(lab))
    found["class (pictures)"].value = 2  # it has one page only
    assert "Pictures 1 to 2 of the 2 of class owl." in figure(lab)
    assert len({*seen, figure(lab)}) == 3


def test_a_subset_shows_its_own_pictures(controls):
    lab = class_browser(Subset(Pictures(), [1, 0]))
    assert [word for word, _ in controls(lab)["class (pictures)"].options] == ["cat (1)", "owl (1)"]


def test_classes_may_be_called_otherwise(controls):
    lab = class_browser(Pictures(), names=["বিড়াল", "কুকুর", "পেঁচা"])
    assert controls(lab)["class (pictures)"].options[0][0] == "বিড়াল (5)"


@pytest.mark.parametrize(
    ("dataset", "more", "sentence"),
    [
        ([1, 2], {}, "dataset must have classes"),
        (SimpleNamespace(classes=["a"]), {}, "dataset must have targets"),
        (SimpleNamespace(classes=["a"], targets=[]), {}, "must hold at least one picture"),
        (Pictures(), {"names": ["cat"]}, "names must be one per class, 3, got 1"),
        (Pictures(), {"per_page": 0}, "per_page must be at least 1"),
    ],
)
def test_refused(dataset, more, sentence):
    with pytest.raises(InputError, match=sentence):
        class_browser(dataset, **more)
