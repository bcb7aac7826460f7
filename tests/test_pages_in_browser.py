"""The pages in a real browser: no script of a student runs, the table sorts, a phone shows everything.

Chromium is driven through its debugging pipe: JSON messages, each ended by a zero byte, on descriptors 3 and 4.
A missing browser fails these tests; AUTOGRADER_NO_BROWSER=1 says that this machine has none.
"""

from __future__ import annotations

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
import sample_records

from autograder.reports import class_page, student_page

pytestmark = pytest.mark.skipif(
    os.environ.get("AUTOGRADER_NO_BROWSER") == "1", reason="AUTOGRADER_NO_BROWSER=1: this machine has no browser"
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)  # fmt: skip
SECONDS = 30.0
HOSTILE = {name: text for name, text in sample_records.HOSTILE_TEXTS.items() if len(text) < 10_000}
OWN = ("file:///", "data:image/png")
PWN = "document.title = 'pwned'"


class Browser:
    """One page of a headless Chromium."""

    def __init__(self, read: int, write: int, folder: Path) -> None:
        self._read, self._write, self._folder = read, write, folder
        self._buffer, self._last = b"", 0
        self.events: list[dict[str, Any]] = []
        self._session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
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

    def _told(self, method: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event.get("method") == method]

    def complaints(self) -> list[str]:
        """What the browser logged as an error, refusals by the page's policy above all."""
        entries = (event["entry"] for event in self._told("Log.entryAdded"))
        return [entry["text"] for entry in entries if entry["level"] == "error"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert program, "no Chromium found: apt-get install chromium, or set AUTOGRADER_NO_BROWSER=1 to go without"
    folder = tmp_path_factory.mktemp("browser")
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


# --- hostile text ----------------------------------------------------------------------------------------


def test_a_script_would_be_noticed(browser: Browser) -> None:
    """The control: outside our pages, the same scripts do change the title, and addresses are asked for."""
    for name in ("script", "attribute", "svg", "iframe"):
        browser.show(f"<!doctype html><title>calm</title><p>{HOSTILE[name]}")
        assert browser.evaluate("document.title") == "pwned", name
    browser.show("<!doctype html><img src='http://127.0.0.1:9/beacon.png'>")
    assert browser.requested() == {"http://127.0.0.1:9/beacon.png"}


def test_no_script_of_a_student_runs(browser: Browser) -> None:
    """Every hostile text in every field, on both pages: title unchanged, nothing asked for, nothing refused."""
    for name, text in HOSTILE.items():
        record = sample_records.hostile_record(text)
        for source in (student_page(record, []), class_page([record], text)):
            browser.show(source)
            assert browser.evaluate("document.title") != "pwned", name
            assert browser.requested() == set(), name
            assert browser.complaints() == [], name


@pytest.mark.parametrize(
    "markup",
    [
        f"<script>{PWN}</script>",
        f"<img src=x onerror=\"{PWN}\">",
        f"<svg onload=\"{PWN}\"></svg>",
        f"<iframe srcdoc=\"<script>parent.{PWN}</script>\"></iframe>",
        f"<iframe src=\"javascript:parent.{PWN}\"></iframe>",
        f"<object data=\"data:text/html,<script>parent.{PWN}</script>\"></object>",
        "<img src='http://127.0.0.1:9/beacon.png'>",
        "<link rel=stylesheet href='http://127.0.0.1:9/x.css'>",
        "<style>body { background: url(http://127.0.0.1:9/x.png) }</style>",
        "<base href='http://127.0.0.1:9/'>",
    ],
)
def test_policy_stops_what_escaping_would_let_through(browser: Browser, markup: str) -> None:
    """Were markup to reach a page, the Content-Security-Policy alone would keep it from running or loading."""
    for source in (student_page(sample_records.full_record(), []), class_page(sample_records.sample_class(), "x")):
        assert source.count("<main>") == 1
        browser.show(source.replace("<main>", f"<main>{markup}"))
        assert browser.evaluate("document.title") != "pwned"
        assert browser.evaluate("document.baseURI").startswith("file:///")
        assert browser.requested() == set()


# --- what works ------------------------------------------------------------------------------------------


def test_own_style_applies_in_light_and_dark(browser: Browser) -> None:
    """The policy lets the page's own style through, and the colours follow the reader's setting."""
    browser.show(student_page(sample_records.full_record(), []))
    grounds = []
    for scheme in ("light", "dark"):
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        grounds.append(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
    browser.call("Emulation.setEmulatedMedia", features=[])
    assert grounds == ["rgb(246, 246, 243)", "rgb(18, 22, 27)"]


def _click(browser: Browser, header: str) -> tuple[str, list[str]]:
    """Click a header of the students' table; how it says it is sorted, and the values of its column."""
    answer: list[Any] = browser.evaluate(f"""(() => {{
        const table = document.querySelector("table.students");
        const headers = Array.from(table.tHead.rows[0].cells);
        const column = headers.findIndex(cell => cell.textContent.startsWith({json.dumps(header)}));
        headers[column].querySelector("button").click();
        const values = Array.from(table.tBodies[0].rows, row => row.cells[column].dataset.value);
        const sorted = headers.filter(cell => ["ascending", "descending"].includes(cell.getAttribute("aria-sort")));
        if (sorted.length !== 1 || sorted[0] !== headers[column]) throw new Error("aria-sort");
        return [headers[column].getAttribute("aria-sort"), values];
    }})()""")
    return answer[0], answer[1]


def test_table_sorts_by_numbers(browser: Browser) -> None:
    """The best first, then the worst first; who has no score is last both times."""
    records = sample_records.sample_class()
    browser.show(class_page(records, "x"))
    scored = sorted(record.score for record in records if record.status != "internal-error")
    direction, values = _click(browser, "Score")
    assert direction == "descending"
    assert [float(value) for value in values[:-1]] == scored[::-1]
    assert values[-1] == ""
    direction, values = _click(browser, "Score")
    assert direction == "ascending"
    assert [float(value) for value in values[:-1]] == scored
    assert values[-1] == ""


def test_table_sorts_by_name(browser: Browser) -> None:
    """By name downwards first, since upwards is how it comes; numbers inside names count as numbers."""
    records = [sample_records.full_record(name) for name in ("s10", "s9", "Zoë", "anna")]
    browser.show(class_page(records, "x"))
    assert _click(browser, "Student") == ("descending", ["Zoë", "s10", "s9", "anna"])
    assert _click(browser, "Student") == ("ascending", ["anna", "s9", "s10", "Zoë"])


def test_phone_shows_everything(browser: Browser) -> None:
    """At 390 pixels no page is wider than the screen, whatever it holds."""
    browser.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=2, mobile=True)
    hostile = [sample_records.hostile_record(text) for text in ("W" * 3000, HOSTILE["zalgo"], HOSTILE["markdown"])]
    sources = [student_page(record, []) for record in (*hostile, sample_records.died_record())]
    for source in (*sources, class_page(hostile, "W" * 300), class_page(sample_records.sample_class(), "x")):
        browser.show(source)
        assert browser.evaluate("document.documentElement.scrollWidth") <= 390
    browser.call("Emulation.clearDeviceMetricsOverride")
