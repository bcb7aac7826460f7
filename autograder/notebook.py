"""Reading notebooks: submissions as hostile bytes, sources as trusted files; and writing them canonically.

A submission is never given to a JSON parser as it comes. One linear scan first finds its strings and
brackets, drops the stored outputs (nobody trusts them, and they are nearly all of the bytes), and holds
nesting, counts and sizes to their caps, so that what `json` sees is small and shallow.
"""

from __future__ import annotations

import bisect
import hashlib
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from autograder.errors import AssignmentError, SubmissionError

if TYPE_CHECKING:
    from nbformat import NotebookNode

Kind = Literal["code", "markdown"]

MAX_BYTES = 50 * 2**20
MAX_SCRIPT_BYTES = 8 * 2**20
MAX_CELLS = 5_000
MAX_SOURCE = 2**20  # characters of one code cell
MAX_DEPTH = 100
MAX_KEPT_BYTES = 24 * 2**20  # what is left of the file once outputs are dropped
MAX_STRING_BYTES = 2 * 2**20  # one string; Colab keeps pictures in text cells, so longer ones are only dropped
MAX_TOKENS = 2_000_000  # strings, brackets and commas outside outputs
MAX_OUTPUT_TOKENS = 5_000_000
MAX_TAGS = 32

_AGAIN = "download it again with File → Download → .ipynb and hand that file in"
CLEAR = "clear its outputs (Edit → Clear All Outputs), save it, and hand it in again"
_SAVE_AGAIN = "open it in Jupyter or Colab, save it, and hand in the .ipynb file"

_RESOLVE = "choose one side of it in Git, check that Jupyter opens the file, and hand it in again"
_CONFLICT = b"<<<<<<<"

# Possessive quantifiers and an optional closing quote keep these linear, in constant memory, on anything.
# The first alternative takes strings without escaped quotes, six times faster than the general second one.
_STRING = rb'"[^"]*+"(?<!\\")|"[^"\\]*+(?:\\.[^"\\]*+)*+"?+'
_TOKEN = re.compile(_STRING + rb"|[\[\]{},]", re.DOTALL)
_BRACKET = re.compile(_STRING + rb"|[\[\]{}]", re.DOTALL)
_CONTAINER = re.compile(rb"[ \t\r\n]*+:[ \t\r\n]*+(?=[\[{])")
_DROPPED_KEYS = (b'"outputs"', b'"attachments"', b'"widgets"')
_DROPPED_STRING = "\x00dropped\x00"

_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
_NEWLINE = re.compile("\r\n?")

_PY_TOKEN = re.compile(
    r'"""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*+(?:""")?+'
    r"|'''[^'\\]*+(?:(?:\\.|'(?!''))[^'\\]*+)*+(?:''')?+"
    r'|"(?:[^"\\\n]|\\.)*+"?+' r"|'(?:[^'\\\n]|\\.)*+'?+" r"|#[^\n]*+",
    re.DOTALL,
)  # fmt: skip
_PERCENT = re.compile(r"# ?%%(?:[ \t].*|)", re.DOTALL)
_PERCENT_TEXT = re.compile(r"# ?%%+[^\[\n]*\[(markdown|md|raw)\]")
_PERCENT_TAGS = re.compile(r'\btags[ \t]*=[ \t]*(\[[^\]\n]*\])')
_YAML_HEADER = re.compile(r"\A\s*# ---\n(?:#[^\n]*\n){0,200}?# ---[ \t]*(?:\n|\Z)")


@dataclass(frozen=True)
class Cell:
    """One cell. `index` counts code cells from 1 and is 0 for text; newlines in `source` are `\\n`."""

    index: int
    kind: Kind
    source: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notebook:
    """The cells of a notebook in their order; outputs and other metadata are left behind."""

    cells: tuple[Cell, ...]

    @property
    def code(self) -> tuple[Cell, ...]:
        """The code cells, in order."""
        return tuple(cell for cell in self.cells if cell.kind == "code")


