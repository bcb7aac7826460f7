"""A headless Chromium for tests, driven through its debugging pipe: JSON messages, each ended by a zero byte, on
descriptors 3 and 4.

A missing browser fails the tests that need one; AUTOGRADER_NO_BROWSER=1 says that this machine has none.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

needs_browser = pytest.mark.skipif(
    os.environ.get("AUTOGRADER_NO_BROWSER") == "1", reason="AUTOGRADER_NO_BROWSER=1: this machine has no browser"
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)  # fmt: skip
SECONDS = 30.0
OWN = ("file:///", "data:image/png")


class Browser:
    """One page of a headless Chromium."""

    def __init__(self, read: int, write: int, folder: Path) -> None:
        self._read, self._write, self._folder = read, write, folder
        self._buffer, self._last = b"", 0
        self.events: list[dict[str, Any]] = []
        self._session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Debugger"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; what comes in between is kept in `events`."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._last:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _message(self) -> dict[str, Any]:
        deadline = time.monotonic() + SECONDS
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"the browser said nothing for {SECONDS} s"
            data = os.read(self._read, 2**20)
            assert data, "the browser ended"
            self._buffer += data
        first, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        return message

    def show(self, source: str) -> None:
        """Load a page from a file and wait until everything in it has been loaded or refused."""
        path = self._folder / "page.html"
        path.write_text(source, encoding="utf-8")
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not self._told("Page.loadEventFired"):
            self.events.append(self._message())
        self.evaluate("new Promise(done => setTimeout(done, 20))")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page; a promise is awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def requested(self) -> set[str]:
        """Addresses that were asked for, itself and pictures inside it aside; what the policy refused was not."""
        refused = {
            event["requestId"] for event in self._told("Network.loadingFailed") if event.get("blockedReason") == "csp"
        }
        sent = [event for event in self._told("Network.requestWillBeSent") if event["requestId"] not in refused]
        return {event["request"]["url"] for event in sent if not event["request"]["url"].startswith(OWN)}

    def scripts(self) -> int:
        """How many scripts of the page the browser has compiled: elements, handlers, addresses."""
        return sum(bool(event["url"]) for event in self._told("Debugger.scriptParsed"))  # `evaluate` has none

    def dialogs(self) -> list[str]:
        """What `alert` and its kin have said."""
        return [event["message"] for event in self._told("Page.javascriptDialogOpening")]

    def _told(self, method: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event.get("method") == method]

    def complaints(self) -> list[str]:
        """What the browser logged as an error, refusals by the page's policy above all."""
        entries = (event["entry"] for event in self._told("Log.entryAdded"))
        return [entry["text"] for entry in entries if entry["level"] == "error"]


@contextlib.contextmanager
def headless(folder: Path) -> Iterator[Browser]:
    """Start it, its profile and the page in `folder`; end all of its processes."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert program, "no Chromium found: apt-get install chromium, or set AUTOGRADER_NO_BROWSER=1 to go without"
    (their_read, our_write), (our_read, their_write) = os.pipe(), os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (their_read, their_write)]  # clear of 3 and 4
    start = f"import os, sys; os.dup2({high[0]}, 3); os.dup2({high[1]}, 4); os.execv(sys.argv[1], sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", start, program, *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"],
        pass_fds=high, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    for end in (their_read, their_write, *high):
        os.close(end)
    try:
        yield Browser(our_read, our_write, folder)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(our_read)
        os.close(our_write)
