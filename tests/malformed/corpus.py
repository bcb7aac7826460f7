"""The malformed submissions: what each is, the code that makes it, and what its record has to say.

They are made, not stored: half of them cannot stand in a repository (pipes, links, names that collide, a hundred
megabytes), and the bytes of the others would not survive an editor. All are for the assignment `tiny` of
`tests/command.py`, whose two points a submission with `RIGHT` in it earns.

`FOLDER` is a class folder, `ZIP` a zip of a class; in both, nobody's mishap is another's.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import socket
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

RIGHT = "def twice(x):\n    return x + x\n"
FULL = 2.0
MEGABYTE = 2**20

Status = Literal["graded", "unreadable"]


@dataclass(frozen=True)
class Entry:
    """One submission of a class folder.

    `student` is the name in its record, `make` writes it into the folder. A graded one earns `score` points; the
    message of an unreadable one holds the words `says`. `file` is its one file, where it has one, and can thus be
    graded alone.
    """

    student: str
    what: str
    make: Callable[[Path], None]
    status: Status
    says: str = ""
    score: float = 0.0
    file: str = ""


@dataclass(frozen=True)
class Zipped:
    """One submission of a zipped class: `add` puts its entries into the archive; the rest is as in `Entry`."""

    student: str
    what: str
    add: Callable[[zipfile.ZipFile], None]
    status: Status
    says: str = ""
    score: float = 0.0


# ---------------------------------------------------------------- making notebooks


def code(source: Any = RIGHT, **other: Any) -> dict[str, Any]:
    """A code cell as Jupyter writes it, but for `other`."""
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": 1, **other}


def book(*cells: Any, **other: Any) -> bytes:
    """A notebook of format 4.5 with these cells, but for `other`."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **other}).encode()


def output(**data: str) -> dict[str, Any]:
    """What a cell has shown, by kind: `text` for text/plain, `png` for image/png."""
    kinds = {"text": "text/plain", "png": "image/png"}
    return {"output_type": "display_data", "metadata": {}, "data": {kinds[key]: value for key, value in data.items()}}


def older(version: int, *sheets: list[dict[str, Any]], **other: Any) -> bytes:
    """A notebook of format 2 or 3: worksheets of cells."""
    body = {"nbformat": version, "metadata": {"name": ""}, "worksheets": [{"cells": cells} for cells in sheets]}
    return json.dumps(body | other).encode()


def old_code(source: str | list[str] = RIGHT) -> dict[str, Any]:
    """A code cell of formats 2 and 3."""
    return {"cell_type": "code", "input": source, "language": "python", "outputs": [], "collapsed": False}


def with_raw(place: str, instead: bytes, data: bytes) -> bytes:
    """`data` with bytes that `json` does not write, where the text `place` stands."""
    assert data.count(f'"{place}"'.encode()) == 1
    return data.replace(f'"{place}"'.encode(), instead)


def shown(megabytes: int, kind: str = "text") -> bytes:
    """A right notebook whose cell has shown that much. (`json` would take a second to write it.)"""
    data = b'"' + b"x" * (megabytes * MEGABYTE) + b'"'
    return with_raw("HERE", data, book(code(outputs=[output(**{kind: "HERE"})])))


