"""A detector on data of one's own: the short way, and README's program."""

import re

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset

from vislearn.checkout import ROOT
from vislearn.datasets import mask_detection
from vislearn.errors import InputError
from vislearn.models import SmallResNet, detector
from vislearn.training import fit_detector

README = ROOT / "README.md"


@pytest.fixture
def cells(tmp_path):
    """Eight pictures with one or two bright squares each, as mask_detection reads them."""
    root = tmp_path / "cells"
    for number in range(8):
        picture = np.full((48, 64, 3), 20, dtype=np.uint8)
        for kind in ("images", "masks"):
            (root / f"{number}" / kind).mkdir(parents=True)
        for place, left in enumerate([4, 36][: 1 + number % 2]):
            mask = np.zeros((48, 64), dtype=np.uint8)
            mask[12:36, left : left + 24] = 255
            picture[mask > 0] = 220
            Image.fromarray(mask).save(root / f"{number}" / "masks" / f"{place}.png")
        Image.fromarray(picture).save(root / f"{number}" / "images" / "picture.png")
    return root


def small_detector():
    torch.manual_seed(0)
    return detector("faster_rcnn", 1, SmallResNet(2, width=8), channels=16, anchor_sizes=(24,))


def test_a_detector_learns_and_the_seed_decides(cells):
    data = mask_detection(cells)
    runs = [fit_detector(small_detector(), data, data, epochs=12, seed=seed) for seed in (0, 0, 1)]
    assert runs[0]["val_map50"][-1] > 0.5 > runs[0]["val_map50"][0]
    first, again, other = (run["train_loss"] for run in runs)
    assert first == again != other


def test_the_rate_rises_and_falls_to_nothing(cells):
    history = fit_detector(small_detector(), mask_detection(cells), epochs=3, batch_size=1, lr=1e-3)
    rates = history["learning_rate"]
    assert max(rates) <= 1e-3
    assert rates[0] < rates[1] > rates[-1]
    assert "val_map50" not in history.rows[0]


def test_the_epoch_of_the_best_map_is_kept(cells):
    """Also with a patience, and by another column where one is asked for."""
    data = mask_detection(cells)
    history = fit_detector(small_detector(), data, data, epochs=3, patience=3)
    assert history.best_epoch == max(range(3), key=history["val_map"].__getitem__)
    other = fit_detector(small_detector(), data, data, epochs=3, monitor="val_ar")
    assert other.best_epoch == max(range(3), key=other["val_ar"].__getitem__)


def test_it_goes_on_from_its_checkpoint(cells, tmp_path):
    file, data = tmp_path / "runs" / "cells.pt", mask_detection(cells)
    whole = fit_detector(small_detector(), data, epochs=2, checkpoint=file)
    again = fit_detector(small_detector(), data, epochs=2, checkpoint=file)
    assert again["train_loss"] == whole["train_loss"]
    assert again["seconds"] == whole["seconds"]  # nothing was trained anew


def test_mask_rcnn_learns_from_masks_and_is_judged_by_them(cells):
    torch.manual_seed(0)
    model = detector("mask_rcnn", 1, SmallResNet(2, width=8), channels=16, anchor_sizes=(24,))
    data = mask_detection(cells, masks=True)
    history = fit_detector(model, data, data, epochs=2)
    assert history.best_epoch == max(range(2), key=history["val_mask_map"].__getitem__)
    assert 0 <= history["val_mask_map50"][-1] <= 1


class Nothing(Dataset):
    def __len__(self):
        return 0


def test_an_empty_set_is_refused():
    with pytest.raises(InputError, match="train_loader"):
        fit_detector(small_detector(), Nothing())


def test_readme_s_program_runs(cells, monkeypatch, capsys):
    _use, program, *_others = re.findall(
        r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    assert "epochs=12" in program
    monkeypatch.chdir(cells.parent)
    Image.new("RGB", (64, 48)).save("new.png")
    exec(program.replace("epochs=12", "epochs=1"), {})
    told = capsys.readouterr().out
    assert told.startswith("[]\n")
    assert "val_map50" in told
    assert (cells.parent / "runs" / "cells.pt").exists()
