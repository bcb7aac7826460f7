"""A tiny course on disk, and one warm grader around it: what most tests of grading need.

Checks report what they must not find by failing with it: `Course.grade` returns the record, in whose `detail` the
test then looks for the effect itself.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import itertools
import os
import shutil
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from autograder.assignment import slugs
from autograder.intake import Submission, collect
from autograder.pipeline import Grader, Task, grade_class
from autograder.records import CheckResult, Record
from autograder.student import SandboxChoice

_slugs = (f"tiny{number}" for number in itertools.count(1))  # pytest imports checks by name: each course has its own
HEAD = """\
import numpy as np
import pytest
from autograder.checks import NotAValue, StudentError, assert_close, assert_shape
pytestmark = [pytest.mark.exercise("work"), pytest.mark.points(1)]
"""


def write_course(root: Path, source: str, checks: str, toml: str = "", head: str = HEAD) -> str:
    """`assignments/tinyN` and `solutions/tinyN` under `root`: one exercise `work`, checks of a point each; the slug."""
    slug = next(_slugs)
    public, private = root / "assignments" / slug, root / "solutions" / slug
    public.mkdir(parents=True)
    private.mkdir(parents=True)
    (public / "assignment.toml").write_text(f'title = "Tiny"\n[exercises]\nwork = "Work"\n{textwrap.dedent(toml)}')
    (private / f"{slug}.py").write_text(f'# %% exercise="work"\n{textwrap.dedent(source)}')
    (private / f"test_{slug}.py").write_text(head + textwrap.dedent(checks))
    return slug


@dataclass
class Course:
    """A warm grader, and a folder in which submissions are put."""

    root: Path
    grader: Grader
    inbox: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def grade(self, *cells: str, name: str = "") -> Record:
        """Grade a script of these cells; `name` is the file's, each submission has its own otherwise."""
        return self.grade_file(self.submit(*cells, name=name))

    def submit(self, *cells: str, name: str = "") -> Path:
        """The file that a student hands in."""
        path = self.inbox / (name or f"student{next(self._numbers)}.py")
        path.write_text("".join(f"# %%\n{textwrap.dedent(cell)}\n" for cell in cells))
        return path

    def grade_file(self, path: Path) -> Record:
        """Grade what lies at `path`."""
        return self.grader.grade(submission(path)).record


def submission(path: Path) -> Submission:
    """As intake describes it."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Submission(path.stem, path.name, path, digest, "2026-11-28T00:00:00Z")


@contextmanager
def course(
    root: Path,
    checks: str,
    source: str = "pass\n",
    toml: str = "",
    choice: SandboxChoice | None = None,
    hidden: Sequence[Path] = (),
) -> Iterator[Course]:
    """A course under `root`, written when it is not there yet, and its warm grader."""
    if not (root / "assignments").is_dir():
        write_course(root, source, checks, toml)
    inbox = root / "inbox"
    inbox.mkdir(exist_ok=True)
    (slug,) = slugs(root)
    task = Task(root, slug, choice or SandboxChoice(), tuple(hidden))
    with Grader(task) as grader:
        yield Course(root, grader, inbox)


def check(record: Record, name: str) -> CheckResult:
    """One check of a record, by the name of its function."""
    (found,) = [entry for entry in record.checks if entry.id == name]
    return found


def outcomes(record: Record) -> dict[str, str]:
    """Outcome by check."""
    return {entry.id: entry.outcome for entry in record.checks}


# A notebook that tries to get out, its honest twin, and what it aims at.

CANARY = "canary-4f1c9e"

FOUND_CHECKS = '''
def test_nothing_is_found(student):
    """Nothing outside is found."""
    found = student.FOUND
    if found:
        raise AssertionError("FOUND " + "; ".join(found))

def test_honest_work_is_done(student):
    """All that honest code does works."""
    failures = student.FAILURES
    if failures:
        raise AssertionError("FAILURES " + "; ".join(failures))
'''

HONEST = """
import asyncio, os, subprocess, tempfile, threading
import numpy as np, matplotlib.pyplot as plt
FOUND, FAILURES = [], []
def doing(name, act):
    try:
        if not act():
            FAILURES.append(name)
    except BaseException as error:
        FAILURES.append(f"{name}: {error!r}")
