"""Writes `public_checks.py`: the public checks, and all they need, as one file that stands alone.

The test file is taken apart into its top-level statements. From the public checks the names that each
statement uses are followed to the statements that bind them, through the test file and through the
three modules of ours that are copied: comparisons, the local `student` and the runner.
"""

from __future__ import annotations

import ast
import inspect
import symtable
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import autograder._public_checks_runner as runner
from autograder.assignment import Assignment
from autograder.checks import compare, local
from autograder.errors import AssignmentError

_OURS = ("autograder.checks", "autograder.checks.compare", "autograder.checks.local")
_TOOLKIT = (compare, local, runner)

_HEADER = '''\
"""Public checks of "{title}".

Keep this file beside the notebook, which calls `public_checks.check("<exercise>", globals())`.
It needs pytest and NumPy, and is generated: changes are lost with the next release.
"""

# ruff: noqa
'''


@dataclass(frozen=True)
class Unit:
    """One top-level statement: its text, the names that it binds and the module-level names that it uses."""

    source: str
    line: int
    end: int
    binds: frozenset[str]
    uses: frozenset[str]
    node: ast.stmt
    ours: bool = False


@dataclass(frozen=True)
class Check:
    """A test function of the test file, as its decorators declare it."""

    name: str
    exercise: str
    points: float
    public: bool
    unit: Unit


@dataclass(frozen=True)
class TestFile:
    """The test file of an assignment, taken apart; `public` are the units that students receive."""

    __test__ = False  # pytest, this is no test class

    path: Path
    units: tuple[Unit, ...]
    checks: tuple[Check, ...]
    public: tuple[Unit, ...]


def read_test_file(assignment: Assignment) -> TestFile:
    """Take the checks of an assignment apart.

    Raises:
        AssignmentError: the file is not Python, a check lacks a marker, or a public check uses what is hidden.
    """
    path = assignment.checks
    try:
        units = tuple(_units(path.read_text(encoding="utf-8"), ours=False))
    except (OSError, SyntaxError, ValueError) as error:
        raise AssignmentError(f"{assignment.slug}: {path.name} cannot be read: {error}") from None
    reader = _Markers(path.name, units)
    checks = tuple(reader.check(unit) for unit in units if _is_test(unit.node))
    for check in checks:
        if check.exercise not in assignment.exercises:
            known = ", ".join(assignment.exercises)
            raise AssignmentError(f"{path.name}: {check.name} belongs to unknown exercise {check.exercise!r}", known)
    return TestFile(path, units, checks, _Closure(path.name, units, checks, assignment.libraries).public())


def toolkit_text() -> str:
    """The text of the modules that are copied into every `public_checks.py`."""
    return "\n".join(inspect.getsource(module) for module in _TOOLKIT)


def write_public_checks(assignment: Assignment, tests: TestFile) -> str:
    """The text of `public_checks.py`: header, imports, comparisons, helpers, checks, runner."""
    parts = {module: list(_units(inspect.getsource(module), ours=True)) for module in _TOOLKIT}
    ours = [unit for units in parts.values() for unit in units]
    wanted = {name for unit in tests.public for name in unit.uses} | {"check", "LocalNamespace"}
    kept = _needed(ours, wanted)
    _refuse_clashes(tests, kept)
    body = [
        *(unit for unit in kept if unit not in parts[runner]),
        *tests.public,
        *(unit for unit in kept if unit in parts[runner]),
    ]
    title = assignment.title.replace("\\", "").replace('"', "'")
    imports = _imports(tests.path.name, [unit for unit in body if _is_import(unit.node)])
    return _HEADER.format(title=title) + imports + _join(unit for unit in body if not _is_import(unit.node))


# ---------------------------------------------------------------- taking apart


def _units(text: str, ours: bool) -> Iterator[Unit]:
    for node in _statements(ast.parse(text).body):
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        source = ast.get_source_segment(text, node) or ""
        if first < node.lineno or isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            source = "\n".join(text.splitlines()[first - 1 : node.end_lineno])
        if _is_import(node):
            source = ast.unparse(node)
        binds, uses = _names(source)
        yield Unit(source, first, node.end_lineno or first, binds, uses, node, ours)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Top-level statements, imports split into one name each; bare strings and `__future__` left out."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
                for alias in node.names:
                    yield _single(node, alias)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            yield node


