"""What the gallery shows: the detector's own sentence to every broken example."""

import random
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import tv_tensors

from vislearn.traps import CATALOG
from vislearn.traps.examples import (
    Boxes,
    Drawing,
    Net,
    Pictures,
    collate,
    found_in_data,
    found_in_loop,
    loaders,
    pictures,
    said,
)
from vislearn.traps.text.linted import TEXT_TRAPS


@pytest.mark.parametrize("trap", [CATALOG[0], CATALOG[-1], TEXT_TRAPS[0]], ids=lambda trap: trap.name)
def test_a_detector_speaks_the_readers_language(trap, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    english = said(trap)
    assert english.startswith(f"{trap.certainty}: ")
    assert english.endswith(".")
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert said(trap) != english


SENTENCES = Path(__file__).with_name("sentences.txt")


def test_every_detector_says_what_is_written_down(monkeypatch):
    """Who changes a sentence, or what is found in an example, sees it; running this file writes it down."""
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    written = dict(line.split(": ", 1) for line in SENTENCES.read_text(encoding="utf-8").splitlines())
    assert _sentences() == written


def _sentences():
    return {trap.name: _anywhere(said(trap)) for trap in dict.fromkeys([*CATALOG, *TEXT_TRAPS])}


def _anywhere(sentence):
    """Without folders, Pillow's own words, and scores of networks, which differ between processors."""
    places = re.sub(r"\S+[/\\](?=(?:set|val)[/\\])", "", sentence).replace("\\", "/")
    places = re.sub(r"(?<=can't be read: )[^.]+", "#", places)
    return re.sub(r"\d\.\d{3}\b(?=[ .…])", "#", places)


def test_whoever_asks_keeps_their_chance():
    torch.manual_seed(5)
    random.seed(5)
    before = torch.get_rng_state(), random.getstate()
    said(CATALOG[0])
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]


def test_the_network_gives_scores_of_as_many_classes():
    assert Net()(torch.zeros(2, 3, 8, 8)).shape == (2, 3)
    net = Net(1, 5).train()
    assert net(torch.zeros(2, 1, 8, 8)).shape == (2, 5)
    assert net.features(torch.rand(64, 1, 8, 8)).shape == (64, 4)
    share = (net.head[0](torch.ones(10_000)) == 0).double().mean().item()
    assert share == pytest.approx(0.2, abs=0.03)  # it drops some, and neither none nor all


def test_noise_is_the_same_at_every_call_and_another_for_another_count():
    images, labels = pictures(30).tensors
    assert (images.shape, set(labels.tolist())) == ((30, 3, 8, 8), {0, 1, 2})
    assert images.min() >= 0
    assert images.max() <= 1
    assert torch.equal(pictures(30).tensors[0], images)
    assert not torch.equal(pictures(31).tensors[0][:30], images)
    assert pictures(2, 1, 9).tensors[0].shape == (2, 1, 8, 8)
    assert set(pictures(99, classes=9).tensors[1].tolist()) == set(range(9))


def test_batches_to_learn_from_are_shuffled_and_those_to_judge_by_are_not():
    learn, judge = loaders()
    assert [len(each.dataset) for each in (learn, judge)] == [32, 12]
    assert [each.batch_size for each in (learn, judge)] == [4, 4]
    assert [len(images) for images, _labels in loaders(8)[1]] == [8, 4]
    firsts = {tuple(next(iter(learn))[1].tolist()) for _ in range(20)}
    assert len(firsts) > 1
    assert torch.equal(next(iter(judge))[0], judge.dataset.tensors[0][:4])


def test_photographs_grow_brighter_and_their_labels_take_turns():
    data = Pictures()
    assert len(data) == len(list(zip(data.targets, range(len(data)), strict=True))) == 8
    assert data[3][0].size == (20, 16)
    assert [(np.array(picture).max(), label) for picture, label in (data[i] for i in range(8))] == [
        (20 * i, i % 2) for i in range(8)
    ]
    assert Pictures(lambda picture: picture.width)[3] == (20, 1)