def files():
    os.makedirs("results/deep", exist_ok=True)
    with open("results/deep/a.txt", "w") as file:
        file.write("abc")
    os.rename("results/deep/a.txt", "results/b.txt")
    np.save("x.npy", np.arange(5.0))
    return np.load("x.npy").sum() == 10 and open("results/b.txt").read() == "abc"
def temporary():
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(dir=folder) as file:
        return file.write(b"x") == 1
def data():
    return np.loadtxt("data/numbers.csv", delimiter=",").sum() == 6
def program():
    return subprocess.run(["sh", "-c", "echo 5; exit 3"], capture_output=True).returncode == 3
def thread():
    seen = []
    worker = threading.Thread(target=lambda: seen.append(1))
    worker.start(); worker.join()
    return seen == [1]
def event_loop():
    async def five():
        await asyncio.sleep(0)
        return 5
    worker = threading.Thread(target=lambda: seen.append(asyncio.run(five())))
    seen = []
    worker.start(); worker.join()
    return seen == [5]
def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(9)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
def late_import():
    import wave, sqlite3, numpy.polynomial
    return bool(numpy.polynomial)
def picture():
    plt.plot([1, 2]); plt.savefig("p.png"); plt.close()
    return open("p.png", "rb").read(4) == bytes([137]) + b"PNG"
for act in (files, temporary, data, program, thread, event_loop, fork, late_import, picture):
    doing(act.__name__, act)
"""

ESCAPE = """
import ctypes, os, signal, socket, struct, subprocess, sys
T = {targets}
FOUND, FAILURES = [], []
def attempt(name, act):
    try:
        got = act()
    except BaseException:
        return
    if got:
        FOUND.append(f"{{name}}: {{got!r}}"[:200])
def read(path):
    with open(path, "rb") as file:
        return T["canary"].encode() in file.read(1 << 24) and path
def tree(path):
    return [place for place, _, names in os.walk(path) for name in names if read(os.path.join(place, name))]
def write(path):
    with open(path, "a") as file:
        file.write("x")
    return path
for path in T["files"]:
    attempt("read", lambda: read(path))
    attempt("cat", lambda: T["canary"].encode() in subprocess.run(["cat", path], capture_output=True).stdout)
    attempt("link", lambda: (os.symlink(path, "link"), read("link")))
    attempt("unlink", lambda: os.unlink("link"))
    attempt("hard link", lambda: (os.link(path, "hard"), read("hard")))
    attempt("append", lambda: write(path))
    attempt("truncate", lambda: os.truncate(path, 0) or path)
    attempt("rename", lambda: os.rename(path, path + ".stolen") or path)
    attempt("parent", lambda: read("../" * 12 + path.lstrip("/")))
    attempt("root", lambda: read("/proc/self/root" + path))
    attempt("working folder", lambda: read("/proc/self/cwd/../../../../.." + path))
for folder in T["folders"]:
    attempt("tree", lambda: tree(folder))
    attempt("new file", lambda: write(os.path.join(folder, "written-by-a-session")))
    attempt("new folder", lambda: os.mkdir(os.path.join(folder, "made-by-a-session")) or folder)
attempt("environment", lambda: [key for key, value in os.environ.items() if T["canary"] in value])
for pid in [*T["pids"], os.getppid(), "self", "thread-self", 1]:
    for name in ("environ", "cmdline", "maps"):
        attempt(f"/proc/{{pid}}/{{name}}", lambda: read(f"/proc/{{pid}}/{{name}}"))
    attempt(f"/proc/{{pid}}/root", lambda: any(read(f"/proc/{{pid}}/root{{path}}") for path in T["files"]))
    attempt(f"/proc/{{pid}}/fd", lambda: pid in T["pids"] and os.listdir(f"/proc/{{pid}}/fd"))
libc = ctypes.CDLL(None, use_errno=True)
def system(number, *arguments):
    return libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
def memory(pid):
    mapping = open(f"/proc/{{pid}}/maps").readline().split("-")[0]
    with open(f"/proc/{{pid}}/mem", "rb") as file:
        file.seek(int(mapping, 16))
        return file.read(4)