def read_submission(data: bytes, name: str) -> Notebook:
    """Read what a student handed in: a notebook (format 1 to 4) or a Python script.

    Args:
        data: the file's bytes, trusted in nothing.
        name: the file's name; its ending, `.ipynb` or `.py`, decides how the bytes are read.

    Raises:
        SubmissionError: the bytes are no such file; the message tells the student what is wrong and what to do.
            Nothing else is raised.
    """
    try:
        return _read(data, name)
    except SubmissionError as error:
        raise SubmissionError(f"{printable(name)} {error}") from None  # one text: the record has no other place


def printable(text: str, limit: int = 120) -> str:
    """`text` on one line with control, bidi and undecodable characters escaped, at most `limit` characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:limit])
    return shown[: limit - 1] + "…" if len(text) > limit or len(shown) > limit else shown


def megabytes(size: int) -> str:
    """A size in bytes as students read it, rounded up: what is over a limit also looks it."""
    return f"{-(-size // 2**20):,} MB"


def _read(data: bytes, name: str) -> Notebook:
    suffix = name.lower().rpartition(".")[2]
    if suffix not in ("ipynb", "py"):
        raise SubmissionError("is neither a notebook nor a Python script", "hand in a file that ends in .ipynb or .py")
    limit = MAX_BYTES if suffix == "ipynb" else MAX_SCRIPT_BYTES
    if len(data) > limit:
        advice = CLEAR if suffix == "ipynb" else "read data from files, not from code"
        raise SubmissionError(f"is too big: {megabytes(len(data))}, at most {megabytes(limit)}", advice)
    _refuse_other_formats(data, suffix)
    data = data.removeprefix(b"\xef\xbb\xbf")
    return Notebook(_cells_of_script(_decode(data))) if suffix == "py" else Notebook(_cells_of_notebook(data))


def _refuse_other_formats(data: bytes, suffix: str) -> None:
    again = _AGAIN if suffix == "ipynb" else "save it as UTF-8 text and hand it in again"
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise SubmissionError("is empty", again)
    for magic, what in (
        (b"\x1f\x8b", "is compressed with gzip"),
        (b"PK\x03\x04", "is a zip archive"),
        (b"%PDF", "is a PDF"),
        (b"\x89PNG", "is a picture"),
        (b"\xff\xd8\xff", "is a picture"),
        (b"\x00\x00\xfe\xff", "is UTF-32 text, expected UTF-8"),
        (b"\xff\xfe", "is UTF-16 text, expected UTF-8"),
        (b"\xfe\xff", "is UTF-16 text, expected UTF-8"),
    ):
        if data.startswith(magic):
            raise SubmissionError(f"is not a {_noun(suffix)}: it {what}", again)
    if b"\x00" in data[:4]:
        raise SubmissionError(f"is not a {_noun(suffix)}: it is UTF-16 text or binary, expected UTF-8", again)


def _too_many_cells(count: int) -> SubmissionError:
    return SubmissionError(f"has {count:,} cells, at most {MAX_CELLS:,}", "delete the cells that you do not need")


def _noun(suffix: str) -> str:
    return "notebook" if suffix == "ipynb" else "Python script"


def _decode(data: bytes) -> str:
    try:
        return _clean(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SubmissionError(f"is not UTF-8 text (line {line})", "save it as UTF-8 and hand it in again") from None


def _clean(text: str) -> str:
    """Newlines as `\\n`; NUL and lone surrogates, which no later step can write, as U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", _NEWLINE.sub("\n", text))


# ---------------------------------------------------------------- .ipynb


def _cells_of_notebook(data: bytes) -> tuple[Cell, ...]:
    _refuse_other_texts(data.lstrip(b" \t\r\n")[:40])
    body = _parse(data)
    entries = _entries(body)
    if len(entries) > MAX_CELLS:
        raise _too_many_cells(len(entries))
    cells: list[Cell] = []
    index = 0
    for number, entry in enumerate(entries, 1):
        kind = _kind(entry, number)
        index += kind == "code"
        cells.append(Cell(index if kind == "code" else 0, kind, _source(entry, kind, number), _tags(entry)))
    return tuple(cells)


