"""What every test has: hypothesis without deadlines (the machine may be busy), and tests' own helpers importable."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile(
    "tests", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None, print_blob=True
)
settings.load_profile("tests")
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # a shell's background job; the commands under test inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
for _name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
    os.environ.pop(_name, None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Under which layerings the corpus of attacks has run."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "layering":
                terminalreporter.write_line(f"layering {value}")
