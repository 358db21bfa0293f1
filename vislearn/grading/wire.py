"""What crosses the wall of the jail: plain values and arrays, in frames of a known length. Never pickles.

A frame is its length (8 bytes, big-endian), the length of its JSON (8), the JSON, and the arrays' bytes.
Whoever reads one takes nothing for granted: types, lengths and depths are checked before anything is made of
them.
"""

import json
import math
import socket
import struct
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import GeneratorType
from typing import Any

import numpy as np
import torch
from PIL import Image
from torchvision.models import WeightsEnum, get_weight

from vislearn.exercises.describing import is_function

__all__ = ["BadFrame", "Unsendable", "loose", "pack", "receive", "send", "unpack"]

LARGEST = 64_000_000  # bytes of a frame; the largest answer of an exercise has 2 MB
_LONGEST_HEAD = 8_000_000  # of these: what is read of JSON takes many times as much memory
_LENGTH = struct.Struct(">Q")
_LONGEST_NUMBER = 4000  # digits; Python itself refuses to read more
_MOST_KEYS = 10_000  # of a dict: numbers can be chosen so that each new one is compared with all others
_MOST_THINGS = 1000  # of a frame: each makes a type, which takes far more memory than its text
_DTYPES = {
    str(kind).removeprefix("torch."): kind for kind in vars(torch).values() if isinstance(kind, torch.dtype)
}
_QUANTIZED = ("qint", "quint", "bits", "float4")
_NUMPY_KINDS = "biufc"


class Unsendable(Exception):
    """A value that is neither plain nor an array: a model, a loader, a function."""


class BadFrame(Exception):
    """What came is no frame of ours, or a value that can't be."""


class _Thing:
    """Stands for an object of the other side's; comparisons can only say of what type it was."""


def pack(value: Any, *, describe: bool = False) -> bytes:
    """The value as bytes.

    Args:
        value: None, truth values, numbers, texts, lists, tuples, dicts, tensors, NumPy arrays, PIL images,
            paths and torchvision's weights, nested.
        describe: send the type's name of anything else, instead of refusing it.

    Raises:
        Unsendable: there is something else in it.
    """
    arrays: list[bytes] = []
    head = json.dumps(_encode(value, arrays, describe, 0)).encode()
    return b"".join([_LENGTH.pack(len(head)), head, *arrays])


def unpack(data: bytes) -> Any:
    """The value that `pack` made these bytes of.

    Raises:
        BadFrame: they are something else.
    """
    try:
        (length,) = _LENGTH.unpack_from(data)
        if length > _LONGEST_HEAD:
            raise BadFrame(f"{length} bytes beside the arrays")
        head = data[_LENGTH.size : _LENGTH.size + length]
        return _decode(json.loads(head), _Arrays(memoryview(data)[_LENGTH.size + length :]))
    except BadFrame:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, struct.error) as error:
        raise BadFrame(f"{type(error).__name__}: {error}") from None  # RecursionError is a RuntimeError


def send(line: socket.socket, value: Any, *, describe: bool = False) -> None:
    """Send one frame.

    Raises:
        Unsendable: the value can't be sent.
        OSError: nobody listens any more.
    """
    body = pack(value, describe=describe)
    line.sendall(_LENGTH.pack(len(body)) + body)


def receive(line: socket.socket, seconds: float | None = None) -> Any:
    """The next frame's value.

    Args:
        line: where it comes from.
        seconds: to wait for all of it; None for ever.

    Raises:
        TimeoutError: it did not come in time.
        EOFError: the other side is gone.
        BadFrame: it is too long, or no frame.
    """
    until = None if seconds is None else time.monotonic() + seconds
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size, until))
    if length > LARGEST:
        raise BadFrame(f"{length} bytes")
    return unpack(_exactly(line, length, until))


