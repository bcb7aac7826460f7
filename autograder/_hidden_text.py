"""Refuses to publish hidden text: solutions, hidden checks, mutants and alternatives.

Lines are compared after their spacing has been made uniform, as parts of the lines of what is published, so a
solution is also found in a text cell, a comment or a docstring. A line that stands as code in the public part
as well (`plt.show()`) tells nothing, unless a whole solution stands there; nor does a call for its effect
(`np.random.seed(2)`), which texts ask for. An author who gives a line of a solution away ends it with `# public`.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder._public_checks import TestFile, toolkit_text
from autograder.assignment import Assignment
from autograder.errors import AssignmentError
from autograder.notebook import read_submission

if TYPE_CHECKING:
    from nbformat import NotebookNode

MIN_LENGTH = 13  # shorter lines (`return a`, `m = X.shape[1]`) are no secret
MAX_PUBLIC_FILE = 2 * 2**20  # bytes; bigger public files are data

_BEGIN, _END = "BEGIN SOLUTION", "END SOLUTION"
_MARKERS = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)", re.IGNORECASE)


@dataclass(frozen=True)
class Region:
    """A solution region of the source: the lines between its markers."""

    exercise: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Secret:
    """A uniform piece of hidden text, and where it comes from."""

    text: str
    origin: str


def split_regions(cell: NotebookNode) -> tuple[list[str], list[list[str]]]:
    """The lines outside solution regions, and the regions' lines.

    Raises:
        ValueError: the markers do not pair.
    """
    outside: list[str] = []
    regions: list[list[str]] = []
    inside = False
    for line in cell.source.split("\n"):
        if _BEGIN in line or _END in line:
            if inside == (_BEGIN in line):
                raise ValueError("BEGIN SOLUTION and END SOLUTION do not pair")
            inside = not inside
            if inside:
                regions.append([])
        else:
            (regions[-1] if inside else outside).append(line)
    if inside:
        raise ValueError("BEGIN SOLUTION without END SOLUTION")
    return outside, regions


def refuse_hidden_text(
    assignment: Assignment, source: NotebookNode, tests: TestFile, products: dict[str, str], generated: list[str]
) -> None:
    """Search everything that would be published; `generated` is text of ours, which may be repeated freely.

    Raises:
        AssignmentError: hidden text was found; names file, place and where the text comes from.
    """
    published = {**_public_files(assignment, products), **products}
    ours = {uniform(line) for text in (*generated, toolkit_text()) for line in text.splitlines()}
    lines = [
        (place, line, uniform(line)) for name, text in published.items() for place, line in _lines(name, text)
    ]
    for place, line, _ in lines:
        if found := _MARKERS.search(line):
            raise _refusal(assignment, place, line, f"the marker {found.group()}")
    lines = [entry for entry in lines if entry[2] not in ours]
    everything = "\n".join(text for _, _, text in lines)
    for secret in _secrets(assignment, source, tests):
        if secret.text in everything and secret.text not in ours:
            pattern = re.compile(rf"(?<!\w){re.escape(secret.text)}(?!\w)")
            for place, line, text in lines:
                if pattern.search(text):
                    raise _refusal(assignment, place, line, secret.origin)
    _refuse_whole_solutions(assignment, source)


def uniform(line: str) -> str:
    """A line with one form of spacing: none around signs, one space between words, no comment sign or quotes."""
    return re.sub(r"\s*([^\w\s])\s*", r"\1", " ".join(line.split())).strip("#\"'`, .;")


def _refusal(assignment: Assignment, place: str, line: str, origin: str) -> AssignmentError:
    shown = line.strip()[:100]
    advice = "take it out (or end a solution's line with `# public` to give it away)"
    return AssignmentError(
        f"{assignment.slug}: {place} would publish hidden text: {shown!r}", f"it comes from {origin}; {advice}"
    )


# ---------------------------------------------------------------- what is published


def _public_files(assignment: Assignment, products: dict[str, str]) -> dict[str, str]:
    """The other text files in the public folder, by relative name."""
    texts = {}
    for path in sorted(assignment.public.rglob("*")):
        name = path.relative_to(assignment.public).as_posix()
        if name in products or not path.is_file() or path.stat().st_size > MAX_PUBLIC_FILE:
            continue
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, an archive: data
    return texts


def _lines(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Pairs (place for a message, line)."""
    if not name.endswith(".ipynb"):
        for number, line in enumerate(text.splitlines(), 1):
            yield f"{name} line {number}", line
        return
    body: dict[str, Any] = json.loads(text)
    for index, cell in enumerate(body["cells"], 1):
        for number, line in enumerate("".join(cell.pop("source")).splitlines(), 1):
            yield f"{name} cell {index} line {number}", line
        for line in _strings(cell):
            yield f"{name} cell {index} (metadata)", line
    del body["cells"]
    for line in _strings(body):
        yield f"{name} (metadata)", line


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.splitlines()
    elif isinstance(value, list):
        for entry in value:
            yield from _strings(entry)
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield key
            yield from _strings(entry)


# ---------------------------------------------------------------- what is hidden


