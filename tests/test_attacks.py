"""The corpus of attacks: what each of them must not achieve, looked for itself, under every layering of the machine.

Every attack is examined for every effect (`world.World.effects`): points above what its answers are worth, a canary
where a student looks, a living process, a change outside, a connection, a neighbour that is not graded, memory of the
grader. Its benign twin is graded by the same grader right after, and has to keep its points.
"""

from __future__ import annotations

import csv
import html.parser
import io
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attacks import corpus, table
from attacks.corpus import FULL_MARKS, KINDS, Attack
from attacks.world import World, world
from browser import headless, needs_browser
from interpreter import ORDINARY_UID, ordinary_python

from autograder import exports
from autograder.errors import SandboxError
from autograder.reports import Figure, class_page, student_page
from autograder.student import SandboxChoice

AS_ORDINARY_USER = "AUTOGRADER_ATTACKS_AS_ORDINARY_USER"
CORPUS = corpus.attacks()
NAMESPACES = ("user-namespace", "mount-namespace", "pid-namespace", "network-namespace", "ipc-namespace")
ALL, BARE = "all layers", "landlock and seccomp only"
LAYERINGS = {
    ALL: (),
    BARE: (*NAMESPACES, "spare-uid", "rlimits"),
    "without namespaces": NAMESPACES,
    "without landlock": ("landlock",),
    "without seccomp": ("seccomp",),
}
WHOLE = (ALL, BARE, "without namespaces")
# one of each way out: where one layer alone is missing, these stand for all
REPRESENTATIVES = (
    "L04", "L05", "L06", "L12", "L18", "L21", "L23", "L24", "R03", "R08", "R09", "R11", "R18", "R19", "H14", "H17",
    "H22", "H24", "H25", "H30", "H31", "X01", "X07", "F27", "F37",
)  # fmt: skip
_ran: dict[str, tuple[str, ...] | str] = {}


def cases() -> Iterator[tuple[str, Attack]]:
    """Which attack runs under which layering."""
    ordinary = AS_ORDINARY_USER in os.environ
    for name in (ALL, BARE) if ordinary else LAYERINGS:  # BARE is less than an ordinary user has without namespaces
        for attack in CORPUS:
            if name in WHOLE or attack.id in REPRESENTATIVES:
                yield name, attack


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[str, World | str]]:
    """The warm world of a layering, one at a time; a refusal by its words."""
    open_worlds: dict[str, World | str] = {}
    yield open_worlds
    _close(open_worlds)


_managers: dict[str, object] = {}


def _close(open_worlds: dict[str, World | str]) -> None:
    for manager in _managers.values():
        manager.__exit__(None, None, None)  # type: ignore[attr-defined]  # entered below
    _managers.clear()
    open_worlds.clear()


def _world(open_worlds: dict[str, World | str], name: str) -> World:
    if name not in open_worlds:
        _close(open_worlds)
        manager = world(SandboxChoice(True, LAYERINGS[name]))
        try:
            open_worlds[name] = entered = manager.__enter__()
            _managers[name] = manager
            _ran[name] = entered.grader.layers
        except SandboxError as refusal:
            open_worlds[name] = _ran[name] = str(refusal)
    found = open_worlds[name]
    if isinstance(found, str):
        assert "cannot confine" in found
        pytest.skip(f"grading is refused under this layering: {found}")
    return found


EACH = [pytest.param(name, attack, id=f"{name}: {attack.name}") for name, attack in cases()]


@pytest.mark.parametrize(("layering", "attack"), EACH)
def test_no_effect_and_the_twin_keeps_its_points(worlds: dict[str, World | str], layering: str, attack: Attack) -> None:
    """Nothing that the attack is after happens; honest code that looks alike is not hurt."""
    found = _world(worlds, layering)
    effects = found.effects(attack)
    if attack.words.get("open", "-") in found.grader.layers or "open" not in attack.words:
        assert effects == []
    else:
        assert all(effect.startswith("worked") for effect in effects)  # known, and told: nothing else comes with it
    if layering == ALL:
        _pages[attack.name] = pages_of(found)
        twin = corpus.read(attack.twin)
        assert found.effects(twin) == []
        assert {record.score for record in found.records} == {FULL_MARKS}, [
            (cell.error, found.records[0].execution.deaths) for cell in found.records[0].execution.cells if cell.error
        ]


PAGES_OF_ONE = 20  # some files of the corpus hand in hundreds
_pages: dict[str, list[tuple[str, int]]] = {}


def pages_of(found: World) -> list[tuple[str, int]]:
    """What students and the instructor would open after an attack, and how many scripts of our own are in it."""
    shown = [
        (student_page(graded.record, [Figure(name, png) for name, png in graded.figures]), 0)
        for graded in found.graded[:PAGES_OF_ONE]
    ]
    return [*shown, (class_page(found.records, "The target"), 1)]


