"""Imports go one way: down the list of modules in the design. The graph is drawn from the sources with `ast`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import ROOT

PACKAGE = ROOT / "autograder"
LAYERS = (
    ("cli",),
    ("pipeline",),
    ("release", "verify"),
    ("intake",),
    ("checks",),
    ("student",),
    ("sandbox",),
    ("reports", "exports", "gradebook"),
    ("analysis",),
    ("notebook", "assignment"),
    ("records",),
    ("errors",),
    ("",),  # autograder/__init__.py: the version
)
RANK = {module: rank for rank, modules in enumerate(LAYERS) for module in modules}
PARTS = {  # files beside a module that are parts of it
    "_public_checks": "release",
    "_public_checks_runner": "release",
    "_hidden_text": "release",
    "mutants": "assignment",
    "files": "errors",
    "version": "",
}


def _name(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _module(name: str) -> str:
    """The module of the design that a dotted name belongs to; packages count as one."""
    first = name.split(".")[1] if "." in name else ""
    return PARTS.get(first, first)


def _imports(name: str, whole: bool) -> Iterator[str]:
    """The names of ours that a file imports; `whole` also looks into functions and under TYPE_CHECKING."""
    tree = ast.parse(SOURCES[name].read_text(encoding="utf-8"))
    for node in ast.walk(tree) if whole else _at_import_time(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "autograder")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "autograder":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in SOURCES else node.module


def _at_import_time(node: ast.AST) -> Iterator[ast.AST]:
    """What is executed when the module is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _at_import_time(child)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_imports_go_down_the_list(name: str) -> None:
    """Each file imports its own module, those on its line and those below, also inside functions."""
    module = _module(name)
    assert module in RANK, f"{module} is not in the design's list"
    for other in map(_module, _imports(name, whole=True)):
        assert RANK[other] >= RANK[module], f"{name} imports {other}, which is above it"


def test_no_two_files_import_each_other_while_they_load() -> None:
    """There is an order in which every file can be loaded."""
    _peel({name: {target for target in _imports(name, whole=False) if target != name} for name in SOURCES})


def test_modules_form_no_cycle() -> None:
    """Also where they share a line of the list, and also inside functions."""
    graph: dict[str, set[str]] = {}
    for name in SOURCES:
        graph.setdefault(_module(name), set()).update(map(_module, _imports(name, whole=True)))
    _peel({module: targets - {module} for module, targets in graph.items()})


def _peel(graph: dict[str, set[str]]) -> None:
    """Take away what needs nothing that is left, until nothing is left."""
    while graph:
        free = {name for name, targets in graph.items() if not targets & graph.keys()}
        assert free, f"a cycle among {sorted(graph)}"
        graph = {name: targets for name, targets in graph.items() if name not in free}


def test_the_sandbox_imports_nothing_of_ours_but_itself() -> None:
    """It is loaded where student code runs: errors and records are all that it may know besides."""
    found = {_module(target) for name in SOURCES if _module(name) == "sandbox" for target in _imports(name, whole=True)}
    assert found <= {"sandbox", "records", "errors", ""}


def test_relative_imports_do_not_hide_from_this_test() -> None:
    """All imports are absolute."""
    for path in SOURCES.values():
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        assert not any(isinstance(node, ast.ImportFrom) and node.level for node in nodes), path