def vm_read(pid, address):
    there, here = ctypes.create_string_buffer(16), ctypes.create_string_buffer(16)
    buffer = ctypes.create_string_buffer(32)
    ctypes.memmove(here, struct.pack("<QQ", ctypes.addressof(buffer), 16), 16)
    ctypes.memmove(there, struct.pack("<QQ", address, 16), 16)
    number = 310 if os.uname().machine == "x86_64" else 270
    return system(number, pid, here, 1, there, 1, 0) > 0 and buffer.raw
def trace(pid):
    return system(101 if os.uname().machine == "x86_64" else 117, 0x4206, pid, 0, 0) == 0  # PTRACE_SEIZE stops nobody
for pid in T["pids"]:
    attempt("memory", lambda: memory(pid))
    attempt("process_vm_readv", lambda: vm_read(pid, T["address"]))
    attempt("signal 0", lambda: os.kill(pid, 0) is None)
    attempt("pidfd", lambda: signal.pidfd_send_signal(os.pidfd_open(pid), 0) is None)
attempt("kill", lambda: os.kill(T["victim"], signal.SIGKILL) is None)
attempt("stop", lambda: os.kill(T["victim"], signal.SIGSTOP) is None)
attempt("kill group", lambda: os.killpg(T["victim"], signal.SIGKILL) is None)
attempt("kill by program", lambda: subprocess.run(["sh", "-c", f"kill -9 {{T['victim']}}"]).returncode == 0)
def tcp(address):
    with socket.create_connection(address, timeout=2) as end:
        return end.send(b"tcp")
def datagram(family, address):
    with socket.socket(family, socket.SOCK_DGRAM) as end:
        return end.sendto(b"datagram", address)
def unix(address):
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(address)
        return end.send(b"stream")
def half_a_pair(address):
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return one.sendto(b"half a pair", address)
attempt("tcp", lambda: tcp(("127.0.0.1", T["tcp"])))
attempt("udp", lambda: datagram(socket.AF_INET, ("127.0.0.1", T["udp"])) and False)
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
for address in (T["unix"], "\\0" + T["abstract"]):
    attempt("unix", lambda: unix(address))
for address in (T["unix datagram"], "\\0" + T["abstract datagram"]):
    attempt("unix datagram", lambda: datagram(socket.AF_UNIX, address))
    attempt("half a pair", lambda: half_a_pair(address))
if not T["confined"]:  # what would change the machine itself is tried under confinement only
    raise SystemExit
attempt("signal to all", lambda: os.kill(-1, signal.SIGURG) and False)  # ignored by whoever does not ask for it
for pid in T["pids"]:
    attempt("ptrace", lambda: trace(pid))
    attempt("priority", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19) is None)
    attempt("affinity", lambda: os.sched_setaffinity(pid, os.sched_getaffinity(0)) is None)
attempt("namespace", lambda: system(272 if os.uname().machine == "x86_64" else 97, 0x70020000) and False)
for path in T["files"]:  # new namespaces, where they are to be had, help nobody
    attempt("read in a namespace", lambda: read(path))
attempt("mount", lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0)
attempt("set uid", lambda: os.setuid(12345) is None)
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in signal.valid_signals():
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            os.execv("/bin/sh", ["/bin/sh", "-c", "trap '' TERM HUP INT; while :; do sleep 1; done", T["daemon"]])
        os._exit(0)
    os.wait()
daemon()
"""


def grade_sample(name: str, out: Path, jobs: int, leave_out: Sequence[str] = ()) -> dict[str, Record]:
    """Grade `tests/classes/<name>` into `out`; records by student. Submissions named so are left out."""
    here = Path(__file__).parent
    with collect(here / "classes" / name, name) as submissions:
        wanted = [entry for entry in submissions if entry.student not in leave_out]
        batch = grade_class(Task(here.parent, name, hidden=(out,)), wanted, out, jobs)
    return {record.student: record for record in batch.records}


@functools.cache
def sample(name: str) -> tuple[Path, dict[str, Record]]:
    """The sample class, graded on all cores once for all tests: the output folder and the records."""
    folder = tempfile.mkdtemp(prefix="autograder-sample-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder), grade_sample(name, Path(folder), os.cpu_count() or 1)