def zipped(name: str, content: bytes) -> bytes:
    """A zip of one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


NOISE = random.Random(1).randbytes(5_000)
BOOK = book(code())
LINES = json.dumps(json.loads(BOOK), indent=1)

# ---------------------------------------------------------------- files

Content = bytes | Callable[[], bytes]


def _file(student: str, name: str, what: str, content: Content, status: Status, says: str, score: float) -> Entry:
    def make(folder: Path) -> None:
        (folder / name).write_bytes(content() if callable(content) else content)

    return Entry(student, what, make, status, says, score, name)


def refused(student: str, what: str, content: Content, says: str, ending: str = ".ipynb") -> Entry:
    """A file that cannot be read."""
    return _file(student, student + ending, what, content, "unreadable", says, 0.0)


def graded(student: str, what: str, content: Content, score: float = FULL, ending: str = ".ipynb") -> Entry:
    """A file that is odd, and graded all the same."""
    return _file(student, student + ending, what, content, "graded", "", score)


def named(student: str, what: str, name: str | bytes) -> Entry:
    """A right script under a name that is the trouble."""
    return _file(student, os.fsdecode(name), what, RIGHT.encode(), "graded", "", FULL)


NO_NOTEBOOKS = (
    refused("empty", "no bytes", b"", "is empty"),
    refused("blank", "white space and a byte order mark", b"\xef\xbb\xbf \r\n\t\n", "is empty"),
    refused("zeros", "a file that a full disk has left behind", bytes(4_096), "is empty"),
    refused("letter", "text", b"Dear professor,\nI lost it.\n", 'it begins with "Dear professor,", expected "{"'),
    refused("script", "a script under a notebook's name", RIGHT.encode(), 'it begins with "def twice(x):", expected'),
    refused("list", "JSON, but a list", b"[1, 2]", 'it begins with "[1, 2]", expected'),
    refused("null", "JSON, but null", b"null", 'it begins with "null", expected'),
    refused("page", "the web page around the notebook", b"<!DOCTYPE html><html>" + BOOK, "it is a web page"),
    refused("pdf", "an export", b"%PDF-1.7\n" + NOISE, "it is a PDF"),
    refused("picture", "a photograph of the screen", b"\x89PNG\r\n\x1a\n" + NOISE, "it is a picture"),
    refused("noise", "random bytes", NOISE, "is not a notebook"),
    refused("gzip", "a compressed notebook", gzip.compress(BOOK), "it is compressed with gzip"),
    refused("zipped", "a zip under a notebook's name", zipped("zipped.ipynb", BOOK), "it is a zip archive"),
    refused("bomb", "100 MB in 400 kB", lambda: gzip.compress(bytes(100 * MEGABYTE), 1), "it is compressed with gzip"),
    refused("cut", "half an upload", BOOK[: len(BOOK) // 2], "it ends too early"),
    refused("cut-key", "an upload that ends within a word", BOOK[:30], "it ends too early"),
    refused("twofold", "two notebooks, one behind the other", BOOK + BOOK, "it is not JSON (line 1: extra data)"),
    refused("comma", "mended by hand, one comma too many", BOOK[:-1] + b",}", "it is not JSON (line 1"),
    refused(
        "merge", "marks of a merge conflict",
        LINES.replace(' "nbformat"', '<<<<<<< HEAD\n "nbformat"', 1).encode(), "it holds a merge conflict (line 2)",
    ),
    refused(
        "merge-all", "a merge conflict from the first line on",
        b"<<<<<<< HEAD\n" + BOOK + b"\n=======\n", "it holds a merge conflict (line 1)",
    ),
)  # fmt: skip

ENCODINGS = (
    refused("utf16", "UTF-16 with its mark", BOOK.decode().encode("utf-16"), "it is UTF-16 text, expected UTF-8"),
    refused("utf16-bare", "UTF-16 without", BOOK.decode().encode("utf-16-le"), "UTF-16 text or binary"),
    refused("utf32", "UTF-32", b"\x00\x00\xfe\xff" + BOOK.decode().encode("utf-32-be"), "it is UTF-32 text"),
    refused("latin1", "Latin-1", BOOK.replace(b"twice", b"tw\xefce"), "it is not UTF-8 text (line 1)"),
    refused("latin1-py", "a Latin-1 script", RIGHT.encode() + b"# na\xefve\n", "is not UTF-8 text (line 3)", ".py"),
    refused("utf16-py", "a UTF-16 script", RIGHT.encode("utf-16"), "it is UTF-16 text", ".py"),
    refused("binary-py", "an extension module", b"\x7fELF\x02\x01\x01\x00" + NOISE, "is not UTF-8 text", ".py"),
    refused("empty-py", "a script of no bytes", b"", "is empty", ".py"),
    graded("bom", "UTF-8 with a byte order mark", b"\xef\xbb\xbf" + BOOK),
    graded("windows", "Windows' line ends", LINES.replace("\n", "\r\n").encode()),
    graded("carriage", "lines of code that end in a carriage return", book(code(RIGHT.replace("\n", "\r")))),
    graded("surrogate", "half a character", with_raw("HERE", rb'"s = \"\ud800\""', book(code(), code("HERE")))),
    graded("surrogates", "two, in the wrong order", with_raw("HERE", rb'"# \udc00\ud800"', book(code(), code("HERE")))),
    graded("zero", "NUL in a cell", book(code(), code("x = '\x00'"))),
)

NESTING = (
    refused("deep-lists", "a hundred thousand lists, none closed", b'{"x": ' + b"[" * 100_000, "more than 100 deep"),
    refused(
        "deep-objects", "the same with objects, properly closed",
        b'{"a": ' * 100_000 + b"1" + b"}" * 100_000, "nested more than 100 deep",
    ),
    graded(
        "deep-output", "the same in a stored output",
        with_raw("HERE", b"[" * 100_000 + b"]" * 100_000, book(code(outputs="HERE"))),
    ),
    graded("deep-metadata", "ninety, in metadata", with_raw("X", b"[" * 90 + b"]" * 90, book(code(), metadata="X"))),
)  # fmt: skip

NUMBERS = (
    graded("digits", "a number of a million digits", with_raw("X", b"9" * 10**6, book(code(execution_count="X")))),
    graded("exponent", "1e999999999", with_raw("HERE", b"1e999999999", book(code(execution_count="HERE")))),
    graded("nan", "NaN and Infinity", with_raw("HERE", b"[NaN, -Infinity]", book(code(), metadata={"x": "HERE"}))),
    refused("huge-version", "format 10**18", book(code(), nbformat=10**18), "has notebook format 1000000000000000000"),
)

VERSIONS = (
    graded("v1", "format 1", json.dumps({"nbformat": 1, "cells": [{"cell_type": "code", "code": RIGHT}]}).encode()),
    graded("v2", "format 2", older(2, [{"cell_type": "markdown", "source": "T"}, old_code()])),
    graded("v3", "format 3", older(3, [{"cell_type": "heading", "level": 1, "source": "T"}, old_code([RIGHT])])),
    graded("v3-sheets", "format 3 with several worksheets", older(3, [old_code("x = 1")], [], [old_code()])),
    graded("v4-0", "format 4.0, without ids", book({**code(), "metadata": {"collapsed": False}}, nbformat_minor=0)),
    graded("v4-99", "format 4.99", book(code(id="a"), nbformat_minor=99)),
    graded("v-text", "the version as text", book(code(), nbformat="4")),
    graded("v-none", "no version", json.dumps({"cells": [code()]}).encode()),
    refused("v5", "a format to come", book(code(), nbformat=5), "has notebook format 5, expected 4"),
    refused("v0", "format 0", book(code(), nbformat=0), "has notebook format 0, expected 4"),
    refused("v-minus", "format -4", book(code(), nbformat=-4), "has notebook format -4, expected 4"),
    refused("v-true", "a version that is no number", book(code(), nbformat=True), "has notebook format true or false"),
    refused("v-word", "a version in words", book(code(), nbformat="four"), "has notebook format four, expected 4"),
)

FIELDS = (
    refused("no-cells", "no cells", b'{"nbformat": 4}', "it has no cells"),
    refused("cells-object", "cells by name", book(cells={"1": code()}), "its cells are an object, expected a list"),
    refused("cells-text", "cells as text", book(cells="x"), "its cells are text, expected a list"),
    refused("cell-null", "null for a cell", book(None), "has a broken cell 1: it is null"),
    refused("cell-list", "a list for a cell", book(code(), [1]), "has a broken cell 2: it is a list"),
    refused("no-kind", "a cell without cell_type", book({"source": RIGHT}), "its cell_type is null, expected code"),
    refused("kind-number", "a cell_type of 3", book(code(cell_type=3)), "its cell_type is 3, expected code"),
    refused("kind-sql", "a cell of another system", book(code(cell_type="sql")), "its cell_type is sql, expected code"),
    refused("source-number", "a source of 7", book(code(7)), "its source holds a number, expected text"),
    refused("source-lists", "lists in a source", book(code([[RIGHT]])), "its source holds a list, expected text"),
    refused("source-object", "an object as source", book(code({"0": RIGHT})), "its source holds an object"),
    refused("sheets-number", "worksheets of 1", older(3, worksheets=1), "its worksheets are a number, expected a list"),
    refused("sheet-cells", "cells of 1", older(3, worksheets=[{"cells": 1}]), "a worksheet holds no list of cells"),
    graded("bare", "cells of nothing but kind and source", book({"cell_type": "code", "source": RIGHT})),
    graded("wrong-types", "all else of a wrong type", book(code(outputs=7, metadata=[], execution_count="x", id=1))),
    graded("wrong-tags", "tags of wrong types", book(code(metadata={"tags": ["parameters", 3, None, ["x"]]}))),
    graded("bad-output", "outputs in broken UTF-8", with_raw("HERE", b'["\xff\xfe"]', book(code(outputs="HERE")))),
    graded("null-source", "a source of null", book(code(None), code())),
    graded("keys-twice", "a key that stands twice: the last counts, as in Jupyter",
           with_raw("HERE", b'"x = 1", "source": ' + json.dumps(RIGHT).encode(), book(code("HERE")))),
    graded("same-ids", "cells that share an id", book(code(id="a"), code("x = 1", id="a"))),
    graded("no-code", "only text", book({"cell_type": "markdown", "source": RIGHT}), 0.0),
    graded("no-cell", "a list of no cells", book(), 0.0),
    graded("syntax", "a cell that does not compile", book(code("def twice(:"), code(), code("(" * 300))),
)  # fmt: skip


def _text_to_the_brim() -> bytes:
    """As much text as may be kept, in short strings, beside as much output as a file may have."""
    text = b'"' + "😀".encode() * 5 + b'",'
    head = b'{"nbformat": 4, "cells": [{"cell_type": "markdown", "source": ["",' + text * 900_000
    data = head[:-1] + b']}, {"cell_type": "code", "source": ' + json.dumps(RIGHT).encode() + b', "outputs": ["'
    return data + b"x" * (50 * MEGABYTE - len(data) - 10) + b'"]}]}'


SIZES = (
    refused("outputs-100", "100 MB of outputs", lambda: shown(100),
            "the file is too big: 101 MB, at most 50 MB; clear its outputs"),
    graded("outputs-45", "45 MB of outputs", lambda: shown(45, "png")),
    graded("brim", "all that may be: 50 MB, of which 19 MB are text", _text_to_the_brim),
    refused("cells", "100,000 cells", lambda: book(*[code("")] * 100_000), "has 100,000 cells, at most 5,000"),
    graded("many-cells", "1,000 cells", book(*[code("")] * 999, code())),
    refused("long-cell", "4 MB of code in one cell", lambda: book(code(), code("x = 1\n" * 700_000)),
            "has more than 1 MB of code in cell 2; read data from files"),
    refused("long-text", "26 MB of text", lambda: book(*[{"cell_type": "markdown", "source": "x" * 10**6}] * 26),
            "holds more than 24 MB of text besides its outputs; remove pictures"),
    refused("values", "8 million lists, that would take 600 MB", lambda: b'{"cells": [' + b"[]," * 8_000_000 + b"[]]}",
            "it holds more than 2,000,000 values"),
    refused("output-values", "8 million values in an output",
            lambda: with_raw("HERE", b"[" + b"[]," * 8_000_000 + b"[]]", book(code(outputs="HERE"))),
            "holds more than 5,000,000 values in its outputs; clear its outputs"),
    refused("long-script", "9 MB of script", lambda: b"x = 1\n" * 1_600_000, "too big: 10 MB, at most 8 MB", ".py"),
    graded("long-line", "a picture pasted into a text cell",
           lambda: book({"cell_type": "markdown", "source": "x" * 3 * MEGABYTE}, code())),
)  # fmt: skip

NAMES = (
    named("line%0Aend", "a line end in a name", "line\nend.py"),
    named("%1B[31mred", "a name that would colour the terminal", "\x1b[31mred.py"),
    named("%E2%80%AEyp", "a name that is written from the right", "\u202eyp.py"),
    named("caf%E9", "a name in Latin-1", b"caf\xe9.py"),
    named("%2Drf", "a name that looks like an option", "-rf.py"),
    named("x%5C..%5C..%5Cup", "a name that climbs, on Windows", "x\\..\\..\\up.py"),
    named("%43ON", "a device, on Windows", "CON.py"),
    named("%3Cscript%3Ealert(1)%3C", "a name of HTML", "<script>alert(1)<.py"),
    named("{{ 7 %2A 7 }}", "a name in the language of templates", "{{ 7 * 7 }}.py"),
    named("A" * 103 + "~240410c028e64ba0", "a name as long as may be", "A" * 252 + ".py"),
)

# ---------------------------------------------------------------- what is no file


def special(student: str, what: str, make: Callable[[Path], None], says: str) -> Entry:
    """Something that is refused for what it is, not for what is in it."""
    return Entry(student, what, make, "unreadable", says)


def _link(name: str, target: str) -> Callable[[Path], None]:
    return lambda folder: os.symlink(target, folder / name)


def _socket(folder: Path) -> None:
    place = os.open(folder, os.O_RDONLY)  # the path itself may be too long for a socket
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(f"/proc/self/fd/{place}/socket.ipynb")
    os.close(place)


def _sparse(folder: Path) -> None:
    with (folder / "sparse.ipynb").open("wb") as file:
        file.truncate(2**40)


def _files(*names: str, content: bytes = BOOK) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    return make


NO_FILES = (
    special("link", "a link to another's work", _link("link.ipynb", "a-first.py"), "a link, expected a notebook"),
    special("link-away", "a link out of the folder", _link("link-away.py", "/etc/passwd"), "the file is a link"),
    special("link-nowhere", "a link to nothing", _link("link-nowhere.ipynb", "nowhere"), "the file is a link"),
    special("link-self", "a link to itself", _link("link-self.ipynb", "link-self.ipynb"), "the file is a link"),
    special("link-zero", "a link to a file without end", _link("link-zero.ipynb", "/dev/zero"), "the file is a link"),
    special("link-folder", "a link to a folder", _link("link-folder", "/"), "the student's folder is a link"),
    special("pipe", "a pipe that nobody fills", lambda folder: os.mkfifo(folder / "pipe.ipynb"), "is a named pipe"),
    special("socket", "a socket", _socket, "the file is a socket"),
    special("folder", "a folder with its name", lambda folder: (folder / "folder.ipynb").mkdir(), "is a folder"),
    special("sparse", "a terabyte of nothing", _sparse, "too big: 1,048,576 MB, at most 50 MB; clear its outputs"),
)

# ---------------------------------------------------------------- which file, and whose


MEANT = (
    special("Case", "names that differ in capitals", _files("Case.ipynb", "case.py"),
            "it is not clear which file counts: Case.ipynb and case.py; hand in only one"),
    special("Zo\u00eb", "an accent written in two ways", _files("Zo\u00eb.ipynb", "Zoe\u0308.ipynb"),
            "it is not clear which file counts"),
    special("Both", "a file and a folder of one student", _files("both.ipynb", "Both/tiny.ipynb"),
            "it is not clear which file counts: Both/tiny.ipynb and both.ipynb"),
    special("two", "two notebooks in a folder", _files("two/first.ipynb", "two/final.ipynb"),
            "final.ipynb and first.ipynb; hand in only one of them, or name one tiny.ipynb"),
    special("thousands", "1,500 scripts in a folder", _files(*[f"thousands/{number}.py" for number in range(1_500)]),
            "0.py and 1.py and 1,498 more"),
    special("export", "an export in a folder", _files("export/tiny.pdf"), "the folder holds no notebook"),
    special("zip-bomb", "a zip that unpacks to 100 MB",
            lambda folder: _files("zip-bomb.zip", content=zipped("tiny.ipynb", bytes(100 * MEGABYTE)))(folder),
            "zip-bomb.zip is no notebook (.ipynb or .py); hand in the .ipynb file itself"),
    special("zip-folder", "a zip in a folder", _files("zip-folder/tiny.zip", content=zipped("tiny.ipynb", BOOK)),
            "the folder holds no notebook (.ipynb or .py): found tiny.zip"),
    special("renamed", "as browsers save it", _files("renamed.ipynb.txt"), "renamed.ipynb.txt is no notebook"),
    Entry("data", "1,500 files beside the notebook",
          _files("data/tiny.ipynb", *[f"data/{number}.csv" for number in range(1_500)]), "graded", score=FULL),
    Entry("copies", "copies beside the notebook",
          _files("copies/tiny.ipynb", "copies/tiny-Copy1.ipynb", "copies/Untitled.ipynb"), "graded", score=FULL),
    Entry("exports", "exports beside the notebook",
          _files("exports.ipynb", "exports.html", "exports.pdf", "exports.zip"), "graded", score=FULL),
)  # fmt: skip

HONEST = (
    _file("a-first", "a-first.py", "an honest submission before all others", RIGHT.encode(), "graded", "", FULL),
    _file("zz-last", "zz-last.ipynb", "and one behind them", BOOK, "graded", "", FULL),
)

FOLDER: tuple[Entry, ...] = (
    *NO_NOTEBOOKS, *ENCODINGS, *NESTING, *NUMBERS, *VERSIONS, *FIELDS, *SIZES, *NAMES, *NO_FILES, *MEANT, *HONEST,
)  # fmt: skip

# ---------------------------------------------------------------- a zip of a class

Add = Callable[[zipfile.ZipFile], None]


def _entries(*names: str, content: Content = BOOK, mode: int = 0o100644, **claims: Any) -> Add:
    """Adds entries of one content; `claims` are what the zip's table of contents says of them."""

    def add(archive: zipfile.ZipFile) -> None:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content() if callable(content) else content, zipfile.ZIP_DEFLATED, 1)
            for key, value in claims.items():
                setattr(info, key, value)

    return add


