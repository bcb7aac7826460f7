"""The pages: one a student, which can be mailed as a single file, and one for the class.

The renderers are pure functions of records. Whatever a template prints goes through `visible` and then
through autoescape, so that no field can be forgotten; the pages load nothing, and their
Content-Security-Policy names the digests of the one style sheet and the one script.
A student's page shows neither `detail`, nor a check's id, nor the time that a check took (a hidden input
could travel in any of them).
"""

from __future__ import annotations

import base64
import functools
import hashlib
import math
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from autograder.exports import (
    MESSAGE_LIMIT,
    NAME_LIMIT,
    exercises_of,
    explanation,
    has_score,
    number,
    one_line,
    percent,
    template_folder,
    visible,
)
from autograder.files import write_whole
from autograder.records import OUTCOMES, CheckResult, Death, DeathCause, Outcome, Record

FIGURES_A_PAGE = 24
FIGURE_BYTES_A_PAGE = 12 * 2**20  # mail servers refuse more, once it is base64
_PNG = b"\x89PNG\r\n\x1a\n"

_SYMBOL: dict[Outcome, str] = {
    "passed": "✓", "failed": "✗", "error": "!", "timeout": "◔", "memory": "▲", "crashed": "✱", "not-run": "○",
}  # fmt: skip
_WORD: dict[Outcome, str] = {
    "passed": "Passed", "failed": "Failed", "error": "Error", "timeout": "Out of time",
    "memory": "Out of memory", "crashed": "Crashed", "not-run": "Not run",
}  # fmt: skip
_DEATH: dict[DeathCause, str] = {
    "timeout": "ran out of time",
    "memory": "ran out of memory",
    "crash": "crashed the interpreter",
    "exit": "ended the interpreter",
    "protocol": "sent the grader something malformed",
    "disk": "wrote more to disk than is allowed",
    "processes": "started more processes than are allowed",
}


@dataclass(frozen=True)
class Figure:
    """A picture that the notebook drew: its file's name, and PNG bytes that the grader has re-encoded."""

    name: str
    png: bytes

    @property
    def uri(self) -> str:
        """The picture itself as a `data:` URI."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode("ascii")


@dataclass(frozen=True)
class Step:
    """Something that the student can do next: where, what, and how many points wait there (None: unknown)."""

    where: str
    what: str
    hint: str = ""
    points: float | None = None


@dataclass(frozen=True)
class Notice:
    """Something that the instructor has to look at."""

    student: str
    kind: str
    text: str


@dataclass(frozen=True)
class CheckStatistics:
    """How a class did on one check; `share` is the part of the graded submissions that passed, 0 to 1."""

    id: str
    title: str
    exercise: str
    visibility: str
    share: float
    outcomes: Counter[str]


@dataclass(frozen=True)
class Bin:
    """One bar of the histogram: percentages from `low` to below `high` (the last one holds 100 too)."""

    low: int
    high: int
    count: int


# --- the pages -------------------------------------------------------------------------------------------


def student_page(record: Record, figures: Sequence[Figure]) -> str:
    """The feedback for one student, as a whole HTML document without outside parts."""
    shown = _fitting(figures)
    return _render(
        "student.html",
        record=record,
        exercises=[(exercise, _checks_of(record, exercise.id)) for exercise in record.exercises],
        counts=_counts(record),
        steps=next_steps(record),
        troubled=[cell for cell in record.execution.cells if cell.status != "ok"],
        deaths=[_death(record, death) for death in record.execution.deaths],
        segments=_segments(record),
        figures=shown,
        figures_left_out=len(figures) - len(shown),
    )


def class_page(records: Sequence[Record], title: str) -> str:
    """The dashboard for the instructor, as a whole HTML document that links the students' pages."""
    scored = [record for record in records if has_score(record)]
    percents = [percent(record) for record in scored]
    return _render(
        "class.html",
        title=title,
        records=records,
        exercises=exercises_of(records),
        exercise_titles={exercise.id: exercise.title for exercise in exercises_of(records)},
        scored=scored,
        median=statistics.median(percents) if percents else None,
        mean=statistics.fmean(percents) if percents else None,
        full=sum(record.score >= record.max_score > 0 for record in scored),
        notices=notices(records),
        bins=histogram(percents),
        checks=check_statistics(records),
    )


def write_pages(out: Path, records: Sequence[Record], title: str, outcomes: bool = True) -> Path:
    """Write `index.html` and `students/*.html` under `out`, each whole and by rename; returns the index.

    Figures are read from `out/figures/<student>/*.png`. Without `outcomes`, a student's page tells of hidden checks
    nothing but the points of their exercises.
    """
    (out / "students").mkdir(parents=True, exist_ok=True)
    for record in records:
        shown = record if outcomes else without_hidden_checks(record)
        page = student_page(shown, _read_figures(out / "figures", record.student))
        write_whole(out / "students" / page_name(record.student), page.encode(), flush=False)
    index = out / "index.html"
    write_whole(index, class_page(records, title).encode(), flush=False)
    return index


