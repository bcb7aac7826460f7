"""The system-call filter of a session: a classic BPF program, built here and installed by seccomp(2).

It denies by name what no notebook needs and kernels have bled from: sockets of every kind (one pair for
asyncio excepted), tracing, namespaces, mounts, bpf, io_uring, keys, performance counters, foreign limits and
priorities. Denied calls fail with EPERM, so libraries that merely try them carry on.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Final

from autograder.sandbox import kernel

_X86 = kernel._X86

_ALLOW: Final = 0x7FFF0000
_EPERM: Final = 0x00050000 | 1
_ENOSYS: Final = 0x00050000 | 38
_PRETEND: Final = 0x00050000  # the call does nothing and returns 0
_KILL: Final = 0x80000000

_LOAD, _JEQ, _JGE, _JSET, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NR, _ARCH = 0, 4
_AUDIT_ARCH = 0xC000003E if _X86 else 0xC00000B7

# name: (x86-64, AArch64); None where the machine has no such call
_DENIED: Final[dict[str, tuple[int | None, int | None]]] = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "io_setup": (206, 0), "io_submit": (209, 2), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264), "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142),
    "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None),
    "modify_ldt": (154, None), "personality": (135, 92), "migrate_pages": (256, 238), "move_pages": (279, 239),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
    "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180),
    "mq_unlink": (241, 181), "inotify_init": (253, None),
    "inotify_init1": (294, 26), "fanotify_init": (300, 262), "lookup_dcookie": (212, 18), "vhangup": (153, 58),
    "mknod": (133, None), "mknodat": (259, 33), "setfsuid": (122, 151), "setfsgid": (123, 152),
    "landlock_create_ruleset": (444, 444), "seccomp": (317, 277),
}  # fmt: skip
# calls that reach another process by its number: allowed only where that number is 0, oneself
_SELF_ONLY: Final[dict[str, tuple[tuple[int | None, int | None], int]]] = {
    "prlimit64": ((302, 261), 0), "sched_setaffinity": ((203, 122), 0), "sched_setscheduler": ((144, 119), 0),
    "sched_setparam": ((142, 118), 0), "sched_setattr": ((314, 274), 0), "setpgid": ((109, 154), 0),
}  # fmt: skip
# the same, of calls whose first argument says what is numbered: a process, a group, or all that a user runs
_OWN_PROCESS_ONLY: Final[dict[str, tuple[tuple[int, int], int]]] = {
    "setpriority": ((141, 140), 0), "ioprio_set": ((251, 30), 1),
}  # fmt: skip
_KILLS: Final[dict[str, tuple[int, int]]] = {
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424),
}  # fmt: skip
# Landlock stops none of these on files that belong to this user. Copying sets modes and times: it has to go on.
_PRETENDED: Final[dict[str, tuple[int | None, int | None]]] = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "utime": (132, None),
    "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
}  # fmt: skip
_DENIED_OUTSIDE: Final[dict[str, tuple[int | None, int | None]]] = {
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "setxattrat": (463, 463), "removexattrat": (466, 466), "file_setattr": (469, 469),
    "truncate": (76, 45),
}  # fmt: skip
_OPEN, _OPENAT, _OPENAT2 = ((2, None), (257, 56), (437, 437))
_O_ACCMODE, _O_TRUNC = 0o3, 0o1000
_FCNTL, _F_SETOWN, _F_SETOWN_EX = ((72, 25), 8, 15)
_CLONE, _CLONE3 = ((56, 220), (435, 435))
_SOCKETPAIR, _IOCTL = ((53, 199), (16, 29))
_REQUESTS: Final = (0x5412, 0x541C, 0x8901, 0x8902)  # TIOCSTI, TIOCLINUX; FIOSETOWN, SIOCSPGRP: as F_SETOWN
_NEW_NAMESPACES = 0x7E020000 | 0x80  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET,TIME}
_AF_UNIX = 1
_CONNECTIONLESS = 2  # the bit that SOCK_DGRAM and SOCK_RAW have, SOCK_STREAM and SOCK_SEQPACKET have not


def _pick(pair: tuple[int | None, int | None]) -> int | None:
    return pair[0] if _X86 else pair[1]


def _argument(index: int) -> int:
    """Offset of the low half of an argument in struct seccomp_data (little-endian)."""
    return 16 + 8 * index


class _Program:
    """Instructions in order; a jump skips what comes right after it."""

    def __init__(self) -> None:
        self.code: list[bytes] = []

    def add(self, op: int, value: int, yes: int = 0, no: int = 0) -> None:
        self.code.append(struct.pack("<HBBI", op, yes, no, value))

    def answer_if(self, call: int | None, answer: int) -> None:
        """Answer this call number, go on otherwise. The number is in the accumulator before and after."""
        if call is not None:
            self.add(_JEQ, call, 0, 1)
            self.add(_RETURN, answer)

    def guard(self, call: int | None, offset: int, test: tuple[int, int], deny_on: bool) -> None:
        """For one call, look at an argument: deny where the test's truth equals `deny_on`, else allow."""
        if call is None:
            return
        self.add(_JEQ, call, 0, 4)
        self.add(_LOAD, offset)
        self.add(test[0], test[1], *((0, 1) if deny_on else (1, 0)))
        self.add(_RETURN, _EPERM)
        self.add(_RETURN, _ALLOW)


