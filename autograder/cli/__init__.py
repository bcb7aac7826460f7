"""The command line: arguments in, progress and exit codes out, and the one place where exceptions become messages.

Heavy modules are imported inside the commands that need them, so that `--help` answers at once.
"""

from autograder.cli.app import app, main

__all__ = ["app", "main"]
