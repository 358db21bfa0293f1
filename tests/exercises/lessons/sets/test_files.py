"""Lesson 14's checksums: other ways to compute them, and other ways to make each mistake."""

import hashlib
import os

from torchvision.datasets.utils import calculate_md5

from vislearn.exercises.registry import find

NAME = "sets.checksums"


def by_torchvision(files):
    return [[file.name, calculate_md5(file)] for file in files]


def in_pieces(files):
    pairs = []
    for file in files:
        running = hashlib.md5()
        with file.open("rb") as stream:
            while piece := stream.read(1000):
                running.update(piece)
        pairs.append((file.name, running.hexdigest()))
    return pairs


def by_file_digest(files):
    pairs = []
    for file in files:
        with file.open("rb") as stream:
            pairs.append([str(file).rsplit(os.sep, 1)[-1], hashlib.file_digest(stream, "md5").hexdigest()])
    return pairs


def by_new(files):
    return [list(pair) for pair in zip((f.name for f in files), map(by_hand, files), strict=True)]


def by_hand(file):
    return hashlib.new("md5", file.read_bytes()).digest().hex()


def as_tuple(files):
    return tuple(
        (file.parts[-1], hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()) for file in files
    )


def sums(data_of, text=lambda running: running.hexdigest(), kind=hashlib.md5, name_of=lambda file: file.name):
    return lambda files: [[name_of(file), text(kind(data_of(file)))] for file in files]


def content(file):
    return file.read_bytes()


def one_for_all(files):
    running = hashlib.md5()
    return [[file.name, running.hexdigest()] for file in files if running.update(file.read_bytes()) is None]


RIGHT = {NAME: [by_torchvision, in_pieces, by_file_digest, by_new, as_tuple]}

WRONG = {
    NAME: {
        "_of_names": sums(lambda file: bytes(file.name, "ascii")),
        "_of_paths": sums(os.fsencode),
        "_bytes": sums(content, lambda running: running.digest()),
        "_whole_paths": sums(content, name_of=os.fspath),
        "_another_sum": sums(content, kind=lambda data: hashlib.new("sha256", data)),
        "_running_on": one_for_all,
        "_in_order": lambda files: sorted(by_torchvision(files)),
        "_turned": lambda files: [[calculate_md5(file), file.name] for file in files],
    }
}

UNLISTED = {
    NAME: [
        lambda files: [],
        lambda files: {file.name: calculate_md5(file) for file in files},
        lambda files: [calculate_md5(file) for file in files],
        lambda files: by_torchvision(files)[:1],
        sums(content, lambda running: running.hexdigest().upper()),
        sums(lambda file: content(file)[:1000]),
    ]
}


def test_torchvisions_own_check_accepts_the_sums():
    exercise = find(NAME)
    (files,) = exercise.arguments(0)
    for file, (name, total) in zip(files, exercise.reference(files), strict=True):
        assert (name, total) == (file.name, calculate_md5(file))
    assert sorted(files) != files  # so that sorting them shows
