"""Pages: right, readable by everyone, and inert whatever a student writes."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import itertools
import os
import re
import unicodedata
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import sample_records
from hypothesis import given
from hypothesis import strategies as st

from autograder import reports
from autograder.exports import MESSAGE_LIMIT, percent, template_folder, visible
from autograder.records import CellResult, Death, Execution, Record, SandboxInfo
from autograder.reports import Figure, class_page, page_name, student_page, write_pages

CANARY = sample_records.CANARY
HOSTILE = pytest.mark.parametrize(
    "text", sample_records.HOSTILE_TEXTS.values(), ids=sample_records.HOSTILE_TEXTS.keys()
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, its text, and what is not well-formed."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.content: dict[str, list[str]] = {"style": [], "script": [], "title": []}
        self.words: list[str] = []
        self.feed(source)
        self.close()
        self.faults += [f"{tag} is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len({name for name, _ in attrs}) < len(attrs):
            self.faults.append(f"{tag} has an attribute twice")
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("span", "strong", "code", "bdi", "a"):
            self.words.append(" ")
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} is closed, and was not the last one opened")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.content:
            self.content[self.open[-1]].append(data)
        elif self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def _student(record: Record, figures: Sequence[Figure] = ()) -> Page:
    return Page(student_page(record, figures))


EXAMPLES = {
    "graded": sample_records.sample_record(),
    "full": sample_records.full_record(),
    "partial": sample_records.partial_record(),
    "unreadable": sample_records.unreadable_record(),
    "internal-error": sample_records.failed_record(),
    "died": sample_records.died_record(),
    "no sandbox": dataclasses.replace(sample_records.sample_record(), sandbox=SandboxInfo()),
}
SOURCES = {name: student_page(record, [Figure("cost", PNG)]) for name, record in EXAMPLES.items()} | {
    "class": class_page(sample_records.sample_class(), "Neural network"),
    "empty class": class_page([], "Nobody"),
}
EVERY_PAGE = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())


# --- what a page must not say ----------------------------------------------------------------------------


@pytest.mark.parametrize("record", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_student_page_holds_nothing_for_instructors(record: Record) -> None:
    """Neither details, nor ids of checks, nor the grader's own fault reach a student."""
    assert CANARY not in student_page(sample_records.with_canaries(record), [])


def test_class_page_holds_no_detail() -> None:
    """Expected values stay in the records, even on the instructor's page."""
    records = [
        dataclasses.replace(
            record, checks=tuple(dataclasses.replace(check, detail=CANARY) for check in record.checks)
        )
        for record in sample_records.sample_class()
    ]
    assert CANARY not in class_page(records, "x")


def test_student_page_does_not_say_how_long_a_check_took() -> None:
    """Two records that differ in the checks' seconds only have the same page: time can carry a hidden input."""
    record = EXAMPLES["graded"]
    slow = dataclasses.replace(
        record, checks=tuple(dataclasses.replace(check, seconds=check.seconds + 7.25) for check in record.checks)
    )
    assert student_page(slow, []) == student_page(record, [])


def test_memory_and_time_of_the_run_are_coarse() -> None:
    """Whole seconds and the record's coarse memory."""
    page = _student(EXAMPLES["died"])
    assert "Time 2 min 15 s" in page.text
    assert "Memory up to 480 MiB" in page.text


# --- hostile text ----------------------------------------------------------------------------------------


def _skeleton(page: Page) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(sorted(attributes))) for tag, attributes in page.elements]


@HOSTILE
def test_student_page_keeps_its_structure_whatever_it_holds(text: str) -> None:
    """Elements and attributes are those of the same page with harmless text; nothing hides; a megabyte is cut."""
    source = student_page(sample_records.hostile_record(text or "x"), [Figure(text or "x", PNG)])
    harmless = student_page(sample_records.hostile_record("harmless"), [Figure("harmless", PNG)])
    page = Page(source)
    assert page.faults == []
    assert _skeleton(page) == _skeleton(Page(harmless))
    assert len(source.encode("utf-8")) < 100_000
    assert not [mark for mark in source if unicodedata.category(mark)[0] == "C" and mark not in "\n\t"]


