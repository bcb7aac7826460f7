"""Exports: they parse back, hold what they should, and stay inert whatever a student writes."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import sample_records
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from autograder import exports
from autograder.errors import UsageError
from autograder.exports import FORMATS, export, job_summary, markdown_safe, visible, workflow_safe
from autograder.records import Record, SandboxInfo

CANARY = sample_records.CANARY
HOSTILE = pytest.mark.parametrize(
    "text", sample_records.HOSTILE_TEXTS.values(), ids=sample_records.HOSTILE_TEXTS.keys()
)
ANY_TEXT = st.text(st.characters(), max_size=60)  # surrogates and controls too


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), strict=True))


def _hiding(text: str) -> set[str]:
    """What `visible` promises not to leave, judged by Unicode categories alone."""
    hiding = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return {mark for mark in text if unicodedata.category(mark) in hiding} - {"\n", "\t"}


# --- all formats -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", FORMATS)
def test_no_export_holds_what_is_for_instructors(to: str) -> None:
    """Details, ids of checks (they may hold hidden inputs) and the grader's own fault stay out."""
    for record in (sample_records.died_record(), sample_records.unreadable_record(), sample_records.sample_record()):
        canaried = sample_records.with_canaries(record)
        assert CANARY in canaried.to_json() or not record.checks
        assert CANARY not in export([canaried], to)


def test_summary_holds_nothing_for_instructors() -> None:
    """The same for the step summary, for all of a class."""
    records = [sample_records.with_canaries(record) for record in sample_records.sample_class()]
    assert CANARY not in job_summary(records, "Neural network")
    for to in ("csv", "junit", "markdown"):
        assert CANARY not in export(records, to)


@HOSTILE
@pytest.mark.parametrize("to", FORMATS)
def test_hostile_text_stays_small_and_shows_what_hides(text: str, to: str) -> None:
    """Every export can be written as UTF-8, holds no hiding character and cuts a megabyte."""
    written = export([sample_records.hostile_record(text)], to)
    assert len(written.encode("utf-8")) < 200_000
    assert not _hiding(written)
    assert "more characters" in written or len(text) < 100_000


def test_unknown_format_is_refused_with_a_suggestion() -> None:
    """A slip gets the nearest format, and all of them are named."""
    with pytest.raises(UsageError, match=r"unknown format 'juint': expected one of csv, .*; did you mean 'junit'\?"):
        export([], "juint")


@pytest.mark.parametrize("to", ["csv", "junit", "markdown"])
def test_no_records_is_an_empty_export(to: str) -> None:
    """A class without submissions is no error."""
    assert export([], to).endswith("\n")


# --- text ------------------------------------------------------------------------------------------------


@given(ANY_TEXT)
def test_visible_leaves_nothing_that_hides(text: str) -> None:
    """No control, format, surrogate or unassigned character comes through, and what is left stays."""
    shown = visible(text)
    assert not _hiding(shown)
    shown.encode("utf-8")
    assert visible(shown) == shown


@pytest.mark.parametrize("text", ["Zoë Lefèvre", "李小龙", "محمد", "σ² × ≤ 1e-9 – “ok”", "a\n\tb", "❤\ufe0f"])
def test_visible_leaves_honest_text_alone(text: str) -> None:
    """Names in any script, mathematics, newlines and emoji stay as they are."""
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("\u202egnp", "\\u202egnp"),
        ("a\u200bb", "a\\u200bb"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("\u3164", "\\u3164"),
        ("a\r\n", "a\\x0d\n"),
    ],
)
def test_visible_spells_what_hides(text: str, shown: str) -> None:
    """The escape is the one that Python would write."""
    assert visible(text) == shown


def test_visible_ends_a_heap_of_accents() -> None:
    """A few accents on a letter are a script's own; hundreds cover the lines above."""
    assert visible("e" + "\u0301" * 6) == "e" + "\u0301" * 4 + "\\u0301\\u0301"


def test_visible_says_how_much_it_cuts() -> None:
    """A cut is visible and counts what is missing."""
    assert visible("a" * 1_004_000, 4000) == "a" * 4000 + " … [1,000,000 more characters]"


