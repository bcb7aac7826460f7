"""The corpus of attacks against other graders, as far as it applies: `python benchmarks/attacks.py --help`.

Each system grades an equivalent assignment: the same functions, the same nine assertions in seven tests, six of them
hidden, the same points, the same secrets on disk and in the environment. Systems: nbgrader 0.9.6 (`pip install
nbgrader==0.9.6`) and otter-grader 7.0.0 (`pip install otter-grader==7.0.0` into an environment of its own, named with
`--otter PYTHONPATH`).

A submission is *forged* when it scores above what its answers are worth, *leaked* when a canary or the attack's own
mark stands where the student looks (nbgrader: outputs in the autograded notebook, of which feedback is made; otter:
tests and output of results.json that are visible), *not graded* when there is no score, *batch stopped* when a run
with this submission in it does not return. What an honest submission is shown counts for nobody. Student code of
these systems runs unconfined: the run happens as a user of its own (start it as root), who cannot write to the
installation.

Prints a Markdown table; `--out docs/attacks-comparison.md` writes the page.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import nbformat
from attacks.corpus import Attack, attacks, base_cells
from attacks.world import SECRETS, Marks, holds
from interpreter import ordinary_python
from nbgrader.api import Gradebook

from autograder.notebook import read_submission

SECONDS_A_SUBMISSION = 60
UID = 54_399 + os.getpid() % 100  # nobody's: all processes of this user are ended after each run
SOLUTION = "# canary @SOLUTION@\n"
TESTS: tuple[tuple[str, int, bool, str], ...] = (
    (
        "neuron_at_zero",
        1,
        False,
        "assert np.shape(neuron(np.zeros(2), np.zeros(2), 0.0)) == ()\n"
        "np.testing.assert_allclose(neuron(np.zeros(2), np.zeros(2), 0.0), 0.5)",
    ),
    (
        "neuron",
        2,
        True,
        "rng = np.random.default_rng()\n"
        "x, w, b = rng.normal(size=4), rng.normal(size=4), float(rng.normal())\n"
        "secret_expected = 1 / (1 + np.exp(-(w @ x + b)))  # @CHECKS@\n"
        "answer = neuron(x, w, b)\n"
        "np.testing.assert_allclose(answer, secret_expected, rtol=1e-6)\nassert abs(answer - secret_expected) < 1e-6",
    ),
    (
        "softmax",
        2,
        True,
        "Z = np.random.default_rng().normal(size=(3, 5))\nE = np.exp(Z)\n"
        "assert np.shape(softmax(Z)) == (3, 5)\nnp.testing.assert_allclose(softmax(Z), E / E.sum(axis=0), rtol=1e-6)",
    ),
    (
        "softmax_keeps",
        1,
        True,
        "Z = np.random.default_rng().normal(size=(2, 2)) + 7351.92648\nheld = Z.copy()\n"
        "found = softmax(held)\nnp.testing.assert_array_equal(held, Z)\nE = np.exp(Z - Z.max(axis=0))\n"
        "np.testing.assert_allclose(found, E / E.sum(axis=0), rtol=1e-6)",
    ),
    (
        "perceptron",
        2,
        True,
        "rng = np.random.default_rng()\n"
        "X, Y = rng.normal(size=(12, 3)), np.where(rng.normal(size=12) > 0, 1, -1)\n"
        "unit, w, b, mistakes = Perceptron(3), np.zeros(3), 0.0, 0\n"
        "for x, y in zip(X, Y):\n    unit.learn(x, int(y))\n    if (1 if w @ x + b > 0 else -1) != y:\n"
        "        w, b, mistakes = w + y * x, b + y, mistakes + 1\n"
        "np.testing.assert_allclose(unit.w, w, rtol=1e-6)\nassert unit.mistakes == mistakes",
    ),
    (
        "training",
        1,
        True,
        "rng = np.random.default_rng()\nX, y = rng.normal(size=(20, 3)), rng.normal(size=20)\n"
        "w = np.zeros(3)\nfor _ in range(400):\n    w = w - 0.1 * X.T @ (X @ w - y) / 20\n"
        "np.testing.assert_allclose(train(X, y), w, rtol=1e-6)",
    ),
    ("label", 1, True, 'assert label(["a", "@INPUT@", "bb"]) == "@INPUT@"'),
)


@dataclass(frozen=True)
class Shown:
    """What came of one submission: its score, or None, and the texts that its student is shown."""

    score: float | None
    text: str
    stopped: bool = False


@dataclass(frozen=True)
class Place:
    """A folder for everything, an interpreter of the ordinary user's, its environment, the secrets."""

    root: Path
    python: str
    environment: Mapping[str, str]
    marks: Marks

    def run(self, *command: str, cwd: Path, seconds: float, extra: Mapping[str, str] | None = None) -> int | None:
        """The exit code of a command as the ordinary user; None when it did not return in time."""
        process = subprocess.Popen(
            [self.python, *command], cwd=cwd, env={**self.environment, **(extra or {})}, user=UID,
            group=UID, extra_groups=[], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=None if "ATTACKS_DEBUG" in os.environ else subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end_all_of(UID, process)


def _end_all_of(uid: int, process: subprocess.Popen[bytes]) -> None:
    """Kernels and daemons of the run: its user has no other processes."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid == uid:
                os.kill(int(entry.name), signal.SIGKILL)
    process.wait()


def cells_of(text: str) -> list[str]:
    """The code cells of a script."""
    return [cell.source for cell in read_submission(text.encode(), "x.py").code]


def notebook(cells: Sequence[Any]) -> Any:
    """An nbformat notebook with a Python kernel."""
    book = nbformat.v4.new_notebook(cells=list(cells))
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return book


# --- nbgrader ---------------------------------------------------------------------------------------------


class NbGrader:
    """One assignment, made by nbgrader's own release; every submission is graded by a command of its own."""

    name = "nbgrader"

    def __init__(self, place: Place) -> None:
        self.place, self.course = place, place.root / "nbgrader"
        source = self.course / "source" / "ps1"
        source.mkdir(parents=True)
        nbformat.write(notebook(self._source_cells()), source / "work.ipynb")
        (self.course / "nbgrader_config.py").write_text(
            "c = get_config()\nc.CourseDirectory.course_id = 'x'\nc.ExecutePreprocessor.timeout = 10\n"
        )
        own(self.course)
        assert self._command("generate_assignment", "ps1", "--create") == 0, "nbgrader could not make the assignment"
        self.release = nbformat.read(self.course / "release" / "ps1" / "work.ipynb", 4)

    def _command(self, *words: str) -> int | None:
        return self.place.run("-m", "nbgrader", *words, cwd=self.course, seconds=SECONDS_A_SUBMISSION)

    def _source_cells(self) -> Iterator[Any]:
        work = nbformat.v4.new_code_cell(self.place.marks.fill(f"### BEGIN SOLUTION\n{SOLUTION}pass\n### END SOLUTION"))
        work.metadata["nbgrader"] = _nbgrader_words("work", solution=True)
        yield work
        for name, points, hidden, source in TESTS:
            text = f"### BEGIN HIDDEN TESTS\n{source}\n### END HIDDEN TESTS" if hidden else source
            cell = nbformat.v4.new_code_cell(f"import numpy as np\n{_secret(text, self.place.marks)}")
            cell.metadata["nbgrader"] = _nbgrader_words(f"test_{name}", points=points)
            yield cell

    def grade(self, student: str, cells: Sequence[str]) -> Shown:
        """Hand in, autograde, and read the score from the gradebook."""
        folder = self.course / "submitted" / student / "ps1"
        folder.mkdir(parents=True)
        (folder / "data").mkdir()
        (folder / "data" / "numbers.csv").write_text("1,2,3\n")
        work, *tests = self.release.cells
        book = notebook([work, *map(nbformat.v4.new_code_cell, cells), *tests])
        nbformat.write(book, folder / "work.ipynb")
        own(self.course / "submitted")
        code = self._command("autograde", "ps1", "--create", "--student", student)
        graded = self.course / "autograded" / student / "ps1" / "work.ipynb"
        if not graded.is_file():
            return Shown(None, "", stopped=code is None)
        text = "\n".join(
            json.dumps(cell.get("outputs", ""), ensure_ascii=False) for cell in nbformat.read(graded, 4).cells
        )
        return Shown(self._score(student), text, stopped=code is None)

    def _score(self, student: str) -> float:
        with Gradebook(f"sqlite:///{self.course / 'gradebook.db'}") as book:
            return float(book.find_submission("ps1", student).score)


def _nbgrader_words(name: str, points: int = 0, solution: bool = False) -> dict[str, Any]:
    words: dict[str, Any] = {
        "grade_id": name,
        "schema_version": 3,
        "locked": not solution,
        "solution": solution,
        "grade": not solution,
        "task": False,
    }
    return words | ({} if solution else {"points": points})


def _secret(text: str, marks: Marks) -> str:
    for name, value in marks.canaries.items():
        text = text.replace(f"@{name}@", value)
    return text


# --- otter-grader -----------------------------------------------------------------------------------------


class Otter:
    """Tests in otter's own format, zipped by `otter generate`; every submission is graded by `otter run`."""

    name = "otter-grader"

    def __init__(self, place: Place, packages: str) -> None:
        self.place, self.folder, self.packages = place, place.root / "otter", packages
        tests = self.folder / "tests"
        tests.mkdir(parents=True)
        for name, points, hidden, source in TESTS:
            (tests / f"{name}.py").write_text(_otter_test(name, points, hidden, _secret(source, place.marks)))
        own(self.folder)
        assert self._command("generate", "-t", "tests", "-o", "autograder.zip", "--no-environment") == 0, (
            "otter could not make the autograder"
        )
        assert zipfile.is_zipfile(self.folder / "autograder.zip")

    def _command(self, *words: str) -> int | None:
        extra = {"PYTHONPATH": self.packages}
        return self.place.run("-m", "otter", *words, cwd=self.folder, seconds=SECONDS_A_SUBMISSION, extra=extra)

    def grade(self, student: str, cells: Sequence[str]) -> Shown:
        """One `otter run`."""
        out = self.folder / "out" / student
        out.mkdir(parents=True)
        path = self.folder / f"{student}.ipynb"
        nbformat.write(notebook(map(nbformat.v4.new_code_cell, cells)), path)
        own(self.folder)
        code = self._command("run", "-a", "autograder.zip", "-o", str(out), str(path))
        found = out / "results.json"
        if not found.is_file():
            return Shown(None, "", stopped=code is None)
        body = json.loads(found.read_text())
        tests = body.get("tests", [])
        text = [str(test.get("output", "")) for test in tests if test.get("visibility", "visible") == "visible"]
        return Shown(sum(test.get("score", 0.0) for test in tests), "\n".join([*text, str(body.get("output", ""))]))


def _otter_test(name: str, points: int, hidden: bool, source: str) -> str:
    case = "".join(
        f">>> {line}\n" if not line.startswith(" ") else f"... {line}\n"
        for line in ["import numpy as np", *source.splitlines()]
    )
    suites = [
        {
            "cases": [{"code": case, "hidden": hidden, "locked": False}],
            "scored": True,
            "setup": "",
            "teardown": "",
            "type": "doctest",
        }
    ]
    return f"OK_FORMAT = True\n\ntest = {{'name': {name!r}, 'points': {points}, 'suites': {suites!r}}}\n"


# --- the comparison ---------------------------------------------------------------------------------------


def own(folder: Path) -> None:
    """Give a tree to the ordinary user."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, UID, UID, follow_symlinks=False)


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """Everything in one folder that the ordinary user may read: where unconfined code finds secrets, it finds these."""
    with (
        tempfile.TemporaryDirectory(prefix="comparison-", dir="/tmp", ignore_cleanup_errors=True) as name,
        ordinary_python() as (python, words),
    ):
        root = Path(name)
        root.chmod(0o755)
        canaries = {secret: f"zq{secrets.token_hex(8)}" for secret in SECRETS}
        told = {
            "COURSE": str(root / "course"),
            "SLUG": "work",
            "HOME": str(root / "home"),
            "OUT": str(root / "out"),
            "PID": "1",
            "OTHERS": str(root / "others"),
            "OUTSIDE": str(root / "outside"),
            "MARK": f"zz{secrets.token_hex(6)}",
            "PORT": "9",
        }
        files = {
            "home/.netrc": "HOME_FILE",
            "others/other.py": "OTHER",
            "out/records/other.json": "RECORD",
            "course/solutions/work/work.py": "SOLUTION",
            "course/.git/packed-refs": "SOLUTION",
        }
        for path, secret in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(canaries[secret])
        (root / "outside").mkdir()
        (root / "tmp").mkdir()
        (root / "bin").mkdir()
        (root / "bin" / "alembic").write_text(
            f'#!/bin/sh\nexec {python} -m alembic "$@"\n'
        )  # nbgrader starts it by name
        (root / "bin" / "alembic").chmod(0o755)
        (root / "course" / "solutions" / "work" / "work.py").write_text(
            f"# {canaries['SOLUTION']}\n{base_cells('solution')}"
        )
        own(root)
        libraries = str(Path(os.path.realpath(python)).parents[1] / "lib")  # of the linked interpreter
        jupyter = str(Path(sys.prefix) / "share" / "jupyter")
        environment = {
            **words,
            "SECRET_TOKEN": canaries["ENV"],
            "JUPYTER_PATH": jupyter,
            "HOME": str(root / "home"),
            "TMPDIR": str(root / "tmp"),
            "PATH": f"{root / 'bin'}:{words['PATH']}",
            "LD_LIBRARY_PATH": libraries,
        }
        yield Place(root, python, environment, Marks(told, canaries))


def verdict(attack: Attack, shown: Shown, marks: Marks, known: set[str]) -> str:
    """One word for what happened."""
    if shown.stopped:
        return "batch stopped"
    if shown.score is None:
        return "not graded"
    worth = attack.earns if attack.kind == "score" else 10.0
    if shown.score > worth:
        return "forged"
    leaked = {name for name, value in marks.canaries.items() if holds(shown.text, value)} - known
    worked = f"Error: {marks.told['MARK']}" in shown.text or f'"evalue": "{marks.told["MARK"]}' in shown.text
    return "leaked" if attack.kind == "leak" and (leaked or worked) else "held"


def compare(system: NbGrader | Otter, corpus: Sequence[Attack], where: Place) -> Iterator[tuple[Attack, str]]:
    """Verdict by attack; the honest and the wrong submission first, to see that the system grades them rightly."""
    honest = system.grade("honest", cells_of(base_cells("solution")))
    wrong = system.grade("wrong", cells_of(base_cells("wrong")))
    assert (honest.score, wrong.score) == (10.0, 0.0), (system.name, honest.score, wrong.score)
    known = {name for name, value in where.marks.canaries.items() if holds(honest.text + wrong.text, value)}
    for number, attack in enumerate(corpus):
        text = where.marks.fill(attack.notebook())
        shown = system.grade(f"s{number}", cells_of(text))
        word = verdict(attack, shown, where.marks, known)
        print(f"{system.name} {attack.name}: {word} ({shown.score})", file=sys.stderr, flush=True)
        yield attack, word


def page(corpus: Sequence[Attack], found: Mapping[str, Mapping[str, str]], versions: Mapping[str, str]) -> str:
    """The table, with date and versions."""
    names = list(found)
    lines = [
        "# The corpus against other graders",
        "",
        f"Run on {datetime.date.today().isoformat()} by `python benchmarks/attacks.py`: "
        + ", ".join(f"{name} {versions[name]}" for name in names)
        + ".",
        "The kinds `score` and `leak` of [the corpus](attacks.md), as far as they are single notebooks; an equivalent",
        "assignment in each system. What the words mean is said at the top of the script. Many of these attacks aim at",
        "this grader's own parts and mean nothing to another, which then holds. `–`: not run.",
        "",
        "| | " + " | ".join(names) + " |",
        "|---|" + "---|" * len(names),
    ]
    for kind in ("score", "leak"):
        for word in ("forged", "leaked", "not graded", "batch stopped", "held"):
            counts = [
                Counter(result.get(a.name, "–") for a in corpus if a.kind == kind)[word] for result in found.values()
            ]
            if any(counts):
                lines.append(f"| {kind}: {word} | " + " | ".join(map(str, counts)) + " |")
    lines += ["", "| attack | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    lines += [
        f"| {a.id} {a.words['technique']} | ".replace("_", "\\_").replace("*", "\\*")
        + " | ".join(r.get(a.name, "–") for r in found.values())
        + " |"
        for a in corpus
    ]
    return "\n".join(lines) + "\n"


def ours(corpus: Sequence[Attack]) -> dict[str, str]:
    """The same corpus through this product, with every layer of this machine."""
    from attacks.world import world

    from autograder.student import SandboxChoice

    with world(SandboxChoice()) as found:
        return {a.name: _word(found.effects(a)) for a in corpus}


def _word(effects: Sequence[str]) -> str:
    kinds = {"score": "forged", "leak": "leaked", "worked": "leaked", "not graded": "not graded"}
    return next(
        (word for start, word in kinds.items() for effect in effects if effect.startswith(start)),
        "batch stopped" if effects else "held",
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--system", nargs="*", default=["autograder", "nbgrader", "otter-grader"])
    parser.add_argument("--kind", nargs="*", default=["score", "leak"])
    parser.add_argument("--otter", default="", help="site-packages with otter-grader in it")
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--results", type=Path, help="JSON of results, read first and added to")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    corpus = [attack for attack in attacks(*arguments.kind) if not attack.is_maker][: arguments.limit]
    kept: dict[str, Any] = (
        json.loads(arguments.results.read_text()) if arguments.results and arguments.results.is_file() else {}
    )
    found, versions = kept.get("found", {}), kept.get("versions", {})
    for name in arguments.system:
        if name == "autograder":
            found[name], versions[name] = ours(corpus), _version("autograder")
            continue
        with place() as where:
            system = NbGrader(where) if name == "nbgrader" else Otter(where, arguments.otter)
            versions[name] = _version(name, arguments.otter)
            found.setdefault(name, {})
            todo = [attack for attack in corpus if attack.name not in found[name]]  # a run that was broken off goes on
            for attack, word in compare(system, todo, where):  # kept as it goes: a run takes long
                found[name][attack.name] = word
                if arguments.results:
                    arguments.results.write_text(json.dumps({"found": found, "versions": versions}, indent=1))
    if arguments.results:
        arguments.results.write_text(json.dumps({"found": found, "versions": versions}, indent=1))
    text = page(corpus, found, versions)
    print(text)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")


def _version(name: str, packages: str = "") -> str:
    import importlib.metadata

    if name == "autograder":
        return "as in this checkout"
    path = [packages] if name == "otter-grader" else sys.path
    return next(importlib.metadata.distributions(name=name, path=path)).version


if __name__ == "__main__":
    assert shutil.which("python3") and os.getuid() == 0, "start it as root: it runs other graders as a user of its own"
    main()