@needs_browser
@pytest.mark.skipif(AS_ORDINARY_USER in os.environ, reason="pages know no user")
def test_pages_of_the_corpus_in_a_browser(tmp_path: Path) -> None:
    """Every page that the attacks before have led to: no script runs but our own, nothing is asked for, no dialog."""
    assert _pages or "-k" in sys.argv
    with headless(tmp_path) as browser:
        for name, pages in _pages.items():
            for page, own_scripts in pages:
                browser.show(page)
                happened = (browser.scripts(), browser.requested(), browser.dialogs(), browser.complaints())
                assert happened == (own_scripts, set(), [], []), name


CONTROLS = [attack for attack in CORPUS if "control" in attack.words]


@pytest.mark.skipif(AS_ORDINARY_USER in os.environ, reason="the control has run already")
def test_the_effects_would_be_seen() -> None:
    """With --no-sandbox the same attacks have their effects: the corpus can see what it looks for."""
    with world(SandboxChoice(confined=False)) as found:
        assert found.grader.layers == ()
        missed = [attack.name for attack in CONTROLS if not found.effects(attack)]
    assert len(CONTROLS) >= 7
    assert missed == []


def test_the_corpus_is_whole() -> None:
    """At least a hundred attacks over all kinds, sixty twins, each attack described."""
    assert len(CORPUS) >= 100
    assert {attack.kind for attack in CORPUS} == set(KINDS)
    assert len(list(corpus.twins())) >= 60
    for attack in CORPUS:
        assert attack.twin.is_file(), attack.name
        assert {"id", "technique", "must not", "stops", "layers"} <= set(attack.words), attack.name
    assert [name for name, count in Counter(attack.id for attack in CORPUS).items() if count > 1] == []


class _Tags(html.parser.HTMLParser):
    """What a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src", "srcdoc", "style") and _acts(value or "")):
                self.acts.append(f"{tag} {name}={value}")
        if tag in ("iframe", "object", "embed", "form", "base"):
            self.acts.append(tag)

    def handle_data(self, data: str) -> None:
        if self.inside == "script" and "alert" in data:
            self.acts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


def _acts(value: str) -> bool:
    return value.strip().lower().startswith(("javascript:", "http:", "//", "data:text"))


@pytest.mark.skipif(AS_ORDINARY_USER in os.environ, reason="pages know no user")
def test_pages_and_exports_of_the_reports_kind_carry_text_only(worlds: dict[str, World | str]) -> None:
    """HTML without a tag that acts, CSV without a formula, XML with the checks' cases only, no workflow command."""
    found = _world(worlds, ALL)
    records = []
    for attack in corpus.attacks("reports"):
        assert found.effects(attack) == []
        records += found.records
        for record in found.records:
            tags = _Tags()
            tags.feed(student_page(record, ()))
            assert tags.acts == [], attack.name
    for row in csv.reader(io.StringIO(exports.export(records, "csv"))):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "＝")]
    cases = ET.fromstring(exports.export(records, "junit")).iter("testcase")
    names = {case.get("name", "") for case in cases}
    assert not [name for name in names if found.token in name]
    markdown = exports.export(records, "markdown")
    assert not [line for line in markdown.splitlines() if line.lstrip().startswith(("::", "##[", "##vso", "# Heading"))]
    assert "<script" not in markdown
    assert "\x1b" not in markdown


@pytest.mark.skipif(AS_ORDINARY_USER in os.environ, reason="this is the run as an ordinary user")
def test_all_of_this_as_an_ordinary_user() -> None:
    """The same in a process without privileges; started as one already, all of it has just run as one."""
    if os.getuid() != 0:
        return
    with ordinary_python() as (python, environment):
        here = Path(__file__)
        done = subprocess.run(
            [python, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-c", os.devnull,
             "--rootdir", str(here.parent), "-W", "error", str(here)],
            env={**environment, AS_ORDINARY_USER: "1"},
            cwd="/",
            user=ORDINARY_UID,
            group=ORDINARY_UID,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=1200,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    for name, _, layers in (line.partition(": ") for line in _lines(done.stdout)):
        _ran[f"as an ordinary user, {name}"] = layers


def _lines(text: str) -> list[str]:
    return [line.removeprefix("layering ") for line in text.splitlines() if line.startswith("layering ")]


def test_the_table_is_the_corpus() -> None:
    """docs/attacks.md has not drifted; `python tests/attacks/table.py` writes it anew."""
    assert table.PAGE.read_text(encoding="utf-8") == table.page(CORPUS, table.measured())


def test_says_which_layerings_it_ran(record_property: Callable[[str, object], None]) -> None:
    """The last test: nothing is left out silently. The summary of the run says it, see conftest.py."""
    for name, layers in _ran.items():
        record_property("layering", f"{name}: {', '.join(layers) if isinstance(layers, tuple) else layers}")
    assert _ran or "-k" in " ".join(sys.argv)
