"""Confinement and limits, by what a hostile notebook achieves, in every layering, as root and as an ordinary user."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from courses import CANARY, ESCAPE, FOUND_CHECKS, HONEST, Course, check, course, outcomes, write_course
from interpreter import ORDINARY_UID, ordinary_python

from autograder.assignment import load
from autograder.errors import SandboxError
from autograder.records import Record
from autograder.sandbox import root as sandbox_root
from autograder.sandbox.config import LANDLOCK, LAYERS, MOUNT, NETWORK, PID, SECCOMP, SPARE_UID, USER
from autograder.student import SandboxChoice, Zygote

AS_ORDINARY_USER = "AUTOGRADER_TESTS_AS_ORDINARY_USER"
_PAYLOAD = CANARY.encode() + b" in memory"  # what must not be read from this process


@dataclasses.dataclass
class Targets:
    """Everything that a session must not reach, and how to see whether it was reached."""

    root: Path
    stack: ExitStack
    victim: subprocess.Popen[bytes] = dataclasses.field(init=False)
    inside: dict[str, Any] = dataclasses.field(default_factory=dict)
    listeners: list[socket.socket] = dataclasses.field(default_factory=list)

    def open(self) -> None:
        """Listen, plant canaries, start the victim."""
        outside = self.root / "outside"
        outside.mkdir(exist_ok=True)
        outside.chmod(0o777)
        names = ("stream", "datagram")
        kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
        inet = [self._listener(socket.AF_INET, kind, ("127.0.0.1", 0)) for kind in kinds]
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="ag-")))
        folder.chmod(0o755)
        for name, kind in zip(names, kinds, strict=True):
            self._listener(socket.AF_UNIX, kind, str(folder / name))
            (folder / name).chmod(0o777)
        abstract = [f"ag-test-{secrets.token_hex(8)}" for _ in kinds]
        for name, kind in zip(abstract, kinds, strict=True):
            self._listener(socket.AF_UNIX, kind, "\0" + name)
        self.victim = self._victim()
        canary = outside / "canary.txt"
        canary.write_text(CANARY)
        canary.chmod(0o666)
        self.inside = {
            "canary": CANARY,
            "files": [str(path) for path in self._planted()],
            "folders": [str(self.root), str(outside), str(folder)],
            "pids": [os.getpid(), self.victim.pid],
            "address": id(_PAYLOAD),
            "victim": self.victim.pid,
            "tcp": inet[0].getsockname()[1],
            "udp": inet[1].getsockname()[1],
            "unix": str(folder / "stream"),
            "unix datagram": str(folder / "datagram"),
            "abstract": abstract[0],
            "abstract datagram": abstract[1],
            "daemon": f"daemon-{secrets.token_hex(8)}",
            "confined": True,
        }

    def _planted(self) -> list[Path]:
        found = [self.root / "outside" / "canary.txt"]
        for pattern in ("solutions/*/*", "inbox/other.py", "out/records/other.json"):
            found += [path for path in self.root.glob(pattern) if path.is_file()]
        return found

    def _listener(self, family: int, kind: int, address: Any) -> socket.socket:
        listener = self.stack.enter_context(socket.socket(family, kind))
        listener.bind(address)
        if kind == socket.SOCK_STREAM:
            listener.listen(16)
        listener.setblocking(False)
        self.listeners.append(listener)
        return listener

    def _victim(self) -> subprocess.Popen[bytes]:
        """A process of the same user, in a group of its own, that ends at the harmless signal."""
        code = "import signal,sys; signal.signal(signal.SIGURG, lambda *_: sys.exit(7)); print('.', flush=True); "
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", code + "[signal.sigtimedwait([], 1) for _ in iter(int, 1)]"],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.stack.callback(_end, process)
        assert process.stdout is not None
        assert process.stdout.readline() == b".\n"
        return process

    def reached(self) -> list[str]:
        """What the sessions got through to, as seen from here."""
        found = []
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                if listener.type == socket.SOCK_STREAM:
                    listener.accept()[0].close()
                else:
                    listener.recv(100)
                found.append(f"connection to {listener.getsockname()!r}")
        if self.victim.poll() is not None or _state(self.victim.pid) == "T":
            found.append(f"victim: {self.victim.poll()}")
        found += [f"written: {path}" for path in self.root.rglob("*-by-a-session")]
        canary = self.root / "outside" / "canary.txt"
        if not canary.is_file() or canary.read_text() != CANARY:
            found.append("canary changed")
        return found + [f"alive: {pid}" for pid in processes(self.inside["daemon"])]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def processes(token: str) -> list[int]:
    """Living processes whose command line holds the token."""
    found = []
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if entry.isdigit() and token.encode() in Path(f"/proc/{entry}/cmdline").read_bytes():
                found.append(int(entry))
    return found


def children(pid: int) -> list[str]:
    """The direct children of a process."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.fixture(autouse=True, scope="module")
