"""The codec: what is a value survives the way exactly, and what is none never passes for one."""

from __future__ import annotations

import math
import struct
import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox import wire
from autograder.sandbox.wire import HandleRef, NotAValueError, WireError, decode, encode

NUMERIC = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(2**8000), max_value=2**8000),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(),
)
dtypes = st.one_of(
    st.builds(lambda code, order: np.dtype(order + code), st.sampled_from(NUMERIC), st.sampled_from("<>")),
    st.builds(lambda n, order: np.dtype(f"{order}U{n}"), st.integers(1, 20), st.sampled_from("<>")),
    st.builds(lambda n: np.dtype(f"S{n}"), st.integers(1, 20)),
)
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4))
keys = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**63), 2**63 - 1), st.binary())
values = st.recursive(
    st.one_of(scalars, arrays),
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(keys, inner), st.lists(st.floats(), min_size=9)
    ),
    max_leaves=30,
)


def same(one: Any, other: Any) -> bool:
    """Equal to the bit, of exactly the same types; byte order aside."""
    if type(one) is not type(other):
        return False
    if type(one) is np.ndarray:
        native = one.dtype.newbyteorder("=")
        return (
            other.dtype == native
            and one.shape == other.shape
            and one.astype(native).tobytes() == other.tobytes()
        )
    if type(one) in (list, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if type(one) is dict:
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    if type(one) is float:
        return struct.pack("<d", one) == struct.pack("<d", other)
    if type(one) is complex:
        return same(one.real, other.real) and same(one.imag, other.imag)
    return bool(one == other)


@given(values)
def test_a_value_comes_back_the_same_with_exact_types(value: Any) -> None:
    """Every allowed type, nested at will, NaN and the sign of zero included."""
    assert same(value, decode(encode(value)))


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, -0.0, 5e-324, 2**63, -(2**63) - 1, 2**8000, complex(-0.0, math.nan), "", b"", (),
     [], {}, [1.5] * 9, [1.5] * 9 + [1], [True] * 9, {None: 1, True: 2, 2.5: 3, b"k": 4}],
    ids=repr,
)  # fmt: skip
def test_special_values_come_back(value: Any) -> None:
    """The corners that a generator may miss."""
    assert same(value, decode(encode(value)))


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (0, 3, 0), (1,) * 8, (2, 3, 4)])
@pytest.mark.parametrize("code", [*NUMERIC, "U3", "S3"])
def test_arrays_of_every_dtype_and_shape_come_back(code: str, shape: tuple[int, ...]) -> None:
    """0-d arrays, empty ones with odd shapes, eight dimensions."""
    array = np.ones(shape, dtype=code)
    assert same(array, decode(encode(array)))


@pytest.mark.parametrize("name", ["float64", "int32", "complex64", "bool"])
def test_memory_layout_does_not_matter(name: str) -> None:
    """Fortran order, strides, negative strides, read-only and unaligned memory hold the same values."""
    array = (np.arange(24).reshape(4, 6) % 3).astype(name)
    buffer = bytearray(array.nbytes + 1)
    unaligned = np.frombuffer(buffer, dtype=name, offset=1, count=24).reshape(4, 6)
    unaligned[...] = array
    frozen = array.copy()
    frozen.flags.writeable = False
    repeated = np.broadcast_to(array, (2, 4, 6))
    for variant in (np.asfortranarray(array), array[::2, ::-3], array.T, unaligned, frozen, repeated):
        got = decode(encode(variant))
        np.testing.assert_array_equal(got, variant)
        assert got.dtype == variant.dtype


def test_a_decoded_array_is_our_own() -> None:
    """Writable, contiguous, and no view of the frame it came in."""
    frame = bytearray(encode(np.zeros(3)))
    array = decode(frame)
    frame[-24:] = b"\xff" * 24
    assert array.tolist() == [0.0, 0.0, 0.0]
    assert array.flags.writeable
    assert array.flags.c_contiguous


