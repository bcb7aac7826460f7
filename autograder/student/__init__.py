"""The grader's end of a session: link, zygote, namespace, and the run of one notebook."""

from autograder.student.architecture import Refused
from autograder.student.cleanroom import CleanModel
from autograder.student.namespace import Handle, Namespace, NotAValue, StudentError
from autograder.student.run import NotebookRun
from autograder.student.zygote import SandboxChoice, Session, Zygote

__all__ = [
    "CleanModel",
    "Handle",
    "Namespace",
    "NotAValue",
    "NotebookRun",
    "Refused",
    "SandboxChoice",
    "Session",
    "StudentError",
    "Zygote",
]
