"""The course itself: every assignment runs as a student would run it, reads well, and is checked enough.

The notebook that runs is the release with the reference solutions still in it, public checks included, in a real
kernel of the interpreter that runs the tests, in a folder that holds what students receive.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from autograder import release
from autograder._public_checks import read_test_file
from autograder.assignment import Assignment, find_course, load, slugs
from autograder.checks import CheckRunner, MistakeBook
from autograder.mutants import read_mutants
from autograder.notebook import read_source

COURSE = find_course(Path(__file__).parent)
CELL_SECONDS = 300
LEAST_MUTANTS = 12
LEAST_ALTERNATIVES = 4
PNG = b"\x89PNG\r\n\x1a\n"

pytestmark = pytest.mark.parametrize("slug", slugs(COURSE))


# ---------------------------------------------------------------- the solution, in Jupyter


@pytest.fixture
def jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Jupyter whose `python3` is the running interpreter, and that knows nothing of the user's settings."""
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))  # searched before every other folder
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("MPLBACKEND", "PYTHONPATH", "PYTHONWARNINGS", "UTKFACE_DIR"):  # students have none of these set
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("jupyter")
def test_the_solution_runs_top_to_bottom(slug: str, tmp_path: Path) -> None:
    """No cell raises, public checks pass, pictures are drawn, and every figure that the text names is a PNG file."""
    assignment, folder = load(COURSE, slug), tmp_path / "student"
    skipped = shutil.ignore_patterns("assignment.toml", "*.ipynb", "__pycache__", ".*")
    shutil.copytree(assignment.public, folder, ignore=skipped)
    notebook = with_parameters(assignment, solved(assignment))

    run(notebook, folder)

    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs), "the notebook shows no picture"
    assert {name: (folder / name).read_bytes()[: len(PNG)] for name in figures(notebook)} == dict.fromkeys(
        figures(notebook), PNG
    )
    interpreter = next(cell for cell in notebook.cells if cell.metadata.get("test") == "interpreter")
    assert interpreter.outputs[0].text.strip() == sys.prefix


def solved(assignment: Assignment) -> nbformat.NotebookNode:
    """The release before nbgrader takes the solutions out: what a perfect student has in the end."""
    return release.prepare(assignment, read_source(assignment.source), read_test_file(assignment))


