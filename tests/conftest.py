"""What every test has: hypothesis without deadlines (the machine may be busy), and tests' own helpers importable."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile(
    "tests", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None, print_blob=True
)
settings.load_profile("tests")
for _name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
    os.environ.pop(_name, None)
