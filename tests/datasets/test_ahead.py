import itertools
import pickle
import threading
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from vislearn.datasets import Finish, cached, one_size, read_ahead, resized
from vislearn.errors import FileError, InputError
from vislearn.training.loaders import resumed

LONG = 60  # seconds, for what takes milliseconds


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("transform", [None, Finish(mirror=1), v2.RandomInvert()])
def test_the_same_batches_as_from_a_plain_loader(folder, threads, shuffle, transform):
    pictures = resized(folder, (8, 8), transform, threads=threads)
    torch.manual_seed(4)
    ahead = list(read_ahead(pictures, 4, shuffle=shuffle))
    torch.manual_seed(4)
    plain = list(DataLoader(pictures, 4, shuffle=shuffle))
    assert [len(images) for images, _labels in ahead] == [4, 4, 1]
    for (images, labels), (expected, classes) in zip(ahead, plain, strict=True):
        assert torch.equal(images, expected)
        assert torch.equal(labels, classes)


def test_a_training_that_draws_between_batches_repeats(folder):
    loader = read_ahead(resized(folder, (8, 8), Finish(mirror=0.5), threads=2), 2, shuffle=True)
    seen = []
    for _run in range(2):
        torch.manual_seed(9)
        seen.append(
            [torch.cat([images, torch.rand(1, 3, 8, 8)]) for _epoch in range(2) for images, _ in loader]
        )
    assert all(map(torch.equal, *seen))
    assert not torch.equal(seen[0][0], seen[0][5])  # another order in the second epoch


def test_a_batch_is_mirrored_alike_whatever_is_drawn_meanwhile_and_whoever_skips(folder):
    loader = read_ahead(resized(folder, (8, 8), Finish(mirror=0.5), threads=2), 2, shuffle=True)
    torch.manual_seed(9)
    expected = [images for images, _labels in loader]
    torch.manual_seed(9)
    for images, again in zip(expected, loader, strict=True):
        torch.rand(7)
        assert torch.equal(images, again[0])
    torch.manual_seed(9)
    rest = list(resumed(loader, 3, lambda: torch.manual_seed(1)))
    assert all(map(torch.equal, expected[3:], (images for images, _labels in rest)))
    assert len(rest) == 2


def test_skipped_batches_are_not_decoded(folder, monkeypatch):
    decoded, decode = [], one_size._decode_into
    monkeypatch.setattr(one_size, "_decode_into", lambda *given: (decoded.append(given[1]), decode(*given)))
    list(resumed(read_ahead(resized(folder, (8, 8), threads=2), 2), 3, lambda: None))
    assert sorted(decoded) == sorted(path for path, _label in folder.samples[6:])


def test_a_batch_that_is_asked_for_twice_is_made_twice(folder):
    loader = read_ahead(resized(folder, (8, 8), Finish(mirror=0.5)), 9)
    batch = next(iter(loader.batch_sampler))
    first, again = (loader.collate_fn(loader.dataset.__getitems__(batch))[0] for _ in range(2))
    assert first.data_ptr() != again.data_ptr()
    assert torch.equal(first, again)


def test_sent_to_another_process_they_are_plain_positions(folder):
    sent = pickle.loads(pickle.dumps(list(read_ahead(resized(folder, (8, 8)), 4).batch_sampler)))
    assert sent == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
    assert {type(batch) for batch in sent} == {list}


def test_a_generator_draws_all_chance_there_is(folder):
    chance = torch.Generator().manual_seed(1)
    pictures = resized(folder, (8, 8), Finish(mirror=0.5))
    loader = read_ahead(pictures, 4, shuffle=True, generator=chance)
    before = torch.get_rng_state()
    orders = [torch.cat([images for images, _labels in loader]) for _epoch in range(2)]
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(*orders)


def test_a_last_batch_that_is_not_full_can_be_left_out(folder):
    loader = read_ahead(resized(folder, (8, 8)), 4, drop_last=True)
    assert len(loader) == len(list(loader)) == 2


def test_while_a_batch_is_used_the_next_one_is_decoded_and_no_further_one(folder, monkeypatch):
    decoded, enough = [], threading.Semaphore(0)
    decode = one_size._decode_into

    def counted(place, path, reading):
        decode(place, path, reading)
        decoded.append(path)
        enough.release()

    monkeypatch.setattr(one_size, "_decode_into", counted)
    batches = iter(read_ahead(resized(folder, (8, 8), threads=2), 2))
    next(batches)
    for _picture in range(4):  # nobody asks for the second batch
        assert enough.acquire(timeout=LONG)
    assert sorted(decoded) == sorted(path for path, _label in folder.samples[:4])


def test_a_loop_left_early_leaves_nothing_begun_and_the_next_one_starts_anew(folder):
    loader = read_ahead(resized(folder, (8, 8), threads=2), 2)
    for images, _labels in itertools.islice(loader, 2):
        first = images
    assert torch.equal(next(iter(loader))[0], resized(folder, (8, 8)).__getitems__([0, 1])[0].batch)
    assert first.shape == (2, 3, 8, 8)


def test_a_damaged_picture_is_an_error_when_its_batch_is_asked_for(folder):
    Path(folder.samples[3][0]).write_bytes(b"")
    batches = iter(read_ahead(resized(folder, (8, 8), threads=2), 2))
    assert len(next(batches)[0]) == 2
    with pytest.raises(FileError, match=r"3\.jpg is empty"):
        next(batches)


def test_what_needs_no_decoding_is_refused(folder):
    with pytest.raises(InputError, match=r"must come from resized\(\), got CachedImages"):
        read_ahead(cached(folder, (8, 8)), 2)
