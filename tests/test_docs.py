"""README and guides say what is so: links lead somewhere, commands exist, tables list what the code accepts, and the
README's walk prints what it quotes."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from autograder import exports
from autograder.assignment import Limits, load
from autograder.checks.plugin import MARKERS, CheckPlugin
from autograder.cli import app
from autograder.errors import AssignmentError
from autograder.records import DEATH_CAUSES
from autograder.sandbox.config import LAYERS
from autograder.student import Namespace

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
AUTHORS = ROOT / "docs" / "writing-an-assignment.md"
GRADING = ROOT / "docs" / "how-grading-works.md"
README = ROOT / "README.md"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def blocks(page: Path, *languages: str) -> list[str]:
    """The fenced blocks of a page in one of these languages, without their fences."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [text for language, text in found if language in languages]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[str]:
    """Targets of links and pictures, those to other sites left out."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [target for target in targets if not target.startswith(("http://", "https://"))]


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def table(page: Path, heading: str, first: str) -> list[list[str]]:
    """The rows, cells without backticks, of the table under a heading whose first column is called `first`."""
    section = re.split(rf"^#+ {re.escape(heading)}$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    lines = section[section.index(f"| {first} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().replace("`", "") for cell in line.strip().strip("|").split(" | ")] for line in lines]


def command_lines(page: Path) -> list[list[str]]:
    """The arguments of every call of autograder in a page's blocks and inline code."""
    shells = "\n".join(blocks(page, "sh", "console", "yaml"))
    inline = "\n".join(re.findall(r"`(autograder [a-z][^`]*)`", prose(page)))
    calls = re.findall(r"^.*?\bautograder +([a-z][^|>#\n]*)", f"{shells}\n{inline}", re.MULTILINE)
    return [shlex.split(call) for call in calls]


def known_commands() -> dict[str, set[str]]:
    """Each command's options."""
    group: Any = typer.main.get_command(app)
    return {
        name: {option for parameter in command.params for option in parameter.opts}
        for name, command in group.commands.items()
    }


@each_page
def test_links_resolve(page: Path) -> None:
    """Every relative link names a file or folder, and every anchor a heading in it."""
    for target in links(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target} does not exist"
        assert not anchor or anchor in anchors(file), f"{page.name}: {target} has no such heading"


@each_page
def test_commands_and_options_exist(page: Path) -> None:
    """What a page tells to type is taken by the command line."""
    known = known_commands()
    for name, *arguments in command_lines(page):
        assert name in known, f"{page.name}: autograder {name}"
        options = {word.partition("=")[0] for word in arguments if word.startswith("-")}
        assert options <= known[name] | {"--help"}, f"{page.name}: autograder {name} {' '.join(arguments)}"


def test_every_command_is_documented() -> None:
    """A command that no page shows is a command that nobody finds; `demo` runs by `make demo`."""
    shown = {name for page in PAGES for name, *_ in command_lines(page)}
    assert set(known_commands()) - {"demo"} <= shown


@each_page
def test_python_and_toml_blocks_parse(page: Path) -> None:
    """Examples can be copied."""
    for text in blocks(page, "python"):
        compile(_dedented(text), page.name, "exec", flags=0x2000)  # PyCF_ALLOW_TOP_LEVEL_AWAIT
    for text in blocks(page, "toml"):
        tomllib.loads(text)


def _dedented(text: str) -> str:
    """An example may be the last lines of a function."""
    return "def _():\n" + text if text.startswith("    ") else text


def test_make_targets_exist() -> None:
    """`make demo` and its kin are in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        for target in re.findall(r"(?:^|`)make (\w+)", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page.name}: make {target}"


def test_pictures_are_shown_and_small() -> None:
    """Each picture is a PNG under 250 kB that some page shows."""
    shown = {(page.parent / target).resolve() for page in PAGES for target in links(page) if target.endswith(".png")}
    pictures = set((ROOT / "docs" / "images").iterdir())
    assert pictures == shown
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG\r\n"), picture.name
        assert picture.stat().st_size < 250_000, picture.name


def test_documented_limits_are_the_accepted_ones(tmp_path: Path) -> None:
    """The table of limits has each limit with its default, and nothing else."""
    rows = {name: float(default) for name, default, _ in table(AUTHORS, "limits", "key")}
    assert rows == {name: float(value) for name, value in dataclasses.asdict(Limits()).items()}


def test_documented_keys_are_the_accepted_ones(tmp_path: Path) -> None:
    """The table of keys is the list that a wrong key is answered with."""
    public = tmp_path / "assignments" / "x"
    public.mkdir(parents=True)
    (public / "assignment.toml").write_text('title = "X"\nqqqqqqqq = 1\n')
    with pytest.raises(AssignmentError, match="known keys are") as refused:
        load(tmp_path, "x")
    accepted = refused.value.hint.removeprefix("known keys are ").split(", ")
    assert sorted(row[0] for row in table(AUTHORS, "assignment.toml", "key")) == sorted(accepted)


def test_example_of_a_configuration_is_accepted(tmp_path: Path) -> None:
    """The first TOML example loads as an assignment."""
    for folder in ("assignments/softmax", "solutions/softmax"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "assignments/softmax/assignment.toml").write_text(blocks(AUTHORS, "toml")[0], encoding="utf-8")
    for name in ("softmax.py", "test_softmax.py"):
        (tmp_path / "solutions/softmax" / name).touch()
    assignment = load(tmp_path, "softmax")
    assert (assignment.parameters, assignment.limits.cell_seconds) == ({"N_STEPS": 100}, 10.0)


def test_documented_markers_are_the_registered_ones() -> None:
    """The table of markers is the plugin's list."""
    rows = [re.split(r"[(:]", row[0])[0] for row in table(AUTHORS, "Checks", "marker")]
    assert sorted(rows) == sorted(re.split(r"[(:]", line)[0] for line in MARKERS)


