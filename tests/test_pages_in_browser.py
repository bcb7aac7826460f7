"""The pages in a real browser: no script of a student runs, the table sorts, a phone shows everything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sample_records
from browser import Browser, headless, needs_browser

from autograder.reports import class_page, student_page

pytestmark = needs_browser
HOSTILE = {name: text for name, text in sample_records.HOSTILE_TEXTS.items() if len(text) < 10_000}
PWN = "document.title = 'pwned'"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with headless(tmp_path_factory.mktemp("browser")) as found:
        yield found


# --- hostile text ----------------------------------------------------------------------------------------


def test_a_script_would_be_noticed(browser: Browser) -> None:
    """The control: outside our pages, the same scripts do change the title, and addresses are asked for."""
    for name in ("script", "attribute", "svg", "iframe"):
        browser.show(f"<!doctype html><title>calm</title><p>{HOSTILE[name]}")
        assert browser.evaluate("document.title") == "pwned", name
        assert browser.scripts() > 0, name
    browser.show("<!doctype html><img src='http://127.0.0.1:9/beacon.png'>")
    assert browser.requested() == {"http://127.0.0.1:9/beacon.png"}


def test_no_script_of_a_student_runs(browser: Browser) -> None:
    """Every hostile text in every field, on both pages: title unchanged, nothing asked for, nothing refused."""
    for name, text in HOSTILE.items():
        record = sample_records.hostile_record(text)
        for source, own_scripts in ((student_page(record, []), 0), (class_page([record], text), 1)):
            browser.show(source)
            assert browser.evaluate("document.title") != "pwned", name
            assert (browser.scripts(), browser.dialogs()) == (own_scripts, []), name
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
