"""Fuzz of the decoder: bytes of any origin give a value of exact types or a `WireError`, within bounded memory."""

from __future__ import annotations

import random
import tracemalloc
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_wire import MALFORMED, values

from autograder.sandbox.wire import HandleRef, WireError, decode, encode

EXACT: Final = {type(None), bool, int, float, complex, str, bytes, list, tuple, dict, np.ndarray, HandleRef}
SEEDS: Final = [encode([None, True, -5, 2**70, 1.5, 1j, "é", b"x", (1, [2]), {"a": 1, 2: [3.0] * 12}]),
                encode({"W": np.arange(6.0).reshape(2, 3), "names": np.array(["ab", "c"]), "raw": np.array([b"q"]),
                        "mask": np.array([True, False]), "scalar": np.array(3, "i2"), "empty": np.zeros((0, 4))}),
                *MALFORMED.values()]  # fmt: skip


def exact(value: Any) -> bool:
    """Only the promised types, all the way down."""
    kind = type(value)
    if kind in (list, tuple):
        return all(map(exact, value))
    if kind is dict:
        return all(exact(key) and exact(item) for key, item in value.items())
    if kind is np.ndarray:
        return value.dtype.kind in "biufcUS" and value.dtype.isnative and value.flags.owndata
    return kind in EXACT


def survives(body: bytes) -> None:
    """`decode` keeps its promises on these bytes."""
    try:
        value = decode(body)
    except WireError:
        return
    assert exact(value)
    assert len(encode(value)) <= 2 * len(body) + 16  # nothing grew on the way


@settings(max_examples=500)
@given(st.binary(max_size=400))
def test_random_bytes(body: bytes) -> None:
    """Nothing but WireError comes of noise."""
    survives(body)


@settings(max_examples=500)
@given(st.lists(st.sampled_from([b"N", b"T", b"l", b"t", b"d", b"a", b"s", b"b", b"D", b"I", b"h", b"\0", b"\1", b"\2",
                                 b"\0\0\0", b"\x20", b"\xff\xff\xff\xff"]), max_size=60))  # fmt: skip
def test_random_tags(parts: list[bytes]) -> None:
    """Noise made of the codec's own words goes deeper."""
    survives(b"".join(parts))


@settings(max_examples=200)
@given(values, st.data())
def test_a_mutated_value(value: Any, data: st.DataObject) -> None:
    """A right body with a byte changed, removed, put in, or cut off."""
    body = bytearray(encode(value))
    place = data.draw(st.integers(0, len(body) - 1))
    how = data.draw(st.sampled_from(["change", "remove", "insert", "cut", "repeat"]))
    if how == "change":
        body[place] = data.draw(st.integers(0, 255))
    elif how == "remove":
        del body[place]
    elif how == "insert":
        body.insert(place, data.draw(st.integers(0, 255)))
    elif how == "cut":
        del body[place:]
    else:
        body[place:place] = body[place : place + 40]
    survives(bytes(body))


def test_many_mutations_stay_within_memory() -> None:
    """20,000 mutants of small bodies, memory measured over all of them at once."""
    generator = random.Random(1)
    small = [seed for seed in SEEDS if 0 < len(seed) < 2000]
    tracemalloc.start()
    try:
        for _ in range(20_000):
            body = bytearray(generator.choice(small))
            for _ in range(generator.randint(1, 4)):
                byte = generator.choice((0, 1, 0x7F, 0x80, 0xFF, generator.randrange(256)))
                body[generator.randrange(len(body))] = byte
            survives(bytes(body))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_every_cut_is_noticed(cut: int) -> None:
    """A body that lost its end is never a value."""
    for seed in SEEDS[:2]:
        with pytest.raises(WireError):
            decode(seed[:-cut])