def _single(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    if isinstance(node, ast.Import):
        single: ast.stmt = ast.Import(names=[alias])
    else:
        single = ast.ImportFrom(module=node.module, names=[alias], level=node.level)
    return ast.copy_location(single, node)


def _names(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a statement binds at module level, and those that it looks up there."""
    top = symtable.symtable(source, "<unit>", "exec")
    symbols = top.get_symbols()
    binds = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    uses = {s.get_name() for s in symbols if s.is_referenced()}
    pending = top.get_children()
    while pending:
        table = pending.pop()
        pending += table.get_children()
        uses |= {s.get_name() for s in table.get_symbols() if s.is_global()}
    return frozenset(binds), frozenset(uses - binds)


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


class _Markers:
    """Reads `exercise`, `points` and `public` from decorators, also where a module-level name stands for one."""

    def __init__(self, file: str, units: tuple[Unit, ...]) -> None:
        self.file = file
        self.aliases: dict[str, ast.expr] = {}
        for unit in units:
            match unit.node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.aliases[name] = value
                case ast.ClassDef(name=name) if name.startswith("Test"):
                    raise AssignmentError(f"{file}: {name} is a class", "write checks as plain functions")

    def check(self, unit: Unit) -> Check:
        node = unit.node
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        marks = dict(self._mark(decorator) for decorator in node.decorator_list)
        missing = [name for name in ("exercise", "points") if type(marks.get(name)) not in _MARK_TYPES[name]]
        if missing:
            wanted = f'@pytest.mark.{missing[0]}({"1" if missing[0] == "points" else "..."})'
            raise AssignmentError(f"{self.file}: {node.name} has no marker {missing[0]}", f"write {wanted} above it")
        return Check(node.name, str(marks["exercise"]), float(marks["points"]), "public" in marks, unit)

    def _mark(self, decorator: ast.expr) -> tuple[str, Any]:
        """The marker's name and its first argument, where that is a literal."""
        if isinstance(decorator, ast.Name):
            decorator = self.aliases.get(decorator.id, decorator)
        call = decorator if isinstance(decorator, ast.Call) else None
        name = ast.unparse(call.func if call else decorator).removeprefix("pytest.mark.")
        try:
            return name, ast.literal_eval(call.args[0]) if call and call.args else None
        except ValueError:
            return name, None


_MARK_TYPES: dict[str, tuple[type, ...]] = {"exercise": (str,), "points": (int, float)}


# ---------------------------------------------------------------- following names


class _Closure:
    """The units that public checks need, or the reason why they must not have them."""

    def __init__(
        self, file: str, units: tuple[Unit, ...], checks: tuple[Check, ...], libraries: tuple[str, ...]
    ) -> None:
        self.file, self.units, self.checks = file, units, checks
        self.hidden = {check.name for check in checks if not check.public}
        self.modules = {"numpy", "pytest", *(name.partition(".")[0] for name in libraries), *sys.stdlib_module_names}
        self.needed: set[int] = set()

    def public(self) -> tuple[Unit, ...]:
        for check in self.checks:
            if check.public:
                self._follow(check.name, self.units.index(check.unit))
        return tuple(unit for index, unit in enumerate(self.units) if index in self.needed)

    def _follow(self, check: str, index: int) -> None:
        if index in self.needed:
            return
        self.needed.add(index)
        unit = self.units[index]
        self._refuse(check, unit)
        names = unit.uses | self._fixtures(unit.node)
        for other, candidate in enumerate(self.units):
            if candidate.binds & names:
                self._follow(check, other)

    def _fixtures(self, node: ast.stmt) -> set[str]:
        """Parameters, and strings, that name something in the file: pytest finds fixtures by name."""
        strings = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and type(n.value) is str}
        fixtures = {
            name
            for unit in self.units
            if isinstance(unit.node, ast.FunctionDef)
            and any("fixture" in ast.unparse(decorator) for decorator in unit.node.decorator_list)
            for name in unit.binds
        }
        return fixtures & (_parameters(node) | strings)

    def _refuse(self, check: str, unit: Unit) -> None:
        where = f"{self.file} line {unit.line}: public check {check} uses"
        hint = "make the check hidden, or write it without"
        if unit.binds & self.hidden:
            raise AssignmentError(f"{where} hidden check {min(unit.binds & self.hidden)}", hint)
        asked = {n.value for n in ast.walk(unit.node) if isinstance(n, ast.Constant) and n.value == "reference"}
        if asked or (isinstance(unit.node, ast.FunctionDef) and "reference" in _parameters(unit.node)):
            through = "" if check in unit.binds else f" (in {', '.join(sorted(unit.binds))})"
            raise AssignmentError(f"{where} the reference solution{through}", hint)
        if _is_import(unit.node):
            self._refuse_import(where, unit.node, hint)

    def _refuse_import(self, where: str, node: ast.stmt, hint: str) -> None:
        match node:
            case ast.ImportFrom(module=str(module), names=[alias], level=0) if module in _OURS:
                if alias.name not in ("assert_close", "assert_shape") or alias.asname:
                    raise AssignmentError(f"{where} {alias.name} of {module}, which students do not have", hint)
                return
            case ast.ImportFrom(module=name, level=level):
                module = "." * level + (name or "")
            case ast.Import(names=[alias]):
                module = alias.name
        if module.partition(".")[0] not in self.modules or ast.unparse(node).endswith("*"):
            raise AssignmentError(f"{where} the module {module}, which students do not have", hint)


def _parameters(node: ast.stmt) -> set[str]:
    """The parameters of a function; none for other statements."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return set()
    arguments = node.args
    return {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _needed(units: list[Unit], names: set[str]) -> list[Unit]:
    kept: set[int] = set()
    pending = set(names)
    while pending:
        name = pending.pop()
        for index, unit in enumerate(units):
            if name in unit.binds and index not in kept:
                kept.add(index)
                pending |= unit.uses
    return [unit for index, unit in enumerate(units) if index in kept]


# ---------------------------------------------------------------- putting together


def _refuse_clashes(tests: TestFile, kept: list[Unit]) -> None:
    imported = {name for unit in kept if _is_import(unit.node) for name in unit.binds}
    defined = {name for unit in kept if not _is_import(unit.node) for name in unit.binds}
    for unit in tests.public:
        ours = _is_import(unit.node) and getattr(unit.node, "module", None) in _OURS
        clash = set() if ours else unit.binds & (defined if _is_import(unit.node) else defined | imported)
        if clash:
            raise AssignmentError(
                f"{tests.path.name} line {unit.line}: {min(clash)} is also a name of the public checks' runner",
                "give it another name",
            )


def _imports(file: str, units: list[Unit]) -> str:
    """Import lines: `__future__`, the standard library, the rest; ours are left out, since their text is here."""
    bound: dict[str, str] = {}
    plain: set[str] = set()
    lists: dict[str, set[str]] = {}
    for unit in units:
        node, name = unit.node, min(unit.binds)
        if isinstance(node, ast.ImportFrom) and node.module in _OURS:
            continue
        if bound.setdefault(name, unit.source) != unit.source:
            raise AssignmentError(f"{file} line {unit.line}: {unit.source} clashes with {bound[name]}", "rename one")
        if isinstance(node, ast.ImportFrom):
            lists.setdefault(node.module or "", set()).add(unit.source.partition(" import ")[2])
        else:
            plain.add(unit.source)
    lines = [*plain, *(f"from {module} import {', '.join(sorted(names))}" for module, names in lists.items())]
    standard = sorted(line for line in lines if _module(line) in sys.stdlib_module_names)
    others = sorted(line for line in lines if _module(line) not in sys.stdlib_module_names)
    blocks = (["from __future__ import annotations"], _ordered(standard), _ordered(others))
    return "\n".join("\n".join(block) + "\n" for block in blocks if block)


def _module(line: str) -> str:
    return line.split()[1].partition(".")[0]


def _ordered(lines: list[str]) -> list[str]:
    return sorted(lines, key=lambda line: (line.startswith("from"), line))


def _join(units: Iterable[Unit]) -> str:
    """Functions and classes with two blank lines around them, constants close together."""
    text, block_before = "", True
    for unit in units:
        block = isinstance(unit.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        text += ("\n\n" if block or block_before else "") + unit.source + "\n"
        block_before = block
    return text