def test_documented_fixtures_are_the_plugins() -> None:
    """The table of fixtures is what a check may ask for."""
    fixtures = [name for name, member in vars(CheckPlugin).items() if "fixture" in type(member).__name__.lower()]
    assert sorted(row[0] for row in table(AUTHORS, "Checks", "fixture")) == sorted(fixtures)


def test_documented_methods_are_the_namespaces() -> None:
    """The table of methods has every public one of a namespace."""
    rows = [re.search(r"student\.(\w+)", row[0]).group(1) for row in table(AUTHORS, "Values and handles", "method")]
    assert sorted(rows) == sorted(name for name in vars(Namespace) if not name.startswith("_"))


def test_documented_layers_are_the_sandboxes() -> None:
    """The table of layers is the sandbox's list, in its order."""
    assert tuple(row[0] for row in table(GRADING, "Sandbox", "layer")) == LAYERS


def test_documented_causes_are_the_records() -> None:
    """The table of deaths has every cause that a record can name."""
    causes = [cause for row in table(GRADING, "Deaths and outcomes", "cause") for cause in row[0].split(", ")]
    assert sorted(causes) == sorted(DEATH_CAUSES)


def test_documented_formats_are_the_exported_ones() -> None:
    """docs/ci.md shows each format once."""
    shown = re.findall(r"--to (\w+)", (ROOT / "docs" / "ci.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(exports.FORMATS)


def test_modules_that_are_named_exist() -> None:
    """`checks/outcomes` and the like are files of the package."""
    for name in set(re.findall(r"`((?:sandbox|student|checks|pipeline)/\w+)(?:\.py)?`", GRADING.read_text("utf-8"))):
        assert (ROOT / "autograder" / f"{name}.py").is_file(), name


# ---------------------------------------------------------------- the walk


@pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
def test_the_walk_prints_what_the_readme_quotes(tmp_path: Path) -> None:
    """Following the README step by step gives its words, line by line; a line of … stands for any."""
    walk = _Walk(tmp_path)
    start, broken, mended, released, graded = blocks(README, "console")
    walk.follow(start)
    check = next(text for text in blocks(README, "python") if "def test_" in text)
    tests = walk.course / "solutions/softmax/test_softmax.py"
    tests.write_text(tests.read_text(encoding="utf-8") + "\n\n" + check, encoding="utf-8")
    walk.edit("keepdims=True)\n    ### END", "keepdims=True).round(2)\n    ### END")
    assert next(text for text in blocks(README, "python") if ".round(2)" in text) in walk.source.read_text("utf-8")
    walk.follow(broken)
    walk.edit(".round(2)", "")
    for block in (mended, released, graded):
        walk.follow(block)


class _Walk:
    """A home folder in which the README's console blocks are typed."""

    def __init__(self, home: Path) -> None:
        self.home, self.course = home, home / "course"
        self.source = self.course / "solutions/softmax/softmax.py"
        programs = home / "bin"
        programs.mkdir()
        command = programs / "autograder"
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m autograder.cli "$@"\n')
        command.chmod(0o755)
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(home), "COLUMNS": "100", "LANG": "C.UTF-8",
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
            "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip

    def edit(self, old: str, new: str) -> None:
        """Replace text that stands once in the source."""
        text = self.source.read_text(encoding="utf-8")
        assert text.count(old) == 1
        self.source.write_text(text.replace(old, new), encoding="utf-8")

    def follow(self, block: str) -> None:
        """Type each line of a block, and compare what is printed."""
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = step.partition("\n")
            folder = self.course if self.source.exists() or "autograder" in command else self.home
            done = subprocess.run(
                [shutil.which("bash") or "sh", "-c", command], cwd=folder, env=self.environment,
                capture_output=True, text=True, timeout=300, check=False,
            )  # fmt: skip
            printed = (done.stdout + done.stderr).replace(str(self.home), "~")
            assert _matches(printed, expected), f"$ {command}\n{printed}"


def _matches(printed: str, expected: str) -> bool:
    lines = [".*" if line == "…" else re.escape(line.rstrip()) for line in expected.strip().splitlines()]
    shown = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return re.fullmatch("\n".join(lines), shown, re.DOTALL) is not None
