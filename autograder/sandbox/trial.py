"""The start-up trial: each layer is tried by doing what it must deny, in a child that may die of it.

`available` finds the layers that hold on this machine; `prove` then runs one fully confined child that
attacks from inside, and names every promise of condition C3 that is not kept.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from autograder.sandbox import confine, kernel, landlock, seccomp
from autograder.sandbox.config import (
    IPC,
    LANDLOCK,
    LAYERS,
    MOUNT,
    NETWORK,
    PID,
    RLIMITS,
    SECCOMP,
    SPARE_UID,
    USER,
    WATCHDOG,
    ZygoteConfig,
)
from autograder.sandbox.processes import Proc

_PATIENCE_SECONDS: Final = 10.0

Act = Callable[[], bool]


def held(act: Act) -> bool:
    """Run `act` in a forked child: whether it returned True (what it tried was denied)."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            sys.stderr = None  # a refused layer is an answer, not a traceback
            signal.alarm(int(_PATIENCE_SECONDS))
            code = 0 if act() else 1
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) == 0


def denied(act: Callable[[], object]) -> bool:
    """Whether the kernel refuses: any OSError counts, success does not."""
    try:
        act()
    except OSError:
        return True
    return False


def available(config: ZygoteConfig, proc: Proc) -> list[str]:
    """The layers in force on this machine, in their usual order, less `config.without`."""
    wanted = [layer for layer in LAYERS if layer not in config.without]
    found: set[str] = set()
    if SPARE_UID in wanted and os.getuid() == 0 and held(lambda: _spare_uid_denies(config)):
        found.add(SPARE_UID)
    privileged = held(lambda: _unshared(kernel.CLONE_NEWNS))
    if not privileged and USER in wanted and held(_user_namespace_denies):
        found.add(USER)
    trials: dict[str, Act] = {
        PID: lambda: _pid_namespace_denies(USER in found),
        NETWORK: lambda: _network_namespace_denies(USER in found),
        IPC: lambda: _ipc_namespace_denies(USER in found),
        MOUNT: lambda: _within(USER in found, kernel.CLONE_NEWNS),
        LANDLOCK: lambda: _landlock_denies(config),
        SECCOMP: _seccomp_denies,
        RLIMITS: lambda: _rlimits_deny(config),
        WATCHDOG: lambda: proc.resident(os.getpid()) > 0 and os.getpid() in proc.children(os.getppid()),
    }
    for layer, act in trials.items():
        if layer in wanted and held(act):
            found.add(layer)
    return [layer for layer in LAYERS if layer in found]


def _unshared(flags: int) -> bool:
    kernel.unshare(flags)
    return True


def _within(user: bool, flags: int) -> bool:
    """Enter namespaces as a supervisor does."""
    if user:
        confine.enter_user_namespace()
    return _unshared(flags)


def _user_namespace_denies() -> bool:
    confine.enter_user_namespace()
    return denied(lambda: os.setuid(os.getuid() + 1))


def _spare_uid_denies(config: ZygoteConfig) -> bool:
    """The other user sees the interpreter and the scratch folder, but neither our files nor our processes."""
    uid = confine.spare_uid(os.getpid())
    parent = os.getppid()
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    return denied(lambda: os.kill(parent, 0)) and denied(lambda: os.listdir(os.path.join(config.work, "private")))


def _pid_namespace_denies(user: bool) -> bool:
    outside = os.getppid()
    _within(user, kernel.CLONE_NEWPID)
    return held(lambda: os.getpid() == 1 and denied(lambda: os.kill(outside, 0)))


def _network_namespace_denies(user: bool) -> bool:
    with _listeners() as (tcp, udp):
        _within(user, kernel.CLONE_NEWNET)
        return denied(lambda: socket.create_connection(("127.0.0.1", tcp), timeout=1)) and not _udp_arrives(udp)


def _ipc_namespace_denies(user: bool) -> bool:
    create_exclusive, key = 0o1000 | 0o2000 | 0o666, 0x5EED0000 | os.getpid() & 0xFFFF
    segment = kernel.syscall("shmget", key, 4096, create_exclusive)
    try:
        return held(lambda: _within(user, kernel.CLONE_NEWIPC) and denied(lambda: kernel.syscall("shmget", key, 0, 0)))
    finally:
        remove = 0
        kernel.syscall("shmctl", segment, remove, 0)


def _landlock_denies(config: ZygoteConfig) -> bool:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    landlock.Ruleset().enforce()
    return denied(lambda: open(config.canary).close()) and denied(lambda: _write_beside(config))


def _seccomp_denies() -> bool:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.install()
    trace_me = 0
    return (
        all(denied(partial(socket.socket, family)) for family in (socket.AF_INET, socket.AF_UNIX, socket.AF_NETLINK))
        and denied(lambda: kernel.syscall("ptrace", trace_me, 0, 0, 0))
        and denied(lambda: kernel.unshare(kernel.CLONE_NEWUSER))
        and denied(lambda: socket.socketpair(type=socket.SOCK_DGRAM))
        and all(end.fileno() >= 0 for end in socket.socketpair())
    )


def _rlimits_deny(config: ZygoteConfig) -> bool:
    confine.set_limits(config, (), 2**40)
    path = os.path.join(config.work, f"rlimit-{os.getpid()}")
    fd = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        return (
            denied(lambda: os.pwrite(fd, b"x", config.scratch_bytes + 1))
            and resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
        )
    finally:
        os.close(fd)
        os.unlink(path)