@HOSTILE
def test_student_page_shows_hostile_text_as_text(text: str) -> None:
    """What the student's code said can be read, with escapes for what hides."""
    shown = visible(text, MESSAGE_LIMIT)
    assert " ".join(shown.split()) in _student(sample_records.hostile_record(text)).text


@HOSTILE
def test_class_page_keeps_its_structure_whatever_it_holds(text: str) -> None:
    """No element, script or handler comes of a name, and links go to pages and records only."""
    records = [sample_records.hostile_record(text or "x"), sample_records.unreadable_record(text or "x")]
    source = class_page(records, text)
    page = Page(source)
    assert page.faults == []
    assert len(page.all("script")) == 1
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    for link in page.all("a"):
        assert re.fullmatch(r"(students|records)/[\w.%~-]+", link["href"])
    assert len(source.encode("utf-8")) < 100_000
    assert not [mark for mark in source if unicodedata.category(mark)[0] == "C" and mark not in "\n\t"]


@given(st.text(st.characters(), max_size=40))
def test_any_text_keeps_the_structure(text: str) -> None:
    """The same for any text at all, surrogates and controls too."""
    page = _student(sample_records.hostile_record(f"x{text}"))
    assert page.faults == []
    assert _skeleton(page) == _skeleton(_student(sample_records.hostile_record("harmless")))


def test_template_syntax_in_text_is_not_run() -> None:
    """A message is never a template."""
    assert "{{ 7 * 7 }}" in _student(sample_records.hostile_record("{{ 7 * 7 }}")).text


# --- what a page may load --------------------------------------------------------------------------------


def _policy(page: Page) -> dict[str, list[str]]:
    (content,) = (meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    return {words[0]: words[1:] for part in content.split(";") if (words := part.split())}


def _digest(parts: list[str]) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(''.join(parts).encode()).digest()).decode()}'"


@EVERY_PAGE
def test_policy_allows_the_own_style_and_script_only(source: str) -> None:
    """Nothing is loaded, and style and script are named by the digest of what the page holds."""
    page = Page(source)
    policy = _policy(page)
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert policy["img-src"] == ["data:"]
    assert policy["style-src"] == [_digest(page.content["style"])]
    scripts = page.content["script"]
    assert policy.get("script-src", []) == ([_digest(scripts)] if scripts else [])
    assert not [tag for tag, attributes in page.elements if "style" in attributes]


@EVERY_PAGE
def test_page_is_one_file(source: str) -> None:
    """No address of another host, no outside file but the pages and records that the class page links."""
    page = Page(source)
    assert not re.search(r"https?://|url\(|@import", source)
    assert not page.all("link")
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.all("img"))


def test_student_page_has_no_script() -> None:
    """A page that is mailed needs none."""
    assert not any(Page(SOURCES[name]).all("script") for name in EXAMPLES)


# --- readable by everyone --------------------------------------------------------------------------------


