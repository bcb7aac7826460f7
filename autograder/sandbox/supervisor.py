"""The parent of one session: puts it into its namespaces, watches it, ends it, and says how it ended.

It is forked from the zygote, holds no student code and no socket that student code could write to, and
answers only to the grader, over `report`: one byte in (`I` interrupt, `K` kill, `E` it has hung up: end it), one JSON
datagram out. When the grader goes away, so does the session.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import resource
import select
import signal
import socket
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from autograder.sandbox import confine, kernel, root
from autograder.sandbox.config import MOUNT, SPARE_UID, ZygoteConfig
from autograder.sandbox.processes import Proc, remove_tree, tree_size

_POLL_MILLISECONDS: Final = 40
_FIRST: Final = -20
_ENDING_SECONDS: Final = 0.5
_TIME_LIMIT_SIGNALS: Final = (signal.SIGXCPU,)


class _Orphaned(BaseException):
    """The zygote died: end the session at once."""


@dataclass(frozen=True)
class Task:
    """One session to be: its end of the socket, the line to the grader, a number that no other has."""

    session: socket.socket
    report: socket.socket
    number: int


@dataclass
class _Usage:
    """What the process tree has used so far."""

    baseline: int
    peak: int = 0
    cause: str = ""
    scratch: str = ""
    polls: int = field(default=0)


Serve = Callable[[socket.socket], None]


def supervise(task: Task, config: ZygoteConfig, layers: Collection[str], proc: Proc, serve: Serve) -> None:
    """Run one session to its end. Never returns to the zygote's loop: the caller exits afterwards."""
    signal.signal(signal.SIGTERM, _orphaned)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    _set_priority(_FIRST)  # among a thousand forks its turn would come too late; only root may
    place = _place(config, layers, task.number, proc)
    confine.enter_namespaces(layers, proc.fd)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _set_priority(usual)
        _become_session(task, config, layers, proc, place, serve, parent)
    task.session.close()
    usage = _Usage(baseline=proc.resident(parent), scratch="" if MOUNT in layers else place.scratch)
    try:
        with contextlib.suppress(_Orphaned):
            _watch(task.report, pid, config, proc, usage)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # killing what is left must not be cut short
        status, rusage = _end(pid, proc)
        _report(task.report, status, rusage.ru_utime + rusage.ru_stime, rusage.ru_maxrss * 1024, config, usage)
    finally:
        if MOUNT not in layers:
            remove_tree(place.scratch)


def _set_priority(niceness: int) -> None:
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, niceness)


def _orphaned(number: int, frame: FrameType | None) -> None:
    raise _Orphaned


def _place(config: ZygoteConfig, layers: Collection[str], number: int, proc: Proc) -> confine.Place:
    spare = confine.spare_uid(number)
    uid, gid = (spare, spare) if SPARE_UID in layers else (os.getuid(), os.getgid())
    data_bytes = proc.data_bytes(os.getpid())
    if MOUNT in layers:
        return confine.Place(root.scratch(), uid, gid, data_bytes)
    scratch = os.path.join(config.work, f"scratch-{number}")
    os.mkdir(scratch, 0o700)
    if SPARE_UID in layers:
        os.chown(scratch, uid, gid)
    return confine.Place(scratch, uid, gid, data_bytes)


def _become_session(
    task: Task,
    config: ZygoteConfig,
    layers: Collection[str],
    proc: Proc,
    place: confine.Place,
    serve: Serve,
    parent: int,
) -> None:
    """In the new process: confine it, then serve until the grader hangs up. Does not return."""
    code = 70
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        proc.raise_oom_score()
        fd = os.dup2(task.session.fileno(), 3, inheritable=False) if task.session.fileno() != 3 else 3
        os.closerange(4, 65536)
        if config.confined:
            confine.mount_scratch(config, layers, place)
        _settle(place.scratch, config)
        if config.confined:
            confine.confine(config, layers, place, parent)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # its own /proc/self belongs to it again
        serve(socket.socket(fileno=fd))
        code = 0
    finally:
        os._exit(code)


def _settle(scratch: str, config: ZygoteConfig) -> None:
    """Move in: working folder, home, data link; standard streams go to nowhere."""
    os.umask(0o077)
    os.chdir(scratch)
    data = root.DATA if os.path.isdir(root.DATA) else config.data
    if data:
        os.symlink(data, "data")
    tempfile.tempdir = None  # the zygote's, which the module remembers, is out of reach
    os.environ.update(HOME=scratch, TMPDIR=scratch, MPLCONFIGDIR=os.path.join(scratch, ".matplotlib"))
    null = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)


