"""From what pytest saw of a check to its result: who is to blame, how many points, and in which words.

The student's words never repeat a hidden input or an expected value: they are built from the check's title and
hint, from the grader's own sentences, and from the student's own source by line number. The instructor's `detail`
holds everything.
"""

from __future__ import annotations

import builtins
import re
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Final

import pytest

from autograder.errors import AutograderError, SessionDied
from autograder.notebook import Cell
from autograder.records import Outcome, Visibility
from autograder.student.architecture import Refused
from autograder.student.namespace import NotAValue, StudentError
from autograder.student.run import DEATH_TEXTS

_MAX_DETAIL: Final = 8000
_MAX_MESSAGE: Final = 1000
_TRUSTED_WORDS: Final = "autograder.checks.compare"
_BUILTIN_ERRORS: Final = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
_TYPE_NAMES: Final = frozenset(
    ("NoneType", "int", "float", "bool", "str", "list", "tuple", "dict", "set", "function", "method", "ndarray")
)
_ADDRESS: Final = re.compile(r"\b0x[0-9a-f]{6,}")  # differs from run to run, and a record must not
# what a check's own code does not raise because of a value, unforeseen as it may be: its author's mistakes
_AUTHORS_TROUBLE: Final = (AutograderError, ImportError, NotImplementedError, SystemError)


@dataclass(frozen=True)
class CheckSpec:
    """One collected check. `points` are its share when a parametrised test has several cases."""

    id: str
    title: str
    exercise: str
    points: Fraction
    hint: str
    visibility: Visibility
    seconds: float


@dataclass(frozen=True)
class Phase:
    """One report of pytest's about one item: `when` is setup, call or teardown; subtests report as calls, too."""

    when: str
    passed: bool
    error: BaseException | None


@dataclass(frozen=True)
class Verdict:
    """A check's outcome; `blame_grader` is set when the fault is ours."""

    outcome: Outcome
    share: Fraction = Fraction(0)
    message: str = ""
    detail: str = ""
    blame_grader: str = ""


@dataclass(frozen=True)
class Circumstances:
    """What happened around the check: a death of the session, whether the student's code had answered."""

    spec: CheckSpec
    death: SessionDied | None
    answered: bool
    tainted: bool
    cells: Sequence[Cell]


def judge(phases: Sequence[Phase], around: Circumstances) -> Verdict:
    """Points only for a check that was positively seen to pass, in all its phases."""
    if around.death is not None:
        return _died(around.death)
    calls = [phase for phase in phases if phase.when == "call"]
    frame = [phase for phase in phases if phase.when != "call"]
    if len(frame) != 2 or not all(phase.passed for phase in frame) or not calls:
        trouble = next((phase.error for phase in frame if phase.error is not None), None)
        return _ours(trouble, "the check could not be set up, or was skipped")
    *subtests, whole = calls
    if not whole.passed:
        return _failed(whole.error, around)
    missed = [phase for phase in subtests if not phase.passed]
    if not missed:
        return Verdict("passed", Fraction(1))
    verdict = _failed(missed[0].error, around)
    share = Fraction(len(subtests) - len(missed), len(subtests))
    return Verdict(verdict.outcome, share, verdict.message, verdict.detail, verdict.blame_grader)


def _died(death: SessionDied) -> Verdict:
    outcome: Outcome = "timeout" if death.cause == "timeout" else "memory" if death.cause == "memory" else "crashed"
    return Verdict(outcome, message=DEATH_TEXTS.get(death.cause, death.cause), detail=str(death))


def _ours(error: BaseException | None, otherwise: str) -> Verdict:
    blame = f"{type(error).__name__}: {error}" if error is not None else otherwise
    return Verdict("not-run", detail=_trace(error), blame_grader=blame[:_MAX_MESSAGE])


def _failed(error: BaseException | None, around: Circumstances) -> Verdict:
    if isinstance(error, StudentError):
        outcome: Outcome = "memory" if error.type_name == "MemoryError" else "error"
        return Verdict(outcome, message=_raised(error, around), detail=_student_trace(error))
    if isinstance(error, AssertionError):
        return Verdict("failed", message=_asserted(error, around), detail=_trace(error))
    if type(error) is pytest.fail.Exception:  # also what `pytest.raises` says when nothing was raised
        return Verdict("failed", message=_asserted(AssertionError(error.msg), around), detail=_trace(error))
    if around.answered and _of_a_value(error):
        return Verdict("failed", message="the value is of another kind than expected", detail=_trace(error))
    return _ours(error, "the check was skipped")