def test_each_picture_has_one_object_inside():
    data = Boxes()
    image, target = data[2]
    assert (len(data), image.shape, image.dtype, int(image.max())) == (6, (3, 16, 16), torch.uint8, 40)
    assert target["boxes"].tolist() == [[2, 2, 7, 7]]
    assert (target["labels"].tolist(), target["boxes"].canvas_size) == ([1], (16, 16))
    assert isinstance(image, tv_tensors.Image)
    image, target = Boxes(5, (), transform=lambda picture: 3)[0]
    assert (image, target["labels"].tolist(), target["boxes"].shape) == (3, [], (0, 4))
    assert Boxes(transforms=lambda picture, target: (1, 2))[0] == (1, 2)


def test_what_draws_its_own_numbers_gives_them():
    assert isinstance(Drawing().chance, torch.Generator)
    data = Drawing(np.random)
    assert data.chance is np.random
    assert (len(data), [label for _image, label in (data[i] for i in range(4))]) == (8, [0, 1, 0, 1])
    assert data[0][0].shape == (3, 8, 8)
    assert collate([(1, 2), (3, 4)]) == ((1, 3), (2, 4))
    with pytest.raises(ValueError, match="argument"):
        collate([(1, 2), (3,)])


NOTHING = "\nfrom types import SimpleNamespace\nfound = SimpleNamespace(found={})"


def of_folder(tmp_path, told):
    return found_in_data(f"data = folder({told})" + NOTHING.format("data"), tmp_path)


def test_folders_hold_four_small_photographs_of_two_classes(tmp_path):
    data = of_folder(tmp_path, "")
    assert (data.classes, [label for _path, label in data.samples]) == (["class0", "class1"], [0, 0, 1, 1])
    assert data[0][0].shape == (3, 12, 16)
    assert len({image.numpy().tobytes() for image, _label in data}) == 4
    assert set(_ways(data).values()) == {1}
    one = of_folder(tmp_path, "classes=[1], where='one'")
    assert (one.classes, len(one)) == (["class1"], 2)


def test_one_photograph_of_a_folder_is_turned_or_damaged(tmp_path):
    turned = of_folder(tmp_path, "turned=True")
    ways = _ways(turned)
    assert ways == {"0.jpg": 1, "2.jpg": 1, "1.jpg": 1, "3.jpg": 6}
    damaged = of_folder(tmp_path, "damaged=True, where='other'")
    broken = [path for path, _label in damaged.samples if _is_broken(path)]
    assert [path.rpartition("/")[2] for path in broken] == ["1.jpg"]


def _ways(data):
    """How each photograph of a folder is to be turned, as its EXIF says."""
    found = {}
    for path, _label in data.samples:
        with Image.open(path) as picture:
            found[path.rpartition("/")[2]] = picture.getexif()[0x0112]
    return found


def _is_broken(path):
    try:
        with Image.open(path) as picture:
            picture.load()
    except OSError:
        return True
    return False


@pytest.mark.parametrize(("told", "least", "most"), [("copied=True", 0, 10), ("", 20, 255)])
def test_another_folder_holds_other_pictures_or_the_same_stored_again(tmp_path, told, least, most):
    first = of_folder(tmp_path, "")
    other = of_folder(tmp_path, f"where='other', {told}")
    for (one, _label), (two, _label_too) in zip(first, other, strict=True):
        apart = (one.float() - two.float()).abs().mean()
        assert least < apart < most  # stored again a JPEG is never the same to the byte


def test_a_loop_is_watched_and_what_it_speaks_of_is_there():
    code = (
        "assert loader.batch_size == val_loader.batch_size == size\nassert optimizer.defaults['lr'] == 0.05"
    )
    assert found_in_loop(code, size=4) == []
    with pytest.raises(AssertionError):
        found_in_loop(code, size=5)
    assert len(found_in_loop("model(next(iter(loader))[0][:, :1].expand(-1, 3, -1, -1)).sum()")) == 0


if __name__ == "__main__":
    lines = [f"{name}: {sentence}\n" for name, sentence in _sentences().items()]
    SENTENCES.write_text("".join(lines), encoding="utf-8", newline="\n")
