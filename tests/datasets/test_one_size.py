from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from vislearn.datasets import Finish, cached, finish_batch, image_folder, one_size, resized
from vislearn.datasets.one_size import decode_all
from vislearn.errors import FileError, InputError
from vislearn.io import read_image


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


@pytest.mark.parametrize("size_hw", [(224, 224), (97, 301), (3, 500), (2, 1)])
@pytest.mark.parametrize("threads", [1, 2])
def test_bit_for_bit_what_torchvisions_resizing_makes_of_the_decoded_picture(folder, size_hw, threads):
    images = [image for image, _label in resized(folder, size_hw, threads=threads).__getitems__(range(9))]
    for image, (path, _label) in zip(images, folder.samples, strict=True):
        decoded = read_image(path, min_size_hw=size_hw)
        assert torch.equal(image, v2.functional.resize(decoded, list(size_hw), antialias=True))
        assert image.is_contiguous()


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


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_decoding_on_threads_keeps_the_order(folder, threads):
    dataset = resized(folder, (8, 8), threads=threads)
    batch = dataset.__getitems__([5, 0, 8, 5])
    assert [label for _, label in batch] == [1, 0, 1, 1]
    for (image, _), index in zip(batch, [5, 0, 8, 5], strict=True):
        assert torch.equal(image, dataset[index][0])


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (4, 4), (64, 8), (None, 1)])
def test_as_many_threads_decode_as_there_are_cores_but_eight_at_most(folder, monkeypatch, cores, threads):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert resized(folder, (8, 8)).threads == threads
    assert resized(folder, (8, 8), threads=3).threads == 3
    for none in (0, -1):
        with pytest.raises(InputError, match="threads must be at least 1"):
            resized(folder, (8, 8), threads=none)


def test_a_damaged_picture_is_an_error_on_threads_too(folder):
    Path(folder.samples[3][0]).write_bytes(b"")
    with pytest.raises(FileError, match=r"3\.jpg is empty"):
        resized(folder, (8, 8), threads=2).__getitems__(range(9))


def test_decoding_everything_runs_ahead_by_no_more_than_it_says(folder, monkeypatch):
    paths = [path for path, _ in folder.samples]
    assert list(decode_all([], (8, 8))) == []
    monkeypatch.setattr("vislearn.datasets.one_size._CHUNK", 2)
    Path(paths[4]).write_bytes(b"")
    pictures = decode_all(paths, (8, 8))
    assert torch.equal(next(pictures), resized(folder, (8, 8))[0][0])
    for _ in range(3):  # the damaged fifth is in a later chunk
        next(pictures)
    with pytest.raises(FileError, match="is empty"):
        next(pictures)


def test_a_loader_worker_decodes_by_itself(folder, monkeypatch):
    monkeypatch.setattr(one_size, "get_worker_info", lambda: "a worker")
    monkeypatch.setattr(one_size, "Crew", lambda *rest: pytest.fail("started threads"))
    assert len(resized(folder, (8, 8), threads=2).__getitems__([0, 1])) == 2


def test_loader_workers_work_beside_the_parents_threads(folder):
    dataset = resized(folder, (8, 8), threads=2)
    alone = torch.stack([image for image, _ in dataset])
    list(DataLoader(dataset, batch_size=4))  # the parent's threads exist; a forked worker must not use them
    batches = list(DataLoader(dataset, batch_size=4, num_workers=1))
    assert torch.equal(torch.cat([images for images, _ in batches]), alone)


def test_chance_in_transforms_is_repeatable_however_many_threads_decode(folder):
    flip = v2.RandomHorizontalFlip()
    drawn = []
    for threads in (1, 4):
        torch.manual_seed(3)
        drawn.append(next(iter(DataLoader(resized(folder, (8, 8), flip, threads=threads), batch_size=9)))[0])
    assert torch.equal(*drawn)


@pytest.mark.parametrize("make", [resized, cached])
@pytest.mark.parametrize("mirror", [0, 0.5, 1])
def test_finished_where_it_is_decoded_is_finished_as_a_batch(folder, make, mirror):
    finished = DataLoader(make(folder, (24, 16), Finish(mirror=mirror)), batch_size=9)
    plain = DataLoader(make(folder, (24, 16)), batch_size=9)
    torch.manual_seed(5)
    images, labels = next(iter(finished))
    assert images.is_contiguous()
    torch.manual_seed(5)
    assert torch.equal(images, finish_batch(next(iter(plain))[0], mirror=mirror))
    assert labels.tolist() == folder.targets


@pytest.mark.parametrize("make", [resized, cached])
def test_one_picture_alone_and_a_loaders_workers_finish_it_too(folder, make):
    expected = finish_batch(torch.stack([image for image, _label in make(folder, (8, 8))]))
    dataset = make(folder, (8, 8), Finish())
    assert torch.equal(torch.stack([image for image, _label in dataset]), expected)
    batches = [images for images, _labels in DataLoader(dataset, batch_size=4, num_workers=1)]
    assert torch.equal(torch.cat(batches), expected)


@pytest.mark.parametrize("make", [resized, cached])
def test_numbers_for_other_channels_are_refused(folder, make):
    with pytest.raises(InputError, match="mean must have 3 numbers, got 1"):
        next(iter(DataLoader(make(folder, (8, 8), Finish(mean=[0.5], std=[0.5])), batch_size=2)))


@pytest.mark.parametrize("make", [resized, cached])
def test_a_batch_that_somebody_keeps_is_never_written_over(folder, make):
    loader = DataLoader(make(folder, (8, 8), Finish()), batch_size=1)
    kept = [images[0] for images, _labels in loader]  # of each batch a part of its tensor
    expected = [images.clone() for images, _labels in DataLoader(make(folder, (8, 8), Finish()))]
    assert all(map(torch.equal, kept, (images[0] for images in expected)))


@pytest.mark.parametrize("make", [resized, cached])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_loader_gets_batches_that_nobody_had_to_copy_together(folder, make, threads, monkeypatch):
    dataset = make(folder, (8, 8), **({"threads": threads} if make is resized else {}))
    expected = torch.stack([image for image, _label in dataset])
    loader = DataLoader(dataset, batch_size=4)
    monkeypatch.setattr(torch, "stack", lambda *_rest, **_more: pytest.fail("copied, by OpenMP's threads"))
    images, labels = zip(*loader, strict=True)
    assert torch.equal(torch.cat(images), expected)
    assert torch.cat(labels).tolist() == folder.targets
    images[0].zero_()  # a batch is its owner's
    assert torch.equal(dataset[0][0], expected[0])
