import errno
import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from vislearn.datasets import cached, fast, image_folder, resized
from vislearn.datasets.pictures import source_file
from vislearn.errors import FileError, InputError


@pytest.fixture
def folder(tmp_path, fresh):
    for label, name in enumerate(("cat", "rocket")):
        with Image.open(source_file(name)) as file:
            photograph = file.convert("RGB")
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(4):
            part = photograph.crop((index * 20, label * 10, index * 20 + 300, 280))
            part.save(tmp_path / "pets" / name / f"{index}.jpg", quality=95)
    photograph.save(tmp_path / "pets" / "rocket" / "4.png")
    return image_folder(tmp_path / "pets")


def cache_files(fresh):
    return sorted(path.name for path in (fresh / "cache").iterdir() if path.suffix != ".lock")


def test_both_ways_give_what_resizing_the_whole_picture_gives(folder):
    slow, quick, stored = folder, resized(folder, (64, 80)), cached(folder, (64, 80))
    assert len(slow) == len(quick) == len(stored) == 9
    for index in range(9):
        original = v2.functional.resize(v2.functional.pil_to_tensor(slow[index][0]), [64, 80], antialias=True)
        image, label = quick[index]
        assert (image.dtype, image.shape, label) == (torch.uint8, (3, 64, 80), slow[index][1])
        assert image.is_contiguous()
        assert (image.int() - original.int()).abs().float().mean() < 3  # decoded smaller, then resized
        assert torch.equal(stored[index][0], image)
        assert stored[index][1] == label


def test_without_reduction_the_pixels_are_exactly_those_of_the_resized_picture(folder):
    size = (270, 300)  # no smaller scale would do
    original = v2.functional.resize(v2.functional.pil_to_tensor(folder[0][0]), list(size), antialias=True)
    assert torch.equal(resized(folder, size)[0][0], original)


def test_they_carry_classes_and_labels_as_the_folder_does(folder):
    for dataset in (resized(folder, (8, 8)), cached(folder, (8, 8))):
        assert dataset.classes == ["cat", "rocket"]
        assert dataset.class_to_idx == {"cat": 0, "rocket": 1}
        assert dataset.targets == folder.targets
        assert dataset.samples == folder.samples


@pytest.mark.parametrize("make", [resized, cached])
def test_the_transform_gets_uint8_tensors(folder, make):
    seen = []
    dataset = make(folder, (8, 8), transform=lambda image: seen.append((image.dtype, image.shape)) or 7)
    assert dataset[0] == (7, 0)
    assert next(iter(DataLoader(dataset, batch_size=2)))[0].tolist() == [7, 7]
    assert set(seen) == {(torch.uint8, (3, 8, 8))}


@pytest.mark.parametrize("make", [resized, cached])
@pytest.mark.parametrize("size_hw", [(0, 8), (8, -1), (8,), (8, 8, 3)])
def test_impossible_sizes_are_refused(folder, make, size_hw):
    with pytest.raises(InputError, match="size_hw must be"):
        make(folder, size_hw)


@pytest.mark.parametrize("make", [resized, cached])
def test_a_folder_with_a_transform_is_refused(folder, make):
    with pytest.raises(InputError, match="must have no transform of its own"):
        make(image_folder(folder.root, transform=v2.ToImage()), (8, 8))


def test_batches_come_in_the_order_asked_for(folder):
    stored = cached(folder, (8, 8))
    batch = stored.__getitems__([5, 0, 5])
    assert [label for _, label in batch] == [1, 0, 1]
    for (image, _), index in zip(batch, [5, 0, 5], strict=True):
        assert torch.equal(image, stored[index][0])


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_decoding_on_threads_keeps_the_order(folder, threads):
    dataset = resized(folder, (8, 8), threads=threads)
    batch = dataset.__getitems__([5, 0, 8, 5])
    assert [label for _, label in batch] == [1, 0, 1, 1]
    for (image, _), index in zip(batch, [5, 0, 8, 5], strict=True):
        assert torch.equal(image, dataset[index][0])


def test_a_damaged_picture_is_an_error_on_threads_too(folder):
    Path(folder.samples[3][0]).write_bytes(b"")
    with pytest.raises(FileError, match=r"3\.jpg is empty"):
        resized(folder, (8, 8), threads=2).__getitems__(range(9))


