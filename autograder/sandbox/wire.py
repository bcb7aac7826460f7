"""The codec that the grader and a session share: values only, every size capped, exact types.

A frame is a header (body length, the request's nonce, kind) and a body. The body is one value in a
tagged binary form: None, bool, int, float, complex, str, bytes, list, tuple, dict, an ndarray of an
allow-listed dtype, or a handle (a number that stands for an object on the far side). There are no
references, classes or callbacks in it, so decoding cannot run anything.

`decode` trusts nothing: it checks each length against what is left before it allocates, and raises
`WireError` for whatever `encode` would not have written.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

HEADER: Final = struct.Struct("<I16sB")
NONCE_BYTES: Final = 16

REQUEST: Final = 1
VALUE: Final = 2
ERROR: Final = 3

MAX_BODY: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 200_000
MAX_PACKED: Final = 1_000_000
MAX_TEXT: Final = 4 * 1024 * 1024
MAX_INT_BYTES: Final = 1024
MAX_DIMENSIONS: Final = 8
MAX_TEXT_WIDTH: Final = 256
MAX_CELLS: Final = 2**24  # of one array in an answer, each empty dimension counted as 1
MAX_SPREAD: Final = 2**27  # bytes of an array made of an answer's lists: NumPy gives each cell the widest one's room
MAX_NUMBER_KEYS: Final = 20_000  # all dictionaries together: Python's hash of a number is no secret, see `_number_key`

_NUMERIC = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
_DTYPES: Final[dict[int, np.dtype[Any]]] = {i: np.dtype(name).newbyteorder("<") for i, name in enumerate(_NUMERIC)}
_CODES: Final[dict[str, int]] = {np.dtype(name).name: code for code, name in enumerate(_NUMERIC)}
_UNICODE: Final = 32
_BYTES: Final = 33
_SCALARS: Final = frozenset((*(np.dtype(name).type for name in _NUMERIC), np.str_, np.bytes_))

_U8, _U16, _U32 = struct.Struct("<B"), struct.Struct("<H"), struct.Struct("<I")
_I64, _U64, _F64, _C128 = struct.Struct("<q"), struct.Struct("<Q"), struct.Struct("<d"), struct.Struct("<dd")
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


class WireError(ValueError):
    """A frame or value that breaks the rules; from the far side, it ends the session."""


class NotAValueError(TypeError):
    """What was to be encoded is not a value, or is larger than the caps allow."""


class UnfitError(NotAValueError):
    """It is of a kind that can be sent, but too large, nested too deeply, or an array of objects."""


@dataclass(frozen=True)
class HandleRef:
    """A far object, as a number. It has no truth value and equals nothing but by identity of number."""

    number: int


ToHandle = Callable[[object], HandleRef]


def encode(value: object, to_handle: ToHandle | None = None) -> bytes:
    """Write `value`; `to_handle` turns what is no value into a `HandleRef`, and without it that is an error.

    Raises:
        NotAValueError: something in `value` is no value, or a cap is exceeded.
    """
    encoder = _Encoder(to_handle)
    encoder.put(value, 0)
    if to_handle is not None and encoder.spread.room() > MAX_SPREAD:
        raise UnfitError("list with too wide an item in it")
    return encoder.out_bytes()


def decode(body: bytes | bytearray | memoryview, trusted: bool = False) -> Any:
    """Read one value; the whole of `body` must be used up. A session trusts the grader's requests with long texts.

    Raises:
        WireError: `body` is not what `encode` writes, or exceeds a cap.
    """
    return decode_weighed(body, trusted)[0]


def decode_weighed(body: bytes | bytearray | memoryview, trusted: bool = False) -> tuple[Any, int]:
    """As `decode`, with the bytes that the value takes once a check has made floats of its arrays."""
    decoder = _Decoder(memoryview(body), trusted)
    value = decoder.take(0)
    if decoder.at != len(decoder.view):
        raise WireError(f"{len(decoder.view) - decoder.at} bytes after the value")
    if not trusted and decoder.spread.room() > MAX_SPREAD:
        raise WireError("list with too wide an item in it")
    return value, max(decoder.weight, len(decoder.view))


class _Spread:
    """The room that NumPy would take if the lists of an answer became arrays, as `np.asarray` makes them.

    Arrays are stacked only with arrays of their own shape, and with lists that have as many parts.
    """

    def __init__(self) -> None:
        self.items, self.text = 0, 0
        self.stacks: dict[tuple[int, ...], tuple[int, int, int]] = {}  # by shape: cells of one, of all, widest

    def note(self, items: list[Any] | tuple[Any, ...]) -> None:
        self.items += len(items)
        for item in items:
            kind = type(item)
            if kind is str:
                self.text = max(self.text, 4 * len(item))
            elif kind is bytes:
                self.text = max(self.text, len(item))
            elif kind is np.ndarray or kind in _SCALARS:
                _, cells, widest = self.stacks.get(item.shape, (0, 0, 0))
                self.stacks[item.shape] = (item.size, cells + item.size, max(widest, item.itemsize))

    def room(self) -> int:
        """Bytes."""
        stacked = (
            cells * max(widest, self.text if one <= MAX_NODES else 0) for one, cells, widest in self.stacks.values()
        )
        return max(self.items * self.text, *stacked, 0)


class _Encoder:
    def __init__(self, to_handle: ToHandle | None) -> None:
        self.parts: list[bytes | memoryview] = []
        self.size = 0
        self.nodes = 0
        self.number_keys = 0
        self.spread = _Spread()
        self.to_handle = to_handle

    def out_bytes(self) -> bytes:
        return b"".join(self.parts)

    def write(self, *parts: bytes | memoryview) -> None:
        for part in parts:
            self.size += len(part)
            if self.size > MAX_BODY:
                raise UnfitError(f"value is larger than {MAX_BODY} bytes")
            self.parts.append(part)

    def put(self, value: object, depth: int) -> None:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise UnfitError("value is nested too deeply or has too many parts")
        writer = _WRITERS.get(type(value))
        if writer is not None:
            writer(self, value, depth)
        elif type(value) in _SCALARS:
            self.array(np.asarray(value), depth)
        elif type(value) is HandleRef:
            self.write(b"h", _U64.pack(value.number))
        else:
            self.opaque(value)

    def opaque(self, value: object) -> None:
        if self.to_handle is None:
            raise NotAValueError(f"a {type(value).__name__} is not a value that can be sent")
        self.write(b"h", _U64.pack(self.to_handle(value).number))

    def integer(self, value: int, depth: int) -> None:
        if _INT64_MIN <= value <= _INT64_MAX:
            self.write(b"i", _I64.pack(value))
            return
        size = value.bit_length() // 8 + 1
        if size > MAX_INT_BYTES:
            raise UnfitError(f"integer is longer than {MAX_INT_BYTES} bytes")
        self.write(b"I", _U16.pack(size), value.to_bytes(size, "little", signed=True))

    def text(self, value: str, depth: int) -> None:
        raw = value.encode("utf-8", "replace")
        if len(raw) > MAX_TEXT:
            raise UnfitError(f"string is longer than {MAX_TEXT} bytes")
        self.write(b"s", _U32.pack(len(raw)), raw)

    def raw(self, value: bytes, depth: int) -> None:
        self.write(b"b", _U32.pack(len(value)), value)

    def sequence(self, value: list[object] | tuple[object, ...], depth: int) -> None:
        if type(value) is list and len(value) > 8 and self.packed(value):
            return
        self.write(b"l" if type(value) is list else b"t", _U32.pack(len(value)))
        if self.to_handle is not None:
            self.spread.note(value)
        for item in value:
            self.put(item, depth + 1)

    def packed(self, value: list[Any]) -> bool:
        """A long list of floats only, such as a history of costs, goes out as one block."""
        if len(value) > MAX_PACKED or any(type(item) is not float for item in value):
            return False
        self.write(b"D", _U32.pack(len(value)), struct.pack(f"<{len(value)}d", *value))
        return True

    def mapping(self, value: dict[object, object], depth: int) -> None:
        self.write(b"d", _U32.pack(len(value)))
        for key, item in value.items():
            if type(key) not in _KEY_TYPES:
                raise NotAValueError(f"a {type(key).__name__} cannot be sent as a dictionary key")
            self.number_keys += _number_key(key)
            if self.number_keys > MAX_NUMBER_KEYS or _too_long_a_key(key):
                raise UnfitError("dictionary with too many or too long numbers as keys")
            self.put(key, depth + 1)
            self.put(item, depth + 1)

    def array(self, value: np.ndarray[Any, Any], depth: int) -> None:
        if value.ndim > MAX_DIMENSIONS:
            raise UnfitError(f"array has more than {MAX_DIMENSIONS} dimensions")
        if value.nbytes > MAX_BODY:
            raise UnfitError(f"array is larger than {MAX_BODY} bytes")
        if self.to_handle is not None and _cells(value.shape) > MAX_CELLS:
            raise UnfitError(f"array has more than {MAX_CELLS} cells")
        code, width = _dtype_code(value.dtype)
        if code is None and self.to_handle is None:
            raise UnfitError(f"an array of {value.dtype} is not a value that can be sent")
        if code is None:
            self.opaque(value)
            return
        order = value.dtype.newbyteorder("<")
        shape = b"".join(_U32.pack(n) for n in value.shape)
        block = np.ascontiguousarray(value, dtype=order).tobytes()
        self.write(b"a", _U8.pack(code), _U16.pack(width), _U8.pack(value.ndim), shape, block)


def _cells(shape: tuple[int, ...]) -> int:
    """How many cells, an empty dimension counted as 1: a million empty rows take no bytes, but a loop walks them."""
    return math.prod(max(length, 1) for length in shape)


def _dtype_code(dtype: np.dtype[Any]) -> tuple[int | None, int]:
    if dtype.kind == "U" and 0 < dtype.itemsize // 4 <= MAX_TEXT_WIDTH:
        return _UNICODE, dtype.itemsize // 4
    if dtype.kind == "S" and 0 < dtype.itemsize <= MAX_TEXT_WIDTH:
        return _BYTES, dtype.itemsize
    return _CODES.get(dtype.name), 0


def _number_key(key: object) -> bool:
    """Numbers can be chosen so that their hashes collide and a dictionary takes quadratic time; text cannot."""
    return type(key) is int or type(key) is float


def _too_long_a_key(key: object) -> bool:
    """Beyond 64 bits any number of integers have the same hash."""
    return type(key) is int and not _INT64_MIN <= key <= _INT64_MAX


_KEY_TYPES: Final = frozenset({str, int, float, bool, type(None), bytes})
_WRITERS: Final[dict[type, Callable[[_Encoder, Any, int], None]]] = {
    type(None): lambda encoder, value, depth: encoder.write(b"N"),
    bool: lambda encoder, value, depth: encoder.write(b"T" if value else b"F"),
    int: _Encoder.integer,
    float: lambda encoder, value, depth: encoder.write(b"f", _F64.pack(value)),
    complex: lambda encoder, value, depth: encoder.write(b"c", _C128.pack(value.real, value.imag)),
    str: _Encoder.text,
    bytes: _Encoder.raw,
    list: _Encoder.sequence,
    tuple: _Encoder.sequence,
    dict: _Encoder.mapping,
    np.ndarray: _Encoder.array,
}


class _Decoder:
    def __init__(self, view: memoryview, trusted: bool) -> None:
        self.view = view
        self.trusted = trusted
        self.at = 0
        self.nodes = 0
        self.number_keys = 0
        self.weight = 0
        self.spread = _Spread()

    def bytes(self, count: int) -> memoryview:
        end = self.at + count
        if end > len(self.view):
            raise WireError(f"value ends {end - len(self.view)} bytes early")
        part = self.view[self.at : end]
        self.at = end
        return part

    def number(self, layout: struct.Struct) -> Any:
        return layout.unpack(self.bytes(layout.size))[0]

    def take(self, depth: int) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise WireError(f"value is nested deeper than {MAX_DEPTH}")
        if self.nodes > MAX_NODES:
            raise WireError(f"value has more than {MAX_NODES} parts")
        tag = self.bytes(1)[0]
        reader = _READERS.get(tag)
        if reader is None:
            raise WireError(f"unknown tag {tag}")
        return reader(self, depth)

    def big_integer(self, depth: int) -> int:
        size = self.number(_U16)
        if not 8 < size <= MAX_INT_BYTES:
            raise WireError(f"integer of {size} bytes")
        return int.from_bytes(self.bytes(size), "little", signed=True)

    def complex(self, depth: int) -> complex:
        real, imaginary = _C128.unpack(self.bytes(16))
        return complex(real, imaginary)

    def text(self, depth: int) -> str:
        size = self.number(_U32)
        if size > MAX_TEXT:
            raise WireError(f"string of {size} bytes")
        self.weight += 4 * size
        try:
            return str(self.bytes(size), "utf-8")
        except UnicodeDecodeError as error:
            raise WireError("string is not UTF-8") from error

    def count(self, each: int) -> int:
        """How many items follow, refused at once when so many cannot be there."""
        count: int = self.number(_U32)
        if count * each > len(self.view) - self.at:
            raise WireError(f"{count} items announced, too few bytes left")
        return count

    def items(self, depth: int) -> list[Any]:
        found = [self.take(depth + 1) for _ in range(self.count(1))]
        if not self.trusted:
            self.spread.note(found)
        return found

    def packed(self, depth: int) -> list[float]:
        count = self.count(8)
        if count > MAX_PACKED:
            raise WireError(f"packed list of {count} items")
        self.weight += 32 * count
        return list(struct.unpack(f"<{count}d", self.bytes(8 * count)))

    def mapping(self, depth: int) -> dict[Any, Any]:
        count = self.count(2)
        result: dict[Any, Any] = {}
        for _ in range(count):
            key = self.take(depth + 1)
            if type(key) not in _KEY_TYPES:
                raise WireError(f"a {type(key).__name__} as a dictionary key")
            self.number_keys += _number_key(key)
            if self.number_keys > MAX_NUMBER_KEYS or _too_long_a_key(key):
                raise WireError("dictionary with too many or too long numbers as keys")
            result[key] = self.take(depth + 1)
        if len(result) != count:
            raise WireError("dictionary with a key twice")
        return result

    def array(self, depth: int) -> np.ndarray[Any, Any]:
        code, width, ndim = self.number(_U8), self.number(_U16), self.number(_U8)
        dtype = _dtype(code, width)
        if ndim > MAX_DIMENSIONS:
            raise WireError(f"array of {ndim} dimensions")
        shape = tuple(self.number(_U32) for _ in range(ndim))
        size = dtype.itemsize * math.prod(shape)  # Python integers: no overflow
        if not self.trusted and _cells(shape) > MAX_CELLS:
            raise WireError(f"array of shape {shape}")
        self.weight += max(size, 8 * math.prod(shape))
        block = self.bytes(size)
        _check_cells(code, block)
        try:
            cells = np.frombuffer(bytes(block), dtype=dtype) if size else np.empty(0, dtype)
            return cells.reshape(shape).astype(dtype.newbyteorder("="), copy=True)
        except ValueError as error:  # an empty array whose other dimensions overflow
            raise WireError(f"array of shape {shape}") from error


def _dtype(code: int, width: int) -> np.dtype[Any]:
    if code in _DTYPES and width == 0:
        return _DTYPES[code]
    if code in (_UNICODE, _BYTES) and 0 < width <= MAX_TEXT_WIDTH:
        return np.dtype(f"<U{width}" if code == _UNICODE else f"S{width}")
    raise WireError(f"array dtype {code} of width {width}")


def _check_cells(code: int, block: memoryview) -> None:
    """A bool is 0 or 1 and a character is a Unicode scalar value: NumPy itself would not look."""
    if code == 0 and len(block) and int(np.frombuffer(block, np.uint8).max()) > 1:
        raise WireError("a bool that is neither 0 nor 1")
    if code == _UNICODE and len(block):
        points = np.frombuffer(block, "<u4")
        if int(points.max()) > 0x10FFFF or bool(((points >= 0xD800) & (points <= 0xDFFF)).any()):
            raise WireError("a character outside Unicode")


_READERS: Final[dict[int, Callable[[_Decoder, int], Any]]] = {
    ord("N"): lambda decoder, depth: None,
    ord("T"): lambda decoder, depth: True,
    ord("F"): lambda decoder, depth: False,
    ord("i"): lambda decoder, depth: decoder.number(_I64),
    ord("I"): _Decoder.big_integer,
    ord("f"): lambda decoder, depth: decoder.number(_F64),
    ord("c"): _Decoder.complex,
    ord("s"): _Decoder.text,
    ord("b"): lambda decoder, depth: bytes(decoder.bytes(decoder.number(_U32))),
    ord("l"): _Decoder.items,
    ord("D"): _Decoder.packed,
    ord("t"): lambda decoder, depth: tuple(decoder.items(depth)),
    ord("d"): _Decoder.mapping,
    ord("a"): _Decoder.array,
    ord("h"): lambda decoder, depth: HandleRef(decoder.number(_U64)),
}
