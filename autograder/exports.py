"""Records in the formats of other programs. Pure functions: nothing here reads or writes a file.

Whoever receives these files may be a student, so none holds `detail`, a check's id (its parameters may be
hidden inputs) or the time that a check took. Text that a student can choose goes through `visible` and then
through the escape of its format.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import math
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import jinja2

from autograder.errors import InternalError, UsageError
from autograder.records import CheckResult, ExerciseScore, Outcome, Record

FORMATS = ("csv", "gradescope", "junit", "markdown")

NAME_LIMIT = 160
TITLE_LIMIT = 300
MESSAGE_LIMIT = 4000

# Letters and symbols that show as nothing at all, though Unicode does not class them as controls.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SPACES = frozenset(" \u00a0\u3000")
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE0F), *range(0xE0100, 0xE01F0))))  # U+FE0F, emoji, stays
_MARKS_IN_A_ROW = 4

_EXPLANATION: dict[Outcome, str] = {
    "passed": "",
    "failed": "the result is not the right one",
    "error": "your code raised an exception",
    "timeout": "your code ran out of time",
    "memory": "your code ran out of memory",
    "crashed": "your code ended the session that it ran in",
    "not-run": "this check was not reached, since the session ended too often before it",
}


def export(records: Sequence[Record], to: str) -> str:
    """The records as text in one of `FORMATS`, ending in a newline.

    Raises:
        UsageError: the format is unknown, or cannot hold these records.
    """
    renderers: dict[str, Callable[[Sequence[Record]], str]] = {
        "csv": _csv, "gradescope": _gradescope, "junit": _junit, "markdown": _markdown,
    }  # fmt: skip
    if to not in renderers:
        close = difflib.get_close_matches(to, FORMATS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else ""
        raise UsageError(f"unknown format {to!r}: expected one of {', '.join(FORMATS)}", hint)
    return renderers[to](records)


def visible(text: str, limit: int | None = None) -> str:
    r"""`text` with everything that hides or reorders text (controls, bidi, zero width) as `\x1b`, `\u202e`.

    Newlines and tabs stay. What exceeds `limit` characters is cut, and the cut says how much is missing.
    The result can be encoded as UTF-8 and stands in XML 1.0.
    """
    left_out = max(0, len(text) - limit) if limit is not None else 0
    kept = text[: len(text) - left_out]
    shown = kept if kept.isascii() and kept.isprintable() else "".join(_shown(kept))
    return f"{shown} … [{left_out:,} more characters]" if left_out else shown


def _shown(text: str) -> Iterable[str]:
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        yield _escape(character) if _hides(character, category) or marks > _MARKS_IN_A_ROW else character


def _hides(character: str, category: str) -> bool:
    if character in "\n\t":
        return False
    if category == "Zs":
        return character not in _SPACES
    return category[0] == "C" or category in ("Zl", "Zp") or character in _BLANK or character in _SELECTORS


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str, limit: int) -> str:
    """`visible`, with every run of white space as one space."""
    return " ".join(visible(text, limit).split())


def workflow_safe(text: str) -> str:
    """`text` that GitHub's runner takes for no workflow command, whatever a student wrote into it.

    The runner obeys `::name::` at the start of a line, leading white space aside, and `##[name]` anywhere.
    """
    lines = (re.sub(r"##(?=\w*\[)", "# #", line) for line in visible(text).split("\n"))
    return "\n".join(re.sub(r"^(\s*):(?=:)", r"\1: ", line) for line in lines)


def number(value: float) -> str:
    """At most two decimals, none where none are needed: 2, 0.5, 1.67."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(record: Record) -> float:
    """The percentage cut, never rounded up, to one decimal: 99.96 is not 100."""
    return math.floor(record.percent * 10 + 1e-6) / 10


def has_score(record: Record) -> bool:
    """Whether the score means something: a fault of the grader is no 0."""
    return record.status != "internal-error"


def explanation(check: CheckResult) -> str:
    """The check's message, or what its outcome means where it has none."""
    return check.message.strip() or _EXPLANATION[check.outcome]


def exercises_of(records: Iterable[Record]) -> list[ExerciseScore]:
    """Every exercise that occurs, once, in the order of the pages."""
    found: dict[str, ExerciseScore] = {}
    for record in records:
        for exercise in record.exercises:
            found.setdefault(exercise.id, exercise)
    return list(found.values())


def template_folder() -> Path:
    """Where the templates are: in the package of a wheel, else in the checkout.

    Raises:
        InternalError: in neither.
    """
    package = Path(__file__).parent
    for folder in (package / "_templates", package.parent / "templates"):
        if (folder / "student.html").is_file():
            return folder
    raise InternalError(f"templates not found beside {package}", "install the package again")


# --- csv -------------------------------------------------------------------------------------------------


def _csv(records: Sequence[Record]) -> str:
    exercises = [exercise.id for exercise in exercises_of(records)]
    first, last = ["student", "status", "score", "max_score", "percent"], ["file", "sha256"]
    names = [f"exercise_{name}" if name in (*first, *last) else name for name in exercises]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_cell(name) for name in (*first, *names, *last)])
    writer.writerows([_cell(value) for value in _csv_row(record, exercises)] for record in records)
    return out.getvalue()