@given(st.text(st.sampled_from(":# \t\n\r[]abc\u00a0\u2028\x0b\x85\ufeff"), max_size=40))
def test_no_line_is_a_workflow_command(text: str) -> None:
    """Under any reading of line ends, no line begins with `::`, and `##[` is nowhere."""
    safe = workflow_safe(text)
    assert "##[" not in safe
    for line in [*re.split(r"\r\n|\r|\n", safe), *safe.splitlines()]:
        assert not line.lstrip().startswith("::")


def test_workflow_safe_leaves_honest_text_alone() -> None:
    """Slices, headings and C++ names are no commands."""
    text = "x[::2]\n## heading [1]\nstd::vector"
    assert workflow_safe(text) == text


@pytest.mark.parametrize(("value", "text"), [(2.0, "2"), (0.5, "0.5"), (5 / 3, "1.67"), (0.0, "0"), (100.0, "100")])
def test_number_has_no_needless_decimals(value: float, text: str) -> None:
    """Points read as people write them."""
    assert exports.number(value) == text


def test_percent_is_never_rounded_up_to_100() -> None:
    """Whoever misses a sliver of a point does not read 100 %, and 57 % of 100 is not 56.9 %."""
    record = dataclasses.replace(sample_records.full_record(), score=25.999)
    assert exports.percent(record) == 99.9
    assert [exports.percent(dataclasses.replace(record, score=s, max_score=100.0)) for s in (57, 29, 0)] == [57, 29, 0]


# --- csv -------------------------------------------------------------------------------------------------


def test_csv_has_a_row_a_student_and_a_column_an_exercise() -> None:
    """Columns are as promised, and numbers add up."""
    records = sample_records.sample_class()
    rows = _rows(export(records, "csv"))
    exercises = list(sample_records.EXERCISES)
    assert list(rows[0]) == ["student", "status", "score", "max_score", "percent", *exercises, "file", "sha256"]
    assert [row["student"] for row in rows] == [record.student for record in records]
    for row, record in zip(rows, records, strict=True):
        if record.status == "graded":
            assert float(row["score"]) == record.score == sum(float(row[name]) for name in exercises)
            assert row["sha256"] == record.submission.sha256


def test_csv_has_no_score_for_a_fault_of_the_grader() -> None:
    """internal-error leaves score, percent and exercises empty: it is no 0; unreadable is one."""
    failed, unreadable = _rows(export([sample_records.failed_record(), sample_records.unreadable_record()], "csv"))
    assert (failed["score"], failed["percent"], failed["cost"], failed["max_score"]) == ("", "", "", "26.0")
    assert (unreadable["score"], unreadable["percent"]) == ("0.0", "0.0")


@pytest.mark.parametrize("name", ["formula", "plus", "tab", "cr", "wide"])
def test_csv_guards_formulas(name: str) -> None:
    """Text that a spreadsheet would run begins with an apostrophe."""
    (row,) = _rows(export([sample_records.hostile_record(sample_records.HOSTILE_TEXTS[name])], "csv"))
    assert row["student"].startswith("'")
    assert row["file"].startswith("'")


@given(ANY_TEXT)
def test_no_csv_cell_of_text_is_a_formula(text: str) -> None:
    """Whatever the name, its cell does not begin with a sign of a formula, white space aside."""
    (row,) = _rows(export([sample_records.hostile_record(text)], "csv"))
    assert not re.match(r"[\s\u00a0]*[=+\-@＝＋－＠]", row["student"])
    assert float(row["score"]) == 1.0


def test_csv_leaves_numbers_as_numbers() -> None:
    """A number gets no apostrophe, and a name that is none either."""
    (row,) = _rows(export([sample_records.sample_record("O'Neill-Rossi")], "csv"))
    assert row["student"] == "O'Neill-Rossi"
    assert re.fullmatch(r"\d+\.\d", row["score"])


