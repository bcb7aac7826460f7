"""One assignment on disk: where its files are, and `assignment.toml` as a closed, typed table."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import math
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import AssignmentError, UsageError

Parameter = str | int | float | bool

_SLUG = re.compile(r"[a-z][a-z0-9_]*")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_FIX = "correct assignment.toml (docs/writing-an-assignment.md lists its keys)"


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Seconds are wall clock unless the name says otherwise."""

    cell_seconds: float = 120.0
    check_seconds: float = 60.0
    total_seconds: float = 900.0
    cpu_seconds: float = 1800.0
    memory_mb: int = 3072
    scratch_mb: int = 256
    scratch_files: int = 4096
    processes: int = 128
    output_kb: int = 256
    deaths: int = 5


@dataclass(frozen=True)
class Feedback:
    """How much a student learns about hidden checks from one attempt.

    `explained`: so many failed hidden checks come with a message and a hint, in the file's order; -1 means all.
    `outcomes`: whether the student's page lists the hidden checks at all, or only each exercise's points.
    """

    explained: int = -1
    outcomes: bool = True


@dataclass(frozen=True)
class Assignment:
    """A folder pair: `public` is `assignments/<slug>`, `private` is `solutions/<slug>`.

    `exercises` maps an exercise's id to its title, in the order of the pages; `libraries` are the modules
    that a zygote imports once; `parameters` override the cell tagged `parameters` when a notebook is graded.
    """

    slug: str
    title: str
    public: Path
    private: Path
    exercises: dict[str, str]
    libraries: tuple[str, ...] = ("numpy",)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    limits: Limits = Limits()
    feedback: Feedback = Feedback()

    @property
    def source(self) -> Path:
        """The notebook in py:percent form, reference solution inside."""
        return self.private / f"{self.slug}.py"

    @property
    def checks(self) -> Path:
        """The pytest file with all checks, public and hidden."""
        return self.private / f"test_{self.slug}.py"

    @property
    def mutants(self) -> Path:
        """The typical mistakes, as text replaced in the source."""
        return self.private / "mutants.toml"

    @property
    def mistakes(self) -> Path:
        """What the mutants answer, for feedback that names a mistake; written by `verify`."""
        return self.private / "mistakes.bin"

    @property
    def alternatives(self) -> list[Path]:
        """Right solutions written another way, by name."""
        return sorted((self.private / "alternatives").glob("*.py"))

    @property
    def notebook(self) -> Path:
        """The released student stub."""
        return self.public / f"{self.slug}.ipynb"

    @property
    def data(self) -> Path:
        """Files that the notebook reads as `data/…`; may not exist."""
        return self.public / "data"

    def solution_digest(self) -> str:
        """SHA-256 in hex over the private folder: what seeds the checks' generators."""
        return _digest([self.private])

    def digest(self) -> str:
        """SHA-256 in hex over everything that a score depends on; a change means grading again."""
        return _digest([self.private, self.data, self.public / "assignment.toml"])