def without_hidden_checks(record: Record) -> Record:
    """The record as a student may see it whose assignment keeps the outcomes of hidden checks to itself."""
    hidden = {check.id for check in record.checks if check.visibility == "hidden"}
    deaths = tuple(death for death in record.execution.deaths if death.when not in hidden)
    return replace(
        record,
        checks=tuple(check for check in record.checks if check.id not in hidden),
        execution=replace(record.execution, deaths=deaths),
    )


def page_name(student: str) -> str:
    """The file of a student's page: the name itself, with `%..` for what could leave the folder or deceive.

    Different students have different files, whatever their names are.
    """
    marks = "MnMe" if visible(student) != student else ""  # a heap of accents hides a name: spell them all
    safe = "".join(_file_character(character, marks) for character in student)
    if safe.startswith(".") or not safe or re.match(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)", safe):
        safe = (f"%{ord(safe[0]):02X}" if safe else "%") + safe[1:]  # hidden on Unix, a device on Windows
    if len(safe.encode()) > 200:
        digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()
        safe = safe.encode()[:100].decode("utf-8", "ignore") + f"%{digest[:32]}"
    return safe + ".html"


def _file_character(character: str, spelled: str) -> str:
    forbidden = character in '<>:"/\\|?*%\n\t' or visible(character) != character
    if forbidden or unicodedata.category(character) in spelled:
        return quote(character, safe="", errors="surrogatepass").replace("/", "%2F")
    return character


def _read_figures(folder: Path, student: str) -> list[Figure]:
    if "/" in student or "\0" in student or student in ("", ".", ".."):
        return []
    found = []
    try:
        paths = sorted((folder / student).glob("*.png"))
    except (OSError, ValueError):  # a name that no file system takes
        return []
    for path in paths:
        if path.is_file() and not path.is_symlink():
            found.append(Figure(path.stem, path.read_bytes()))
    return found


def _fitting(figures: Sequence[Figure]) -> list[Figure]:
    """The pictures that are PNG and fit on a page that can still be mailed."""
    kept: list[Figure] = []
    room = FIGURE_BYTES_A_PAGE
    for figure in figures:
        if len(kept) < FIGURES_A_PAGE and figure.png.startswith(_PNG) and len(figure.png) <= room:
            kept.append(figure)
            room -= len(figure.png)
    return kept


# --- what the pages say ----------------------------------------------------------------------------------


def next_steps(record: Record) -> list[Step]:
    """What helps most, in the order to do it: the first broken cell, then at most three exercises."""
    if record.status != "graded":
        return []
    steps = [step for exercise in record.exercises for step in _exercise_step(record, exercise.id)]
    return [*_cell_step(record), *steps[:3]]


def _cell_step(record: Record) -> list[Step]:
    broken = next((cell for cell in record.execution.cells if cell.status not in ("ok", "not-run")), None)
    if broken is None or record.score >= record.max_score:
        return []
    ends = "ends with an error" if broken.status == "error" else "does not finish"
    what = f"This cell {ends}, and what follows may need it. Look at it first, then run all from the top."
    return [Step(f"Code cell {broken.index}", what)]


def _exercise_step(record: Record, exercise: str) -> list[Step]:
    score = next(entry for entry in record.exercises if entry.id == exercise)
    lost = [check for check in _checks_of(record, exercise) if check.outcome != "passed"]
    if not lost or score.score >= score.max_score:
        return []
    first = lost[0]
    start = f"Start with: {one_line(first.title, NAME_LIMIT)}"
    return [Step(score.title, start, first.hint, score.max_score - score.score)]


def _checks_of(record: Record, exercise: str) -> list[CheckResult]:
    return [check for check in record.checks if check.exercise == exercise]


def _counts(record: Record) -> list[tuple[Outcome, int]]:
    """The outcomes that occur, in the order of the vocabulary."""
    counted = Counter(check.outcome for check in record.checks)
    return [(outcome, counted[outcome]) for outcome in OUTCOMES if counted[outcome]]


def _death(record: Record, death: Death) -> str:
    """One sentence; a check is named by its title, since its id may hold hidden inputs."""
    titles = {check.id: check.title for check in record.checks}
    cell = re.fullmatch(r"cell (\d{1,6})", death.when)
    if cell:
        return f"Code cell {cell[1]} {_DEATH[death.cause]}."
    where = f"“{one_line(titles[death.when], NAME_LIMIT).rstrip('.')}”" if death.when in titles else "a check"
    return f"The code {_DEATH[death.cause]} during {where}."


def _segments(record: Record) -> list[tuple[float, float, float]]:
    """The score bar, one part an exercise: (left, width, filled width), of 1000 in all."""
    total = sum(exercise.max_score for exercise in record.exercises)
    if not total or not has_score(record):
        return []
    segments, left, gap = [], 0.0, 6.0
    room = 1000.0 - gap * (len(record.exercises) - 1)
    for exercise in record.exercises:
        width = room * exercise.max_score / total
        share = exercise.score / exercise.max_score if exercise.max_score else 0.0
        segments.append((round(left, 2), round(width, 2), round(width * min(max(share, 0.0), 1.0), 2)))
        left += width + gap
    return segments


