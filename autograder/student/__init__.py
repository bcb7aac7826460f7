"""The grader's end of a session: link, zygote, namespace, and the run of one notebook."""

from autograder.student.namespace import Handle, Namespace, NotAValue, StudentError
from autograder.student.run import NotebookRun
from autograder.student.zygote import SandboxChoice, Session, Zygote

__all__ = ["Handle", "Namespace", "NotAValue", "NotebookRun", "SandboxChoice", "Session", "StudentError", "Zygote"]
