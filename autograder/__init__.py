"""Grades deep-learning notebooks: untrusted student code in a sandbox, verdicts outside it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("autograder")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0.0.0+source"

__all__ = ["__version__"]