def _refuse_other_texts(start: bytes) -> None:
    if start.startswith(_CONFLICT):
        raise SubmissionError("is not a notebook: it holds a merge conflict (line 1)", _RESOLVE)
    if start.startswith(b"<"):
        raise SubmissionError("is not a notebook: it is a web page", _AGAIN)
    if not start.startswith(b"{"):
        line = start.decode("utf-8", "replace").splitlines()[0]
        raise SubmissionError(f'is not a notebook: it begins with "{printable(line, 30)}", expected "{{"', _AGAIN)


class _Kept:
    """The parts of a file that are left when stored outputs are dropped, and where each began."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.parts: list[bytes] = []
        self.starts: list[tuple[int, int]] = []  # (offset in what is kept, offset in the file)
        self.size = 0
        self.done = 0

    def keep_until(self, end: int) -> None:
        """Keep the bytes from the last dropped part up to `end`."""
        self.starts.append((self.size, self.done))
        self._add(self.data[self.done : end])

    def drop(self, start: int, end: int, instead: bytes) -> None:
        """Put `instead` in the place of the bytes from `start` to `end`."""
        self.keep_until(start)
        self._add(instead)
        self.done = end

    def _add(self, part: bytes) -> None:
        self.parts.append(part)
        self.size += len(part)
        if self.size > MAX_KEPT_BYTES:
            raise SubmissionError(
                f"holds more than {MAX_KEPT_BYTES // 2**20} MB of text besides its outputs",
                "remove pictures and data that are pasted into cells",
            )

    def line(self, offset: int) -> int:
        """The line in the file, from 1, of an offset in what is kept."""
        kept, original = self.starts[bisect.bisect_right(self.starts, (offset, len(self.data))) - 1]
        return self.data.count(b"\n", 0, original + offset - kept) + 1


def _parse(data: bytes) -> dict[str, Any]:
    kept = _scan(data)
    raw = b"".join(kept.parts)
    kept.parts.clear()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SubmissionError(
            f"is not a notebook: it is not UTF-8 text (line {kept.line(error.start)})", _AGAIN
        ) from None
    del raw
    try:
        body = json.loads(text, parse_int=_integer)
    except json.JSONDecodeError as error:
        line = kept.line(len(text[: error.pos].encode()))
        if text.startswith(_CONFLICT.decode(), error.pos):
            raise SubmissionError(f"is not a notebook: it holds a merge conflict (line {line})", _RESOLVE) from None
        cut = not text[error.pos :].strip() or error.msg.startswith("Unterminated")
        detail = error.msg.lower().removesuffix(" starting at")
        cause = f"it ends too early (line {line})" if cut else f"it is not JSON (line {line}: {detail})"
        raise SubmissionError(f"is not a notebook: {cause}", _AGAIN) from None
    assert type(body) is dict  # the text begins with {
    return body


def _integer(digits: str) -> int | None:
    """No notebook needs a longer number, and Python refuses to read very long ones."""
    return int(digits) if len(digits) < 20 else None


def _scan(data: bytes) -> _Kept:
    """One pass over strings, brackets and commas: drop outputs, hold the caps."""
    kept = _Kept(data)
    depth = tokens = position = 0
    while match := _TOKEN.search(data, position):
        position = match.end()
        first = data[match.start()]
        tokens += 1
        if first == 0x22:  # a string
            position = _after_string(data, match.start(), position, kept)
        elif first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise SubmissionError(f"is not a notebook: its JSON is nested more than {MAX_DEPTH} deep", _AGAIN)
        if tokens > MAX_TOKENS:
            raise SubmissionError(f"is not a notebook: it holds more than {MAX_TOKENS:,} values", _SAVE_AGAIN)
    kept.keep_until(len(data))
    return kept


def _after_string(data: bytes, start: int, end: int, kept: _Kept) -> int:
    """Where to read on after the string at `start:end`, when what it is or names has been dropped."""
    if end - start > MAX_STRING_BYTES:
        kept.drop(start, end, json.dumps(_DROPPED_STRING).encode())
        return end
    if end - start <= 13 and data[start:end] in _DROPPED_KEYS and (value := _CONTAINER.match(data, end)):
        end = _container_end(data, value.end())
        kept.drop(value.end(), end, b"null")
    return end


def _container_end(data: bytes, start: int) -> int:
    """The offset behind the object or array at `start`; the end of the file when it is not closed."""
    depth = 0
    for count, match in enumerate(_BRACKET.finditer(data, start)):
        first = data[match.start()]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
            if depth == 0:
                return match.end()
        if count > MAX_OUTPUT_TOKENS:
            raise SubmissionError(
                f"holds more than {MAX_OUTPUT_TOKENS:,} values in its outputs", CLEAR
            )
    return len(data)


def _entries(body: dict[str, Any]) -> list[Any]:
    """The cells as they stand in the file, formats 1 and 4 or, from worksheets, 2 and 3."""
    version = _version(body)
    if type(version) is not int or version not in range(1, 5):
        raise SubmissionError(f"has notebook format {_shown(version)}, expected 4 (or an older one)", _SAVE_AGAIN)
    cells = body.get("cells")
    if cells is None and "worksheets" in body:
        cells = _worksheet_cells(body["worksheets"])
    if cells is None:
        raise SubmissionError("is not a notebook: it has no cells", _AGAIN)
    if type(cells) is not list:
        raise SubmissionError(f"is not a notebook: its cells are {_type(cells)}, expected a list", _AGAIN)
    return cells


def _version(body: dict[str, Any]) -> Any:
    version = body.get("nbformat")
    if version is None:
        return 3 if "worksheets" in body else 4
    if type(version) is str and version.strip() in ("1", "2", "3", "4"):
        return int(version)
    return int(version) if type(version) is float and version in (1.0, 2.0, 3.0, 4.0) else version


def _worksheet_cells(worksheets: Any) -> list[Any]:
    if type(worksheets) is not list:
        raise SubmissionError(f"is not a notebook: its worksheets are {_type(worksheets)}, expected a list", _AGAIN)
    cells: list[Any] = []
    for sheet in worksheets:
        if type(sheet) is not dict or type(sheet.get("cells", [])) is not list:
            raise SubmissionError("is not a notebook: a worksheet holds no list of cells", _AGAIN)
        cells += sheet.get("cells", [])
    return cells


def _kind(entry: Any, number: int) -> Kind:
    if type(entry) is not dict:
        raise SubmissionError(f"has a broken cell {number}: it is {_type(entry)}, expected an object", _SAVE_AGAIN)
    kind = entry.get("cell_type")
    if kind == "code":
        return "code"
    if kind in ("markdown", "raw", "heading", "html", "text", "plaintext"):  # the last two in formats 1 and 2
        return "markdown"
    raise SubmissionError(
        f"has a broken cell {number}: its cell_type is {_shown(kind)}, expected code, markdown or raw", _SAVE_AGAIN
    )


def _source(entry: dict[str, Any], kind: Kind, number: int) -> str:
    # format 2 and 3 keep code as `input`; format 1 as `code`, and text as `text`
    source = next((entry[key] for key in ("source", "input", "code", "text") if key in entry), None)
    if source is None:
        return ""
    parts = source if type(source) is list else [source]
    for part in parts:
        if type(part) is not str:
            raise SubmissionError(
                f"has a broken cell {number}: its source holds {_type(part)}, expected text", _SAVE_AGAIN
            )
    text = "".join(parts)
    if kind == "markdown":
        return _clean(text.replace(_DROPPED_STRING, "")[:MAX_SOURCE])
    if len(text) > MAX_SOURCE or _DROPPED_STRING in text:
        raise SubmissionError(
            f"has more than {MAX_SOURCE // 2**20} MB of code in cell {number}", "read data from files, not from code"
        )
    return _clean(text)


def _tags(entry: dict[str, Any]) -> tuple[str, ...]:
    metadata = entry.get("metadata")
    tags = metadata.get("tags") if type(metadata) is dict else None
    return _clean_tags(tags)


def _clean_tags(tags: Any) -> tuple[str, ...]:
    words = [tag for tag in tags if type(tag) is str] if type(tags) is list else []
    return tuple(_clean(tag[:100]) for tag in words[:MAX_TAGS])


def _type(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _shown(value: Any) -> str:
    return printable(value, 40) if type(value) is str else str(value) if type(value) is int else _type(value)


# ---------------------------------------------------------------- .py


def _cells_of_script(text: str) -> tuple[Cell, ...]:
    """Cells of a py:percent script; a script without `# %%` lines is one code cell."""
    cells: list[Cell] = []
    index = 0
    for head, body in _percent_parts(_YAML_HEADER.sub("", text, count=1)):
        kind: Kind = "markdown" if _PERCENT_TEXT.match(head) else "code"
        if len(body) > MAX_SOURCE:
            raise SubmissionError(
                f"has more than {MAX_SOURCE // 2**20} MB of text in one cell", "read data from files, not from code"
            )
        if kind == "markdown":
            body = re.sub(r"(?m)^# ?", "", body)
        index += kind == "code"
        cells.append(Cell(index if kind == "code" else 0, kind, body, _percent_tags(head)))
    if len(cells) > MAX_CELLS:
        raise _too_many_cells(len(cells))
    return tuple(cells)


def _percent_parts(text: str) -> Iterator[tuple[str, str]]:
    """Pairs (marker line, body); what stands before the first marker comes with an empty one."""
    head, start = "", 0
    for match in _PY_TOKEN.finditer(text):
        begin = match.start()
        if (begin and text[begin - 1] != "\n") or not _PERCENT.fullmatch(match.group()):
            continue
        if head or text[start:begin].strip():
            yield head, text[start:begin].strip("\n")
        head, start = match.group(), match.end() + 1
    if head or text[start:].strip():
        yield head, text[start:].strip("\n")


def _percent_tags(head: str) -> tuple[str, ...]:
    found = _PERCENT_TAGS.search(head[:2000])
    try:
        return _clean_tags(json.loads(found.group(1).replace("'", '"'))) if found else ()
    except ValueError:
        return ()


# ---------------------------------------------------------------- trusted notebooks


def read_source(path: Path) -> NotebookNode:
    """Read an assignment's source, a py:percent notebook, as an nbformat 4 node.

    Raises:
        AssignmentError: there is no such file, or it is not UTF-8 text that jupytext can read.
    """
    import jupytext  # loaded late: it takes a second, and grading does not need it

    try:
        node: NotebookNode = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    except (OSError, ValueError) as error:
        hint = f"expected a py:percent notebook at {path}"
        raise AssignmentError(f"{path.name} cannot be read: {error}", hint) from None
    return node


def notebook_text(node: NotebookNode) -> str:
    """The notebook as JSON, the same text for the same content: sorted keys, cell ids made from the cells."""
    import nbformat

    copy = deepcopy(node)
    copy.nbformat, copy.nbformat_minor = 4, 5
    for cell, identity in zip(copy.cells, cell_ids(copy), strict=True):
        cell["id"] = identity
    text: str = nbformat.writes(copy, version=4)  # type: ignore[no-untyped-call]
    return text.rstrip("\n") + "\n"


def cell_ids(node: NotebookNode) -> list[str]:
    """One id a cell: its nbgrader id where it has one, else a digest of its kind and text; all different."""
    seen: dict[str, int] = {}
    ids = []
    for cell in node.cells:
        given = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        text = f"{cell.cell_type}\n{cell.source}".encode()
        base = given or f"cell-{hashlib.sha256(text).hexdigest()[:12]}"
        seen[base] = seen.get(base, 0) + 1
        ids.append(base if seen[base] == 1 else f"{base}-{seen[base]}")
    return ids
