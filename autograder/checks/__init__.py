"""Checks: the pytest plugin that runs them, and the comparisons that they use."""

from autograder.checks.compare import assert_close, assert_shape

__all__ = ["assert_close", "assert_shape"]