def own_folder_for_temporary_files() -> Iterator[None]:
    """Other programs use /tmp as well; its name is short because sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="ag-", dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        os.chmod(folder, 0o755)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.fixture
def targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Targets]:
    """A course with canaries in and around it, and everything else that must stay out of reach."""
    monkeypatch.setenv("AUTOGRADER_TEST_SECRET", CANARY)
    slug = write_course(tmp_path, f"# {CANARY}\n", FOUND_CHECKS + f"# {CANARY}\n")
    data = tmp_path / "assignments" / slug / "data"
    data.mkdir()
    (data / "numbers.csv").write_text("1,2,3\n")
    for name in ("inbox/other.py", "out/records/other.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(CANARY)
    with ExitStack() as stack:
        found = Targets(tmp_path, stack)
        found.open()
        yield found


@contextlib.contextmanager
def opened(targets: Targets, without: tuple[str, ...] = (), confined: bool = True) -> Iterator[Course]:
    """The course of the targets, under a layering."""
    hidden = (targets.root / "out", targets.root / "inbox")
    with course(targets.root, "", choice=SandboxChoice(confined, without), hidden=hidden) as found:
        yield found


def escape(targets: Targets) -> str:
    """The notebook that tries everything."""
    return ESCAPE.format(targets=repr(targets.inside))


def assert_kept(found: Course, targets: Targets) -> None:
    """C3, by effect: nothing found inside, nothing reached outside; and honest code works as well."""
    record = found.grade(escape(targets))
    assert_passed(record, "test_nothing_is_found")
    assert targets.reached() == []
    honest = found.grade(HONEST)
    assert_passed(honest, "test_honest_work_is_done")
    assert honest.score == honest.max_score


def assert_passed(record: Record, name: str) -> None:
    """The check passed; else what it found, from the end of its detail."""
    entry = check(record, name)
    if entry.outcome != "passed":
        pytest.fail(f"{name}: {entry.outcome}: {entry.detail[-1500:]}\n{record.execution}", pytrace=False)


def test_the_attacks_would_be_seen(targets: Targets) -> None:
    """Without confinement the same notebook reads, connects, signals. Otherwise this file would prove nothing."""
    targets.inside["confined"] = False
    with opened(targets, confined=False) as found:
        record = found.grade(escape(targets))
        assert record.sandbox.layers == ()
        detail = check(record, "test_nothing_is_found").detail
    for word in ("read", "tree", "signal 0", "tcp", "unix", "half a pair", "new file", "kill"):
        assert f"{word}: " in detail, word
    seen = " ".join(targets.reached())
    assert "victim" in seen
    assert "connection" in seen
    assert "written" in seen


def test_with_every_layer_nothing_gets_out(targets: Targets) -> None:
    """The layers that this machine offers, all together."""
    with opened(targets) as found:
        assert set(found.grader.layers) <= set(LAYERS)
        assert {SECCOMP, "rlimits", "watchdog"} <= set(found.grader.layers)
        assert_kept(found, targets)


@pytest.mark.parametrize("layer", LAYERS)
def test_without_one_layer_the_rest_keeps_it_or_refuses(targets: Targets, layer: str) -> None:
    """Each layer in turn is left out."""
    try:
        with opened(targets, (layer,)) as found:
            assert layer not in found.grader.layers
            assert_kept(found, targets)
    except SandboxError as refusal:
        refused(refusal)
    assert targets.reached() == []


def refused(refusal: SandboxError) -> None:
    """For want of confinement, not for some other fault."""
    assert "this machine cannot confine student code" in refusal.message


NAMESPACES = (USER, MOUNT, PID, NETWORK, "ipc-namespace")


@pytest.mark.parametrize("more", [(), (SPARE_UID,)], ids=["", "no spare uid"])
def test_a_container_that_refuses_namespaces(targets: Targets, more: tuple[str, ...]) -> None:
    """Docker's default and GitHub's runners: Landlock and the filter have to do."""
    try:
        with opened(targets, (*NAMESPACES, *more)) as found:
            assert {LANDLOCK, SECCOMP} <= set(found.grader.layers)
            assert_kept(found, targets)
    except SandboxError as refusal:
        refused(refusal)
    assert targets.reached() == []


@pytest.mark.parametrize(
    ("without", "promise"),
    [
        ((LANDLOCK, MOUNT), "read files outside"),
        ((LANDLOCK, *NAMESPACES, SECCOMP, SPARE_UID), "reach the network"),
        ((LANDLOCK, SECCOMP, PID, SPARE_UID, USER), "signal another process"),
    ],
    ids=["files", "network", "signals"],
)
def test_grading_refuses_when_c3_cannot_be_kept(tmp_path: Path, without: tuple[str, ...], promise: str) -> None:
    """By trial, naming the promise; `--no-sandbox` is in the hint."""
    slug = write_course(tmp_path, "", FOUND_CHECKS)
    choice = SandboxChoice(True, without)
    with pytest.raises(SandboxError, match=promise) as refusal, Zygote(load(tmp_path, slug), choice):
        pass
    assert "--no-sandbox" in refusal.value.hint


def test_without_a_sandbox_the_record_says_so(tmp_path: Path) -> None:
    """`layers` is empty, and honest work is graded."""
    with course(tmp_path, "def test_one(student):\n    'One.'\n    assert student.x == 1\n",
                choice=SandboxChoice(confined=False)) as found:  # fmt: skip
        record = found.grade("x = 1")
    assert record.sandbox.layers == ()
    assert record.score == 1.0


def test_a_hidden_folder_is_not_read_through_a_linked_prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed course below a prefix that was reached through a link, as home folders on clusters are."""
    real = tmp_path / "real" / "site-packages"
    secret = real / "autograder" / "_course" / "solutions"
    secret.mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "link" / "site-packages"), str(real)])
    whole, _ = sandbox_root.landlock_readable("", (str(secret),))
    assert str(real) not in whole
    assert not [path for path in whole if str(secret).startswith(os.path.realpath(path) + "/")]


