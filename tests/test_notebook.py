"""Reading notebooks: kind to students, deaf to hostile bytes."""

from __future__ import annotations

import contextlib
import gzip
import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import AssignmentError, SubmissionError
from autograder.notebook import (
    MAX_BYTES,
    MAX_CELLS,
    MAX_SOURCE,
    Cell,
    Notebook,
    cell_ids,
    notebook_text,
    printable,
    read_source,
    read_submission,
)


def v4(*cells: Any, **top: Any) -> bytes:
    """A format 4 notebook around the given cells."""
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **top}).encode()


def code(source: Any = "x = 1", **more: Any) -> dict[str, Any]:
    """A code cell as Jupyter writes it, but for what `more` overrides."""
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, **more}


def text(source: Any = "words", **more: Any) -> dict[str, Any]:
    """A markdown cell."""
    return {"cell_type": "markdown", "source": source, "metadata": {}, **more}


def sources(data: bytes, name: str = "ada.ipynb") -> list[str]:
    """The sources of the cells that are read from `data`."""
    return [cell.source for cell in read_submission(data, name).cells]


# ---------------------------------------------------------------- what is read


def test_cells_come_in_order_and_code_is_counted_from_one() -> None:
    """Text cells have index 0; code cells 1, 2, …"""
    book = read_submission(v4(text("a"), code("b"), text("c"), code("d")), "ada.ipynb")
    assert book == Notebook(
        (Cell(0, "markdown", "a"), Cell(1, "code", "b"), Cell(0, "markdown", "c"), Cell(2, "code", "d"))
    )
    assert [cell.source for cell in book.code] == ["b", "d"]


def test_a_source_may_be_a_list_of_lines() -> None:
    """Jupyter writes lists of lines; they are joined as they are."""
    assert sources(v4(code(["a = 1\n", "b = 2"]))) == ["a = 1\nb = 2"]


def test_tags_are_read() -> None:
    """The `parameters` tag is what grading looks for."""
    book = read_submission(v4(code(metadata={"tags": ["parameters", 3, "x"]})), "ada.ipynb")
    assert book.cells[0].tags == ("parameters", "x")


def test_newlines_of_every_system_become_one_kind() -> None:
    """CRLF and CR become LF; tabs and form feeds stay."""
    assert sources(v4(code("a = 1\r\nif a:\r\tb = 2\f\n"))) == ["a = 1\nif a:\n\tb = 2\f\n"]


def test_lone_surrogates_and_nul_are_replaced() -> None:
    """Neither can be written to a file or sent to a session."""
    data = v4(code("PLACE")).replace(b"PLACE", rb"s = '\ud800 \u0000 \ud83d\ude00'")
    assert sources(data) == ["s = '\ufffd \ufffd 😀'"]


def test_a_utf8_byte_order_mark_is_harmless() -> None:
    """Windows editors put one in front."""
    assert sources(b"\xef\xbb\xbf" + v4(code("a"))) == ["a"]


def test_stored_outputs_are_ignored_whatever_they_hold() -> None:
    """Outputs nested 100,000 deep, of wrong types, in broken UTF-8: none of it is parsed."""
    for outputs in (b"[" * 100_000 + b"]" * 100_000, b'[{"text": "\xff\xfe"}]', b"{}", b"null", b"7"):
        data = v4(code("a", outputs="HERE")).replace(b'"HERE"', outputs)
        assert sources(data) == ["a"]


def test_huge_outputs_count_neither_as_source_nor_as_cells() -> None:
    """40 MB of stored text in an output leaves the notebook readable."""
    assert sources(v4(code("a", outputs=[{"text": "y" * (40 * 2**20)}]))) == ["a"]


def test_the_word_outputs_in_code_drops_nothing() -> None:
    """A source line that says "outputs": [ is a string, not a key."""
    source = ['d = {"outputs": [1, 2]}\n', "outputs"]
    assert sources(v4(code(source))) == ["".join(source)]


@pytest.mark.parametrize("version", [4, "4", 4.0, None])
def test_format_4_may_be_written_loosely(version: Any) -> None:
    """A number as text, or none at all, is harmless."""
    assert sources(v4(code("a"), nbformat=version)) == ["a"]


