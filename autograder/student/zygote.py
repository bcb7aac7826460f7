"""Starting a zygote and its sessions: the grader's side of `sandbox.zygote`."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import autograder
from autograder.assignment import Assignment
from autograder.errors import SandboxError, SessionDied
from autograder.records import DeathCause
from autograder.sandbox import wire
from autograder.sandbox.config import ZygoteConfig
from autograder.student.link import Link

_START_SECONDS: Final = 120
_END_SECONDS: Final = 60
_STARTS: Final = 3
_PACKAGE: Final = Path(autograder.__file__).parent
_BOOT: Final = "import sys; sys.path.insert(0, {!r}); from autograder.sandbox.zygote import main; main({})"
_KEPT_VARIABLES: Final = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH")
_PROMISES: Final = {
    "read": "read files outside its scratch folder",
    "write": "write outside its scratch folder",
    "trace": "trace another process",
    "signal": "signal another process",
    "network": "reach the network",
    "outlive": "outlive its grading",
    "unknown": "not be started under confinement",
}


@dataclass(frozen=True)
class SandboxChoice:
    """Whether to confine, and layers to leave out (only tests leave any out)."""

    confined: bool = True
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ending:
    """How a session ended: the cause as the supervisor saw it, exit code or signal, peak bytes."""

    cause: str
    exit: int | None
    signal: int
    peak: int


class _Killed(SandboxError):
    """The warm process ended before it could say anything: somebody else's doing, and worth another try."""


class Zygote:
    """A warm process for one assignment. A context manager; sessions end with it."""

    def __init__(self, assignment: Assignment, choice: SandboxChoice, hidden: tuple[Path, ...] = ()) -> None:
        if sys.platform != "linux":
            raise SandboxError("grading needs Linux", "use the container image on this system")
        self._live: list[Session] = []
        self._resources = contextlib.ExitStack()
        for left in reversed(range(_STARTS)):
            try:
                self._start(assignment, choice, hidden)
                return
            except _Killed:
                self._resources.close()
                if not left:
                    raise
            except BaseException:
                self._resources.close()
                raise

    def _start(self, assignment: Assignment, choice: SandboxChoice, hidden: tuple[Path, ...]) -> None:
        work = self._resources.enter_context(_work_folder())
        canary = os.path.join(work, "open", "canary")
        config = _config(assignment, choice, hidden, work, canary)
        self._control, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._resources.callback(self._stop)
        with far:
            self._process = _spawn(far)
        self._control.send(config.to_json().encode())
        self.layers = self._await_hello(choice)

    def _await_hello(self, choice: SandboxChoice) -> tuple[str, ...]:
        if not select.select([self._control], [], [], _START_SECONDS)[0]:
            raise SandboxError(f"the warm process did not start within {_START_SECONDS} s")
        raw = self._control.recv(1 << 17)
        if not raw:
            raise _Killed(f"the warm process ended while it started (status {self._process.wait()})")
        hello: dict[str, Any] = json.loads(raw)
        if "error" in hello:
            raise SandboxError(f"the warm process could not start: {hello['error']}", "install the library or mend it")
        if hello["broken"]:
            could = ", ".join(_PROMISES.get(word, word) for word in hello["broken"])
            raise SandboxError(
                f"this machine cannot confine student code: it could {could}",
                "allow user namespaces or Landlock, start as root, or accept the risk with --no-sandbox",
            )
        return tuple(hello["layers"])

    @property
    def alive(self) -> bool:
        """Whether the warm process still runs; sessions die with it."""
        return self._process.poll() is None

    def session(self) -> Session:
        """Fork a session.

        Raises:
            SandboxError: the zygote is gone.
        """
        ours, theirs = socket.socketpair()
        report, far_report = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        number = secrets.randbits(48)  # picks the spare user: sessions that live at the same time hardly share one
        try:
            socket.send_fds(self._control, [b"%d" % number], [theirs.fileno(), far_report.fileno()])
        except OSError as error:
            raise SandboxError(f"the warm process is gone: {error}") from None
        finally:
            theirs.close()
            far_report.close()
        session = Session(Link(ours), report)
        self._live = [entry for entry in self._live if entry.ending is None] + [session]
        return session

    def _stop(self) -> None:
        for session in self._live:
            session.hang_up()
        self._control.close()
        process = getattr(self, "_process", None)
        if process is None:
            return
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        """End the zygote and all its sessions, and remove its folders."""
        self._resources.close()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Session:
    """One forked session: a hostile link, and a trusted line to its supervisor."""

    def __init__(self, link: Link, report: socket.socket) -> None:
        self.link = link
        self._report = report
        self.ending: Ending | None = None

    def ask(
        self, operation: str, arguments: tuple[object, ...], deadline: float, grace: float = 0.0
    ) -> tuple[bool, Any]:
        """One request; see `Link.ask`. A session that breaks a rule or a deadline is ended at once.

        With `grace` seconds, student code that is late is first interrupted, as by Jupyter's stop button.

        Raises:
            SessionDied: naming one of `records.DEATH_CAUSES`.
        """
        request = wire.encode([operation, *arguments])
        try:
            return self.link.ask(request, deadline, grace, self._interrupt)
        except SessionDied as death:
            ending = self.end(hung_up=death.cause == "exit")
            raise _explain(death, ending) from None

    def _interrupt(self) -> None:
        with contextlib.suppress(OSError):
            self._report.send(b"I")

    def hang_up(self) -> None:
        """Have the session ended without waiting for it; whoever waits for an answer is told that it died."""
        if self.ending is None:
            with contextlib.suppress(OSError):
                self._report.shutdown(socket.SHUT_RDWR)

    def end(self, hung_up: bool = False) -> Ending:
        """Kill every process of the session, wait until that is done, and say how it ended.

        One that has hung up is given a moment to end by itself, so that the cause is its own.
        """
        if self.ending is None:
            with contextlib.suppress(OSError):
                self._report.send(b"E" if hung_up else b"K")
            self.ending = self._read_ending()
            self.link.close()
            self._report.close()
        return self.ending

    def _read_ending(self) -> Ending:
        if not select.select([self._report], [], [], _END_SECONDS)[0]:
            raise SandboxError("a session could not be ended")
        try:
            raw = self._report.recv(4096)
        except ConnectionResetError:  # it hung up with our order unread; its message is behind the error
            raw = self._report.recv(4096)
        if not raw:
            raise SandboxError("a session's supervisor died")
        body = json.loads(raw)
        return Ending(body["cause"], body["exit"], body["signal"], body["peak"])