# limits

LIMITS = """
[limits]
cell_seconds = 60
check_seconds = 60
total_seconds = 300
memory_mb = 300
scratch_mb = 24
scratch_files = 300
processes = 24
output_kb = 64
deaths = 4
"""
WORK_CHECKS = '''
def test_before(student):
    """Before."""
    assert student.one() == 1

def test_victim(student):
    """The check during which it happens."""
    assert student.work() == 2

def test_after(student):
    """After."""
    assert student.one() == 1
'''


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """A course with small limits, but for time."""
    with course(tmp_path_factory.mktemp("limited"), WORK_CHECKS, toml=LIMITS) as found:
        yield found


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """A course with little time, for what never ends."""
    toml = LIMITS.replace("_seconds = 60", "_seconds = 2")
    with course(tmp_path_factory.mktemp("hurried"), WORK_CHECKS, toml=toml) as found:
        yield found


def work(body: str) -> str:
    """A submission whose `work` does this; `one` is right."""
    lines = "\n".join("    " + line for line in body.strip("\n").splitlines())
    imports = "import os, sys, time, signal, subprocess, mmap\nimport numpy as np\n"
    return f"{imports}def one(): return 1\ndef work():\n{lines}\n    return 2\n"


EXCESSES: dict[str, tuple[str, set[str]]] = {
    "endless loop": ("while True: pass", {"timeout"}),
    "sleep": ("time.sleep(1e6)", {"timeout"}),
    "pause": ("signal.pause()", {"timeout"}),
    "waits for input": ("input()", {"error"}),
    "alarm cancelled": ("signal.alarm(0)\nwhile True: pass", {"timeout"}),
    "memory at once": ("x = np.ones(2**30)", {"memory"}),
    "memory bit by bit": ("x = []\nwhile True: x.append(bytearray(2**22))", {"memory"}),
    "more than there is": ("x = bytearray(1 << 50)", {"memory"}),
    "shared memory": ("x = mmap.mmap(-1, 2**30)\nfor i in range(0, 2**30, 4096): x[i] = 1", {"memory"}),
    "memory of children": (
        "for _ in range(8):\n    if os.fork() == 0:\n        x = np.ones(2**23); time.sleep(1e6)\ntime.sleep(1e6)",
        {"memory"},
    ),
    "memory of other programs": (
        "code = 'x = b\"x\" * 40_000_000; import time; time.sleep(1e6)'\n"
        "many = [subprocess.Popen([sys.executable, '-S', '-c', code]) for _ in range(16)]\ntime.sleep(1e6)",
        {"memory"},
    ),
    "one big file": ("with open('big', 'wb') as f:\n    while True: f.write(bytes(2**20))", {"error", "crashed"}),
    "many files": ("for i in range(10**6): open(f'f{i}', 'w').close()", {"error", "crashed"}),
    "deep folders": ("for i in range(10**5):\n    os.mkdir('d'); os.chdir('d')", {"error", "crashed"}),
    "fork bomb": ("while True:\n    try: os.fork()\n    except OSError: pass", {"crashed", "timeout", "memory"}),
    "thread bomb": (
        "import threading\nwhile True: threading.Thread(target=time.sleep, args=(1e6,)).start()", {"error", "timeout"}
    ),
    "open files": ("files = [open('/dev/null') for _ in range(10**5)]", {"error"}),
    "recursion": ("def f(n): return f(n + 1)\nf(0)", {"error"}),
    "core dump": ("os.abort()", {"crashed"}),
}  # fmt: skip