def test_format_3_is_upgraded() -> None:
    """Worksheets hold the cells, and code is called input."""
    cells = [
        {"cell_type": "heading", "level": 1, "source": ["Title"]},
        {"cell_type": "code", "input": ["a = 1\n", "b"], "language": "python", "outputs": [], "prompt_number": 1},
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells, "metadata": {}}]}
    book = read_submission(json.dumps(old).encode(), "ada.ipynb")
    assert book.cells == (Cell(0, "markdown", "Title"), Cell(1, "code", "a = 1\nb"))


def test_formats_2_and_1_are_upgraded_as_nbformat_does_it() -> None:
    """The reference implementation, and this one, see the same sources; format 1 has no worksheets."""
    cells = [{"cell_type": "text", "text": "T"}, {"cell_type": "code", "code": "a = 1", "prompt_number": 1}]
    first = json.dumps({"nbformat": 1, "cells": cells})
    second = {"cell_type": "code", "input": "a = 1", "language": "python", "outputs": [], "collapsed": False}
    page = {"cell_type": "html", "source": "T"}
    sheets = [{"cells": [page]}, {"cells": [second]}]
    for data in (first, json.dumps({"nbformat": 2, "metadata": {}, "worksheets": sheets})):
        theirs = nbformat.reads(data, as_version=4)
        assert sources(data.encode()) == [cell.source for cell in theirs.cells if cell.cell_type != "heading"]
    assert sources(first.encode()) == ["T", "a = 1"]


@pytest.mark.parametrize(
    "cell",
    [
        {"cell_type": "code", "source": "a"},
        code("a", outputs=None),
        code("a", metadata=None),
        code("a", metadata=[]),
        code("a", metadata={"tags": "parameters"}),
        code("a", execution_count="x", id=17),
        code("a", metadata={"n": float("nan"), "i": float("inf")}),
    ],
)
def test_harmless_faults_are_tolerated(cell: dict[str, Any]) -> None:
    """Missing outputs, null metadata, NaN: the code is there, so it is graded."""
    assert sources(v4(cell)) == ["a"]


def test_null_and_missing_sources_are_empty_cells() -> None:
    """They count, so that the numbers agree with what the student sees."""
    assert sources(v4({"cell_type": "code"}, code(None))) == ["", ""]


def test_a_number_of_a_million_digits_is_no_obstacle() -> None:
    """Python refuses to read it; no notebook needs it."""
    data = v4(code("a", execution_count="HERE")).replace(b'"HERE"', b"9" * 1_000_000)
    assert sources(data) == ["a"]


def test_of_duplicate_keys_the_last_counts() -> None:
    """As in Jupyter, so that what is graded is what the student sees."""
    assert sources(b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "a", "source": "b"}]}') == ["b"]


def test_pictures_pasted_into_a_text_cell_do_not_count_as_text() -> None:
    """Colab keeps pictures as base64 in markdown; they are left out."""
    assert sources(v4(text(["see ", "![](data:" + "A" * (3 * 2**20)]), code("a"))) == ["see ", "a"]


