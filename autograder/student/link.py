"""One hostile socket: requests out, at most one well-formed answer each back, every wait with a deadline."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable
from typing import Any, Final

from autograder.errors import SessionDied
from autograder.sandbox import wire

MAX_TOTAL_BYTES: Final = 512 * 1024 * 1024
_CHUNK: Final = 1 << 20


class Link:
    """The grader's end. Every irregularity of the far end is a `SessionDied`, and the link is then closed."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self.received = 0

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
            SessionDied: with cause `timeout`, `exit` (the far end hung up) or `protocol`.
        """
        self._expect_silence()
        nonce = os.urandom(wire.NONCE_BYTES)
        self._send(wire.HEADER.pack(len(request), nonce, wire.REQUEST) + request, deadline)
        if grace and nudge and not self._answers_until(deadline):
            nudge()
            deadline += grace
        length, answered, kind = wire.HEADER.unpack(self._receive(wire.HEADER.size, deadline))
        if answered != nonce or kind not in (wire.VALUE, wire.ERROR):
            raise SessionDied("protocol", "an answer that was not asked for")
        if length > wire.MAX_BODY or self.received + length > MAX_TOTAL_BYTES:
            raise SessionDied("protocol", "an answer that is too large")
        try:
            value = wire.decode(self._receive(length, deadline))
        except wire.WireError as error:
            raise SessionDied("protocol", f"a malformed answer: {error}") from None
        return kind == wire.VALUE, value

    def _expect_silence(self) -> None:
        """Whatever arrives between requests was not asked for."""
        self.end.setblocking(False)
        try:
            if self.end.recv(1, socket.MSG_PEEK):
                raise SessionDied("protocol", "a message that was not asked for")
            raise SessionDied("exit")
        except BlockingIOError:
            return
        except OSError:
            raise SessionDied("exit") from None

    def _answers_until(self, deadline: float) -> bool:
        return bool(select.select([self.end], [], [], max(0.0, deadline - time.monotonic()))[0])

    def _wait(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise SessionDied("timeout")
        self.end.settimeout(left)

    def _send(self, frame: bytes, deadline: float) -> None:
        view = memoryview(frame)
        while view:
            self._wait(deadline)
            try:
                view = view[self.end.send(view[:_CHUNK]) :]
            except TimeoutError:
                raise SessionDied("timeout") from None
            except OSError:
                raise SessionDied("exit") from None

    def _receive(self, count: int, deadline: float) -> bytearray:
        """Exactly `count` bytes; the buffer grows with what has come, not with what was announced."""
        got = bytearray()
        while len(got) < count:
            self._wait(deadline)
            try:
                part = self.end.recv(min(_CHUNK, count - len(got)))
            except TimeoutError:
                raise SessionDied("timeout") from None
            except OSError:
                raise SessionDied("exit") from None
            if not part:
                raise SessionDied("exit")
            got += part
            self.received += len(part)
        return got