_CAUSES: Final[dict[str, DeathCause]] = {
    "memory": "memory",
    "processes": "processes",
    "disk": "disk",
    "cpu": "timeout",
}


def _explain(death: SessionDied, ending: Ending) -> SessionDied:
    """The supervisor's word goes before what the link saw, and a signal is a crash."""
    if ending.cause in _CAUSES:
        return SessionDied(_CAUSES[ending.cause])
    ours = ending.cause == "killed" and ending.signal == signal.SIGKILL
    if death.cause == "exit" and ending.signal and not ours:
        return SessionDied("crash", f"signal {ending.signal}")
    return death


@contextlib.contextmanager
def _work_folder() -> Iterator[str]:
    """A folder of this run's, with a private part, and a part open to all in which the trial's canary sits."""
    work = tempfile.mkdtemp(prefix="autograder-")
    try:
        os.chmod(work, 0o711)  # the spare user passes through to its own scratch folder
        os.mkdir(os.path.join(work, "private"), 0o700)
        os.mkdir(os.path.join(work, "open"))
        os.chmod(os.path.join(work, "open"), 0o777)
        canary = Path(work, "open", "canary")
        canary.write_text("no session may read this")
        canary.chmod(0o644)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)  # the zygote may be at it, too


def _config(
    assignment: Assignment, choice: SandboxChoice, hidden: tuple[Path, ...], work: str, canary: str
) -> ZygoteConfig:
    limits = assignment.limits
    secret = (assignment.private.parent, _PACKAGE, *hidden)
    return ZygoteConfig(
        libraries=assignment.libraries,
        work=work,
        data=str(assignment.data.resolve()) if assignment.data.is_dir() else "",
        hidden=tuple(sorted({str(path.resolve()) for path in secret})),
        canary=canary,
        memory_bytes=limits.memory_mb * 2**20,
        scratch_bytes=limits.scratch_mb * 2**20,
        scratch_files=limits.scratch_files,
        processes=limits.processes,
        cpu_seconds=int(limits.cpu_seconds),
        output_bytes=limits.output_kb * 1024,
        confined=choice.confined,
        without=choice.without,
    )


def _spawn(control: socket.socket) -> subprocess.Popen[bytes]:
    """A fresh interpreter that inherits nothing but the control socket."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "autograder" / "matplotlib"
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)  # matplotlib's list of fonts takes seconds to make
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {
        "PATH": os.pathsep.join((os.path.join(sys.prefix, "bin"), "/usr/local/bin", "/usr/bin", "/bin")),
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "USER": "student",
        "LOGNAME": "student",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLCONFIGDIR": str(cache),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_DETERMINISTIC_OPS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
        **threads,
        **{name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
    }
    return subprocess.Popen(
        [sys.executable, "-s", "-P", "-c", _BOOT.format(str(_PACKAGE.parent), control.fileno())],
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(control.fileno(),),
        start_new_session=True,
    )