# ---------------------------------------------------------------- what is refused, and how


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n\x00", "is empty"),
        (b"hello\nAda", "not a notebook: it begins with \"hello\", expected \"{\"; download it again"),
        (b"[]", r'not a notebook: it begins with "\[]", expected "\{"'),
        (b"\xff\x1b[31m" + b"x" * 99, r'it begins with "\ufffd\\x1b\[31mx+…", expected'),
        (b"<<<<<<< HEAD\n{}", r"holds a merge conflict \(line 1\); choose one side"),
        (b'{"cells": [],\n<<<<<<< HEAD\n"nbformat": 4}', r"holds a merge conflict \(line 2\)"),
        (b"<!DOCTYPE html><html></html>", "it is a web page"),
        (b"%PDF-1.7 ...", "it is a PDF"),
        (b"PK\x03\x04....", "it is a zip archive"),
        (b"\x89PNG\r\n\x1a\n", "it is a picture"),
        (b"\xff\xd8\xff\xe0....", "it is a picture"),
        (gzip.compress(v4(code())), "compressed with gzip"),
        (v4(code()).decode().encode("utf-16"), "UTF-16"),
        (v4(code()).decode().encode("utf-16-le"), "UTF-16"),
        (v4(code()).decode().encode("utf-32"), "UTF-"),
        (v4(code("caf\xe9")).replace(b"\\u00e9", b"\xe9"), r"not UTF-8 text \(line 1\)"),
        (v4(code("a"))[:-30], r"it ends too early \(line 1\); download it again"),
        (b'{"cells": [\n{"cell_type" "code"}]}', r"it is not JSON \(line 2: expecting ':' delimiter\)"),
        (v4(code())[:-1] + b"} trailing", "it is not JSON"),
        (b'{"a":' * 100_000, "nested more than 100 deep"),
        (b'{"cells": ' + b"[" * 100_000, "nested more than 100 deep"),
        (v4(nbformat=5), "notebook format 5, expected 4"),
        (v4(nbformat=True), "notebook format true or false"),
        (v4(nbformat="four"), "notebook format four"),
        (b'{"nbformat": 4}', "it has no cells"),
        (b'{"nbformat": 4, "cells": {}}', "its cells are an object"),
        (b'{"nbformat": 4, "cells": "x"}', "its cells are text"),
        (b'{"nbformat": 3, "worksheets": 1}', "its worksheets are a number"),
        (b'{"nbformat": 3, "worksheets": [{"cells": 1}]}', "a worksheet holds no list"),
        (v4(None), "broken cell 1: it is null"),
        (v4(code(), [1]), "broken cell 2: it is a list"),
        (v4({"source": "a"}), "its cell_type is null"),
        (v4({"cell_type": "sql", "source": "a"}), "its cell_type is sql"),
        (v4(code(7)), "its source holds a number"),
        (v4(code([["a"]])), "its source holds a list"),
        (v4(code({"a": 1})), "its source holds an object"),
        (v4(*[code()] * (MAX_CELLS + 1)), "has 5,001 cells, at most 5,000"),
        (v4(code("x" * (MAX_SOURCE + 1))), "more than 1 MB of code in cell 1"),
        (v4(code("x" * (3 * MAX_SOURCE))), "more than 1 MB of code in cell 1"),
        (v4(*[text("x" * 1_900_000)] * 20), "more than 24 MB of text"),
        (b'{"cells": [' + b"1," * 1_500_000 + b"1] , 2" + b",2" * 600_000, "more than 2,000,000 values"),
        (b'{"cells": [{"outputs": [' + b"[]," * 2_600_000, "more than 5,000,000 values in its outputs"),
        (b"{" + b" " * MAX_BYTES, "too big: 51 MB, at most 50 MB; clear its outputs"),
    ],
)
def test_what_is_no_notebook_is_refused_by_name_with_advice(data: bytes, message: str) -> None:
    """The message names the file, what is wrong, and what to do."""
    with pytest.raises(SubmissionError, match=message) as caught:
        read_submission(data, "ada.ipynb")
    assert caught.value.message.startswith("ada.ipynb ")
    assert "; " in caught.value.message  # and then what to do


def test_the_line_of_an_error_is_that_of_the_file_although_outputs_were_dropped() -> None:
    """The scan removes outputs before parsing; the student's editor has not."""
    data = b'{"cells": [{"cell_type": "code", "outputs": [\n\n\n1],\n"source": oops}]}'
    with pytest.raises(SubmissionError, match=r"line 5"):
        read_submission(data, "ada.ipynb")


def test_hostile_names_cannot_write_to_the_terminal() -> None:
    """Escapes and bidi marks in a file's name are shown, not obeyed."""
    with pytest.raises(SubmissionError) as caught:
        read_submission(b"", "\x1b[2J\u202egnp.ipynb")
    assert "\x1b" not in caught.value.message
    assert "\u202e" not in caught.value.message


def test_a_script_that_is_too_big_is_not_told_to_clear_outputs() -> None:
    """It has none."""
    with pytest.raises(SubmissionError, match="too big: 9 MB, at most 8 MB; read data from files"):
        read_submission(b"#" * (8 * 2**20 + 1), "ada.py")


def test_other_endings_are_refused() -> None:
    """A text document is no submission."""
    with pytest.raises(SubmissionError, match="neither a notebook nor a Python script"):
        read_submission(v4(code()), "ada.docx")


@pytest.mark.parametrize(("given_text", "shown"), [("ada", "ada"), ("a\nb", "a\\nb"), ("x" * 200, "x" * 119 + "…")])
def test_printable_is_one_short_line(given_text: str, shown: str) -> None:
    """For names in messages."""
    assert printable(given_text) == shown


# ---------------------------------------------------------------- scripts


def test_a_plain_script_is_one_cell() -> None:
    """No markers, one cell."""
    assert read_submission(b"a = 1\n\nb = 2\n", "ada.py").cells == (Cell(1, "code", "a = 1\n\nb = 2"),)