def _write_beside(config: ZygoteConfig) -> None:
    os.close(os.open(f"{config.canary}.written-{os.getpid()}", os.O_CREAT | os.O_WRONLY, 0o600))


@contextlib.contextmanager
def _listeners() -> Iterator[tuple[int, int]]:
    """Ports on this machine's loopback: one that accepts TCP, one that receives UDP."""
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen(4)
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)
        yield tcp.getsockname()[1], udp.getsockname()[1]


def _udp_arrives(port: int) -> bool:
    """Whether a datagram to that port can be sent at all."""
    try:
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.connect(("127.0.0.1", port))
            return sender.send(b"x") == 1 and sender.send(b"x") == 1  # the second send reports a refused first
    except OSError:
        return False


@dataclass(frozen=True)
class Targets:
    """What a confined child attacks: processes, a listening port, a socket file, a canary, hidden folders."""

    pids: tuple[int, ...]
    tcp: int
    udp: int
    unix: str
    canary: str
    hidden: tuple[str, ...]
    abstract: str


_LIFE_SIGN: Final = b"alive"


def attack(link: socket.socket, targets: Targets) -> None:
    """Run inside a confined session: report, one word each, the promises that are not kept."""
    broken = [name for name, kept in _promises(targets).items() if not kept]
    _leave_daemon(link)
    link.sendall((" ".join(broken) + "\n").encode())
    while True:  # until it is killed: its own exit would take the daemon along
        signal.pause()


def _promises(targets: Targets) -> dict[str, bool]:
    return {
        "read": _unreadable(targets),
        "write": denied(lambda: os.close(os.open(f"{targets.canary}.x", os.O_CREAT | os.O_WRONLY, 0o600)))
        and denied(lambda: os.truncate(targets.canary, os.stat(targets.canary).st_size)),
        "trace": all(_untraceable(pid) for pid in targets.pids),
        "signal": all(denied(partial(os.kill, pid, 0)) for pid in targets.pids),
        "network": _unconnected(targets),
    }


def _unreadable(targets: Targets) -> bool:
    hidden = all(
        denied(partial(os.listdir, folder)) or not os.listdir(folder) for folder in targets.hidden if folder
    )
    return denied(lambda: open(targets.canary).close()) and hidden


def _untraceable(pid: int) -> bool:
    attach = 16
    buffer = ctypes.create_string_buffer(16)
    local = ctypes.create_string_buffer(struct.pack("<QQ", ctypes.addressof(buffer), 16), 16)
    remote = ctypes.create_string_buffer(struct.pack("<QQ", ctypes.addressof(buffer), 16), 16)
    return (
        denied(lambda: kernel.syscall("ptrace", attach, pid, 0, 0))
        and denied(lambda: kernel.syscall("process_vm_readv", pid, local, 1, remote, 1, 0))
        and denied(lambda: os.close(os.open(f"/proc/{pid}/mem", os.O_RDONLY)))
        and denied(lambda: os.close(os.open(f"/proc/{pid}/environ", os.O_RDONLY)))
    )


def _unconnected(targets: Targets) -> bool:
    def unix(address: str) -> None:
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(address)

    return (
        denied(lambda: socket.create_connection(("127.0.0.1", targets.tcp), timeout=1).close())
        and not _udp_arrives(targets.udp)
        and denied(lambda: unix(targets.unix))
        and denied(lambda: unix(targets.abstract))
    )


def _leave_daemon(link: socket.socket) -> None:
    """A process that ignores every signal, leaves its group and keeps the socket open for as long as it lives."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
                with contextlib.suppress(OSError, ValueError):
                    signal.signal(number, signal.SIG_IGN)
            link.send(_LIFE_SIGN)
            while True:
                signal.pause()
        os._exit(0)
    os.wait()


def read_verdict(link: socket.socket) -> list[str]:
    """The words that `attack` sent; a child that died before it could say is `unknown`, a survivor `outlive`."""
    text, deadline = b"", _PATIENCE_SECONDS
    while select.select([link], [], [], deadline)[0]:
        part = link.recv(4096)
        if not part:
            break
        text += part
        if b"\n" in text and _LIFE_SIGN in text:
            break
    if b"\n" not in text or _LIFE_SIGN not in text:
        return ["unknown"]
    return text.replace(_LIFE_SIGN, b"").decode().split()


def outlived(link: socket.socket) -> bool:
    """After the supervisor said that all is over: whether anything still holds the far end."""
    return not select.select([link], [], [], 1.0)[0] or bool(link.recv(1))


def targets_beside(config: ZygoteConfig, pids: Collection[int]) -> tuple[Targets, list[socket.socket]]:
    """Open what the attack aims at, in the zygote before it enters its root; keep the sockets while it runs."""
    tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
    unix, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    tcp.bind(("127.0.0.1", 0))
    udp.bind(("127.0.0.1", 0))
    unix.bind(path := os.path.join(config.work, "listener"))
    abstract.bind(name := f"\0autograder-trial-{os.getpid()}")
    os.chmod(path, 0o777)
    for listener in (tcp, unix, abstract):
        listener.listen(4)
    ports = tcp.getsockname()[1], udp.getsockname()[1]
    return Targets(tuple(pids), *ports, path, config.canary, config.hidden, name), [tcp, udp, unix, abstract]
