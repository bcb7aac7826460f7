"""Naming a mistake: when a submission's values equal a mutant's values for the same inputs.

A failed check is run once more, on fixed inputs, and what student code answers is written down: a transcript.
The same is done for every mutant of the exercise, once for each version of the assignment, in confined
children. Where the transcripts agree, the feedback is the mutant's hint. The fixed inputs serve this purpose
only: scores never come from them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from autograder.mutants import Mutant
from autograder.sandbox import wire
from autograder.student.namespace import Handle

MAX_DIAGNOSED: Final = 24
_SAMPLE: Final = 256
_MAX_ENTRIES: Final = 400
_MAX_TEXT: Final = 200
_SAY_NOTHING: Final = (  # every unfinished notebook raises these, whatever its mistake
    "NotImplementedError", "NameError", "AttributeError", "ModuleNotFoundError", "FileNotFoundError",
)  # fmt: skip
_RTOL, _ATOL = 1e-6, 1e-12


@dataclass(frozen=True)
class Transcript:
    """What student code answered during one check, summarised as plain values, and whether the check failed."""

    answers: tuple[Any, ...]
    failed: bool


Transcripts = Mapping[str, Transcript]
"""By check id."""


def summary(worked: bool, answer: Any) -> Any:
    """One answer as a plain value: long arrays and lists by shape and a sample, objects as objects, errors by text."""
    if not worked:
        body = answer if type(answer) is dict else {}
        return ["error", str(body.get("type"))[:_MAX_TEXT], str(body.get("message"))[:_MAX_TEXT]]
    return _plain(answer)


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is np.ndarray:
        flat = value.ravel()
        step = max(1, flat.size // _SAMPLE)
        return ["array", list(value.shape), value.dtype.kind, np.ascontiguousarray(flat[::step])]
    if kind is list or kind is tuple:
        step = max(1, len(value) // _SAMPLE)
        return [kind.__name__, len(value), [_plain(item) for item in value[::step]]]
    if kind is dict:
        return ["dict", sorted(map(str, value)), [_plain(value[key]) for key in sorted(value, key=str)[:_SAMPLE]]]
    if kind is wire.HandleRef or kind is Handle:
        return "an object"
    if kind is str or kind is bytes:
        return value[:_MAX_TEXT]
    return value


def agree(one: Any, other: Any) -> bool:
    """Whether two summaries are the same, numbers within rounding."""
    if type(one) is not type(other):
        return _numeric(one) and _numeric(other) and _close(one, other)
    if type(one) is np.ndarray:
        return _arrays_agree(one, other)
    if type(one) is list or type(one) is tuple:
        return len(one) == len(other) and all(agree(a, b) for a, b in zip(one, other, strict=True))
    if type(one) is float:
        return _close(one, other)
    return bool(one == other)


def _numeric(value: Any) -> bool:
    return type(value) in (int, float)


def _close(one: float, other: float) -> bool:
    try:
        return one == other or math.isclose(one, other, rel_tol=_RTOL, abs_tol=_ATOL) or (one != one and other != other)
    except OverflowError:  # an integer that no float can hold
        return False


def _arrays_agree(one: Any, other: Any) -> bool:
    if one.shape != other.shape:
        return False
    if one.dtype.kind in "fc" and other.dtype.kind in "fc":
        return bool(np.allclose(one, other, rtol=_RTOL, atol=_ATOL, equal_nan=True))
    return bool(np.array_equal(one, other))


def tells(transcript: Transcript) -> bool:
    """Whether a transcript can accuse: it failed, and its last answer is a value or an error worth comparing."""
    if not transcript.failed or not transcript.answers or len(transcript.answers) > _MAX_ENTRIES:
        return False
    last = transcript.answers[-1]
    if type(last) is list and last[:1] == ["error"]:
        return last[1] not in _SAY_NOTHING
    return last is not None and last != "an object"


def name_mistakes(
    student: Transcripts, passed: Collection[str], mutants: Sequence[tuple[Mutant, Transcripts]]
) -> dict[str, Mutant]:
    """For each check that the student failed, the mutant whose answers are the student's, if there is one.

    A mutant that fails a check which the student passed is another mistake. Where several agree on one check, the
    one that agrees on most of the failed checks is named.
    """
    possible = [(m, known) for m, known in mutants if not any(known[check].failed for check in {*known} & {*passed})]
    agreeing: dict[str, list[Mutant]] = {}
    for check, transcript in student.items():
        if tells(transcript):
            same = [m for m, known in possible if check in known and _same(transcript, known[check])]
            agreeing |= {check: same} if same else {}
    votes = Counter(mutant.name for same in agreeing.values() for mutant in same)
    return {check: max(same, key=lambda mutant: votes[mutant.name]) for check, same in agreeing.items()}


def _same(one: Transcript, other: Transcript) -> bool:
    return tells(other) and agree(one.answers, other.answers)
