"""What crosses the wall: it comes out as it went in, and nothing else comes out."""

import json
import socket
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import ResNet18_Weights

from vislearn.exercises.comparing import compare
from vislearn.exercises.describing import describe
from vislearn.grading import wire


@pytest.mark.parametrize(
    "value",
    [
        None,
        ...,
        True,
        -(2**80),
        0.1,
        float("inf"),
        "পরীক্ষা",
        [],
        (),
        {},
        {"a": [1, (2.5, None)], 3: "x"},
        Path("a/b.png"),
        ResNet18_Weights.DEFAULT,
    ],
    ids=repr,
)
def test_a_plain_value_comes_out_as_it_went_in(value):
    came = wire.unpack(wire.pack(value))
    assert came == value
    assert type(came) is type(value)


@pytest.mark.parametrize(
    "dtype",
    [torch.uint8, torch.bool, torch.int64, torch.float16, torch.bfloat16, torch.float32, torch.complex64],
)
@pytest.mark.parametrize(
    "shape", [(), (0,), (2, 3), (3, 0, 2), (1,) * 32], ids=lambda shape: f"{len(shape)}d"
)
def test_a_tensor_keeps_its_type_and_shape(dtype, shape):
    value = torch.ones(shape).to(dtype)
    came = wire.unpack(wire.pack([value]))[0]
    assert (came.dtype, came.shape) == (value.dtype, value.shape)
    assert torch.equal(came, value)


def test_half_a_character_is_no_danger():
    assert wire.unpack(wire.pack("a\ud800")) == "a?"


def test_views_gradients_and_subclasses_become_plain_tensors():
    weight = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
    came = wire.unpack(wire.pack(weight.T))
    assert type(came) is torch.Tensor
    assert torch.equal(came, weight.detach().T)
    came += 1  # it may be changed: it is nobody else's memory


def test_arrays_numbers_of_numpy_and_pictures():
    array, number = np.arange(6, dtype=np.int16).reshape(2, 3)[:, ::-1], np.float32(1.5)
    picture = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(2, 2, 3))
    a, b, c = wire.unpack(wire.pack((array, number, picture)))
    assert np.array_equal(a, array)
    assert a.dtype == array.dtype
    assert (b, type(b)) == (number, np.float32)
    assert c.tobytes() == picture.tobytes()


@pytest.mark.parametrize("value", [torch.nn.ReLU(), object(), {1, 2}, len, np.array(["a"])], ids=type)
def test_a_live_object_is_refused_or_described(value):
    with pytest.raises(wire.Unsendable):
        wire.pack(value)
    came = wire.unpack(wire.pack(value, describe=True))
    assert compare(torch.zeros(1), came).stage == "type"
    if not isinstance(value, np.ndarray):
        assert describe(came) == describe(value)


def test_nested_without_end_is_refused():
    value = []
    value.append(value)
    with pytest.raises(wire.Unsendable):
        wire.pack(value)


def frame(head, data=b""):
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack(">Q", len(text)) + text + data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"right",
        frame(b"{"),
        frame(b'["list", [' + b'["is", null], ' * 600_000 + b'["is", null]]]'),
        frame(b"[" * 100_000),
        frame([]),
        frame(["pickle", "x"]),
        frame(["is", 3]),
        frame(["int", "9" * 5000]),
        frame(["int", 5]),
        frame(["str", 5]),
        frame(["dict", [[["list", []], ["is", None]]]]),
        frame(["tensor", "float32", [2], [0, 4]], b"1234"),
        frame(["tensor", "float32", [-1], [0, 4]], b"1234"),
        frame(["tensor", "float32", [1] * 33, [0, 4]], b"1234"),
        frame(["tensor", "float32", [1], [-4, 4]], b"1234"),
        frame(["tensor", "float32", [1], [0, 8]], b"1234"),
        frame(["tensor", "qint8", [4], [0, 4]], b"1234"),
        frame(["array", "O", [1], [0, 8]], b"12345678"),
        frame(["weights", "os.system"]),
        frame(["thing", "a", "b\0"]),
        frame(["thing", ["list", []], "b"]),
        frame(["list", [["tensor", "uint8", [4], [0, 4]]] * 2], b"1234"),  # the same bytes, over and over
        frame(["list", [["thing", "a", "b"]] * 1001]),
        frame(["dict", [[["int", str(n * (2**61 - 1))], ["is", None]] for n in range(10_001)]]),
    ],
)
def test_nonsense_is_refused(data):
    with pytest.raises(wire.BadFrame):
        wire.unpack(data)


