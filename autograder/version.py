"""Which grader this is: the package's version and a digest of its code, so that changed code grades again."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from autograder import __version__


@functools.cache
def grader_version() -> str:
    """As `0.1.0+1a2b3c4d5e6f`."""
    total = hashlib.sha256()
    package = Path(__file__).parent
    for path in sorted(package.rglob("*.py")):
        if "_course" not in path.parts:
            total.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{__version__}+{total.hexdigest()[:12]}"