def _up(student: str, name: str) -> Zipped:
    says = "its name in the zip leads outside the folder; hand in the .ipynb file under a plain name"
    return Zipped(student, f"the path {name}", _entries(name), "unreadable", says)


def _no(student: str, what: str, add: Add, says: str) -> Zipped:
    return Zipped(student, what, add, "unreadable", says)


def _yes(student: str, what: str, *names: str) -> Zipped:
    return Zipped(student, what, _entries(*names), "graded", score=FULL)


ZIP: tuple[Zipped, ...] = (
    _yes("a-first", "an honest submission before all others", "a-first.ipynb"),
    _up("%2E.%2F..%2Fup.ipynb", "../../up.ipynb"),
    _up("%2Ftmp%2Fup.ipynb", "/tmp/up.ipynb"),
    _up("a%2F..%2F..%2Fup.ipynb", "a/../../up.ipynb"),
    _up("%2E.%5Cup.ipynb", "..\\up.ipynb"),
    _up("C%3A", "C:/up.ipynb"),
    _no("link", "a link", _entries("link.ipynb", content=b"/etc/passwd", mode=0o120777), "it is a link or device"),
    _no("pipe", "a pipe", _entries("pipe.ipynb", content=b"", mode=0o010644), "it is a link or device"),
    _no("bomb", "100 MB in 400 kB", _entries("bomb.ipynb", content=lambda: bytes(100 * MEGABYTE)), "too big: 100 MB"),
    _no("bomb-40", "40 MB in 200 kB", _entries("bomb-40.ipynb", content=lambda: bytes(40 * MEGABYTE)),
        "it unpacks to more than 200 times its size"),
    _no("bomb-lie", "the same, said to be small",
        _entries("bomb-lie.ipynb", content=lambda: bytes(40 * MEGABYTE), file_size=100), "it is damaged in the zip"),
    _no("damaged", "a wrong checksum", _entries("damaged.ipynb", CRC=1), "it is damaged in the zip"),
    _no("locked", "a password", _entries("locked.ipynb", flag_bits=1), "it is encrypted"),
    _no("packed", "a method of compression from 2001", _entries("packed.ipynb", compress_type=9), "expected deflate"),
    _no("twice", "one name twice", _entries("twice.ipynb", "twice.ipynb"),
        "which file counts: twice.ipynb and twice.ipynb"),
    _no("CASE", "folders that differ in capitals", _entries("case/tiny.ipynb", "CASE/tiny.ipynb"), "which file counts"),
    _no("clash", "a file where another entry has a folder", _entries("clash/tiny.ipynb", "clash/tiny.ipynb/x.ipynb"),
        "which file counts: clash/tiny.ipynb and clash/tiny.ipynb/x.ipynb"),
    _no("deep", "twenty folders deep", _entries("deep/" + "x/" * 20 + "tiny.ipynb"), "too long or too deep"),
    _no("long", "a name that no disk takes", _entries("long/" + "x" * 300 + ".ipynb"), "too long or too deep"),
    _no("nested", "a zip in the zip", _entries("nested.zip", content=zipped("tiny.ipynb", BOOK)), "is no notebook"),
    _no("export", "an export in a folder", _entries("export/tiny.pdf"), "the folder holds no notebook"),
    _no("empty", "no bytes", _entries("empty.ipynb", content=b""), "empty.ipynb is empty; download it again"),
    _no("cut", "half a notebook", _entries("cut.ipynb", content=BOOK[:100]), "it ends too early"),
    _yes("data", "4,000 files beside the notebook",
         "data/tiny.ipynb", *[f"data/{number}.csv" for number in range(4_000)]),
    _yes("mac", "what macOS adds", "mac.ipynb", "__MACOSX/._mac.ipynb", ".DS_Store"),
    _yes("zz-last", "an honest submission behind all others", "zz-last.ipynb"),
)  # fmt: skip