@pytest.fixture
def line():
    mine, theirs = socket.socketpair()
    with mine, theirs:
        yield mine, theirs


def test_frames_follow_each_other(line):
    mine, theirs = line
    wire.send(mine, "one")
    wire.send(mine, torch.ones(2))
    assert wire.receive(theirs) == "one"
    assert torch.equal(wire.receive(theirs), torch.ones(2))


def test_too_long_too_late_and_gone(line):
    mine, theirs = line
    with pytest.raises(TimeoutError):
        wire.receive(theirs, 0.01)
    mine.sendall(struct.pack(">Q", 2**60))
    with pytest.raises(wire.BadFrame):
        wire.receive(theirs)
    mine.close()
    with pytest.raises(EOFError):
        wire.receive(theirs)


def nested(levels):
    value = []
    for _level in range(levels):
        value = [value]
    return value


def test_so_deep_and_no_deeper():
    assert wire.unpack(wire.pack(nested(40))) == nested(40)
    with pytest.raises(wire.Unsendable, match="nested too deeply"):
        wire.pack(nested(41))
    assert wire.pack({1: nested(39)})
    with pytest.raises(wire.Unsendable):
        wire.pack({1: nested(40)})


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_have_four_thousand_digits_at_most(sign):
    largest = 10**4000 - 1
    assert wire.unpack(wire.pack(sign * (largest - 1))) == sign * (largest - 1)
    assert wire.unpack(wire.pack(sign * largest)) == sign * largest
    assert wire.unpack(wire.pack(sign * (largest + 1))) == largest  # as good as any: no answer is so large


@pytest.mark.parametrize(
    ("head", "most"),
    [
        (lambda count: ["dict", [[["int", str(n)], ["is", None]] for n in range(count)]], 10_000),
        (lambda count: ["list", [["thing", "a", "b"]] * count], 1000),
        (lambda count: ["str", "a" * (count - len('["str", ""]'))], 8_000_000),
        (lambda count: ["int", "9" * count], 4001),
    ],
    ids=["keys", "things", "letters", "digits"],
)
def test_what_a_frame_may_hold_is_bounded(head, most):
    wire.unpack(frame(head(most)))
    with pytest.raises(wire.BadFrame):
        wire.unpack(frame(head(most + 1)))


def test_a_frame_has_64_mb_at_most(line):
    mine, theirs = line
    mine.sendall(struct.pack(">Q", 64_000_000))
    with pytest.raises(TimeoutError):  # it waits for them
        wire.receive(theirs, 0.05)
    mine.sendall(struct.pack(">Q", 64_000_001))
    with pytest.raises(wire.BadFrame, match="64000001 bytes"):
        wire.receive(theirs, 60)


def test_names_of_strangers_types_are_cut():
    stranger = type("x" * 300, (), {"__module__": "m" * 300})()
    came = type(wire.unpack(wire.pack(stranger, describe=True)))
    assert (came.__name__, came.__module__) == ("x" * 100, "m" * 100)


def test_a_second_array_follows_the_first():
    one, two = np.arange(3, dtype=np.int16), torch.ones(2)
    a, b = wire.unpack(wire.pack([one, two]))
    assert (a.tolist(), b.tolist()) == ([0, 1, 2], [1, 1])
    empty = wire.unpack(wire.pack([np.zeros(0, np.int16), torch.zeros(0), one]))
    assert [each.tolist() for each in empty] == [[], [], [0, 1, 2]]


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        (Path("a"), ["a"]),
        ([Path("a"), (Path("b"), 3)], ["a", "b"]),
        ({"x": Path("a"), Path("no"): {1: [Path("b")]}}, ["a", "b"]),
        ("a", []),
    ],
)
def test_files_in_a_value_are_found(value, paths):
    assert [path.as_posix() for path in wire.loose(value)] == paths


def test_layouts_and_conjugates_become_plain():
    assert torch.equal(wire.unpack(wire.pack(torch.eye(3).to_sparse())), torch.eye(3))
    assert wire.unpack(wire.pack(torch.tensor([1 + 2j]).conj())).tolist() == [1 - 2j]
