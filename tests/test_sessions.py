"""A hostile peer on the session's socket, and sessions that die: one kind of exception, by a known name, in time."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from courses import Course, check, course, outcomes

from autograder.errors import SessionDied
from autograder.records import DEATH_CAUSES
from autograder.sandbox import wire
from autograder.student import link as link_module
from autograder.student.link import Link

Peer = Callable[[socket.socket, bytes], None]
SHORT, LONG = 0.3, 30.0


def header(length: int, nonce: bytes, kind: int = wire.VALUE) -> bytes:
    """A frame's header."""
    return struct.pack("<I16sB", length, nonce, kind)


def request(far: socket.socket) -> bytes:
    """Read one request whole; its nonce."""
    raw = b""
    while len(raw) < wire.HEADER.size:
        raw += far.recv(wire.HEADER.size - len(raw))
    length, nonce, kind = wire.HEADER.unpack(raw)
    assert kind == wire.REQUEST
    while length:
        length -= len(far.recv(length))
    return bytes(nonce)


def asked(peer: Peer, seconds: float = LONG, times: int = 1, **options: Any) -> Any:
    """What `Link.ask` gives when `peer` handles the far end; several requests in a row, the last one's result."""
    ours, far = socket.socketpair()

    def serve() -> None:
        try:
            for _ in range(times):
                peer(far, request(far))
        except OSError:
            pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    link = Link(ours)
    try:
        for turn in range(times):
            result = link.ask(wire.encode(["has", "x"]), time.monotonic() + seconds, **options)
            if turn + 1 < times:
                thread.join(0.2)
        return result
    finally:
        link.close()
        far.close()
        thread.join(5)


def answer(body: bytes, kind: int = wire.VALUE) -> Peer:
    """An honest frame around `body`."""
    return lambda far, nonce: far.sendall(header(len(body), nonce, kind) + body)


def test_an_honest_answer_arrives() -> None:
    """The twin of all that follows."""
    assert asked(answer(wire.encode([1, "a"]))) == (True, [1, "a"])
    assert asked(answer(wire.encode({"type": "E"}), wire.ERROR)) == (False, {"type": "E"})


def byte_by_byte(far: socket.socket, nonce: bytes) -> None:
    """Slow, but right."""
    body = wire.encode([1])
    for byte in header(len(body), nonce) + body:
        far.sendall(bytes([byte]))


def test_an_answer_in_pieces_arrives() -> None:
    """Frames have no relation to how the kernel cuts them."""
    assert asked(byte_by_byte) == (True, [1])


NONE = wire.encode(None)
PROTOCOL: dict[str, Peer] = {
    "wrong nonce": lambda far, nonce: far.sendall(header(1, bytes(16)) + NONE),
    "nonce one bit off": lambda far, nonce: far.sendall(header(1, bytes([nonce[0] ^ 1]) + nonce[1:]) + NONE),
    "kind of a request": lambda far, nonce: far.sendall(header(1, nonce, wire.REQUEST) + NONE),
    "unknown kind": lambda far, nonce: far.sendall(header(1, nonce, 77) + NONE),
    "larger than the cap": lambda far, nonce: far.sendall(header(wire.MAX_BODY + 1, nonce)),
    "4 GiB": lambda far, nonce: far.sendall(header(2**32 - 1, nonce)),
    "malformed body": lambda far, nonce: far.sendall(header(3, nonce) + b"zzz"),
    "empty body": lambda far, nonce: far.sendall(header(0, nonce)),
    "trailing byte": lambda far, nonce: far.sendall(header(2, nonce) + b"NN"),
    "noise": lambda far, nonce: far.sendall(os.urandom(64) + bytes(4096)),
}


@pytest.mark.parametrize("name", PROTOCOL)
def test_a_frame_that_breaks_the_rules_is_a_protocol_violation(name: str) -> None:
    """And nothing else, whatever the peer sends."""
    with pytest.raises(SessionDied) as death:
        asked(PROTOCOL[name])
    assert death.value.cause == "protocol"


