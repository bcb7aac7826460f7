"""The record of one graded submission: frozen values, and their JSON.

The published JSON Schema is `record.schema.json` beside this file. Scores are kept as
`Fraction` while they are added up and leave as floats rounded to six digits.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

SCHEMA_VERSION = 1

Status = Literal["graded", "unreadable", "internal-error"]
Outcome = Literal["passed", "failed", "error", "timeout", "memory", "crashed", "not-run"]
Visibility = Literal["public", "hidden"]
CellStatus = Literal["ok", "error", "timeout", "memory", "crashed", "not-run"]
DeathCause = Literal["timeout", "memory", "crash", "exit", "protocol", "disk", "processes"]

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
DEATH_CAUSES: tuple[DeathCause, ...] = get_args(DeathCause)


@dataclass(frozen=True)
class SubmissionInfo:
    """What was handed in: the file's name, its SHA-256 in hex, and when (ISO 8601, UTC)."""

    file: str
    sha256: str
    received_at: str


@dataclass(frozen=True)
class ExerciseScore:
    """Points earned in one exercise."""

    id: str
    title: str
    score: float
    max_score: float


@dataclass(frozen=True)
class CheckResult:
    """One check. `message` and `hint` are for the student, `detail` for the instructor only."""

    id: str
    title: str
    exercise: str
    points: float
    score: float
    outcome: Outcome
    visibility: Visibility
    message: str = ""
    hint: str = ""
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class CellResult:
    """How one code cell of the notebook ended; `error` is empty when it ended well."""

    index: int
    status: CellStatus
    error: str = ""


@dataclass(frozen=True)
class Death:
    """A session that ended early: `when` is `cell 3` or a check's id."""

    when: str
    cause: DeathCause


@dataclass(frozen=True)
class Execution:
    """The notebook's run. `peak_memory` is in bytes above the warm interpreter, rounded up to 32 MiB."""

    cells: tuple[CellResult, ...] = ()
    seconds: float = 0.0
    peak_memory: int = 0
    deaths: tuple[Death, ...] = ()


@dataclass(frozen=True)
class SandboxInfo:
    """The layers of confinement that were tried and found in force; empty with `--no-sandbox`."""

    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class GraderInfo:
    """What graded: the package's version and the digest of the assignment."""

    version: str
    assignment_digest: str


@dataclass(frozen=True)
class Record:
    """The result of grading one submission."""

    assignment: str
    student: str
    submission: SubmissionInfo
    status: Status
    score: float
    max_score: float
    grader: GraderInfo
    message: str = ""
    exercises: tuple[ExerciseScore, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    execution: Execution = field(default_factory=Execution)
    sandbox: SandboxInfo = field(default_factory=SandboxInfo)
    schema: int = SCHEMA_VERSION

    @property
    def percent(self) -> float:
        """Score as a percentage of the maximum; 0 where there is nothing to earn."""
        return 100.0 * self.score / self.max_score if self.max_score else 0.0

    def to_json(self) -> str:
        """The record as JSON text, keys in the order of the published schema, one trailing newline."""
        body = dataclasses.asdict(self)
        ordered = {key: body[key] for key in _KEY_ORDER}
        return json.dumps(ordered, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


_KEY_ORDER = (
    "schema", "assignment", "student", "submission", "status", "message", "score", "max_score",
    "exercises", "checks", "execution", "sandbox", "grader",
)  # fmt: skip


def from_json(text: str) -> Record:
    """Read a record back.

    Raises:
        ValueError: the text is not a record of this schema version.
    """
    try:
        body = json.loads(text)
        if type(body) is not dict or body.get("schema") != SCHEMA_VERSION:
            raise ValueError("schema is not 1")
        return _record(body)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a record: {error!r}") from error


def _record(body: dict[str, Any]) -> Record:
    execution = body["execution"]
    return Record(
        **{key: body[key] for key in ("assignment", "student", "status", "message", "score", "max_score")},
        submission=SubmissionInfo(**body["submission"]),
        grader=GraderInfo(**body["grader"]),
        exercises=tuple(ExerciseScore(**entry) for entry in body["exercises"]),
        checks=tuple(CheckResult(**entry) for entry in body["checks"]),
        execution=Execution(
            cells=tuple(CellResult(**entry) for entry in execution["cells"]),
            seconds=execution["seconds"],
            peak_memory=execution["peak_memory"],
            deaths=tuple(Death(**entry) for entry in execution["deaths"]),
        ),
        sandbox=SandboxInfo(layers=tuple(body["sandbox"]["layers"])),
    )


def read_records(folder: Path) -> list[Record]:
    """Every valid record in `folder/records`, by student name; half or foreign files are passed over."""
    found = []
    for path in sorted((folder / "records").glob("*.json")):
        try:
            found.append(from_json(path.read_text(encoding="utf-8")))
        except ValueError:
            continue
    return sorted(found, key=lambda record: record.student)