def test_csv_exercise_named_like_a_column_keeps_its_own() -> None:
    """An exercise called `score` does not hide the score."""
    record = sample_records.hostile_record("x")
    exercise = dataclasses.replace(record.exercises[0], id="score", score=0.25)
    (row,) = _rows(export([dataclasses.replace(record, exercises=(exercise,))], "csv"))
    assert (row["score"], row["exercise_score"]) == ("1.0", "0.25")


# --- junit -----------------------------------------------------------------------------------------------


def _cases(*records: Record) -> dict[str, ET.Element]:
    root = ET.fromstring(export(records, "junit"))
    return {f"{case.get('classname')}/{case.get('name')}": case for case in root.iter("testcase")}


@pytest.mark.parametrize(
    ("outcome", "tag"),
    [
        ("failed", "failure"), ("error", "error"), ("timeout", "error"), ("memory", "error"), ("crashed", "error"),
        ("not-run", "skipped"),
    ],
)  # fmt: skip
def test_junit_tells_outcomes_apart(outcome: Any, tag: str) -> None:
    """Each outcome has its element, with the outcome's own word as type, and is counted once."""
    record = sample_records.full_record()
    first = dataclasses.replace(record.checks[0], outcome=outcome, score=0.0)
    root = ET.fromstring(export([dataclasses.replace(record, checks=(first, *record.checks[1:]))], "junit"))
    (found,) = root.findall("testsuite/testcase/*")
    assert (found.tag, found.get("type")) == (tag, outcome)
    counts = {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")}
    plural = {"failure": "failures", "error": "errors", "skipped": "skipped"}[tag]
    assert counts == {"tests": "21", "failures": "0", "errors": "0", "skipped": "0"} | {plural: "1"}


def test_junit_has_a_suite_a_student_and_a_case_a_check() -> None:
    """The counts are those of the record, and every case can be told from every other."""
    record = sample_records.died_record()
    root = ET.fromstring(export([record, sample_records.full_record()], "junit"))
    assert [suite.get("name") for suite in root] == ["Omar Haddad", "Zoë Lefèvre"]
    lost = [check for check in record.checks if check.outcome != "passed"]
    assert len(root[0].findall("testcase/*")) == len(lost)
    assert len(_cases(record)) == len(record.checks)
    assert root[0].find("properties/property[@name='score']").get("value") == exports.number(record.score)  # type: ignore[union-attr]


def test_junit_tells_checks_of_one_title_apart() -> None:
    """Two checks with one title are two cases."""
    record = sample_records.full_record()
    twice = dataclasses.replace(record, checks=(record.checks[0], record.checks[0]))
    assert [name[-5:] for name in _cases(twice)] == ["of z.", ". (2)"]


@pytest.mark.parametrize("make", [sample_records.failed_record, sample_records.unreadable_record])
def test_junit_is_red_for_what_could_not_be_graded(make: Any) -> None:
    """A submission without checks is an error, never an empty green suite."""
    record = make()
    root = ET.fromstring(export([record], "junit"))
    (error,) = root.iter("error")
    assert error.get("type") == record.status
    assert root.get("errors") == "1"


def test_junit_says_nothing_of_how_long_a_check_took() -> None:
    """Time can carry a hidden input: only whole seconds of the notebook's own run are given."""
    record = sample_records.sample_record()
    root = ET.fromstring(export([record], "junit"))
    assert all(case.get("time") is None for case in root.iter("testcase"))
    assert re.fullmatch(r"\d+", root[0].get("time", ""))


@HOSTILE
def test_junit_parses_whatever_it_holds(text: str) -> None:
    """Text that is illegal in XML 1.0, or that looks like markup, comes back as text."""
    root = ET.fromstring(export([sample_records.hostile_record(text)], "junit"))
    assert {element.tag for element in root.iter()} == {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error"
    }  # fmt: skip
    failure = next(root.iter("failure")).text or ""
    assert visible(text, exports.MESSAGE_LIMIT).strip() in failure


# --- gradescope ------------------------------------------------------------------------------------------


def test_gradescope_has_the_documented_shape() -> None:
    """Keys and words are the ones that Gradescope documents, and the tests add up to the score."""
    record = sample_records.died_record()
    body = json.loads(export([record], "gradescope"))
    assert set(body) == {"score", "output", "output_format", "visibility", "stdout_visibility", "tests"}
    assert body["score"] == record.score == sum(test["score"] for test in body["tests"])
    assert sum(test["max_score"] for test in body["tests"]) == record.max_score
    for test in body["tests"]:
        assert test["status"] in ("passed", "failed")
        assert test["visibility"] in ("visible", "hidden", "after_due_date", "after_published")
        assert test["output_format"] == "text"
    assert "cell 7: error: NameError" in body["output"]
    assert body["stdout_visibility"] == "hidden"


def test_gradescope_shows_hidden_checks_once_grades_are_published() -> None:
    """Before that a resubmission would ask them, bit by bit, for the answer."""
    record = sample_records.sample_record()
    tests = json.loads(export([record], "gradescope"))["tests"]
    for test, check in zip(tests, record.checks, strict=True):
        assert test["visibility"] == ("visible" if check.visibility == "public" else "after_published")
    assert [test["number"] for test in tests][:5] == ["1.1", "1.2", "1.3", "1.4", "2.1"]


@pytest.mark.parametrize("count", [0, 2])
def test_gradescope_takes_one_submission(count: int) -> None:
    """The format has no place for several."""
    with pytest.raises(UsageError, match=f"takes one submission, got {count}"):
        export([sample_records.sample_record()] * count, "gradescope")


def test_gradescope_gives_no_zero_for_a_fault_of_the_grader() -> None:
    """Without results.json Gradescope says that the autograder failed, which is the truth."""
    with pytest.raises(UsageError, match="internal-error"):
        export([sample_records.failed_record()], "gradescope")


def test_gradescope_says_why_a_file_is_unreadable() -> None:
    """An unreadable file earns 0 and the reason."""
    body = json.loads(export([sample_records.unreadable_record()], "gradescope"))
    assert (body["score"], body["tests"]) == (0.0, [])
    assert "is not JSON" in body["output"]


# --- markdown --------------------------------------------------------------------------------------------

_PLAIN = {
    "text", "code_inline", "inline", "table_open", "table_close", "thead_open", "thead_close", "tbody_open",
    "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close", "text_special",
}  # fmt: skip


def _tokens(markdown: str) -> list[Token]:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return [token for block in parser.parse(markdown) for token in (block, *(block.children or []))]


def _texts(markdown: str) -> list[str]:
    """The cells of all tables, as a reader sees them."""
    blocks = [token for token in MarkdownIt("commonmark").enable("table").parse(markdown) if token.type == "inline"]
    return ["".join(child.content for child in block.children or []) for block in blocks]


@HOSTILE
def test_markdown_is_two_tables_whatever_it_holds(text: str) -> None:
    """No link, image, HTML, heading or extra cell comes of a student's text."""
    markdown = export([sample_records.hostile_record(text)], "markdown")
    tokens = _tokens(markdown)
    assert {token.type for token in tokens} <= _PLAIN
    kinds = [token.type for token in tokens]
    assert (kinds.count("table_open"), kinds.count("tr_open")) == (2, 2 + 3)
    assert (kinds.count("th_open"), kinds.count("td_open")) == (5 + 5, 5 + 2 * 5)


@given(ANY_TEXT)
def test_markdown_safe_reads_as_the_text(text: str) -> None:
    """What a reader sees is the text on one line, and nothing in it is more than text."""
    (shown,) = _texts(f"| {markdown_safe(text, 100)} |\n| --- |\n")[:1] or [""]
    assert shown == exports.one_line(text, 100)


@pytest.mark.parametrize("text", ["@admin", "a@b", "#1", "org/repo#12", "GH-7"])
def test_markdown_mentions_and_references_are_broken(text: str) -> None:
    """GitHub reads mentions in the text of a page: the sign has to stand in code."""
    tokens = [token for token in _tokens(markdown_safe(text)) if token.type == "text"]
    assert not any(re.search(r"@\w|#\d|GH-\d", token.content) for token in tokens)


@pytest.mark.parametrize("text", ["https://evil.test", "www.evil.test", "HTTP://x.y", "ftp://x"])
def test_markdown_addresses_do_not_become_links(text: str) -> None:
    """GitHub's autolinks look for these in the source."""
    assert not re.search(r"(?i)www\.|://", markdown_safe(text))


def test_markdown_class_has_a_row_a_student() -> None:
    """The table shows score, percent and exercises; a fault of the grader has no score."""
    records = [sample_records.full_record("Ada"), sample_records.failed_record("Bob")]
    cells = _texts(export(records, "markdown"))
    assert cells[:3] == ["Student", "Score", "Percent"]
    assert cells[10:13] == ["Ada", "26 of 26", "100 %"]
    assert cells[20:23] == ["Bob", "no score", "–"]


def test_summary_folds_every_student_away() -> None:
    """One folded part a student, and the class table before."""
    records = sample_records.sample_class()
    text = job_summary(records, "Neural network")
    assert text.count("<details>") == text.count("</details>") == len(records)
    assert text.index("| Student |") < text.index("<details>")
    assert text.startswith("## Neural network\n\n40 submissions, 39 with a score.")
    assert "without a sandbox" not in text


def test_summary_warns_of_a_missing_sandbox() -> None:
    """A score that could be forged is said to be one."""
    record = dataclasses.replace(sample_records.sample_record(), sandbox=SandboxInfo())
    assert "graded without a sandbox" in job_summary([record], "x")


@HOSTILE
def test_summary_has_no_markup_but_its_own(text: str) -> None:
    """The only HTML is the folding, and there is no link or image."""
    tokens = _tokens(job_summary([sample_records.hostile_record(text)], text))
    kinds = {token.type for token in tokens}
    assert not kinds & {"link_open", "image", "html_inline", "em_open", "strong_open", "fence", "code_block"}
    html = "".join(token.content for token in tokens if token.type == "html_block")
    assert set(re.findall(r"<[^>]*>", html)) == {"<details>", "<summary>", "</summary>", "</details>"}


def test_summary_stays_under_a_mebibyte() -> None:
    """GitHub drops a longer one whole: the folded parts end before, and the text says so."""
    record = sample_records.sample_record()
    checks = tuple(dataclasses.replace(c, outcome="failed", message="m" * 3000, hint="h" * 3000) for c in record.checks)
    records = [dataclasses.replace(record, student=f"student {n}", checks=checks) for n in range(200)]
    text = job_summary(records, "Large")
    assert len(text.encode()) < 2**20
    assert 0 < text.count("<details>") < 200
    assert f"checks of {200 - text.count('<details>')} more submissions" in text


# --- workflows -------------------------------------------------------------------------------------------

CI = exports.template_folder() / "ci"


def test_github_workflow_gives_student_code_nothing() -> None:
    """Read-only token, none left on disk, no input pasted into a script, a time limit on every job."""
    workflow = yaml.safe_load((CI / "github.yml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow[True]  # YAML 1.1 reads the key `on` as true
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 120
        (checkout,) = (step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
        assert checkout["with"]["persist-credentials"] is False
        assert not any("${{" in step.get("run", "") for step in job["steps"])


def test_gitlab_pipeline_is_yaml_with_both_jobs() -> None:
    """It verifies on pushes and grades by hand; results are not for guests."""
    pipeline = yaml.safe_load((CI / "gitlab.yml").read_text(encoding="utf-8"))
    assert {"verify", "grade"} <= set(pipeline)
    assert pipeline["grade"]["artifacts"]["access"] == "developer"


@pytest.mark.parametrize("path", sorted(Path(CI).glob("*.yml")), ids=lambda path: path.name)
def test_workflow_calls_only_commands_that_exist(path: Path) -> None:
    """Every `autograder …` in a workflow is one of the published commands, and exports a known format."""
    text = path.read_text(encoding="utf-8")
    commands = re.findall(r"\bautograder (verify|release|grade|report|export|new|demo)\b", text)
    assert set(commands) == {"verify", "grade", "export"}
    assert set(re.findall(r"--to (\w+)", text)) <= set(FORMATS)