@EVERY_PAGE
def test_page_is_well_formed_and_accessible(source: str) -> None:
    """Elements nest, headings go down one level at a time, tables have scopes, pictures have words."""
    page = Page(source)
    assert page.faults == []
    assert page.all("html") == [{"lang": "en"}]
    assert "".join(page.content["title"]).strip()
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(second <= first + 1 for first, second in itertools.pairwise(levels))
    assert all("scope" in header for header in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(image["alt"] for image in page.all("img"))
    assert all("aria-hidden" in svg or svg.get("role") == "img" for svg in page.all("svg"))


@EVERY_PAGE
def test_ids_are_unique_and_labels_point_at_them(source: str) -> None:
    """Each `aria-labelledby` names an element of the page."""
    page = Page(source)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = " ".join(attributes.get("aria-labelledby", "") for _, attributes in page.elements)
    assert set(named.split()) <= set(ids)


def test_outcomes_have_a_word_and_a_symbol() -> None:
    """Colour is never the only sign: every outcome shows its own word and its own symbol."""
    page = _student(EXAMPLES["died"]).text
    for words in ("✓ Passed", "✗ Failed", "! Error", "◔ Out of time"):
        assert words in page
    assert len(set(reports._SYMBOL.values())) == len(set(reports._WORD.values())) == 7


def _schemes() -> dict[str, dict[str, str]]:
    css = (template_folder() / "style.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    light, dark, paper = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks)
    return {"light": light, "dark": dark, "print": paper}


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_has_contrast(scheme: str) -> None:
    """Text on any ground that it stands on: at least 4.5 to 1 (WCAG 2.2, 1.4.3); bars at least 3 to 1 on the card."""
    colours = _schemes()[scheme]

    def contrast(one: str, other: str) -> float:
        low, high = sorted((_luminance(colours[one]), _luminance(colours[other])))
        return (high + 0.05) / (low + 0.05)

    words = ("text", "muted", "accent", "passed", "failed", "warned")
    pairs = itertools.product(words, ("page", "card", "sunk"))
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []
    assert contrast("on-alert", "alert") >= 4.5
    assert contrast("fill", "card") >= 3


# --- what a student reads --------------------------------------------------------------------------------


def test_score_and_exercises_are_at_hand() -> None:
    """Score, percentage, each exercise with its points, and each check with outcome, message and hint."""
    record = EXAMPLES["graded"]
    page = _student(record).text
    assert f"{record.score:g} of 26 points {percent(record):g} %" in page
    for exercise in record.exercises:
        assert f"{exercise.title} {exercise.score:g} of {exercise.max_score:g} points" in page
    for check in record.checks:
        assert check.title in page
        assert check.outcome == "passed" or (check.message in page and check.hint in page)


def test_full_marks_are_said() -> None:
    """Who has everything right is told so, and nothing is left to do."""
    page = _student(EXAMPLES["full"]).text
    assert "26 of 26 points 100 %" in page
    assert "Nothing: every check passes." in page
    assert "Failed" not in page


def test_partial_points_are_shown() -> None:
    """A third of the cases wrong: the points that the others earn."""
    assert "2 of 3 cases are wrong" in _student(EXAMPLES["partial"]).text
    assert "0.67 of 2" in _student(EXAMPLES["partial"]).text


def test_unreadable_file_says_why_and_what_to_do() -> None:
    """The reason, a way out, and no list of checks."""
    page = _student(EXAMPLES["unreadable"]).text
    assert "ann.ipynb is not JSON" in page
    assert "Open the file in Jupyter" in page
    assert "Exercises" not in page


def test_fault_of_the_grader_is_no_zero() -> None:
    """No score is shown, and the student is not to blame."""
    page = _student(EXAMPLES["internal-error"]).text
    assert "No score yet" in page
    assert "You are not to blame" in page
    assert not re.search(r"\b0 of 26", page)
    assert EXAMPLES["internal-error"].message not in page


def test_missing_sandbox_is_said_in_red() -> None:
    """An alert at the top, before the score."""
    page = _student(EXAMPLES["no sandbox"])
    assert {"class": "alert", "role": "alert"} in page.all("div")
    assert page.text.index("Graded without a sandbox") < page.text.index("of 26 points")
    assert "without a sandbox" not in _student(EXAMPLES["graded"]).text


def test_run_names_broken_cells_and_deaths() -> None:
    """The cell, its own error with the line, and what ended a session, by title."""
    page = _student(EXAMPLES["died"]).text
    assert "16 of 18 ran to their end" in page
    assert "NameError: name 'A3' is not defined (line 4" in page
    assert "Code cell 17 ran out of time." in page
    assert "The code ran out of time during “The network learns XOR with eight hidden units”." in page


def test_death_in_an_unknown_check_names_no_id() -> None:
    """An id may hold a hidden input: without a title there is no name."""
    record = dataclasses.replace(EXAMPLES["full"], execution=Execution(deaths=(Death(f"test_x[{CANARY}]", "memory"),)))
    page = student_page(record, [])
    assert "ran out of memory during a check" in page
    assert CANARY not in page


def test_outcome_without_a_message_is_explained() -> None:
    """A check that timed out has no message of its own, and gets words."""
    assert "your code ran out of time" in _student(EXAMPLES["died"]).text


def test_many_broken_cells_are_counted() -> None:
    """A hundred broken cells do not make a hundred rows."""
    cells = tuple(CellResult(index, "error", "boom") for index in range(1, 101))
    page = _student(dataclasses.replace(EXAMPLES["full"], execution=Execution(cells)))
    assert len(page.all("tr")) == 51
    assert "And 50 more." in page.text


@pytest.mark.parametrize(
    ("received", "shown"),
    [
        ("2026-11-20T22:47:31Z", "20 November 2026, 22:47 UTC"),
        ("2026-11-20T23:47:31+01:00", "20 November 2026, 22:47 UTC"),
        ("2026-11-20T22:47:31", "20 November 2026, 22:47 UTC"),
        ("", "unknown"),
        ("yesterday", "yesterday"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_time_of_receipt_reads_well(received: str, shown: str) -> None:
    """ISO 8601 in, a date out; what is no date stays, and stops nothing."""
    record = EXAMPLES["graded"]
    submission = dataclasses.replace(record.submission, received_at=received)
    assert f"received {shown}" in _student(dataclasses.replace(record, submission=submission)).text


# --- what to do next -------------------------------------------------------------------------------------


def test_next_steps_begin_with_the_broken_cell() -> None:
    """First the cell that stops, then at most three exercises in the order of the pages."""
    steps = reports.next_steps(EXAMPLES["died"])
    assert steps[0].where == "Code cell 7"
    titles = list(sample_records.EXERCISES.values())
    places = [titles.index(step.where) for step in steps[1:]]
    assert places == sorted(places)
    assert len(places) == 3


def test_next_step_is_the_first_check_that_did_not_pass() -> None:
    """It names that check, its hint, and the points that wait in the exercise."""
    record = EXAMPLES["graded"]
    step = reports.next_steps(record)[0]
    exercise = next(entry for entry in record.exercises if entry.score < entry.max_score)
    check = next(c for c in record.checks if c.exercise == exercise.id and c.outcome != "passed")
    assert step == reports.Step(
        exercise.title, f"Start with: {check.title}", check.hint, exercise.max_score - exercise.score
    )


@pytest.mark.parametrize("name", ["full", "unreadable", "internal-error"])
def test_no_next_step_without_lost_points(name: str) -> None:
    """Full marks, or nothing graded: the list is empty."""
    assert reports.next_steps(EXAMPLES[name]) == []


# --- figures ---------------------------------------------------------------------------------------------


def test_figures_are_in_the_page() -> None:
    """Each is embedded byte by byte, with its name."""
    page = _student(EXAMPLES["full"], [Figure("cost", PNG + b"\0" * 9000)])
    (image,) = page.all("img")
    assert base64.b64decode(image["src"].partition(",")[2]) == PNG + b"\0" * 9000
    assert "cost" in image["alt"]


def test_figures_that_do_not_fit_are_counted() -> None:
    """What is no PNG, too big or too many is left out, and the page says how many."""
    large = Figure("large", PNG + b"\0" * reports.FIGURE_BYTES_A_PAGE)
    page = _student(EXAMPLES["full"], [large, Figure("svg", b"<svg onload=x>"), *[Figure("f", PNG)] * 30])
    assert len(page.all("img")) == reports.FIGURES_A_PAGE
    assert "8 more left out" in page.text


# --- the class -------------------------------------------------------------------------------------------


def test_class_page_has_a_row_a_student_that_links_the_page() -> None:
    """Every student, once, with a link to the page and one to the record."""
    records = sample_records.sample_class()
    links = [link["href"] for link in Page(SOURCES["class"]).all("a")]
    for record in records:
        assert f"students/{record.student}.html" in map(unquote, links)
        assert f"records/{record.student}.json" in map(unquote, links)


def test_attention_comes_first_and_the_gravest_first() -> None:
    """Faults of the grader, then unreadable files, then deaths, before any table."""
    kinds = [notice.kind for notice in reports.notices(sample_records.sample_class())]
    assert kinds == ["Grader failed", "Unreadable", "Session died"]
    text = Page(SOURCES["class"]).text
    assert text.index("Needs your attention") < text.index("Scores") < text.index("Checks, the hardest first")


@pytest.mark.parametrize(
    ("name", "why"),
    [("Аnna", "mixes Cyrillic and Latin letters"), ("Anna\u200b", "holds characters that do not show")],
)
def test_names_that_deceive_are_noticed(name: str, why: str) -> None:
    """A look-alike of another student's name is on the instructor's list."""
    (notice,) = reports.notices([sample_records.full_record(name)])
    assert (notice.kind, notice.text.partition(":")[0]) == ("Name", why)


@pytest.mark.parametrize("name", ["Zoë Lefèvre", "Анна Иванова", "李小龙", "s1234567", "O'Neill-Rossi"])
def test_honest_names_are_not_noticed(name: str) -> None:
    """Any one script is fine."""
    assert reports.notices([sample_records.full_record(name)]) == []


def test_nothing_to_attend_to_is_said() -> None:
    """A calm class says so."""
    assert "Nothing: every submission was read" in Page(class_page([EXAMPLES["full"]], "x")).text


def test_class_without_sandbox_is_said_in_red() -> None:
    """How many ran without protection, at the top."""
    page = Page(class_page([EXAMPLES["no sandbox"], EXAMPLES["full"]], "x"))
    assert "1 of 2 submissions ran without protection" in page.text


@given(st.lists(st.floats(0, 100)))
def test_histogram_counts_everyone_once(percents: list[float]) -> None:
    """Ten bars hold every percentage, 100 too."""
    bins = reports.histogram(percents)
    assert sum(entry.count for entry in bins) == len(percents)
    for entry in bins:
        top = entry.high + (entry.high == 100)
        assert entry.count == sum(entry.low <= value < top for value in percents)


def test_checks_are_listed_hardest_first() -> None:
    """By the share of graded submissions that pass; a file that was not graded does not count."""
    failed = dataclasses.replace(EXAMPLES["full"], status="internal-error")
    found = reports.check_statistics([*sample_records.sample_class(), failed])
    shares = [entry.share for entry in found]
    assert shares == sorted(shares)
    assert len(found) == len(sample_records.CHECKS)
    assert {entry.outcomes.total() for entry in found} == {38}
    assert all(entry.share == entry.outcomes["passed"] / 38 for entry in found)


def test_fault_of_the_grader_does_not_count_in_the_class() -> None:
    """Median and mean leave it out; an unreadable file is a 0."""
    page = Page(class_page([EXAMPLES["full"], EXAMPLES["internal-error"], EXAMPLES["unreadable"]], "x")).text
    assert "3 submissions 50 % median 50 % mean 1 with full marks 1 without a score" in page


def test_table_says_how_it_is_sorted() -> None:
    """Every sortable header has a button and `aria-sort`; at first it is by student."""
    page = Page(SOURCES["class"])
    sorts = [header.get("aria-sort") for header in page.all("th") if "data-kind" in header]
    assert sorts.count("ascending") == 2
    assert len(sorts) == len(page.all("button"))


# --- files -----------------------------------------------------------------------------------------------


def test_pages_are_written_where_the_class_page_links(tmp_path: Path) -> None:
    """Whatever students are called, each link leads to a file, and no file lies elsewhere."""
    names = [text for text in sample_records.HOSTILE_TEXTS.values() if len(text) < 1000]
    records = [sample_records.full_record(name) for name in names]
    index = write_pages(tmp_path / "out", records, "x")
    assert index == tmp_path / "out" / "index.html"
    links = {link["href"] for link in Page(index.read_text(encoding="utf-8")).all("a")}
    pages = {link for link in links if link.startswith("students/")}
    assert len(pages) == len(names)
    assert all((tmp_path / "out" / unquote(link)).is_file() for link in pages)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == len(names) + 1
    assert {path.parent for path in files} == {tmp_path / "out", tmp_path / "out" / "students"}


@given(st.lists(st.text(st.characters(), max_size=300), unique=True, max_size=6))
def test_page_names_are_safe_and_differ(students: list[str]) -> None:
    """One visible file name of at most 255 bytes each, in this folder, and no two alike."""
    names = [page_name(student) for student in students]
    assert len(set(names)) == len(students)
    for name in names:
        assert len(name.encode("utf-8")) <= 255
        assert visible(name) == name
        assert not set('/\\<>:"|?*\0\n') & set(name)
        assert name.endswith(".html")
        assert not name.startswith(".")


@pytest.mark.parametrize(
    ("student", "name"),
    [
        ("Zoë Lefèvre", "Zoë Lefèvre.html"),
        ("../x", "%2E.%2Fx.html"),
        ("..", "%2E..html"),
        ("a%2Fb", "a%252Fb.html"),
        ("CON", "%43ON.html"),
        ("aux.txt", "%61ux.txt.html"),
        ("", "%.html"),
        ("e" + "\u0301" * 5, "e" + "%CC%81" * 5 + ".html"),
    ],
)
def test_page_name_is_the_students_where_that_is_safe(student: str, name: str) -> None:
    """Ordinary names stay; what could leave the folder, hide or name a device is spelled out."""
    assert page_name(student) == name


def test_failed_write_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is replaced whole or not at all, and no half of it stays behind."""
    index = write_pages(tmp_path, [EXAMPLES["full"]], "first")
    before = index.read_text(encoding="utf-8")

    def fail(source: Any, target: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        write_pages(tmp_path, [EXAMPLES["full"]], "second")
    assert index.read_text(encoding="utf-8") == before
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["Zoë Lefèvre.html", "index.html"]


def test_figures_come_from_the_students_folder(tmp_path: Path) -> None:
    """In the order of their names, PNG only; a link is not followed."""
    folder = tmp_path / "figures" / "Zoë Lefèvre"
    folder.mkdir(parents=True)
    for name in ("b.png", "a.png", "c.txt"):
        (folder / name).write_bytes(PNG)
    (folder / "z.png").symlink_to(folder / "a.png")
    write_pages(tmp_path, [EXAMPLES["full"]], "x")
    page = Page((tmp_path / "students" / "Zoë Lefèvre.html").read_text(encoding="utf-8"))
    assert [image["alt"].rpartition(" ")[2] for image in page.all("img")] == ["a", "b"]


def test_name_does_not_reach_figures_elsewhere(tmp_path: Path) -> None:
    """A student called `../other` gets no picture of another folder."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret.png").write_bytes(PNG)
    (tmp_path / "figures").mkdir()
    write_pages(tmp_path, [sample_records.full_record("../other")], "x")
    (path,) = (tmp_path / "students").iterdir()
    assert "<img" not in path.read_text(encoding="utf-8")


def test_renderers_are_pure() -> None:
    """The same records give the same pages, and html escapes stand where they should."""
    records = sample_records.sample_class()
    assert class_page(records, "a & b") == class_page(records, "a & b")
    assert html.escape("a & b") in class_page(records, "a & b")
