"""The warm process: imports the assignment's libraries once, then forks one supervisor per session.

Started by the grader as a fresh interpreter with a scrubbed environment and one control socket,
which brings the config first. It never sees a check, an expected value, a score or a submission: those go
straight to the session over a socket that it merely passes on.

Control messages, grader to zygote: a session's NUMBER with two descriptors (session socket, report socket).
Zygote to grader, once: a JSON datagram with the layers in force, or with what went wrong.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from typing import Any, Final

from autograder.sandbox import confine, kernel, root, trial
from autograder.sandbox.config import MOUNT, SPARE_UID, USER, WATCHDOG, ZygoteConfig, from_json
from autograder.sandbox.processes import Proc
from autograder.sandbox.supervisor import Serve, Task, supervise

_WARM_UP_SECONDS: Final = 180


def main(control_fd: int) -> None:
    """Warm up, prove the sandbox, announce, serve until the grader closes the control socket."""
    control = socket.socket(fileno=control_fd)
    config = from_json(control.recv(1 << 20).decode())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    with _removed_at_the_end(config.work):
        _run(control, config)


@contextlib.contextmanager
def _removed_at_the_end(work: str) -> Iterator[None]:
    """The grader removes its folder itself, unless it was killed; whoever is last does it.

    The parent folder is held by descriptor, since its path leads nowhere once the root has changed.
    """
    parent = os.open(os.path.dirname(work), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield
    finally:
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)  # supervisors end with the grader, too, and remove what is theirs
        shutil.rmtree(os.path.basename(work), ignore_errors=True, dir_fd=parent)


def _run(control: socket.socket, config: ZygoteConfig) -> None:
    signal.alarm(_WARM_UP_SECONDS)  # a grader that is killed meanwhile hangs up, and nobody would notice
    try:
        zygote = _Zygote(config)
        signal.alarm(0)
        hello: dict[str, Any] = {"layers": zygote.layers, "broken": zygote.broken}
    except Exception as error:  # whatever it is, the grader must hear of it in one line
        hello = {"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
        control.send(json.dumps(hello).encode()[:60_000])
        return
    control.send(json.dumps(hello).encode())
    zygote.run(control)


class _Zygote:
    def __init__(self, config: ZygoteConfig) -> None:
        self.config = config
        self.proc = Proc(os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        self.layers = trial.available(config, self.proc) if config.confined else [WATCHDOG]
        targets, listeners = trial.targets_beside(config, (os.getppid(), os.getpid()))
        if USER in self.layers:  # before any library starts a thread
            confine.enter_user_namespace()
        self.serve = self._warm_up()
        self._enter_root()
        confine.readable_paths(config, self.layers)  # remembered for the sessions
        self.broken = self._prove(targets) if config.confined else []
        for listener in listeners:
            listener.close()
        if not config.confined:
            self.layers = []

    def _warm_up(self) -> Serve:
        from autograder.sandbox import session  # after the trial: it imports IPython

        for name in self.config.libraries:
            importlib.import_module(name)
        server = session.prepare(self.config)
        parent = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != os.path.realpath(parent)]
        return server

    def _enter_root(self) -> None:
        if MOUNT in self.layers:
            try:
                kernel.unshare(kernel.CLONE_NEWNS)
                root.enter(self.config.work, self.config.data, self.config.hidden)
            except OSError:
                self.layers.remove(MOUNT)
        os.chdir("/")
        if SPARE_UID in self.layers and MOUNT not in self.layers and not self._readable_for_spare_user():
            self.layers.remove(SPARE_UID)

    def _readable_for_spare_user(self) -> bool:
        """A home folder of mode 0700 hides the interpreter from another user; late imports would fail."""

        def read() -> bool:
            os.setgid(confine.spare_uid(0))
            os.setuid(confine.spare_uid(0))
            return not trial.denied(lambda: open(os.__file__).close()) and bool(os.listdir(sys.prefix))

        return trial.held(read)

    def _prove(self, targets: trial.Targets) -> list[str]:
        """The promises of C3 that one fully confined session could break."""
        ours, theirs = socket.socketpair()
        report, far_report = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        task = Task(theirs, far_report, os.getpid())
        pid = self._fork(task, lambda link: trial.attack(link, targets), ours, report)
        theirs.close()
        far_report.close()
        broken = trial.read_verdict(ours)
        report.close()  # hanging up is the order to end it
        os.waitpid(pid, 0)
        if trial.outlived(ours):
            broken.append("outlive")
        ours.close()
        return broken

    def run(self, control: socket.socket) -> None:
        """Fork one supervisor per request, until the grader hangs up."""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps supervisors
        while True:
            message, fds, _, _ = socket.recv_fds(control, 64, 2)
            if not message:
                return
            session, report = (socket.socket(fileno=fd) for fd in fds)
            self._fork(Task(session, report, int(message)), self.serve, control)
            session.close()
            report.close()

    def _fork(self, task: Task, serve: Serve, *not_for_the_child: socket.socket) -> int:
        pid = os.fork()
        if pid:
            return pid
        code = 70
        try:
            for end in not_for_the_child:
                end.close()
            supervise(task, self.config, self.layers, self.proc, serve)
            code = 0
        finally:
            with contextlib.suppress(OSError):
                task.report.close()
            os._exit(code)
