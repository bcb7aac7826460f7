"""The exceptions of the package, by whose fault they are.

    AutograderError
    ├── UsageError             the command or its arguments: exit 2, one line
    │   └── AssignmentError    the course: assignment.toml, checks, mutants, release
    ├── SubmissionError        a file that is no notebook: recorded as `unreadable`
    ├── SandboxError           the machine cannot confine student code as promised
    ├── SessionDied            student code ended its session: charged to the check in flight
    └── InternalError          the grader's own fault: recorded as `internal-error`, never as 0

A student's failure is data (see `records`); only these cross module seams as exceptions.
"""

from __future__ import annotations


class AutograderError(Exception):
    """Anything that the command line turns into one line; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.message, self.hint)


class UsageError(AutograderError):
    """The command was called with something that it cannot work with."""


class AssignmentError(UsageError):
    """The assignment itself is wrong: its author has to mend it."""


class SubmissionError(AutograderError):
    """The submission is not a notebook that can be read; the message is for the student."""


class SandboxError(AutograderError):
    """The machine does not offer what the sandbox needs, or a part of it broke."""


class InternalError(AutograderError):
    """The grader failed; the submission is not to blame and gets no score."""


class SessionDied(AutograderError):
    """The session of a submission ended before its work was done.

    `cause` is one of the words in `records.DEATH_CAUSES`.
    """

    def __init__(self, cause: str, message: str = "") -> None:
        super().__init__(message or cause)
        self.cause = cause

    def __reduce__(self) -> tuple[type, tuple[str, str]]:  # (cause, message) are the arguments here
        return type(self), (self.cause, self.message)