def find_course(start: Path | None = None) -> Path:
    """The nearest folder from `start` upwards that holds `assignments/` and `solutions/`.

    An installed copy outside any checkout falls back to the course that the wheel carries.

    Raises:
        UsageError: there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "assignments").is_dir() and (folder / "solutions").is_dir():
            return folder
    packaged = Path(__file__).parent / "_course"
    if start is None and packaged.is_dir():
        return packaged
    raise UsageError(
        f"no course at {here} or above it: expected folders assignments/ and solutions/",
        "name the course with --course DIR",
    )


def slugs(course: Path) -> list[str]:
    """The assignments of a course, by name."""
    return sorted(path.parent.name for path in course.glob("assignments/*/assignment.toml"))


def load(course: Path, slug: str) -> Assignment:
    """Read one assignment.

    Raises:
        UsageError: the course has no assignment of that name.
        AssignmentError: a file is missing, or `assignment.toml` is malformed.
    """
    known = slugs(course)
    if not _SLUG.fullmatch(slug) or not (course / "assignments" / slug).is_dir():
        raise UsageError(f"unknown assignment {slug!r}", _suggest(slug, known, "the course has"))
    public, private = course / "assignments" / slug, course / "solutions" / slug
    config = public / "assignment.toml"
    try:
        table = tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AssignmentError(f"{slug}: assignment.toml is missing", f"write {config}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{slug}: assignment.toml is not TOML: {error}", _FIX) from None
    assignment = _Table(slug, table).assignment(public, private)
    for path in (assignment.source, assignment.checks):
        if not path.is_file():
            raise AssignmentError(f"{slug}: {path.name} is missing", f"expected {path}")
    return assignment


class _Table:
    """Takes a parsed TOML table apart, refusing what it does not know."""

    def __init__(self, slug: str, table: dict[str, Any]) -> None:
        self.slug, self.table = slug, table

    def assignment(self, public: Path, private: Path) -> Assignment:
        known = ("title", "libraries", "exercises", "parameters", "limits", "feedback")
        self._only(self.table, known, "")
        return Assignment(
            slug=self.slug,
            title=self._text("title"),
            public=public,
            private=private,
            exercises=self._exercises(),
            libraries=self._libraries(),
            parameters=self._parameters(),
            limits=self._limits(),
            feedback=self._feedback(),
        )

    def _fail(self, what: str, hint: str = _FIX) -> AssignmentError:
        return AssignmentError(f"{self.slug}: assignment.toml: {what}", hint)

    def _only(self, table: dict[str, Any], known: tuple[str, ...], where: str) -> None:
        for key in table:
            if key not in known:
                raise self._fail(f"unknown key {where + key!r}", _suggest(key, list(known), "known keys are"))

    def _text(self, key: str) -> str:
        value = self.table.get(key)
        if type(value) is not str or not value.strip():
            raise self._fail(f"{key} must be a non-empty string, got {value!r}")
        return value.strip()

    def _section(self, key: str) -> dict[str, Any]:
        value = self.table.get(key, {})
        if type(value) is not dict:
            raise self._fail(f"[{key}] must be a table, got {value!r}")
        return value

    def _exercises(self) -> dict[str, str]:
        exercises = self._section("exercises")
        if not exercises:
            raise self._fail("[exercises] is missing or empty: expected lines id = \"Title\"")
        for key, title in exercises.items():
            if not _SLUG.fullmatch(key) or type(title) is not str or not title.strip():
                raise self._fail(f"exercise {key!r} must be a lower-case id with a title, got {title!r}")
        return exercises

    def _libraries(self) -> tuple[str, ...]:
        value = self.table.get("libraries", ["numpy"])
        if type(value) is not list or not all(type(name) is str and _MODULE.fullmatch(name) for name in value):
            raise self._fail(f"libraries must be a list of module names, got {value!r}")
        return tuple(value)

    def _parameters(self) -> dict[str, Parameter]:
        parameters = self._section("parameters")
        for key, value in parameters.items():
            if not key.isidentifier() or type(value) not in (str, int, float, bool):
                raise self._fail(f"parameter {key!r} must be a name with a string, number or boolean, got {value!r}")
        return parameters

    def _limits(self) -> Limits:
        limits = self._section("limits")
        kinds = {name: type(default) for name, default in dataclasses.asdict(Limits()).items()}
        self._only(limits, tuple(kinds), "limits.")
        for key, value in limits.items():
            allowed = (int, float) if kinds[key] is float else (int,)
            if type(value) not in allowed or not 0 < value < math.inf:
                raise self._fail(f"limits.{key} must be a positive {allowed[-1].__name__}, got {value!r}")
        return Limits(**{key: kinds[key](value) for key, value in limits.items()})


    def _feedback(self) -> Feedback:
        feedback = self._section("feedback")
        self._only(feedback, ("explained", "outcomes"), "feedback.")
        explained, outcomes = feedback.get("explained", -1), feedback.get("outcomes", True)
        if type(explained) is not int or explained < -1:
            raise self._fail(f"feedback.explained must be a number of checks, or -1 for all, got {explained!r}")
        if type(outcomes) is not bool:
            raise self._fail(f"feedback.outcomes must be true or false, got {outcomes!r}")
        return Feedback(explained, outcomes)


def _suggest(word: str, known: list[str], otherwise: str) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"{otherwise} {', '.join(known) or 'none'}"


def _is_by_product(name: str) -> bool:
    """Files that tools leave in a folder, and what `verify` writes."""
    return name.startswith(".") or name in ("__pycache__", "mistakes.bin")


def _digest(roots: list[Path]) -> str:
    total = hashlib.sha256()
    for root in roots:
        for path in sorted([root] if root.is_file() else root.rglob("*")):
            inner = path.relative_to(root.parent)
            if path.is_file() and not any(map(_is_by_product, inner.parts)):
                name = inner.as_posix().encode()
                content = path.read_bytes()
                total.update(b"%d %b %d " % (len(name), name, len(content)) + content)
    return total.hexdigest()
