"""Reading the corpus: one attack a file, its benign twin beside it, and the words at the top of each.

`<kind>/<id>-<slug>.py` begins with comment lines `# key: value`; one that begins with `#   ` continues the one before:

    id         of the catalogue, or a new one
    technique  what the attack does
    must not   the effect that must not occur
    stops      what stops it
    layers     layers of the sandbox without which it would work, or "none" (it is stopped by the design)
    base       what stands before it in the notebook: `wrong` answers, the `solution`, or `none`
    earns      the points that its answers are worth without the trick; with `wrong`, 0
    twin       another attack's twin, where one serves both
    form       `make`: the file defines `make(folder, good, marks)`, which lays out a class folder and returns nothing
    open       a layer without which the effect is known to occur; SECURITY.md says so
    control    the effect is seen when nothing is confined: the corpus can see what it looks for

The attacker is told everything: `@COURSE@`, `@PID@` and the other names of `Marks` stand for the real ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE / "target"
KINDS = ("score", "leak", "resources", "host", "cross", "reports", "malformed")
FULL_MARKS = 10.0
_KEYS = ("id", "technique", "must not", "stops", "layers", "base", "earns", "twin", "form", "open", "control")


@dataclass(frozen=True)
class Attack:
    """One file of the corpus; a twin is one, too."""

    path: Path
    kind: str
    words: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        """`F01`."""
        return self.words["id"]

    @property
    def name(self) -> str:
        """`score/F01-equals-everything`."""
        return f"{self.kind}/{self.path.name.removesuffix('.py')}"

    @property
    def base(self) -> str:
        """What stands before it in the notebook."""
        return self.words.get("base", "wrong" if self.kind == "score" and not self.is_twin else "solution")

    @property
    def is_twin(self) -> bool:
        """Whether this is honest code."""
        return self.path.name.endswith(".twin.py")

    @property
    def earns(self) -> float:
        """The most that its answers are worth."""
        worthless = self.base == "wrong" or (self.is_maker and not self.is_twin)
        return float(self.words.get("earns", "0" if worthless else str(FULL_MARKS)))

    @property
    def is_maker(self) -> bool:
        """Whether it makes files itself."""
        return self.words.get("form") == "make"

    @property
    def twin(self) -> Path:
        """The file of its benign twin."""
        if "twin" in self.words:
            return HERE / f"{self.words['twin']}.twin.py"
        return self.path.with_suffix(".twin.py")

    def notebook(self) -> str:
        """The submission: the base and what the file adds, as a script; marks are still in it."""
        return base_cells(self.base) + self.body


def base_cells(base: str) -> str:
    """The cells of a base."""
    if base == "none":
        return ""
    if base == "wrong":
        return (TARGET / "wrong.py").read_text(encoding="utf-8")
    source = (TARGET / "source.py").read_text(encoding="utf-8")
    return re.sub(r"^ *### (BEGIN|END) SOLUTION\n|^ *# @SOLUTION@\n", "", source, flags=re.MULTILINE)


def read(path: Path) -> Attack:
    """One file.

    Raises:
        ValueError: its head is malformed.
    """
    text = path.read_text(encoding="utf-8")
    words: dict[str, str] = {}
    last = ""
    rest = text
    while rest.startswith("#") and not rest.startswith("# %%"):
        line, _, rest = rest.partition("\n")
        if line.startswith("#   ") and last:
            words[last] += " " + line[1:].strip()
            continue
        key, colon, value = line[1:].partition(":")
        last = key.strip()
        if not colon or last not in _KEYS:
            raise ValueError(f"{path.name}: unknown line {line!r}")
        words[last] = value.strip()
    return Attack(path, path.parent.name, words, rest.lstrip("\n"))


def attacks(*kinds: str) -> list[Attack]:
    """The corpus, or some kinds of it, by kind and name."""
    paths = [path for kind in kinds or KINDS for path in sorted((HERE / kind).glob("*.py"))]
    return [read(path) for path in paths if ".twin" not in path.name]


def twins() -> Iterator[Attack]:
    """Every twin."""
    for kind in KINDS:
        yield from (read(path) for path in sorted((HERE / kind).glob("*.twin.py")))