def _watch(report: socket.socket, pid: int, config: ZygoteConfig, proc: Proc, usage: _Usage) -> None:
    """Until the session exits, the grader says kill or goes away, or a cap is exceeded."""
    pidfd = os.pidfd_open(pid)
    poller = select.poll()
    poller.register(pidfd, select.POLLIN)
    poller.register(report.fileno(), select.POLLIN)
    while True:
        ready = {fd for fd, _ in poller.poll(_POLL_MILLISECONDS)}
        if report.fileno() in ready and not _obey(report, pid, pidfd, usage):
            return
        if pidfd in ready:
            return
        usage.cause = _exceeded(config, proc, usage)
        if usage.cause:
            return


def _obey(report: socket.socket, pid: int, pidfd: int, usage: _Usage) -> bool:
    """Whether to go on after one command of the grader."""
    command = report.recv(1)
    if command == b"I":
        os.kill(pid, signal.SIGINT)
        return True
    # its socket closes a moment before a process has ended: who died by itself is not to be counted as killed by us
    ended = command == b"E" and bool(select.select([pidfd], [], [], _ENDING_SECONDS)[0])
    usage.cause = "" if ended else "killed"
    return False


def _exceeded(config: ZygoteConfig, proc: Proc, usage: _Usage) -> str:
    """The cap that the session's tree is over, or ""."""
    pids = list(itertools.islice(proc.descendants(os.getpid()), config.processes + 1))
    if config.confined and len(pids) > config.processes:  # first, since each look takes longer the more there are
        return "processes"
    resident = _resident(config, proc, pids, usage.baseline)
    usage.peak = max(usage.peak, resident)
    usage.polls += 1
    if not config.confined:
        return ""
    if resident > config.memory_bytes:
        return "memory"
    if usage.scratch and usage.polls % 5 == 0:
        size, entries = tree_size(usage.scratch, config.scratch_files)
        size += max((proc.nameless_bytes(pid) for pid in pids), default=0)  # children share what they inherit
        if size > config.scratch_bytes or entries > config.scratch_files:
            return "disk"
    return ""


def _resident(config: ZygoteConfig, proc: Proc, pids: list[int], baseline: int) -> int:
    """Bytes of the tree above what the zygote shares with each process.

    A process that has written over what it shared, or started another program, hides a baseline's worth from that
    sum. Where that could matter, the kernel's proportional count decides: it is exact, and slow.
    """
    sizes = [proc.resident(pid) for pid in pids]
    shared = sum(max(0, size - baseline) for size in sizes)
    if shared <= config.memory_bytes < sum(sizes) - baseline:
        return max(shared, sum(proc.proportional(pid) for pid in pids) - baseline)
    return shared


def _end(pid: int, proc: Proc) -> tuple[int, resource.struct_rusage]:
    """Kill and reap every process of the session; the first one's status and usage."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _, status, rusage = os.wait4(pid, 0)
    while True:  # with a pid namespace there is nobody left; without, each orphan has become our child
        for orphan in proc.descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(orphan, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
            while os.waitpid(-1, os.WNOHANG)[0]:  # all that are dead: they are looked at again and again otherwise
                pass
        except ChildProcessError:
            return status, rusage


def _report(
    report: socket.socket, status: int, cpu: float, max_resident: int, config: ZygoteConfig, usage: _Usage
) -> None:
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    cause = usage.cause
    # the kernel stops at its own count of ticks, which runs a little ahead of what it reports; and the grader, who
    # sees the socket close, may have told us to kill by then
    # a tree killed for its memory had all it may have: how much more it got before we looked differs each time
    used_up = number == signal.SIGKILL and cpu >= 0.9 * config.cpu_seconds
    if cause in ("", "killed") and (used_up or number in _TIME_LIMIT_SIGNALS):
        cause = "cpu"
    body = {
        "cause": cause,
        "exit": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        "signal": number,
        "peak": config.memory_bytes if cause == "memory" else max(usage.peak, max_resident - usage.baseline, 0),
        "cpu": cpu,
    }
    with contextlib.suppress(OSError):  # the grader may be gone
        report.send(json.dumps(body).encode())