def test_percent_cells_are_split_with_kinds_and_tags() -> None:
    """As jupytext and VS Code write them; the YAML header is no cell."""
    script = textwrap.dedent(
        """\
        # ---
        # jupyter:
        #   jupytext: {}
        # ---

        # %% [markdown]
        # # Title
        # words

        # %% tags=["parameters"]
        N_ITER = 3

        #%%
        x = 1
        """
    )
    assert read_submission(script.encode(), "ada.py").cells == (
        Cell(0, "markdown", "# Title\nwords"),
        Cell(1, "code", "N_ITER = 3", ("parameters",)),
        Cell(2, "code", "x = 1"),
    )


def test_markers_inside_strings_and_behind_code_split_nothing() -> None:
    """Only a comment at the beginning of a line is a marker."""
    script = 'doc = """\n# %% [markdown]\nit\'s\n"""\nx = 1  # %%\n#%%timeit\n\'\'\'\n# %%\n\'\'\'\n'
    assert len(read_submission(script.encode(), "ada.py").cells) == 1


def test_scripts_agree_with_jupytext_on_an_ordinary_file(tmp_path: Path) -> None:
    """The small parser and the reference implementation see the same cells."""
    script = "import numpy as np\n\n# %% [markdown]\n# A\n#\n# B\n\n# %%\nx = '''\n# %%\n'''\n\n\n# %%\ny = 2\n"
    (tmp_path / "a.py").write_text(script)
    theirs = [(cell.cell_type, cell.source) for cell in read_source(tmp_path / "a.py").cells]
    assert [(cell.kind, cell.source) for cell in read_submission(script.encode(), "a.py").cells] == theirs


def test_an_old_encoding_is_named_with_its_line() -> None:
    """Windows-1252 is still met."""
    with pytest.raises(SubmissionError, match=r"ada.py is not UTF-8 text \(line 2\)"):
        read_submission(b"a = 1\n# caf\xe9\n", "ada.py")


# ---------------------------------------------------------------- any bytes

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["cells", "worksheets", "nbformat", "cell_type", "source", "metadata", "tags", "outputs"]),
        inner | st.sampled_from(["code", "markdown", 3, 4]),
        max_size=5,
    ),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(data=st.binary(max_size=300) | _JSON.map(lambda tree: json.dumps(tree).encode()), name=st.text(max_size=9))
def test_nothing_but_submission_error_is_raised(data: bytes, name: str) -> None:
    """Whatever the bytes, the name and the ending."""
    for full in (name, name + ".ipynb", name + ".py"):
        with contextlib.suppress(SubmissionError):
            assert type(read_submission(data, full)) is Notebook


@settings(max_examples=300, deadline=None)
@given(start=st.integers(0, 400), junk=st.binary(max_size=6), gone=st.integers(0, 20))
def test_a_damaged_notebook_is_read_or_refused(start: int, junk: bytes, gone: int) -> None:
    """Bytes overwritten, removed or put in at any place of a real notebook."""
    whole = v4(text("# A\n"), code(["a = 1\n", "b"], outputs=[{"data": {"x": [1, "}"]}}]), code("c"))
    try:
        book = read_submission(whole[:start] + junk + whole[start + gone :], "ada.ipynb")
    except SubmissionError:
        return
    assert all(cell.kind in ("code", "markdown") for cell in book.cells)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["code", "markdown"]), st.text(max_size=30)), max_size=6))