SILENT: dict[str, Peer] = {
    "nothing": lambda far, nonce: None,
    "half a header": lambda far, nonce: far.sendall(header(1, nonce)[:9]),
    "a header only": lambda far, nonce: far.sendall(header(1, nonce)),
    "a body that does not end": lambda far, nonce: far.sendall(header(1000, nonce) + bytes(999)),
}


@pytest.mark.parametrize("name", SILENT)
def test_an_answer_that_does_not_end_is_a_timeout(name: str) -> None:
    """Partial frames keep nobody waiting beyond the deadline."""
    with pytest.raises(SessionDied) as death:
        asked(SILENT[name], SHORT)
    assert death.value.cause == "timeout"


@pytest.mark.parametrize("name", SILENT)
def test_a_peer_that_hangs_up_has_exited(name: str) -> None:
    """Before, within or after a frame's header."""

    def leave(far: socket.socket, nonce: bytes) -> None:
        SILENT[name](far, nonce)
        far.shutdown(socket.SHUT_RDWR)

    with pytest.raises(SessionDied) as death:
        asked(leave)
    assert death.value.cause == "exit"


def twice(far: socket.socket, nonce: bytes) -> None:
    """The same right answer two times."""
    far.sendall(2 * (header(1, nonce) + NONE))


def test_a_duplicate_answer_ends_the_session_at_the_next_request() -> None:
    """A frame that nobody asked for is never taken for the next answer."""
    with pytest.raises(SessionDied) as death:
        asked(twice, times=2)
    assert death.value.cause == "protocol"


def test_an_unsolicited_frame_ends_the_session() -> None:
    """Sent before any request."""
    ours, far = socket.socketpair()
    far.sendall(header(1, bytes(16)) + NONE)
    with pytest.raises(SessionDied) as death:
        Link(ours).ask(NONE, time.monotonic() + LONG)
    assert death.value.cause == "protocol"
    far.close()
    ours.close()


def test_an_answer_after_the_deadline_is_never_read() -> None:
    """The request has failed by then, and the next one finds a frame that it did not ask for."""
    ours, far = socket.socketpair()
    link = Link(ours)
    with pytest.raises(SessionDied) as death:
        link.ask(NONE, time.monotonic() + 0.1)
    assert death.value.cause == "timeout"
    far.sendall(header(1, request(far)) + NONE)
    with pytest.raises(SessionDied) as death:
        link.ask(NONE, time.monotonic() + LONG)
    assert death.value.cause == "protocol"
    far.close()
    ours.close()


def test_a_peer_that_does_not_read_is_a_timeout() -> None:
    """A request larger than the kernel's buffers must not block for ever."""
    ours, far = socket.socketpair()
    with pytest.raises(SessionDied) as death:
        Link(ours).ask(bytes(8 * 2**20), time.monotonic() + SHORT)
    assert death.value.cause == "timeout"
    far.close()
    ours.close()


def test_answers_are_capped_in_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many answers of a legal size end, too."""
    monkeypatch.setattr(link_module, "MAX_TOTAL_BYTES", 2500)
    body = wire.encode(b"x" * 1000)
    assert asked(answer(body), times=2) == (True, b"x" * 1000)
    with pytest.raises(SessionDied) as death:
        asked(answer(body), times=3)
    assert death.value.cause == "protocol"


def test_an_interrupt_gives_time_to_answer() -> None:
    """The nudge comes at the deadline, the answer within the grace period counts."""
    nudged = threading.Event()

    def late(far: socket.socket, nonce: bytes) -> None:
        assert nudged.wait(LONG)
        answer(wire.encode(5))(far, nonce)

    assert asked(late, 0.1, grace=LONG, nudge=nudged.set) == (True, 5)


def test_descriptors_sent_along_do_not_stay() -> None:
    """Ancillary data is dropped by the kernel: no descriptor of the session's choosing enters the grader."""

    def with_descriptor(far: socket.socket, nonce: bytes) -> None:
        socket.send_fds(far, [header(1, nonce) + NONE], [far.fileno()])

    before = len(os.listdir("/proc/self/fd"))
    assert asked(with_descriptor) == (True, None)
    assert len(os.listdir("/proc/self/fd")) == before


# real sessions