def program(own_pid: int | None = None, own_root: bool = True) -> bytes:
    """The filter as an array of sock_filter; `own_pid` also confines signals to oneself and one's group.

    Signals need that only where neither a pid namespace, another uid nor Landlock's scope keeps them in. Without a
    root folder of the session's own, modes, owners, times and attributes of files stay as they are, everywhere.
    """
    out = _Program()
    out.add(_LOAD, _ARCH)
    out.add(_JEQ, _AUDIT_ARCH, 1, 0)
    out.add(_RETURN, _KILL)
    out.add(_LOAD, _NR)
    if _X86:  # the x32 numbers would slip past
        out.add(_JGE, 0x40000000, 0, 1)
        out.add(_RETURN, _EPERM)
    for pair in _DENIED.values():
        out.answer_if(_pick(pair), _EPERM)
    if not own_root:
        for pair in _PRETENDED.values():
            out.answer_if(_pick(pair), _PRETEND)
        for pair in _DENIED_OUTSIDE.values():
            out.answer_if(_pick(pair), _EPERM)
        out.answer_if(_pick(_OPENAT2), _ENOSYS)  # its flags lie in memory
        _deny_truncating_readers(out, _pick(_OPEN), 1)
        _deny_truncating_readers(out, _pick(_OPENAT), 2)
    out.answer_if(_pick(_CLONE3), _ENOSYS)  # glibc falls back to clone, whose flags can be read
    out.guard(_pick(_CLONE), _argument(0), (_JSET, _NEW_NAMESPACES), deny_on=True)
    _deny_datagram_pairs(out)
    out.guard(_pick(_SOCKETPAIR), _argument(0), (_JEQ, _AF_UNIX), deny_on=False)
    for pair, index in _SELF_ONLY.values():
        out.guard(_pick(pair), _argument(index), (_JEQ, 0), deny_on=False)
    for pair, process in _OWN_PROCESS_ONLY.values():
        _own_process_only(out, pair, process)
    for request in _REQUESTS:
        _deny_ioctl(out, request)
    _deny_owners_of_signals(out)
    if own_pid is not None:
        _confine_signals(out, own_pid)
    out.add(_RETURN, _ALLOW)
    return b"".join(out.code)


def _deny_datagram_pairs(out: _Program) -> None:
    """A datagram socket sends to any address it is given, even one half of a pair: to the system's log, say."""
    out.add(_JEQ, _SOCKETPAIR[0] if _X86 else _SOCKETPAIR[1], 0, 4)
    out.add(_LOAD, _argument(1))
    out.add(_JSET, _CONNECTIONLESS, 0, 1)
    out.add(_RETURN, _EPERM)
    out.add(_LOAD, _NR)


def _deny_ioctl(out: _Program, request: int) -> None:
    ioctl = _pick(_IOCTL)
    assert ioctl is not None
    out.add(_JEQ, ioctl, 0, 4)
    out.add(_LOAD, _argument(1))
    out.add(_JEQ, request, 0, 1)
    out.add(_RETURN, _EPERM)
    out.add(_LOAD, _NR)


def _own_process_only(out: _Program, pair: tuple[int, int], process: int) -> None:
    """0 in the second argument is oneself where the first says "process", and all of this user's where it says so."""
    out.add(_JEQ, pair[0] if _X86 else pair[1], 0, 6)
    out.add(_LOAD, _argument(0))
    out.add(_JEQ, process, 0, 3)
    out.add(_LOAD, _argument(1))
    out.add(_JEQ, 0, 0, 1)
    out.add(_RETURN, _ALLOW)
    out.add(_RETURN, _EPERM)


def _deny_owners_of_signals(out: _Program) -> None:
    """A descriptor's owner gets a signal of any kind when there is something to read: kill by another name."""
    out.add(_JEQ, _FCNTL[0] if _X86 else _FCNTL[1], 0, 5)
    out.add(_LOAD, _argument(1))
    out.add(_JEQ, _F_SETOWN, 1, 0)
    out.add(_JEQ, _F_SETOWN_EX, 0, 1)
    out.add(_RETURN, _EPERM)
    out.add(_LOAD, _NR)


def _deny_truncating_readers(out: _Program, call: int | None, flags: int) -> None:
    """O_TRUNC without opening to write empties a file, and Landlock before ABI 3 looks at what it is opened for."""
    if call is None:
        return
    out.add(_JEQ, call, 0, 7)
    out.add(_LOAD, _argument(flags))
    out.add(_JSET, _O_TRUNC, 0, 4)
    out.add(_AND, _O_ACCMODE)
    out.add(_JEQ, os.O_WRONLY, 2, 0)
    out.add(_JEQ, os.O_RDWR, 1, 0)
    out.add(_RETURN, _EPERM)
    out.add(_LOAD, _NR)


def _confine_signals(out: _Program, own_pid: int) -> None:
    """kill and its kin: only to oneself (own pid) or one's own process group (0)."""
    for pair in _KILLS.values():
        out.add(_JEQ, pair[0] if _X86 else pair[1], 0, 5)
        out.add(_LOAD, _argument(0))
        out.add(_JEQ, own_pid, 1, 0)
        out.add(_JEQ, 0, 0, 1)
        out.add(_RETURN, _ALLOW)
        out.add(_RETURN, _EPERM)


def install(own_pid: int | None = None, own_root: bool = True) -> None:
    """Put the filter on this thread and all it starts; needs no_new_privs or CAP_SYS_ADMIN.

    Raises:
        OSError: the kernel has no seccomp filters.
    """
    code = program(own_pid, own_root)
    instructions = ctypes.create_string_buffer(code, len(code))
    pointer = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(instructions))
    set_mode_filter = 1
    kernel.syscall("seccomp", set_mode_filter, 0, ctypes.create_string_buffer(pointer, len(pointer)))
