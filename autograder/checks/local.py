"""The `student` fixture where a student runs the public checks: the same words, in the same process.

`release` copies this class into `public_checks.py`; it needs nothing but the standard library.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any


class LocalNamespace:
    """A notebook's variables. Nothing here is a boundary: it is for feedback, not for scores."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self._variables = variables

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._variables:
            raise AssertionError(f"{name} is not defined yet: run the cell that defines it")
        return self._variables[name]

    def has(self, name: str) -> bool:
        """Whether the notebook defines `name`."""
        return name in self._variables

    def probe(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call an instructor's function where student objects live."""
        return function(*args)

    def hold(self, value: Any) -> Any:
        """A copy of `value` that lives where student code does, for checks of what is changed in place."""
        return copy.deepcopy(value)

    def value(self, held: Any) -> Any:
        """The present value of something held."""
        return copy.deepcopy(held)

    def file(self, name: str) -> bytes:
        """The bytes of a file that the notebook left in its working folder."""
        path = Path(name)
        assert path.is_file(), f"the notebook leaves no file {name}"
        return path.read_bytes()