def _secrets(assignment: Assignment, source: NotebookNode, tests: TestFile) -> Iterator[Secret]:
    """Everything that must not be published, the most telling origins first."""
    public_code = {line for block in _public_blocks(source) for line in block} | _given_away(source)
    public_tests = {uniform(line) for unit in tests.public for line in unit.source.splitlines()}
    for region in regions_of(source):
        yield from _kept(region.lines, public_code, f"the solution of exercise {region.exercise!r}")
    yield from _of_checks(tests, public_code | public_tests)
    yield from _of_mutants(assignment.mutants, public_code | public_tests)
    for path in assignment.alternatives:
        origin = f"{assignment.private.name}/alternatives/{path.name}"
        for cell in read_submission(path.read_bytes(), path.name).code:
            yield from _kept(code_lines(cell.source), public_code, origin)


def _kept(lines: Any, allowed: set[str], origin: str) -> Iterator[Secret]:
    for line in lines:
        text = uniform(line)
        telling = len(text) >= MIN_LENGTH and text not in allowed and re.search(r"[A-Za-z]{2}", text)
        if telling and not _is_plain_call(line):
            yield Secret(text, origin)


def _given_away(source: NotebookNode) -> set[str]:
    lines = (line.rstrip() for region in regions_of(source) for line in region.lines)
    return {uniform(line.removesuffix("# public")) for line in lines if line.endswith("# public")}


def _is_plain_call(line: str) -> bool:
    """A statement that only calls something, with literal arguments."""
    try:
        match ast.parse(line.strip()).body:
            case [ast.Expr(value=ast.Call(args=args, keywords=keywords))]:
                return all(isinstance(n, ast.Constant) for n in [*args, *(k.value for k in keywords)])
    except (SyntaxError, ValueError):
        pass
    return False


def _of_checks(tests: TestFile, allowed: set[str]) -> Iterator[Secret]:
    """All of the test file but what is public: names, docstrings, bodies, helpers, tables."""
    public = set(tests.public)
    for check in tests.checks:
        if not check.public:
            yield Secret(check.name, f"the name of a hidden check in {tests.path.name} line {check.unit.node.lineno}")
    for unit in tests.units:
        if unit not in public and not isinstance(unit.node, ast.Import | ast.ImportFrom):
            for number, line in enumerate(unit.source.splitlines(), unit.line):
                yield from _kept([line], allowed, f"{tests.path.name} line {number}, which no public check uses")


def _of_mutants(path: Path, allowed: set[str]) -> Iterator[Secret]:
    """Replacements and hints; what else may be wrong in the file is for `verify` to say."""
    if not path.is_file():
        return
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{path.name} is not TOML: {error}", f"correct {path}") from None
    mutants = table.get("mutant", [])
    for mutant in mutants if isinstance(mutants, list) else []:
        for key in ("replace", "hint"):
            text = mutant.get(key, "") if isinstance(mutant, dict) else ""
            origin = f"{path.name}, {key} of mutant {mutant.get('name', '?')!r}" if text else ""
            yield from _kept(str(text).splitlines(), allowed, origin)


def regions_of(source: NotebookNode) -> Iterator[Region]:
    """The solution regions of a source, in order."""
    for cell in source.cells:
        if cell.cell_type == "code":
            for lines in split_regions(cell)[1]:
                yield Region(str(cell.metadata.get("exercise", "")), tuple(lines))


def _public_blocks(source: NotebookNode) -> list[list[str]]:
    """For each code cell, its lines of code outside the regions, uniform."""
    cells = [cell for cell in source.cells if cell.cell_type == "code"]
    blocks = []
    for cell in cells:
        outside, regions = split_regions(cell)
        # A body that was cut out leaves a function without one, which does not tokenize as a whole.
        blocks.append([uniform(line) for line in code_lines("\n".join(outside))] if regions or outside else [])
    return blocks


def _refuse_whole_solutions(assignment: Assignment, source: NotebookNode) -> None:
    """A region all of whose lines stand, one after the other, as code in a public cell."""
    blocks = _public_blocks(source)
    for region in regions_of(source):
        wanted = [uniform(line) for line in code_lines("\n".join(region.lines))]
        telling = [line for line in wanted if len(line) >= MIN_LENGTH]
        for number, block in enumerate(blocks, 1):
            width = len(wanted)
            if telling and any(block[i : i + width] == wanted for i in range(len(block) - width + 1)):
                place = f"{assignment.source.name} code cell {number}"
                raise _refusal(assignment, place, wanted[0], f"the solution of exercise {region.exercise!r}")


def code_lines(source: str) -> list[str]:
    """The lines that hold code: without comments, and without the strings that stand alone (docstrings)."""
    lines = source.splitlines()
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):  # magics, or a region taken out of its function
        return [line for line in lines if line.strip() and line.strip()[0] not in "#\"'"]
    ends: dict[int, int] = {}
    fresh = True  # at the start of a statement
    blank = (tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT, tokenize.NEWLINE, tokenize.ENDMARKER)
    for token in tokens:
        if token.type in blank:
            fresh = fresh or token.type == tokenize.NEWLINE
        elif token.type == tokenize.STRING and fresh:
            fresh = False
        else:
            fresh = False
            for row in range(token.start[0], token.end[0] + 1):
                ends[row] = token.end[1] if row == token.end[0] else len(lines[row - 1])
    return [lines[row - 1][:end] for row, end in sorted(ends.items())]
