"""Checks: the pytest plugin that runs them, and the comparisons that they use."""

from autograder.checks.compare import assert_close, assert_shape
from autograder.checks.misconceptions import MAX_DIAGNOSED, Transcripts, name_mistakes
from autograder.checks.mistakebook import MistakeBook
from autograder.checks.outcomes import CheckSpec
from autograder.checks.plugin import Job, Judged
from autograder.checks.runner import CheckRunner
from autograder.student.namespace import NotAValue, StudentError

__all__ = [
    "MAX_DIAGNOSED",
    "CheckRunner",
    "CheckSpec",
    "Job",
    "Judged",
    "MistakeBook",
    "NotAValue",
    "StudentError",
    "Transcripts",
    "assert_close",
    "assert_shape",
    "name_mistakes",
]