@pytest.mark.parametrize("code", [*NUMERIC, "U3", "S3"])
def test_numpy_scalars_arrive_as_arrays_without_dimensions(code: str) -> None:
    """Also NumPy's strings, as `classes[np.argmax(scores)]` gives them."""
    scalar = np.ones(1, dtype=code)[0]
    got = decode(encode(scalar))
    assert type(got) is np.ndarray
    assert got.shape == ()
    assert got.dtype == np.asarray(scalar).dtype
    assert got == scalar


def test_lone_surrogates_are_replaced() -> None:
    """They have no UTF-8 form; a question mark stands for each."""
    assert decode(encode("a\ud800b")) == "a?b"


# what is no value


class Float(float):
    """Looks like a float to isinstance."""


class Integer(int):
    """Looks like an int to isinstance."""


class Text(str):
    """Looks like a str to isinstance."""


class List(list):  # type: ignore[type-arg]
    """Looks like a list to isinstance."""


class Pair(tuple):  # type: ignore[type-arg]
    """Looks like a tuple to isinstance."""


class Dictionary(dict):  # type: ignore[type-arg]
    """Looks like a dict to isinstance."""


class Array(np.ndarray):
    """Looks like an array to isinstance."""


class Number(np.float64):
    """Looks like a NumPy number to isinstance."""


NO_VALUES = [
    Float(1.0), Integer(1), Text("x"), List([1]), Pair((1,)), Dictionary(a=1), np.zeros(2).view(Array), Number(1.0),
    np.ma.masked_array([1]), np.zeros(2).view(np.recarray), object(), len, float, {1, 2}, frozenset(), range(3),
    bytearray(b"x"), memoryview(b"x"), Fraction(1, 2), np.array([None]), np.array(["2026-01-01"], dtype="M8[D]"),
    np.zeros(1, "f8,i4"), np.zeros(1, np.longdouble), np.array(["x" * 257]), iter([]), Ellipsis, NotImplemented,
]  # fmt: skip


@pytest.mark.parametrize("thing", NO_VALUES, ids=lambda thing: f"{type(thing).__name__}")
def test_what_is_no_value_is_refused(thing: object) -> None:
    """Subclasses above all: their values would come with methods that lie."""
    with pytest.raises(NotAValueError):
        encode(thing)


@pytest.mark.parametrize("thing", NO_VALUES, ids=lambda thing: f"{type(thing).__name__}")
def test_what_is_no_value_crosses_as_a_handle(thing: object) -> None:
    """Alone and inside a list, it is a number and nothing more."""
    seen = []

    def to_handle(value: object) -> HandleRef:
        seen.append(value)
        return HandleRef(len(seen))

    got = decode(encode([thing, (thing, 5)], to_handle))
    assert got == [HandleRef(1), (HandleRef(2), 5)]
    assert seen[0] is thing
    assert seen[1] is thing


@pytest.mark.parametrize("key", [(1, 2), Text("x"), Integer(1), 2**63, 1j])
def test_dictionary_keys_are_plain(key: object) -> None:
    """Neither tuples nor subclasses nor numbers beyond 64 bits."""
    with pytest.raises(NotAValueError):
        encode({key: 1})


# caps