def notices(records: Iterable[Record]) -> list[Notice]:
    """What an instructor has to look at, the gravest first."""
    found = [notice for record in records for notice in _notices(record)]
    order = ("Grader failed", "No sandbox", "Unreadable", "Session died", "Name")
    return sorted(found, key=lambda notice: order.index(notice.kind))


def _notices(record: Record) -> Iterator[Notice]:
    if record.status == "internal-error":
        yield Notice(record.student, "Grader failed", record.message or "the record says no more")
    if record.status == "unreadable":
        yield Notice(record.student, "Unreadable", record.message or "the record says no more")
    if record.status == "graded" and not record.sandbox.layers:
        yield Notice(record.student, "No sandbox", "this score could be forged: grade again without --no-sandbox")
    if record.execution.deaths:
        told = Counter(_death(record, death) for death in record.execution.deaths)
        text = " ".join(what + f" ({count}×)" * (count > 1) for what, count in told.items())
        yield Notice(record.student, "Session died", text)
    if visible(record.student) != record.student or len(_alphabets(record.student)) > 1:
        mixed = " and ".join(sorted(_alphabets(record.student)))
        why = f"mixes {mixed} letters" if " and " in mixed else "holds characters that do not show"
        yield Notice(record.student, "Name", f"{why}: it may pose as another student's")


def _alphabets(text: str) -> set[str]:
    """Which of the alphabets with look-alike letters occur."""
    letters = [character for character in text[:1000] if character.isalpha()]
    scripts = {unicodedata.name(character, "").partition(" ")[0] for character in letters}
    return {script.capitalize() for script in scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}}


def histogram(percents: Iterable[float]) -> list[Bin]:
    """Ten bars of ten percent each."""
    counts = Counter(min(int(value // 10), 9) for value in percents)
    return [Bin(10 * place, 10 * place + 10, counts[place]) for place in range(10)]


def check_statistics(records: Iterable[Record]) -> list[CheckStatistics]:
    """Every check over the graded submissions, the hardest first."""
    outcomes: dict[str, Counter[str]] = {}
    first: dict[str, CheckResult] = {}
    for record in records:
        for check in record.checks if record.status == "graded" else ():
            outcomes.setdefault(check.id, Counter())[check.outcome] += 1
            first.setdefault(check.id, check)
    found = [
        CheckStatistics(
            name, first[name].title, first[name].exercise, first[name].visibility,
            counted["passed"] / counted.total(), counted,
        )
        for name, counted in outcomes.items()
    ]  # fmt: skip
    return sorted(found, key=lambda entry: entry.share)


# --- templates -------------------------------------------------------------------------------------------


@functools.cache
def _environment() -> jinja2.Environment:
    folder = template_folder()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (_source(folder / name) for name in ("style.css", "sort.js"))
    environment.globals.update(
        style=style, style_hash=_csp_hash(style), script=script, script_hash=_csp_hash(script),
        symbol=_SYMBOL, word=_WORD, percent=percent, has_score=has_score, explanation=explanation,
        counts_of=_counts,
    )  # fmt: skip
    environment.filters.update(
        number=number, name=functools.partial(one_line, limit=NAME_LIMIT), instant=_instant, memory=_memory,
        duration=_duration, href=_href, tenth=_tenth, page=page_name,
        record_file=_record_file, uri=_picture,
    )  # fmt: skip
    return environment


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


def _printed(value: object) -> object:
    return visible(value, MESSAGE_LIMIT) if isinstance(value, str) and not isinstance(value, Markup) else value


def _source(path: Path) -> Markup:
    """Our own style sheet or script, as it stands in the page."""
    return Markup(path.read_text(encoding="utf-8").strip())


def _picture(figure: Figure) -> Markup:
    return Markup(figure.uri)  # base64: nothing in it to escape, and it must not be cut


def _csp_hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode("ascii")


def _record_file(student: str) -> str:
    """The record's file in `records/`; empty where no file can have the name."""
    name = f"{student}.json"
    fits = len(name.encode("utf-8", "surrogatepass")) <= 255 and not {"/", "\0"} & set(name)
    return name if fits else ""


def _href(name: str) -> str:
    """A file name as it stands in a link."""
    return quote(name, safe="", errors="surrogatepass")


def _instant(text: str) -> str:
    """An ISO 8601 time as people write it, in UTC; anything else as it is."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return one_line(text, NAME_LIMIT) or "unknown"
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _duration(seconds: float) -> str:
    """Whole units, rounded up: finer ones could carry something."""
    whole = math.ceil(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def _memory(size: int) -> str:
    return f"{math.ceil(size / 2**20)} MiB"


def _tenth(value: float) -> str:
    """At most one decimal, cut."""
    return number(math.floor(value * 10 + 1e-6) / 10)