def _of_a_value(error: BaseException | None) -> bool:
    """Whether it can come of working on a value of an unforeseen kind: `struct.error` and its like included."""
    if not isinstance(error, Exception) or isinstance(error, _AUTHORS_TROUBLE):
        return False
    if isinstance(error, (NameError, RuntimeError)):  # but not: a name behind a loop that never ran, a value too deep
        return isinstance(error, (UnboundLocalError, RecursionError))
    return not isinstance(error, OSError) or error.errno is None  # a number is the operating system's, not a parser's


def _asserted(error: AssertionError, around: Circumstances) -> str:
    hidden = around.spec.visibility != "public" or around.tainted
    if hidden and isinstance(error, Refused):
        words = {word for cell in around.cells for word in re.findall(r"\w+", cell.source)}
        return error.sparing(words)[:_MAX_MESSAGE]
    if isinstance(error, NotAValue) or _last_module(error.__traceback__) == _TRUSTED_WORDS:
        return str(error)[:_MAX_MESSAGE]
    text = "\n".join([str(error), *getattr(error, "__notes__", ())])
    if not hidden:
        return text[:_MAX_MESSAGE]
    return _numpy_words(text)


def _last_module(trace: TracebackType | None) -> str:
    name = ""
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        trace = trace.tb_next
    return name


def _numpy_words(text: str) -> str:
    """What `numpy.testing` found, without its numbers."""
    if "Not equal" not in text and "not almost equal" not in text:
        return "this does not hold yet"
    if re.search(r"\(shapes .* mismatch\)", text):
        return "the shape is not the expected one"
    if "location mismatch" in text:
        return "there is NaN or infinity where a number is expected, or the other way round"
    return "the shape is right, the values are not the expected ones"


def _raised(error: StudentError, around: Circumstances) -> str:
    """A student's exception. While hidden inputs are in its hands, its message may carry them: only the kind of
    error, names from the student's own source, and the place, quoted from the submission, are repeated."""
    if error.known_cause:
        return error.known_cause
    place = _place(error, around.cells)
    if error.type_name == "NotImplementedError":
        return "not implemented yet" + place
    if around.spec.visibility == "public" and not around.tainted:
        return ": ".join(filter(None, (error.type_name, error.message)))[:_MAX_MESSAGE] + place
    kind = error.type_name if error.type_name in _BUILTIN_ERRORS else "an exception"
    return f"{kind}{_safe_reason(error, around.cells)}{place}"


def _place(error: StudentError, cells: Sequence[Cell]) -> str:
    """` (cell 3, line 4: return a @ b)`, the text taken from the notebook, not from the session."""
    for frame in reversed(error.frames):
        source = next((cell.source for cell in cells if cell.kind == "code" and cell.index == frame.cell), None)
        lines = source.splitlines() if source is not None else []
        if 0 < frame.line <= len(lines):
            return f" (cell {frame.cell}, line {frame.line}: {lines[frame.line - 1].strip()[:200]})"
    return ""


def _safe_reason(error: StudentError, cells: Sequence[Cell]) -> str:
    known = _TYPE_NAMES | {word for cell in cells for word in re.findall(r"[A-Za-z_]\w*", cell.source)}
    for pattern, sentence in _REASONS:
        found = pattern.search(error.message)
        if found and all(word.rpartition(".")[2] in known for word in found.groups()):
            return ": " + sentence.format(*found.groups())
    return ""


_REASONS: Final = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"^name '(\w+)' is not defined", "the name {0} is not defined"),
        (r"^'([\w.]+)' object has no attribute '(\w+)'", "{0} has no attribute {1}"),
        (r"^(?:\w+\.)*(\w+)\(\) (?:missing|takes|got)", "{0} is called with other arguments than it takes"),
        (r"^'([\w.]+)' object is not (?:callable|iterable|subscriptable)", "{0} is used as what it is not"),
        (r"^unsupported operand type\(s\) for \S+ '([\w.]+)' and '([\w.]+)'", "{0} and {1} do not combine"),
        (r"broadcast|not aligned|core dimension|inhomogeneous|cannot reshape", "array shapes do not fit together"),
        (r"^division by zero|^float division by zero", "division by zero"),
        (r"index out of range|out of bounds", "an index is out of range"),
    )
)


def _student_trace(error: StudentError) -> str:
    lines = [f"cell {f.cell}, line {f.line}, in {f.function}: {f.text}" for f in error.frames]
    return "\n".join([*lines, f"{error.type_name}: {error.message}"])[:_MAX_DETAIL]


def _trace(error: BaseException | None) -> str:
    """The last frames and the whole message, which holds the numbers."""
    if error is None:
        return ""
    text = _ADDRESS.sub("0x…", "".join(traceback.format_exception(error, limit=-4)))
    return text if len(text) <= _MAX_DETAIL else text[: _MAX_DETAIL // 2] + "\n…\n" + text[-_MAX_DETAIL // 2 :]