@pytest.mark.parametrize("name", EXCESSES)
def test_an_excess_ends_by_name_and_the_other_checks_are_graded(
    limited: Course, hurried: Course, name: str
) -> None:
    """On the check during which it happened; the two others keep their points; nothing stays behind."""
    body, allowed = EXCESSES[name]
    record = (hurried if "timeout" in allowed else limited).grade(work(body))
    found = outcomes(record)
    assert found["test_victim"] in allowed, (found, record.execution.deaths, check(record, "test_victim").detail)
    assert (found["test_before"], found["test_after"]) == ("passed", "passed")
    assert record.score == 2.0
    assert check(record, "test_victim").message
    reference = 1  # its session lives as long as the grader
    for found_course in (limited, hurried):
        pid = found_course.grader._zygote._process.pid
        assert len(children(pid)) <= reference


@pytest.mark.parametrize(
    ("name", "source", "status"),
    [
        ("loop", "while True: pass", "timeout"),
        ("memory", "x = [0] * 2**30", "memory"),
        ("exit", "import os; os._exit(0)", "crashed"),
        ("disk", "with open('big', 'wb') as f:\n    while True: f.write(bytes(2**20))", "error"),
    ],
)
def test_an_excess_in_a_cell_is_the_cells(
    limited: Course, hurried: Course, name: str, source: str, status: str
) -> None:
    """Cells before and after it count."""
    record = (hurried if name == "loop" else limited).grade("def one(): return 1", source, "def work(): return 2")
    statuses = [cell.status for cell in record.execution.cells]
    assert statuses[1] == status or (name == "disk" and statuses[1] == "crashed")
    assert (statuses[0], statuses[2]) == ("ok", "ok")
    assert record.score == 3.0


def test_output_is_cut(limited: Course) -> None:
    """A flood on every stream costs neither points nor space in the record."""
    flood = """
        import os, subprocess, sys
        for _ in range(200):
            print("x" * 10_000); sys.stderr.write("y" * 10_000)
            os.write(1, b"z" * 10_000)
        subprocess.run("yes | head -c 3000000", shell=True)
    """
    record = limited.grade("def one(): return 1", flood, "def work(): return 2")
    assert record.score == 3.0
    assert len(record.to_json()) < 20_000