def with_parameters(assignment: Assignment, notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Grading's parameters set behind the cell tagged `parameters`, so that training takes seconds; and a last cell
    that says which interpreter runs.
    """
    (place,) = [i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    setup = "\n".join(f"{name} = {value!r}" for name, value in assignment.parameters.items())
    notebook.cells.insert(place + 1, code_cell(setup))
    notebook.cells.append(code_cell("import sys\nprint(sys.prefix)", metadata={"test": "interpreter"}))
    return notebook


def code_cell(source: str, **fields: Any) -> nbformat.NotebookNode:
    """A code cell."""
    cell: nbformat.NotebookNode = nbformat.v4.new_code_cell(source, **fields)  # type: ignore[no-untyped-call]
    return cell


def run(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Execute every cell in a kernel that works in `folder`; the first exception fails the test with its trace."""
    from nbclient import NotebookClient

    NotebookClient(
        notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()


def figures(notebook: nbformat.NotebookNode) -> set[str]:
    """Names of PNG files, in text and code."""
    return {name for cell in notebook.cells for name in re.findall(r"\b\w[\w-]*\.png\b", cell.source)}


# ---------------------------------------------------------------- the stub, as text


class _Tags(HTMLParser):
    """Collects the tags of raw HTML in Markdown: (name, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tokens(assignment: Assignment) -> list[Token]:
    """The Markdown tokens of the released notebook's text cells, inline ones behind the block that holds them."""
    found = []
    for cell in stub(assignment).cells:
        if cell.cell_type == "markdown":
            for block in MarkdownIt("commonmark").parse(cell.source):
                found += [block, *(block.children or [])]
    return found


def stub(assignment: Assignment) -> nbformat.NotebookNode:
    """The released notebook."""
    node: nbformat.NotebookNode = nbformat.read(assignment.notebook, as_version=4)  # type: ignore[no-untyped-call]
    return node


def html_tags(assignment: Assignment, name: str) -> Iterator[dict[str, str | None]]:
    """Attributes of the raw HTML tags of that name."""
    for token in tokens(assignment):
        if token.type in ("html_block", "html_inline"):
            yield from (attributes for tag, attributes in _Tags(token.content).found if tag == name)


def headings(assignment: Assignment) -> list[tuple[int, str]]:
    """(level, text) of each heading, in order."""
    every = tokens(assignment)
    pairs = itertools.pairwise(every)
    return [(int(mark.tag[1:]), text.content) for mark, text in pairs if mark.type == "heading_open"]


def images(assignment: Assignment) -> list[tuple[str, str]]:
    """(source, alternative text) of each image, Markdown's and HTML's."""
    marked = [(str(token.attrs["src"]), token.content) for token in tokens(assignment) if token.type == "image"]
    raw = [(tag.get("src") or "", tag.get("alt") or "") for tag in html_tags(assignment, "img")]
    return marked + raw


def links(assignment: Assignment) -> list[str]:
    """Where links and images lead."""
    marked = [str(token.attrs["href"]) for token in tokens(assignment) if token.type == "link_open"]
    raw = [tag.get("href") or "" for tag in html_tags(assignment, "a")]
    return marked + raw + [source for source, _ in images(assignment)]


def is_alive(link: str, assignment: Assignment, anchors: set[str]) -> bool:
    """Whether a link leads to a heading, to a file that students receive, or is a well-formed web address."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        host = re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", parts.hostname or "")
        return parts.scheme in ("http", "https") and host is not None and not re.search(r"\s|%20", link)
    if not parts.path:
        return unquote(parts.fragment) in anchors
    target = (assignment.public / unquote(parts.path)).resolve()
    return target.exists() and target.is_relative_to(assignment.public.resolve()) and target.name != "assignment.toml"


def test_headings_are_in_order(slug: str) -> None:
    """The page starts with its only h1, and no level is skipped on the way down."""
    levels = [level for level, _ in headings(load(COURSE, slug))]
    first = tokens(load(COURSE, slug))[0]
    assert (first.type, first.tag) == ("heading_open", "h1")
    assert levels.count(1) == 1
    assert [(a, b) for a, b in itertools.pairwise(levels) if b > a + 1] == []


def test_images_have_alternative_text(slug: str) -> None:
    """Who cannot see an image reads what it shows."""
    assert [source for source, text in images(load(COURSE, slug)) if not text.strip()] == []


def test_no_link_is_dead(slug: str) -> None:
    """Relative links lead to released files, anchors to headings; web addresses are well formed (none is fetched)."""
    assignment = load(COURSE, slug)
    anchors = {text.replace(" ", "-") for _, text in headings(assignment)}
    assert [link for link in links(assignment) if not is_alive(link, assignment, anchors)] == []


def test_every_exercise_has_a_cell_to_solve(slug: str) -> None:
    """The exercises of assignment.toml are those of the stub, in the same order, each with something to write."""
    assignment = load(COURSE, slug)
    cells = [cell for cell in stub(assignment).cells if cell.metadata.get("exercise")]
    assert list(dict.fromkeys(cell.metadata["exercise"] for cell in cells)) == list(assignment.exercises)
    assert [cell.metadata["exercise"] for cell in cells if "raise NotImplementedError()" not in cell.source] == []


def test_the_stub_is_what_the_source_makes(slug: str) -> None:
    """Nothing differs from a release built now, which refuses to publish a line of a solution."""
    assert release.drift(load(COURSE, slug)) == []


# ---------------------------------------------------------------- checks, mutants, alternatives


def test_checks_say_what_they_check(slug: str) -> None:
    """Every check has a title that is a sentence and points; every hidden one has a hint; every exercise is checked."""
    assignment = load(COURSE, slug)
    with CheckRunner(assignment) as runner:
        specs = runner.specs
    sentence = re.compile(r".+\.( \(case \d+ of \d+\))?")
    assert [spec.id for spec in specs if not sentence.fullmatch(spec.title)] == []
    assert [spec.id for spec in specs if spec.points <= 0] == []
    assert [spec.id for spec in specs if spec.visibility == "hidden" and not spec.hint.strip()] == []
    assert {spec.exercise for spec in specs} == set(assignment.exercises)
    assert {spec.visibility for spec in specs} == {"public", "hidden"}


def test_checks_are_themselves_tested_enough(slug: str) -> None:
    """So many typical mistakes and so many right solutions stand against the checks in `autograder verify`."""
    assignment = load(COURSE, slug)
    assert len(read_mutants(assignment)) >= LEAST_MUTANTS
    assert len(assignment.alternatives) >= LEAST_ALTERNATIVES


def test_the_mistake_book_is_up_to_date(slug: str) -> None:
    """mistakes.bin holds the answers of every mutant as it is now: no student waits until they are computed."""
    assignment = load(COURSE, slug)
    book = MistakeBook(assignment, read_mutants(assignment), _transcribe_none)
    state = "out of date" if assignment.mistakes.is_file() else "missing"
    assert book.complete, f"solutions/{slug}/mistakes.bin is {state}: run autograder verify {slug}"


def _transcribe_none(mutant: Any) -> dict[str, Any]:
    raise AssertionError(f"mutant {mutant.name} was run to ask whether it is known")
