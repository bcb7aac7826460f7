"""Mutants: the reference solution with one typical mistake put in, from `mutants.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any, Final

from autograder.assignment import Assignment
from autograder.errors import AssignmentError

_KEYS: Final = ("name", "exercise", "hint", "find", "replace")
_NAME: Final = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,79}")


@dataclass(frozen=True)
class Mutant:
    """One typical mistake: `find` stands once in the source and becomes `replace`."""

    name: str
    exercise: str
    hint: str
    find: str
    replace: str

    def apply(self, source: str) -> str:
        """The source with the mistake in it."""
        return source.replace(self.find, self.replace)


def read_mutants(assignment: Assignment) -> list[Mutant]:
    """The entries of mutants.toml.

    Raises:
        AssignmentError: it is malformed, an exercise is unknown, or a text to replace is not there exactly once.
    """
    path = assignment.mutants
    if not path.is_file():
        return []
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{assignment.slug}: mutants.toml is not TOML: {error}") from None
    entries = table.get("mutant", [])
    if set(table) - {"mutant"} or type(entries) is not list:
        raise AssignmentError(f"{assignment.slug}: mutants.toml must hold [[mutant]] entries and nothing else")
    source = assignment.source.read_text(encoding="utf-8")
    mutants = [_mutant(assignment, entry, source) for entry in entries]
    names = [mutant.name for mutant in mutants]
    for name in names:
        if names.count(name) > 1:
            raise AssignmentError(f"{assignment.slug}: mutants.toml has two mutants named {name!r}")
    return mutants


def _mutant(assignment: Assignment, entry: Any, source: str) -> Mutant:
    where = f"{assignment.slug}: mutants.toml"
    if type(entry) is not dict or set(entry) != set(_KEYS) or any(type(entry[key]) is not str for key in _KEYS):
        raise AssignmentError(f"{where}: an entry needs the strings {', '.join(_KEYS)} and no others, got {entry!r}")
    mutant = Mutant(**entry)
    if not _NAME.fullmatch(mutant.name):
        raise AssignmentError(f"{where}: {mutant.name!r} is no name: expected up to 80 characters without slashes")
    if mutant.exercise not in assignment.exercises:
        raise AssignmentError(f"{where}: mutant {mutant.name!r} names exercise {mutant.exercise!r}, which is unknown")
    count = source.count(mutant.find)
    if count != 1 or mutant.find == mutant.replace:
        raise AssignmentError(
            f"{where}: the text that mutant {mutant.name!r} replaces stands {count} times in {assignment.source.name}",
            "make it longer until it stands there exactly once",
        )
    return mutant
