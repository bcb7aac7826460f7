"""Where mutants' transcripts are kept: beside the assignment, in the user's cache, or made when they are needed.

`solutions/<slug>/mistakes.bin` is written by `autograder verify` and holds the transcripts of all mutants for the
present state of the private folder, so that grading a class need not run a single mutant. Without it, or when the
folder has changed since, an exercise's mutants run once, when the first submission fails in that exercise.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from autograder.assignment import Assignment
from autograder.checks.misconceptions import Transcript, Transcripts
from autograder.files import write_whole
from autograder.mutants import Mutant
from autograder.sandbox import wire

_FORMAT: Final = 1
_LENGTH: Final = struct.Struct("<I")


class MistakeBook:
    """The transcripts of an assignment's mutants, by exercise."""

    def __init__(
        self, assignment: Assignment, mutants: Sequence[Mutant], transcribe: Callable[[Mutant], Transcripts]
    ) -> None:
        """`transcribe` runs one mutant; it is called only for what is in neither file."""
        self._mutants = mutants
        self._transcribe = transcribe
        self._known: dict[str, list[tuple[Mutant, Transcripts]]] = {}
        self._state = f"{_FORMAT} {assignment.digest()}"
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        name = hashlib.sha256(self._state.encode()).hexdigest()[:32]
        self._folder = cache / "autograder" / "mistakes" / f"{assignment.slug}-{name}"
        self._shipped = _unpack(assignment.mistakes, self._state)

    def of(self, exercise: str) -> list[tuple[Mutant, Transcripts]]:
        """Every mutant of the exercise with its transcripts."""
        if exercise not in self._known:
            mutants = [mutant for mutant in self._mutants if mutant.exercise == exercise]
            self._known[exercise] = [(mutant, self._find(mutant)) for mutant in mutants]
        return self._known[exercise]

    def pack(self) -> bytes | None:
        """The content of mistakes.bin for the present state; None while a mutant's transcripts are not known."""
        parts = [self._state.encode()]
        for mutant in self._mutants:
            raw = self._shipped.get(mutant.name) or self._cached(mutant)
            if raw is None:
                return None
            parts += [mutant.name.encode(), raw]
        return b"".join(_LENGTH.pack(len(part)) + part for part in parts)

    @property
    def complete(self) -> bool:
        """Whether the file beside the assignment holds every mutant as it is now."""
        return all(mutant.name in self._shipped for mutant in self._mutants)

    def _find(self, mutant: Mutant) -> Transcripts:
        for raw in (self._shipped.get(mutant.name), self._cached(mutant)):
            known = None if raw is None else _decode(raw)
            if known is not None:
                return known
        made = self._transcribe(mutant)
        self._cache(mutant, made)
        return made

    def _path(self, mutant: Mutant) -> Path:
        return self._folder / hashlib.sha256(mutant.name.encode()).hexdigest()[:32]

    def _cached(self, mutant: Mutant) -> bytes | None:
        try:
            return self._path(mutant).read_bytes()
        except OSError:
            return None

    def _cache(self, mutant: Mutant, transcripts: Transcripts) -> None:
        with contextlib.suppress(OSError, wire.NotAValueError):  # without a cache it is made again next time
            raw = _encode(transcripts)  # before there is a file to be left behind
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._path(mutant), raw, mode=0o600)


def _encode(transcripts: Transcripts) -> bytes:
    return wire.encode({check: (list(entry.answers), entry.failed) for check, entry in transcripts.items()})


def _decode(raw: bytes) -> dict[str, Transcript] | None:
    try:
        body: dict[str, Any] = wire.decode(raw)
        return {check: Transcript(tuple(answers), failed) for check, (answers, failed) in body.items()}
    except (ValueError, TypeError, AttributeError):  # a file of somebody else's, or damaged
        return None


def _unpack(path: Path, state: str) -> dict[str, bytes]:
    """Mutants' names to their encoded transcripts; empty when the file is missing, damaged or of another state."""
    try:
        raw = path.read_bytes()
    except OSError:
        return {}
    parts, at = [], 0
    while at + _LENGTH.size <= len(raw):
        (length,) = _LENGTH.unpack_from(raw, at)
        parts.append(raw[at + _LENGTH.size : at + _LENGTH.size + length])
        at += _LENGTH.size + length
    if not parts or parts[0] != state.encode() or at != len(raw):
        return {}
    return {name.decode(): content for name, content in zip(parts[1::2], parts[2::2], strict=True)}
