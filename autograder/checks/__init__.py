"""Checks: the pytest plugin that runs them, and the comparisons that they use."""

from autograder.checks.compare import assert_close, assert_shape
from autograder.checks.outcomes import CheckSpec
from autograder.checks.plugin import Job, Judged
from autograder.checks.runner import CheckRunner
from autograder.student.namespace import NotAValue, StudentError

__all__ = ["CheckRunner", "CheckSpec", "Job", "Judged", "NotAValue", "StudentError", "assert_close", "assert_shape"]