def test_changing_a_tensor_leaves_the_cache_as_it_is(folder):
    stored = cached(folder, (8, 8))
    before = stored[0][0].clone()
    stored[0][0].zero_()
    for image, _ in stored.__getitems__([0, 1]):
        image.zero_()
    assert torch.equal(stored[0][0], before)


def test_the_second_time_nothing_is_decoded(folder, fresh, monkeypatch):
    cached(folder, (8, 8))
    monkeypatch.setattr(fast, "read_array", lambda *rest, **more: pytest.fail("decoded again"))
    assert len(cached(folder, (8, 8))) == 9
    assert len(cache_files(fresh)) == 1


def test_each_size_has_its_own_cache(folder, fresh):
    assert cached(folder, (8, 8))[0][0].shape == (3, 8, 8)
    assert cached(folder, (8, 9))[0][0].shape == (3, 8, 9)
    assert len(cache_files(fresh)) == 2


def rewrite(folder):
    path = folder.samples[0][0]
    Image.new("RGB", (50, 50), (0, 0, 250)).save(path)


def touch(folder):
    os.utime(folder.samples[0][0], (1, 1))


def rename(folder):
    path = folder.samples[0][0]
    os.rename(path, path.replace("0.jpg", "5.jpg"))  # noqa: PTH104


def add(folder):
    Image.new("RGB", (50, 50)).save(folder.samples[0][0].replace("0.jpg", "9.png"))


@pytest.mark.parametrize("change", [rewrite, touch, rename, add])
def test_any_change_of_a_picture_makes_a_new_cache_and_removes_the_old(folder, fresh, change):
    (before,) = cached(folder, (8, 8)) and cache_files(fresh)
    time.sleep(0.01)
    change(folder)
    again = image_folder(folder.root)
    assert torch.equal(cached(again, (8, 8))[0][0], resized(again, (8, 8))[0][0])
    (after,) = cache_files(fresh)
    assert after != before


def test_a_damaged_picture_is_an_error_naming_it_and_nothing_is_cached(folder, fresh):
    victim = folder.samples[3][0]
    with open(victim, "r+b") as file:  # noqa: PTH123
        file.truncate(2000)
    with pytest.raises(FileError, match=r"3\.jpg is cut off"):
        cached(folder, (8, 8))
    assert cache_files(fresh) == []
    with pytest.raises(FileError, match=r"3\.jpg is cut off"):
        resized(folder, (8, 8))[3]


def test_a_cache_that_lost_its_end_is_built_again(folder, fresh):
    file = cached(folder, (8, 8)).file
    with file.open("r+b") as out:
        out.truncate(500)
    assert torch.equal(cached(folder, (8, 8))[8][0], resized(folder, (8, 8))[8][0])


def test_a_full_disk_is_told_with_a_remedy(folder, fresh, monkeypatch):
    def full(*rest):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fast, "_decoded", full)
    with pytest.raises(FileError, match=r"disk is full\. Free some space\. Set VISLEARN_DATA"):
        cached(folder, (8, 8))
    assert cache_files(fresh) == []


def test_pickling_sends_the_place_not_the_pixels(folder):
    stored = cached(folder, (64, 64))
    first = stored[0][0]
    parcel = pickle.dumps(stored)
    assert len(parcel) < 5000
    assert torch.equal(pickle.loads(parcel)[0][0], first)


START_METHODS = [name for name in ("fork", "spawn") if name in torch.multiprocessing.get_all_start_methods()]


@pytest.mark.parametrize("method", START_METHODS)
def test_loader_workers_give_what_one_process_gives(folder, method):
    dataset = cached(folder, (8, 8))
    alone = torch.stack([image for image, _ in dataset])
    loader = DataLoader(dataset, batch_size=4, num_workers=1, multiprocessing_context=method)
    batches = list(loader)
    assert torch.equal(torch.cat([images for images, _ in batches]), alone)
    assert torch.cat([labels for _, labels in batches]).tolist() == folder.targets


def test_the_cache_is_an_ordinary_numpy_file(folder):
    stored = cached(folder, (8, 9))
    array = np.load(stored.file)
    assert array.shape == (9, 3, 8, 9)
    assert np.array_equal(array[2], stored[2][0])