def test_the_time_in_all_is_capped(tmp_path: Path) -> None:
    """Many cells, each within its limit: the rest is not run, and says so."""
    toml = "[limits]\ncell_seconds = 2\ntotal_seconds = 2\n"
    with course(tmp_path, WORK_CHECKS, toml=toml) as found:
        record = found.grade("def one(): return 1", *["import time; time.sleep(0.6)"] * 8, "def work(): return 2")
    assert [cell.status for cell in record.execution.cells][-1] == "not-run"
    assert set(outcomes(record).values()) <= {"timeout", "not-run"}
    assert record.score == 0.0


def test_processor_time_is_capped(tmp_path: Path) -> None:
    """Threads that burn time while nobody watches the clock of a cell."""
    toml = "[limits]\ncpu_seconds = 1\ncheck_seconds = 60\ncell_seconds = 60\n"
    with course(tmp_path, WORK_CHECKS, toml=toml) as found:
        record = found.grade(work("while True: pass"))
    assert outcomes(record)["test_victim"] == "timeout"
    assert check(record, "test_before").outcome == "passed"


def test_a_checks_own_timeout_holds(tmp_path: Path) -> None:
    """The marker goes before the assignment's limit."""
    checks = WORK_CHECKS.replace("def test_victim", "@pytest.mark.timeout(0.5)\ndef test_victim")
    with course(tmp_path, checks, toml="[limits]\ncheck_seconds = 1000\n") as found:
        record = found.grade(work("time.sleep(900)"))
    assert outcomes(record)["test_victim"] == "timeout"
    assert record.score == 2.0


def test_nothing_is_left_when_the_grader_ends(tmp_path: Path) -> None:
    """Neither processes nor folders, even of a session that ignores every signal."""
    token = f"token-{secrets.token_hex(8)}"
    stubborn = f"""
        import os, signal, subprocess
        def one(): return 1
        def work(): return 2
        for number in signal.valid_signals():
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        if os.fork() == 0:
            os.setsid()
            os.execv("/bin/sh", ["sh", "-c", "trap '' TERM HUP INT; while :; do sleep 1; done", "{token}"])
    """
    before = set(os.listdir(tempfile.gettempdir()))
    with course(tmp_path, WORK_CHECKS) as found:
        zygote = found.grader._zygote._process.pid
        assert found.grade(stubborn).score == 3.0
    assert processes(token) == []
    assert _state(zygote) == ""
    assert set(os.listdir(tempfile.gettempdir())) == before


def test_sessions_end_when_the_grader_is_killed(tmp_path: Path) -> None:
    """SIGKILL leaves it no chance to clean up: the kernel and the supervisors do."""
    token = f"token-{secrets.token_hex(8)}"
    slug = write_course(tmp_path, "", WORK_CHECKS)
    script = f"""
import sys, time
from pathlib import Path
from autograder.assignment import load
from autograder.student import SandboxChoice, Zygote
zygote = Zygote(load(Path({str(tmp_path)!r}), {slug!r}), SandboxChoice())
session = zygote.session()
source = '''
import os
if os.fork() == 0:
    os.setsid()
    os.execv("/bin/sh", ["sh", "-c", "trap '' TERM HUP INT; while :; do sleep 1; done", {token!r}])
'''
print(session.ask("cell", (1, source), time.monotonic() + 60)[0], flush=True)
time.sleep(1000)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"True\n"
        assert wait_until(lambda: bool(processes(token)))
    finally:
        process.send_signal(signal.SIGKILL)
        _end(process)
    assert wait_until(lambda: not processes(token))


def wait_until(condition: Any, seconds: float = 60.0) -> bool:
    """Whether it comes true before a deadline that no healthy machine needs."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.skipif(AS_ORDINARY_USER in os.environ, reason="this is the run as an ordinary user")
def test_all_of_this_as_an_ordinary_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same tests in a process without privileges; started as one already, they have just run as one."""
    if os.getuid() != 0:
        return
    with ordinary_python() as (python, environment):
        here = Path(__file__)
        done = subprocess.run(
            [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(here.parent),
             "-W", "error", str(here)],
            env={**environment, AS_ORDINARY_USER: "1"},
            cwd="/",
            user=ORDINARY_UID,
            group=ORDINARY_UID,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert " 1 skipped" in done.stdout  # this very test
    assert " passed" in done.stdout
