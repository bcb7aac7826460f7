"""Comparisons for checks. `release` copies what a public check uses into `public_checks.py`.

Shapes are compared before values, since NumPy broadcasts: a scalar would pass for a matrix.
Each failure says in `str(error)` what differs without repeating an expected value; the numbers stand
in the exception's notes, which only instructors see.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.testing import assert_allclose


def assert_shape(value: Any, shape: tuple[int, ...], name: str, symbols: str = "") -> None:
    """`value` is an array of this shape; `symbols` spells it for the student, as in "(n_h, n_x)".

    Raises:
        AssertionError: it is not an array or number, or its shape is another.
    """
    wanted = f" {symbols}" if symbols else ""
    try:
        found = np.asarray(value).shape
    except ValueError:  # a ragged list
        raise AssertionError(f"{name} should be an array of shape{wanted}, and is a ragged list") from None
    if found != tuple(shape):
        error = AssertionError(f"{name} does not have the right shape{wanted}")
        error.add_note(f"got {found}, expected {tuple(shape)}")
        raise error


def assert_close(
    value: Any, expected: Any, name: str, rtol: float = 1e-9, atol: float = 0.0, symbols: str = ""
) -> None:
    """`value` has the shape of `expected`, is finite where it is, and agrees within `atol + rtol * |expected|`.

    Raises:
        AssertionError: it does not.
    """
    expected = np.asarray(expected)
    assert_shape(value, expected.shape, name, symbols)
    found = np.asarray(value)
    if found.dtype.kind not in "biufc":
        raise AssertionError(f"{name} should hold numbers")
    if np.isfinite(expected).all() and not np.isfinite(found).all():
        raise AssertionError(f"{name} holds NaN or infinity")
    try:
        assert_allclose(found, expected, rtol=rtol, atol=atol)
    except AssertionError as difference:
        error = AssertionError(f"{name} has the right shape, but not the right values")
        error.add_note(str(difference))
        raise error from None
