import errno
import os
import pickle
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from vislearn.datasets import cache, cached, image_folder, resized
from vislearn.errors import FileError


def cache_files(fresh):
    return sorted(path.name for path in (fresh / "cache").iterdir() if path.suffix == ".npy")


def test_batches_come_in_the_order_asked_for(folder):
    stored = cached(folder, (8, 8))
    batch = stored.__getitems__([5, 0, 5])
    assert [label for _, label in batch] == [1, 0, 1]
    for (image, _), index in zip(batch, [5, 0, 5], strict=True):
        assert torch.equal(image, stored[index][0])


def test_changing_a_tensor_leaves_the_cache_as_it_is(folder):
    stored = cached(folder, (8, 8))
    before = stored[0][0].clone()
    stored[0][0].zero_()
    for image, _ in stored.__getitems__([0, 1]):
        image.zero_()
    assert torch.equal(stored[0][0], before)


def test_the_second_time_nothing_is_decoded(folder, fresh, monkeypatch):
    cached(folder, (8, 8))
    monkeypatch.setattr(cache, "decode_all", lambda *rest: pytest.fail("decoded again"))
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


def replace_by_one_as_large_and_as_old(folder):
    """As ``cp -p`` and rsync do."""
    path = Path(folder.samples[0][0])
    old, pixels = path.stat(), path.read_bytes()
    Image.new("RGB", (50, 50), (0, 250, 0)).save(path, quality=10)
    path.write_bytes(path.read_bytes().ljust(len(pixels), b"\0")[: len(pixels)])
    os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (old.st_size, old.st_mtime_ns)


CHANGES = [rewrite, touch, rename, add]
if os.name == "posix":  # Windows keeps no time of its own for the entry
    CHANGES.append(replace_by_one_as_large_and_as_old)


@pytest.mark.parametrize("change", CHANGES)
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
    def full(*rest, **more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache, "decode_all", full)
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


def test_a_folder_that_is_gone_is_told(folder):
    Path(folder.samples[0][0]).unlink()
    with pytest.raises(FileError, match=r"0\.jpg does not exist any more\. Call image_folder"):
        cached(folder, (8, 8))


def test_caches_of_folders_that_are_gone_and_drafts_of_killed_builds_are_swept_up(folder, fresh, tmp_path):
    shutil.copytree(folder.root, tmp_path / "temporary")
    cached(image_folder(tmp_path / "temporary"), (8, 8))
    cached(folder, (8, 80))
    shutil.rmtree(tmp_path / "temporary")
    stem = next((fresh / "cache").glob("pets-*-8x80.source")).stem.removesuffix("0")
    (fresh / "cache" / f".{stem}-0123-abcd.npy").touch()
    kept = cached(folder, (8, 8))
    left = sorted(path.name for path in (fresh / "cache").iterdir() if path.suffix != ".lock")
    assert left == sorted(
        [f"{stem}.source", f"{stem}0.source", kept.file.name, cached(folder, (8, 80)).file.name]
    )


def test_another_scale_is_another_cache(folder, fresh):
    Image.fromarray(np.full((8, 8), 4095, np.uint16)).save(folder.samples[0][0][:-4] + ".png")
    again = image_folder(folder.root, scale=4095)
    scaled = cached(again, (8, 8))
    with pytest.warns(UserWarning, match="becomes nearly black"):
        assert cached(image_folder(folder.root), (8, 8))[1][0].max() == 16
    assert scaled[1][0].min() == 255  # its file stays, beside the other's
    assert cached(again, (8, 8)).file == scaled.file


def test_a_cache_that_is_in_use_outlives_a_newer_one(folder, fresh):
    loader = DataLoader(cached(folder, (8, 8)), batch_size=9)
    before = next(iter(loader))[0]
    sent = pickle.dumps(loader.dataset)
    rewrite(folder)
    assert not torch.equal(cached(image_folder(folder.root), (8, 8))[0][0], before[0])
    if os.name == "posix":
        assert torch.equal(next(iter(loader))[0], before)
        with pytest.raises(
            FileError, match=r"a newer cache .* has taken its place\. Call cached\(\) again\."
        ):
            pickle.loads(sent)[0]


def test_a_cache_of_zeros_is_built_again(folder, fresh):
    file = cached(folder, (8, 8)).file
    pixels = file.read_bytes()
    file.write_bytes(bytes(len(pixels)))
    assert cached(folder, (8, 8)).file.read_bytes() == pixels
