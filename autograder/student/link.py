"""One hostile socket: requests out, at most one well-formed answer each back, every wait with a deadline."""

from __future__ import annotations

import math
import os
import select
import socket
import time
from collections.abc import Callable
from typing import Any, Final

from autograder.errors import SessionDied
from autograder.sandbox import wire

MAX_TOTAL_BYTES: Final = 512 * 1024 * 1024
MAX_CHECK_BYTES: Final = 256 * 1024 * 1024  # what one check may be handed, its arrays counted as float64
_CHUNK: Final = 1 << 18


class Link:
    """The grader's end. Every irregularity of the far end is a `SessionDied`, and the link is then closed."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)  # waiting is done by poll, always with a deadline
        self.end = end
        self.received = 0
        self.allowance: float = math.inf

    def close(self) -> None:
        """Hang up; may be called twice."""
        self.end.close()

    def ask(
        self, request: bytes, deadline: float, grace: float = 0.0, nudge: Callable[[], None] | None = None
    ) -> tuple[bool, Any]:
        """Send one request, wait for its answer: (True, value) or (False, the exception as a dict).

        `deadline` is a reading of `time.monotonic()`. With `grace`, `nudge` is called at the deadline and the
        answer is awaited for that many seconds more.

        Raises:
            SessionDied: with cause `timeout`, `exit` (the far end hung up) or `protocol`; the latter also when the
                answers since `allowance` was set are worth more than it, in bytes.
        """
        self._expect_silence()
        nonce = os.urandom(wire.NONCE_BYTES)
        self._send(wire.HEADER.pack(len(request), nonce, wire.REQUEST) + request, deadline)
        if grace and nudge and not self._ready(select.POLLIN, deadline):
            nudge()
            deadline += grace
        kind, body = self._receive(nonce, deadline)
        try:
            value, weight = wire.decode_weighed(body)
        except wire.WireError as error:
            raise SessionDied("protocol", f"a malformed answer: {error}") from None
        self.allowance -= weight
        if self.allowance < 0:
            raise SessionDied("protocol", "answers that are too large together")
        return kind == wire.VALUE, value

    def _expect_silence(self) -> None:
        """Whatever arrives between requests was not asked for."""
        try:
            if self.end.recv(1, socket.MSG_PEEK):
                raise SessionDied("protocol", "a message that was not asked for")
            raise SessionDied("exit")
        except BlockingIOError:
            return
        except OSError:
            raise SessionDied("exit") from None

    def _ready(self, event: int, deadline: float) -> bool:
        poller = select.poll()
        poller.register(self.end, event)
        return bool(poller.poll(max(0, math.ceil(1000 * (deadline - time.monotonic())))))

    def _wait(self, event: int, deadline: float) -> None:
        if not self._ready(event, deadline):
            raise SessionDied("timeout")

    def _send(self, frame: bytes, deadline: float) -> None:
        view = memoryview(frame)
        while view:
            try:
                view = view[self.end.send(view) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, deadline)
            except OSError:
                raise SessionDied("exit") from None

    def _receive(self, nonce: bytes, deadline: float) -> tuple[int, memoryview]:
        """One frame and not a byte more; the buffer grows with what has come, not with what was announced."""
        got = bytearray()
        while len(got) < wire.HEADER.size:
            got += self._more(deadline)
        length, answered, kind = wire.HEADER.unpack_from(got)
        if answered != nonce or kind not in (wire.VALUE, wire.ERROR):
            raise SessionDied("protocol", "an answer that was not asked for")
        if length > wire.MAX_BODY or self.received + length > MAX_TOTAL_BYTES:
            raise SessionDied("protocol", "an answer that is too large")
        while len(got) < wire.HEADER.size + length:
            got += self._more(deadline)
        self.received += len(got)
        if len(got) > wire.HEADER.size + length:
            raise SessionDied("protocol", "more than was asked for")
        return kind, memoryview(got)[wire.HEADER.size :]

    def _more(self, deadline: float) -> bytes:
        """The next bytes, whatever their number."""
        self._wait(select.POLLIN, deadline)
        try:
            part = self.end.recv(_CHUNK)
        except OSError:
            raise SessionDied("exit") from None
        if not part:
            raise SessionDied("exit")
        return part