def loose(value: Any) -> Iterator[Path]:
    """The paths in a value: files that whoever gets it must be able to read."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from loose(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from loose(item)


def _exactly(line: socket.socket, count: int, until: float | None) -> bytes:
    data = bytearray()
    while len(data) < count:
        if until is not None:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            line.settimeout(left)
        else:
            line.settimeout(None)
        try:
            part = line.recv(min(count - len(data), 1 << 20))
        except ConnectionError:
            part = b""
        if not part:
            raise EOFError
        data += part
    return bytes(data)


# -- to bytes


def _encode(value: Any, arrays: list[bytes], describe: bool, depth: int) -> Any:
    """A value as JSON: a list of its kind and what belongs to it."""
    if depth > 40:
        raise Unsendable("nested too deeply")
    if value is None or value is ... or isinstance(value, bool | np.bool_):
        return ["is", "..." if value is ... else None if value is None else bool(value)]
    if isinstance(value, str):
        return ["str", str.__str__(value)]
    if isinstance(value, int):
        return ["int", str(int.__int__(value)) if abs(value) < 10**_LONGEST_NUMBER else "9" * _LONGEST_NUMBER]
    if isinstance(value, float) and not isinstance(value, np.generic):
        return ["float", float.hex(value)]
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return [kind, [_encode(item, arrays, describe, depth + 1) for item in value]]
    if isinstance(value, Mapping):
        pairs = [[_encode(each, arrays, describe, depth + 1) for each in pair] for pair in value.items()]
        return ["dict", pairs]
    return _encode_array(value, arrays) or _encode_thing(value, arrays, describe)


def _encode_array(value: Any, arrays: list[bytes]) -> Any:
    if isinstance(value, torch.Tensor):
        plain = value.detach()
        plain = plain if plain.layout == torch.strided else plain.to_dense()
        plain = plain.as_subclass(torch.Tensor).cpu()
        name = str(plain.dtype).removeprefix("torch.")
        if name.startswith(_QUANTIZED):
            return None
        flat = plain.resolve_conj().resolve_neg().contiguous().reshape(-1)
        return ["tensor", name, list(plain.shape), _put(flat.view(torch.uint8).numpy().tobytes(), arrays)]
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in _NUMPY_KINDS:
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        numbers = np.ascontiguousarray(value)
        return [kind, numbers.dtype.str, list(value.shape), _put(numbers.tobytes(), arrays)]
    return None


def _encode_thing(value: Any, arrays: list[bytes], describe: bool) -> Any:
    if isinstance(value, Path):
        return ["path", str(value)]
    if isinstance(value, Image.Image) and value.mode in ("1", "L", "RGB", "RGBA") and not describe:
        return ["image", _encode_array(np.array(value), arrays)]
    if isinstance(value, WeightsEnum):
        return ["weights", str(value)]
    if not describe:
        raise Unsendable(type(value).__name__)
    if is_function(value):
        return ["function"]
    if isinstance(value, GeneratorType):
        return ["generator"]
    return ["thing", str(type(value).__module__)[:100], str(type(value).__name__)[:100]]


def _put(data: bytes, arrays: list[bytes]) -> list[int]:
    at = sum(map(len, arrays))
    arrays.append(data)
    return [at, len(data)]


# -- from bytes


class _Arrays:
    """The bytes of a frame's arrays, given out one after another: none twice, or little would become much."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at, self._things = data, 0, 0

    def take(self, place: Any) -> bytearray:
        """The next array's bytes, which must begin where the last one ended."""
        at, length = place
        if type(at) is not int or type(length) is not int or at != self._at:
            raise BadFrame("an array that does not follow the one before")
        if not 0 <= length <= len(self._data) - at:
            raise BadFrame("an array that lies outside of its frame")
        self._at += length
        return bytearray(self._data[at : at + length])

    def count_thing(self) -> None:
        """Refuse a frame of too many."""
        self._things += 1
        if self._things > _MOST_THINGS:
            raise BadFrame(f"more than {_MOST_THINGS} objects")


def _decode(node: Any, arrays: _Arrays) -> Any:
    kind, *rest = node
    return _DECODERS[kind](*rest, arrays)


def _decode_is(value: Any, _arrays: _Arrays) -> Any:
    if value == "...":
        return ...
    if value is None or isinstance(value, bool):
        return value
    raise BadFrame(f"no truth value: {value!r:.40}")


def _decode_text(text: Any, _arrays: _Arrays) -> str:
    if not isinstance(text, str):
        raise BadFrame("no text")
    return text.encode("utf-8", "replace").decode()  # half a character could be written nowhere


def _decode_int(text: Any, _arrays: _Arrays) -> int:
    if not isinstance(text, str) or len(text) > _LONGEST_NUMBER + 1:
        raise BadFrame("no number")
    return int(text)


def _decode_dict(pairs: Any, arrays: _Arrays) -> dict[Any, Any]:
    if len(pairs) > _MOST_KEYS:
        raise BadFrame(f"more than {_MOST_KEYS} keys")
    return {_decode(key, arrays): _decode(value, arrays) for key, value in pairs}


def _decode_tensor(dtype: Any, shape: Any, place: Any, arrays: _Arrays) -> torch.Tensor:
    data, kind = arrays.take(place), _DTYPES[dtype]
    if len(data) != math.prod(_sizes(shape)) * kind.itemsize or str(dtype).startswith(_QUANTIZED):
        raise BadFrame("a tensor of another length than its shape says")
    flat = torch.frombuffer(data, dtype=kind) if data else torch.empty(0, dtype=kind)
    return flat.reshape(shape)


def _decode_array(dtype: Any, shape: Any, place: Any, arrays: _Arrays) -> np.ndarray:
    kind, _ = np.dtype(_decode_text(dtype, arrays)), _sizes(shape)
    if kind.kind not in _NUMPY_KINDS:
        raise BadFrame("an array of no numbers")
    return np.frombuffer(arrays.take(place), dtype=kind).reshape(shape)


def _decode_scalar(dtype: Any, shape: Any, place: Any, arrays: _Arrays) -> Any:
    return _decode_array(dtype, shape, place, arrays)[()]


def _decode_image(pixels: Any, arrays: _Arrays) -> Image.Image:
    return Image.fromarray(_decode(pixels, arrays))


def _decode_weights(name: Any, _arrays: _Arrays) -> Any:
    return get_weight(_decode_text(name, _arrays))


def _decode_thing(module: Any, name: Any, arrays: _Arrays) -> Any:
    arrays.count_thing()
    texts = _decode_text(module, arrays), _decode_text(name, arrays)
    return type(texts[1], (_Thing,), {"__module__": texts[0]})()


def _sizes(shape: Any) -> list[int]:
    if len(shape) > 32 or not all(isinstance(size, int) and 0 <= size <= sys.maxsize for size in shape):
        raise BadFrame("no shape")
    return list(shape)


_DECODERS: dict[str, Any] = {
    "is": _decode_is,
    "str": _decode_text,
    "int": _decode_int,
    "float": lambda text, _arrays: float.fromhex(text),
    "list": lambda items, arrays: [_decode(item, arrays) for item in items],
    "tuple": lambda items, arrays: tuple(_decode(item, arrays) for item in items),
    "dict": _decode_dict,
    "tensor": _decode_tensor,
    "array": _decode_array,
    "scalar": _decode_scalar,
    "path": lambda text, arrays: Path(_decode_text(text, arrays)),
    "image": _decode_image,
    "weights": _decode_weights,
    "function": lambda _arrays: lambda: None,
    "generator": lambda _arrays: (each for each in range(0)),
    "thing": _decode_thing,
}