def _csv_row(record: Record, exercises: Sequence[str]) -> list[str | float | None]:
    scored = has_score(record)
    earned = {exercise.id: exercise.score for exercise in record.exercises if scored}
    return [
        record.student, record.status, record.score if scored else None, record.max_score,
        percent(record) if scored else None, *(earned.get(name) for name in exercises),
        record.submission.file, record.submission.sha256,
    ]  # fmt: skip


def _cell(value: str | float | None) -> str | float | None:
    """Numbers stay numbers; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    shown = visible(value, MESSAGE_LIMIT).replace("\n", "\\n").replace("\t", "\\t")
    return f"'{shown}" if value[:1] in ("\t", "\r", "\n") or _starts_formula(value) else shown


def _starts_formula(text: str) -> bool:
    # some spreadsheets drop leading white space, and some locales read full-width signs as the plain ones
    bare = (character for character in text if unicodedata.category(character)[0] not in "CZ")
    return unicodedata.normalize("NFKC", next(bare, " ")) in tuple("=+-@")


# --- gradescope ------------------------------------------------------------------------------------------


def _gradescope(records: Sequence[Record]) -> str:
    if len(records) != 1:
        raise UsageError(
            f"gradescope takes one submission, got {len(records)}",
            "results.json describes one student: export a folder with one record",
        )
    (record,) = records
    if not has_score(record):
        raise UsageError(
            f"gradescope: no score for {record.student!r}: status is internal-error",
            "grade again; without a results.json Gradescope reports a failed autograder instead of a 0",
        )
    body = {
        "score": record.score,
        "output": _run_summary(record),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_gradescope_test(check, numbering) for numbering, check in _numbered(record)],
    }
    return json.dumps(body, indent=1, allow_nan=False) + "\n"


def _gradescope_test(check: CheckResult, numbering: str) -> dict[str, Any]:
    """A hidden check shows once grades are published: before, it would be an oracle for resubmissions."""
    return {
        "name": one_line(check.title, TITLE_LIMIT),
        "name_format": "text",
        "number": numbering,
        "score": check.score,
        "max_score": check.points,
        "status": "passed" if check.outcome == "passed" else "failed",
        "output": _feedback(check),
        "output_format": "text",
        "visibility": "visible" if check.visibility == "public" else "after_published",
    }


def _numbered(record: Record) -> list[tuple[str, CheckResult]]:
    places = {exercise.id: place for place, exercise in enumerate(record.exercises, 1)}
    seen: Counter[str] = Counter()
    numbered = []
    for check in record.checks:
        seen[check.exercise] += 1
        numbered.append((f"{places.get(check.exercise, 0)}.{seen[check.exercise]}", check))
    return numbered


def _feedback(check: CheckResult) -> str:
    """What the student may read about a check; empty when it passed."""
    if check.outcome == "passed":
        return ""
    hint = f"\nhint: {visible(check.hint, MESSAGE_LIMIT)}" if check.hint.strip() else ""
    return f"{check.outcome}: {visible(explanation(check), MESSAGE_LIMIT)}{hint}"


def _run_summary(record: Record) -> str:
    """One line for each thing that went wrong before the checks, or that all cells ran."""
    if record.status == "unreadable":
        return f"the submission could not be read: {visible(record.message, MESSAGE_LIMIT)}"
    cells = record.execution.cells
    wrong = [cell for cell in cells if cell.status != "ok"]
    lines = [f"cell {cell.index}: {cell.status}: {one_line(cell.error, TITLE_LIMIT)}" for cell in wrong]
    return "\n".join(lines) or f"all {len(cells)} code cells ran"


# --- junit -----------------------------------------------------------------------------------------------


def _junit(records: Sequence[Record]) -> str:
    assignments = sorted({record.assignment for record in records})
    root = ET.Element("testsuites", name=one_line(", ".join(assignments), NAME_LIMIT))
    for record in records:
        root.append(_suite(record))
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(record: Record) -> ET.Element:
    # whole seconds of the notebook's own run: finer times could carry what a hidden check handed over
    suite = ET.Element("testsuite", name=one_line(record.student, NAME_LIMIT))
    suite.set("time", str(math.ceil(record.execution.seconds)))
    if record.submission.received_at:
        suite.set("timestamp", one_line(record.submission.received_at, NAME_LIMIT))
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(record):
        ET.SubElement(properties, "property", name=name, value=value)
    cases = [*_submission_case(record), *_cases(record)]
    suite.extend(cases)
    suite.set("tests", str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(len(suite.findall(f"testcase/{tag}"))))
    return suite


def _properties(record: Record) -> list[tuple[str, str]]:
    scored = [("score", number(record.score)), ("percent", number(percent(record)))]
    return [
        ("status", record.status), *(scored if has_score(record) else []), ("max_score", number(record.max_score)),
        ("file", one_line(record.submission.file, NAME_LIMIT)),
        ("sha256", one_line(record.submission.sha256, NAME_LIMIT)),
    ]  # fmt: skip


def _submission_case(record: Record) -> list[ET.Element]:
    """One more test case where the submission as a whole failed: a suite without tests would look green."""
    if record.status == "graded":
        return []
    texts = {
        "unreadable": visible(record.message, MESSAGE_LIMIT) or "the submission could not be read",
        "internal-error": "the grader failed; the submission is not to blame and has no score yet",
    }
    name, classname = "The submission can be graded.", f"{one_line(record.assignment, NAME_LIMIT)}.submission"
    case = ET.Element("testcase", classname=classname, name=name)
    ET.SubElement(case, "error", type=record.status, message=texts[record.status])
    return [case]


def _cases(record: Record) -> list[ET.Element]:
    seen: Counter[tuple[str, str]] = Counter()
    cases = []
    for check in record.checks:
        classname = one_line(f"{record.assignment}.{check.exercise}", TITLE_LIMIT)
        title = one_line(check.title, TITLE_LIMIT)
        seen[classname, title] += 1
        again = seen[classname, title]
        cases.append(_case(check, classname, f"{title} ({again})" if again > 1 else title))
    return cases


def _case(check: CheckResult, classname: str, name: str) -> ET.Element:
    case = ET.Element("testcase", classname=classname, name=name)
    if check.outcome == "passed":
        return case
    tag = {"failed": "failure", "not-run": "skipped"}.get(check.outcome, "error")
    result = ET.SubElement(case, tag, type=check.outcome, message=one_line(explanation(check), TITLE_LIMIT))
    result.text = _feedback(check)
    return case


# --- markdown --------------------------------------------------------------------------------------------


def markdown_safe(text: str, limit: int = TITLE_LIMIT) -> str:
    """`text` on one line that Markdown shows as it is: no table, HTML, link, image, mention or reference."""
    line = re.sub(r"[&<>\\`*_{}\[\]|~^$]", lambda found: f"&#{ord(found[0])};", one_line(text, limit))
    line = re.sub(r"(?i)(www)\.|:(?=//)", lambda found: f"{found[1]}&#46;" if found[1] else "&#58;", line)
    # GitHub looks for mentions and references in the finished page, where entities are plain: code stops it.
    # The # after an & is an entity's own.
    return re.sub(r"(?<!&)[@#]+|(?<=\bGH)-(?=\d)", lambda found: f"`{found[0]}`", line)


def job_summary(records: Sequence[Record], title: str) -> str:
    """The class in Markdown for GitHub's step summary: a table, and each student's checks folded away.

    GitHub drops a summary over 1 MiB whole, so the folded parts stop before, and the text says so.
    """
    shown, room = [], 900_000 - len(_class_table(records).encode())
    for record in records:
        room -= len(_check_table(record).encode()) + 500
        if room < 0:
            break
        shown.append(record)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_folder()),
        undefined=jinja2.StrictUndefined,
        finalize=_markdown_value,
        autoescape=False,  # the finalizer escapes every value, for Markdown
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("summary.md").render(
        title=title, records=records, shown=shown, scored=[record for record in records if has_score(record)],
        class_table=_Table(_class_table(records)), check_table=lambda record: _Table(_check_table(record)),
        number=number, percent=percent, has_score=has_score, score=_score,
    )  # fmt: skip


class _Table(str):
    """Markdown that is escaped already."""


def _markdown_value(value: object) -> object:
    return value if isinstance(value, _Table) or not isinstance(value, str) else markdown_safe(value)


def _markdown(records: Sequence[Record]) -> str:
    text = _class_table(records)
    if len(records) == 1:
        text += "\n" + _check_table(records[0])
    return text


def _class_table(records: Sequence[Record]) -> str:
    exercises = exercises_of(records)
    titles = (f"{exercise.title} ({number(exercise.max_score)})" for exercise in exercises)
    header = ["Student", "Score", "Percent", *titles, "Status"]
    return _table(header, (_class_row(record, exercises) for record in records))


def _class_row(record: Record, exercises: Sequence[ExerciseScore]) -> list[str]:
    scored = has_score(record)
    earned = {exercise.id: number(exercise.score) for exercise in record.exercises if scored}
    cells = [earned.get(exercise.id, "–") for exercise in exercises]
    share = f"{number(percent(record))} %" if scored else "–"
    return [one_line(record.student, NAME_LIMIT), _score(record), share, *cells, record.status]


def _score(record: Record) -> str:
    return f"{number(record.score)} of {number(record.max_score)}" if has_score(record) else "no score"


def _check_table(record: Record) -> str:
    titles = {exercise.id: exercise.title for exercise in record.exercises}
    rows = (
        [
            f"{check.outcome}", titles.get(check.exercise, check.exercise), check.title,
            f"{number(check.score)} of {number(check.points)}", _feedback(check).partition(": ")[2],
        ]
        for check in record.checks
    )  # fmt: skip
    return _table(["Outcome", "Exercise", "Check", "Points", "Feedback"], rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(_table_cell(cell) for cell in line)} |\n" for line in lines)


def _table_cell(cell: str) -> str:
    return cell if cell == "---" else markdown_safe(cell, 2 * TITLE_LIMIT)
