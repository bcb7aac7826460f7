"""Landlock: the files, TCP ports, abstract sockets and signals that a session may reach (Linux 5.13)."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from typing import Final

from autograder.sandbox import kernel

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
_ALL_BY_ABI: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_FILE_ONLY: Final = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15
READ: Final = EXECUTE | READ_FILE | READ_DIR
DEVICE: Final = READ_FILE | WRITE_FILE
_NET_TCP: Final = 0b11
_SCOPES: Final = 0b11  # abstract UNIX sockets, signals
_VERSION_FLAG: Final = 1
SCOPE_ABI: Final = 6

# a device may be made nowhere, not even in scratch
_MAKE_DEVICES: Final = 1 << 6 | 1 << 11


def abi() -> int:
    """The kernel's Landlock version; 0 where it has none or keeps it off."""
    try:
        return kernel.syscall("landlock_create_ruleset", None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def everything(version: int) -> int:
    """All file rights that this version knows."""
    return _ALL_BY_ABI[min(max(version, 1), 5)]


class Ruleset:
    """File rights by folder; whatever no rule names is denied."""

    def __init__(self) -> None:
        self.version = abi()
        self.handled = everything(self.version)
        attributes = struct.pack(
            "<QQQ",
            self.handled,
            _NET_TCP if self.version >= 4 else 0,
            _SCOPES if self.version >= SCOPE_ABI else 0,
        )
        size = 24 if self.version >= SCOPE_ABI else 16 if self.version >= 4 else 8
        buffer = ctypes.create_string_buffer(attributes, len(attributes))
        self.fd = kernel.syscall("landlock_create_ruleset", buffer, size, 0)

    def allow(self, paths: Iterable[str], rights: int) -> None:
        """Grant `rights` at and below each path that exists."""
        for path in paths:
            try:
                fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                self._add(fd, rights)
            finally:
                os.close(fd)

    def allow_scratch(self, path: str) -> None:
        """Grant everything but the making of devices."""
        self.allow([path], self.handled & ~_MAKE_DEVICES)

    def _add(self, fd: int, rights: int) -> None:
        rights &= self.handled
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= _FILE_ONLY
        rule = ctypes.create_string_buffer(struct.pack("<Qi", rights, fd), 12)
        path_beneath = 1
        kernel.syscall("landlock_add_rule", self.fd, path_beneath, rule, 0)

    def enforce(self) -> None:
        """Restrict this thread and all it starts, for good; needs no_new_privs."""
        kernel.syscall("landlock_restrict_self", self.fd, 0)
        os.close(self.fd)
