"""Writing a file so that a reader sees the old one or the new one, never a part."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

PART = ".part"  # the suffix of what a killed run leaves behind


def write_whole(path: Path, content: bytes, mode: int = 0o644, flush: bool = True) -> None:
    """Write beside the target, then rename; with `flush`, the bytes are on the disk before the name is.

    Raises:
        OSError: it could not be written; the old file stands, and nothing lies beside it.
    """
    fd, part = tempfile.mkstemp(prefix=".", suffix=PART, dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as file:
            os.fchmod(fd, mode)
            file.write(content)
            if flush:
                file.flush()
                os.fsync(fd)
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