CHECKS = '''
    def test_first(student):
        """First."""
        assert student.first() == 1

    def test_second(student):
        """Second."""
        assert student.second() == 2

    def test_third(student):
        """Third."""
        assert student.third() == 3
'''
HONEST = "def first(): return 1\ndef second(): return 2\ndef third(): return 3\n"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """Three checks of a point each."""
    limits = "[limits]\ncell_seconds = 30\ncheck_seconds = 2\ndeaths = 3\n"
    with course(tmp_path_factory.mktemp("sessions"), CHECKS, toml=limits) as found:
        yield found


FIND_SOCKET = """
import gc, os, socket, stat, struct, threading
fds = [int(fd) for fd in os.listdir("/proc/self/fd")]
def is_socket(fd):
    try:
        return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError:
        return False
link = next(fd for fd in fds if is_socket(fd))
"""
DEATHS = {
    "exit": "import os\ndef second(): os._exit(0)",
    "exit with a code": "import os\ndef second(): os._exit(70)",
    "crash": "import ctypes\ndef second(): ctypes.string_at(0)",
    "abort": "import os\ndef second(): os.abort()",
    "timeout": "def second():\n    while True: pass",
    "sleep": "import time\ndef second(): time.sleep(1e6)",
    "protocol": FIND_SOCKET + "def second(): os.write(link, bytes(100))",
    "hang-up": FIND_SOCKET + "def second():\n    socket.socket(fileno=os.dup(link)).shutdown(2)\n    return 2",
    "closed": FIND_SOCKET + "def second():\n    os.close(link)\n    return 2",
    "catcher": """
def second():
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
    "signals ignored": """
import signal
def second():
    for number in signal.valid_signals():
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True: pass
""",
}
CAUSES = {"exit": ("exit",), "exit with a code": ("exit",), "crash": ("crash",), "abort": ("crash",),
          "timeout": ("timeout",), "sleep": ("timeout",), "protocol": ("protocol",),
          "hang-up": ("exit",), "closed": ("exit", "timeout"), "catcher": ("timeout",),
          "signals ignored": ("timeout",)}  # fmt: skip
OUTCOME = {"timeout": "timeout", "memory": "memory"}


@pytest.mark.parametrize("name", DEATHS)
def test_a_death_is_charged_to_its_check_and_the_others_are_graded(tiny: Course, name: str) -> None:
    """Named in the record; the checks before and after keep their points in a new session."""
    record = tiny.grade(HONEST, DEATHS[name])
    deaths = {(death.when, death.cause) for death in record.execution.deaths}
    assert record.status == "graded"
    assert len(deaths) == 1
    ((when, cause),) = deaths
    assert when == "test_second"
    assert cause in CAUSES[name]
    assert outcomes(record) == {
        "test_first": "passed", "test_second": OUTCOME.get(cause, "crashed"), "test_third": "passed"
    }  # fmt: skip
    assert record.score == 2.0
    assert check(record, "test_second").score == 0.0
    assert check(record, "test_second").message


def test_the_honest_twin_dies_never(tiny: Course) -> None:
    """All points, no deaths."""
    record = tiny.grade(HONEST)
    assert record.score == 3.0
    assert record.execution.deaths == ()


def test_deaths_end_and_the_rest_is_not_run(tiny: Course) -> None:
    """After `deaths` deaths there is no new session; nothing that was not seen to pass has points."""
    record = tiny.grade("import os\nfirst = second = third = lambda: os._exit(0)")
    assert outcomes(record) == dict.fromkeys(outcomes(record), "crashed")
    assert record.score == 0.0
    record = tiny.grade(HONEST, *["import os; os._exit(0)"] * 4)
    assert outcomes(record) == dict.fromkeys(outcomes(record), "not-run")
    assert len(record.execution.deaths) == 3


def test_a_cell_that_dies_is_left_out_of_the_next_run(tiny: Course) -> None:
    """Its status is its own; what other cells define is graded."""
    record = tiny.grade("import os; os._exit(3)", HONEST)
    assert [cell.status for cell in record.execution.cells] == ["crashed", "ok"]
    assert [(death.when, death.cause) for death in record.execution.deaths] == [("cell 1", "exit")]
    assert record.score == 3.0


def test_a_forged_frame_on_the_sessions_own_socket_earns_nothing(tiny: Course) -> None:
    """A right answer with another nonce, sent ahead of time by a thread, is not the answer to anything."""
    forger = FIND_SOCKET + """
def forge():
    while True:
        try:
            os.write(link, struct.pack("<I16sB", 9, bytes(16), 2) + b"i" + struct.pack("<q", 2))
        except OSError:
            return
def second():
    threading.Thread(target=forge, daemon=True).start()
    return 0
"""
    record = tiny.grade(HONEST, forger)
    assert check(record, "test_second").score == 0.0
    assert {death.cause for death in record.execution.deaths} <= {"protocol", "exit"}
    assert record.score <= 2.0


def test_a_frame_found_through_gc_earns_nothing(tiny: Course) -> None:
    """The session's own objects are all there to be found; what they hold is no verdict."""
    forger = """
import gc, socket, struct
def second():
    for thing in gc.get_objects():
        if type(thing) is socket.socket and thing.fileno() >= 0:
            thing.sendall(struct.pack("<I16sB", 1, b"0" * 16, 2) + b"T")
    return 0
"""
    record = tiny.grade(HONEST, forger)
    assert check(record, "test_second").score == 0.0
    assert record.score == 2.0


def test_death_causes_are_words_of_the_schema() -> None:
    """What `Link` raises has a name that records know."""
    assert {"timeout", "exit", "protocol"} <= set(DEATH_CAUSES)


def test_a_reference_that_dies_of_a_students_value_is_there_for_the_next(tmp_path: Path) -> None:
    """The submission is the grader's to explain; the next one is graded as if nothing had been."""
    checks = '''
    def test_same(student, reference):
        """Same."""
        assert_close(student.f(), reference.g(student.f()), "f")
    '''
    source = "import os\ndef f(): return 1.0\ndef g(x):\n    if x == 5: os._exit(1)\n    return 1.0\n"
    with course(tmp_path, checks, source) as found:
        killer = found.grade("def f(): return 5")
        assert killer.status == "internal-error"
        assert killer.score == 0.0
        for right in ("def f(): return 1.0", "def f(): return 1"):
            record = found.grade(right)
            assert (record.status, record.score) == ("graded", 1.0)
        assert found.grade("def f(): return 2.0").score == 0.0


def test_a_reference_that_hangs_on_a_students_value_does_not_stall_the_batch(tmp_path: Path) -> None:
    """Its patience is a multiple of the check's own limit."""
    checks = '''
    @pytest.mark.timeout(0.5)
    def test_same(student, reference):
        """Same."""
        assert reference.g(student.f()) == 1
    '''
    source = "def f(): return 1\ndef g(x):\n    while x == 5: pass\n    return 1\n"
    with course(tmp_path, checks, source) as found:
        assert found.grade("def f(): return 5").status == "internal-error"
        assert found.grade("def f(): return 1").score == 1.0


def test_large_values_go_both_ways(tmp_path: Path) -> None:
    """Megabytes in, megabytes out, to the bit."""
    checks = '''
    def test_echo(student, rng):
        """Echo."""
        x = rng.normal(size=(1000, 1000))
        np.testing.assert_array_equal(student.echo(x), x)
    '''
    with course(tmp_path, checks) as found:
        assert found.grade("def echo(x): return x").score == 1.0


def test_large_figures_leave_room_for_the_cells_error(tmp_path: Path) -> None:
    """Five pictures of 16 MB are more than one answer may hold: the first two are kept, and what the cell raised."""
    checks = '''
    def test_f(student):
        """One."""
        assert student.f() == 1
    '''
    cell = """
    import matplotlib.pyplot as plt
    def f(): return 1
    for _ in range(5):
        plt.figure(figsize=(20, 20), dpi=100).add_subplot()
    plt.show()
    1 / 0
    """
    with course(tmp_path, checks) as found:
        record = found.grade(cell)
    assert [(entry.status, entry.error.partition(":")[0]) for entry in record.execution.cells] == [
        ("error", "ZeroDivisionError")
    ]
    assert record.score == 1.0
