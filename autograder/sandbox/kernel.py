"""Linux system calls that Python does not offer, by ctypes. Numbers differ between x86-64 and AArch64.

Every wrapper raises OSError with the kernel's errno; none decides anything.
"""

from __future__ import annotations

import ctypes
import os
import platform
from typing import Final

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long

_MACHINE: Final = platform.machine()
_X86: Final = _MACHINE == "x86_64"

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18
MNT_DETACH: Final = 2

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_CAPBSET_DROP: Final = 24
PR_SET_CHILD_SUBREAPER: Final = 36
PR_SET_NO_NEW_PRIVS: Final = 38
PR_CAP_AMBIENT: Final = 47
PR_CAP_AMBIENT_CLEAR_ALL: Final = 4

_SYS = {
    "pivot_root": (155, 41),
    "capset": (126, 91),
    "seccomp": (317, 277),
    "mount_setattr": (442, 442),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "shmget": (29, 194),
    "shmctl": (31, 195),
    "prlimit64": (302, 261),
}
SUPPORTED: Final = _MACHINE in ("x86_64", "aarch64")


def number(name: str) -> int:
    """The number of a system call on this machine."""
    return _SYS[name][0 if _X86 else 1]


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def syscall(name: str, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Call by name; buffers go as pointers, numbers as longs."""
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(_LIBC.syscall(ctypes.c_long(number(name)), *converted))


def unshare(flags: int) -> None:
    """Leave the namespaces named by CLONE_NEW* flags for new ones."""
    _checked(_LIBC.unshare(ctypes.c_int(flags)))


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """mount(2)."""
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    extra = None if data is None else data.encode()
    _checked(_LIBC.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), extra))


def umount(target: str, flags: int = MNT_DETACH) -> None:
    """umount2(2)."""
    _checked(_LIBC.umount2(os.fsencode(target), ctypes.c_int(flags)))


def make_read_only(target: str) -> None:
    """Make a mount and all below it read-only, without set-uid programs (mount_setattr(2), Linux 5.12)."""
    at_fdcwd, at_recursive, rdonly, nosuid = -100, 0x8000, 0x1, 0x2
    attributes = ctypes.create_string_buffer(
        (rdonly | nosuid).to_bytes(8, "little") + bytes(24), 32
    )  # attr_set, attr_clr, propagation, userns_fd
    syscall("mount_setattr", at_fdcwd, ctypes.create_string_buffer(os.fsencode(target)), at_recursive, attributes, 32)


def pivot_root(new: str, old: str) -> None:
    """pivot_root(2)."""
    syscall("pivot_root", ctypes.create_string_buffer(os.fsencode(new)), ctypes.create_string_buffer(os.fsencode(old)))


def prctl(option: int, value: int = 0) -> int:
    """prctl(2) with one argument."""
    zero = ctypes.c_ulong(0)
    return _checked(_LIBC.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero))


def drop_capabilities() -> None:
    """Empty the bounding, ambient, inheritable, permitted and effective sets of this thread."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # EINVAL past the last one; EPERM where there is none to drop from
            break
    try:
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    except OSError:
        pass  # a kernel before 4.3 has no ambient set
    header = ctypes.create_string_buffer((0x20080522).to_bytes(4, "little") + bytes(4), 8)
    syscall("capset", header, ctypes.create_string_buffer(bytes(24), 24))


def trim_memory() -> None:
    """Give free pages of the heap back to the kernel; a C library other than glibc has no such call, and needs none."""
    trim = getattr(_LIBC, "malloc_trim", None)
    if trim is not None:
        trim(ctypes.c_size_t(0))