def test_what_json_holds_is_what_is_read(cells: list[tuple[str, str]]) -> None:
    """Sources arrive unchanged, but for newlines, NUL and surrogates."""
    data = v4(*[{"cell_type": kind, "source": source, "outputs": [source]} for kind, source in cells])
    expected = [source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd") for _, source in cells]
    assert sources(data) == expected


# ---------------------------------------------------------------- cost


def test_an_ordinary_notebook_is_read_in_three_milliseconds() -> None:
    """40 cells with figures, 1 MB; the best of ten, since the machine is shared."""
    figure = [{"data": {"image/png": "A" * 50_000, "text/plain": ["<Figure>"]}}]
    data = v4(*[code(["line = 1\n"] * 25, outputs=figure) for _ in range(20)], *[text()] * 20)
    took = []
    for _ in range(10):
        start = time.perf_counter()
        read_submission(data, "ada.ipynb")
        took.append(time.perf_counter() - start)
    assert min(took) < 0.003


_MEASURE = """
import re, sys, time
from autograder.errors import SubmissionError
from autograder.notebook import MAX_BYTES, read_submission
kind = sys.argv[1]
unit, head, name = {
    "lists": (b"[],", b'{"cells": [', "a.ipynb"),
    "objects": (b'{"a":1},', b'{"cells": [', "a.ipynb"),
    "outputs": (b"[],", b'{"cells": [{"outputs": [', "a.ipynb"),
    "strings": (b'"\\xf0\\x9f\\x98\\x80ab",', b'{"cells": [{"cell_type": "code", "source": [', "a.ipynb"),
    "long": (b'"' + "😀é".encode() * 200_000 + b'",', b'{"cells": [{"cell_type": "markdown", "source": [', "a.ipynb"),
    "escapes": (b'\\\\"', b'{"cells": ["', "a.ipynb"),
    "quotes": (b"'' ", b"", "a.py"),
    "most text": (b'"' + "😀".encode() * 5 + b'",', b'{"cells": [{"cell_type": "code", "source": [', "a.ipynb"),
    "most objects": (b'{"a":1.5},', b'{"x": [', "a.ipynb"),
}[kind]
limit = {"quotes": 8 * 2**20, "most text": 22_000_000, "most objects": 4_900_000}.get(kind, MAX_BYTES)
data = head + unit * ((limit - len(head)) // len(unit))
if kind == "most text":
    data = data[:-1] + b'], "outputs": ["' + b"x" * (MAX_BYTES - len(data) - 30) + b'"]}]}'
if kind == "most objects":
    data = data[:-1] + b'], "cells": [{"cell_type": "code", "source": "a"}]}'
before = time.perf_counter()
try:
    read_submission(data, name)
except SubmissionError as error:
    print(error)
peak = re.search(r"VmHWM:[^0-9]*([0-9]+) kB", open("/proc/self/status").read())  # ru_maxrss starts at the parent
print(int(peak.group(1)) // 1024, time.perf_counter() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    "kind",
    ["lists", "objects", "outputs", "strings", "long", "escapes", "quotes", "most text", "most objects"],
)
def test_fifty_hostile_megabytes_stay_under_500_mb_and_ten_seconds(kind: str) -> None:
    """Measured in a fresh process: the peak of resident memory, and the time."""
    answer = subprocess.run([sys.executable, "-c", _MEASURE, kind], capture_output=True, text=True, check=True)
    peak, seconds = answer.stdout.splitlines()[-1].split()
    assert 10 < int(peak) < 500
    assert float(seconds) < 10


def test_reading_a_submission_imports_neither_nbformat_nor_jupytext() -> None:
    """They take seconds, and only releases need them."""
    script = (
        "import sys; from autograder.notebook import read_submission; read_submission(b'x = 1', 'a.py');"
        "print([name for name in ('nbformat', 'jupytext', 'numpy') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


# ---------------------------------------------------------------- sources


def test_a_source_keeps_exercise_and_tags(tmp_path: Path) -> None:
    """jupytext's metadata is what release reads."""
    (tmp_path / "a.py").write_text('# %% [markdown]\n# T\n\n# %% exercise="gates" tags=["parameters"]\nN = 1\n')
    node = read_source(tmp_path / "a.py")
    assert node.cells[1].metadata == {"exercise": "gates", "tags": ["parameters"]}


def test_a_missing_source_is_the_authors_fault(tmp_path: Path) -> None:
    """Named with its path."""
    with pytest.raises(AssignmentError, match=r"a\.py cannot be read"):
        read_source(tmp_path / "a.py")


def test_the_same_cells_give_the_same_text_with_unique_ids(tmp_path: Path) -> None:
    """jupytext draws random ids; the text does not have them."""
    (tmp_path / "a.py").write_text("# %%\nx = 1\n\n# %%\nx = 1\n\n# %%\ny = 1\n")
    first, second = read_source(tmp_path / "a.py"), read_source(tmp_path / "a.py")
    assert notebook_text(first) == notebook_text(second)
    ids = cell_ids(first)
    assert len(set(ids)) == 3
    assert [cell["id"] for cell in json.loads(notebook_text(first))["cells"]] == ids
    assert sources(notebook_text(first).encode()) == ["x = 1", "x = 1", "y = 1"]