def nested(depth: int) -> list[Any]:
    """A list inside a list, so often."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [nested(wire.MAX_DEPTH + 1), [None] * wire.MAX_NODES, "x" * (wire.MAX_TEXT + 1), 2 ** (8 * wire.MAX_INT_BYTES),
     np.zeros((1,) * 9), np.zeros(wire.MAX_BODY + 1, np.int8), b"x" * (wire.MAX_BODY + 1),
     dict.fromkeys(range(wire.MAX_NUMBER_KEYS + 1))],
    ids=["depth", "parts", "text", "integer", "dimensions", "array", "bytes", "number keys"],
)  # fmt: skip
def test_nothing_over_a_cap_is_sent(value: object) -> None:
    """Depth, parts, text, integers, dimensions, bytes and numbers as keys."""
    with pytest.raises(NotAValueError):
        encode(value)


@pytest.mark.parametrize(
    "value",
    [nested(wire.MAX_DEPTH), [None] * (wire.MAX_NODES - 1), "x" * wire.MAX_TEXT, 2 ** (8 * wire.MAX_INT_BYTES - 2),
     np.zeros((1,) * 8), [0.5] * wire.MAX_PACKED, dict.fromkeys(range(wire.MAX_NUMBER_KEYS)),
     dict.fromkeys(map(str, range(wire.MAX_NUMBER_KEYS * 2)))],
    ids=["depth", "parts", "text", "integer", "dimensions", "floats", "number keys", "text keys"],
)  # fmt: skip
def test_what_is_just_under_a_cap_comes_back(value: object) -> None:
    """The caps are where they are said to be."""
    assert same(value, decode(encode(value)))


# hostile bodies


def u16(n: int) -> bytes:
    """Little-endian."""
    return struct.pack("<H", n)


def u32(n: int) -> bytes:
    """Little-endian."""
    return struct.pack("<I", n)


def array_head(code: int, width: int, *shape: int) -> bytes:
    """Everything of an array but its cells."""
    return b"a" + bytes([code]) + u16(width) + bytes([len(shape)]) + b"".join(map(u32, shape))


BIG = 2**32 - 1
MALFORMED = {
    "empty": b"",
    "unknown tag": b"z",
    "trailing byte": b"NN",
    "cut integer": b"i\0\0",
    "short integer in the long form": b"I" + u16(8) + bytes(8),
    "huge integer": b"I" + u16(1025) + bytes(1025),
    "huge text announced": b"s" + u32(BIG),
    "text over the cap": b"s" + u32(wire.MAX_TEXT + 1) + bytes(wire.MAX_TEXT + 1),
    "text not UTF-8": b"s" + u32(1) + b"\xff",
    "text with a surrogate": b"s" + u32(3) + b"\xed\xa0\x80",
    "bytes announced": b"b" + u32(BIG),
    "list announced": b"l" + u32(BIG) + b"N",
    "tuple announced": b"t" + u32(BIG) + b"N",
    "dictionary announced": b"d" + u32(BIG) + b"NN",
    "floats announced": b"D" + u32(BIG) + bytes(8),
    "floats over the cap": b"D" + u32(wire.MAX_PACKED + 1) + bytes(8 * (wire.MAX_PACKED + 1)),
    "key twice": b"d" + u32(2) + b"TNTN",
    "key that equals another": b"d" + u32(2) + b"TN" + b"i" + struct.pack("<q", 1) + b"N",
    "list as a key": b"d" + u32(1) + b"l" + u32(0) + b"N",
    "handle as a key": b"d" + u32(1) + b"h" + bytes(8) + b"N",
    "array as a key": b"d" + u32(1) + array_head(0, 0) + b"\1N",
    "long integer as a key": b"d" + u32(1) + b"I" + u16(9) + bytes(8) + b"\1N",
    "bool of 2": array_head(0, 0, 2) + b"\1\2",
    "unknown dtype": array_head(14, 0),
    "object dtype": array_head(255, 8, 1) + bytes(8),
    "number with a width": array_head(1, 4, 1) + bytes(4),
    "text without a width": array_head(32, 0, 1),
    "text too wide": array_head(32, 257, 1) + bytes(4 * 257),
    "character beyond Unicode": array_head(32, 1, 1) + u32(0x110000),
    "surrogate as a character": array_head(32, 1, 1) + u32(0xD800),
    "nine dimensions": array_head(1, 0, *[1] * 9) + b"\0",
    "4 GiB array": array_head(1, 0, BIG),
    "array whose size overflows 64 bits": array_head(11, 0, BIG, BIG, BIG, BIG) + bytes(64),
    "array whose size overflows to 0": array_head(1, 0, 2**31, 2**31, 4) + b"",
    "empty array whose shape overflows": array_head(1, 0, 0, *[BIG] * 7),
    "array one cell short": array_head(11, 0, 2) + bytes(15),
    "deep": (b"l" + u32(1)) * 5000 + b"N",
    "deep dictionary": (b"d" + u32(1) + b"N") * 5000 + b"N",
    "many parts": b"l" + u32(wire.MAX_NODES) + b"N" * wire.MAX_NODES,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_encode_would_not_write_is_a_wire_error(name: str) -> None:
    """Whatever is wrong, the grader sees one kind of exception."""
    with pytest.raises(WireError):
        decode(MALFORMED[name])


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_announced_is_not_allocated(name: str) -> None:
    """Memory follows what has come: at most 64 times that for small parts, and a constant."""
    body = MALFORMED[name]
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            decode(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * len(body) + 200_000


def test_numbers_that_collide_are_refused_before_they_cost_time() -> None:
    """100,000 keys with one hash took minutes: both ways to make many are closed, counted in steps, not seconds."""
    prime = 2**61 - 1
    long = b"".join(b"I" + u16(12) + (prime * i).to_bytes(12, "little") + b"N" for i in range(8, 100_008))
    with pytest.raises(WireError, match="keys"):
        decode(b"d" + u32(100_000) + long)
    many = b"".join(b"i" + struct.pack("<q", i << 20) + b"N" for i in range(30_000))
    with pytest.raises(WireError, match="keys"):
        decode(b"d" + u32(30_000) + many)
    halves = b"".join(b"d" + u32(15_000) + many[i * 150_000 : (i + 1) * 150_000] for i in range(2))
    with pytest.raises(WireError, match="keys"):
        decode(b"l" + u32(2) + halves)


def test_a_handle_has_no_truth_in_it() -> None:
    """It is a number; two with the same number are the same object over there."""
    handle = decode(b"h" + struct.pack("<Q", 7))
    assert type(handle) is HandleRef
    assert handle.number == 7


def _stacked(wide: object, narrow: object, count: int) -> list[object]:
    return [wide, *[narrow] * count]


@pytest.mark.parametrize(
    "value",
    [_stacked(np.array(["x" * 256] * 4000), np.zeros(4000, bool), 100),
     _stacked(np.zeros(40_000, complex), np.zeros(40_000, bool), 300),
     _stacked(["x" * 200, *[""] * 99], np.zeros(100, bool), 2000),
     [[np.array(["x" * 256] * 100), np.zeros(100, bool)], *[[np.zeros(100, bool)] * 2] * 800],
     np.zeros((2**32 - 1, 0)), np.zeros(wire.MAX_CELLS + 1, bool)],
    ids=["text and bools", "complex and bools", "list and bools", "lists of lists", "empty rows", "cells"],
)  # fmt: skip
def test_what_numpy_would_make_huge_goes_neither_way(value: object) -> None:
    """An answer that is small on the wire, of which `np.asarray` or a loop would make gigabytes or minutes."""
    with pytest.raises(wire.NotAValueError):
        wire.encode(value, lambda _: wire.HandleRef(0))
    with pytest.raises(wire.WireError):
        wire.decode(wire.encode(value))


@pytest.mark.parametrize(
    "value",
    [(np.zeros((200, 200, 200, 1), np.float32), np.zeros(200, np.int64), np.array(["x" * 200] * 200)),
     [np.zeros((2000, 2000, 4), np.uint8)] * 3, np.zeros((0, 1000, 1000)),
     [np.zeros(2**23, np.float32), np.zeros((), np.float64)]],
    ids=["images and names", "figures", "no images", "weights"],
)  # fmt: skip
def test_large_honest_answers_come(value: object) -> None:
    """Arrays of different shapes are never stacked, so a wide one beside many narrow cells is no harm."""
    assert len(wire.decode(wire.encode(value, lambda _: wire.HandleRef(0)))) == len(value)  # type: ignore[arg-type]
