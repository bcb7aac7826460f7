"""The wheel carries all that the command needs, and an installed copy works far from any checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from command import ROOT

SPY = """
import os
found = []
for folder in {folders!r}:
    try:
        found += [os.path.join(folder, name) for name in os.listdir(folder)]
    except OSError:
        pass
raise RuntimeError(f"found {{found}}")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what the checkout would commit, so that nothing is left in it."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("autograder", "templates", "assignments", "solutions", "tests/classes", "pyproject.toml", "setup.py"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).symlink_to(ROOT / name)
    (source / "README.md").write_text("# autograder\n")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(out), str(source))
    return next(out.glob("autograder-*.whl"))


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel in it; its dependencies are those of the tests."""
    target = tmp_path_factory.mktemp("installed")
    _pip("install", "--no-deps", "--no-index", "--target", str(target), str(wheel))
    return target


def _command(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "autograder.cli", *arguments]
    return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, timeout=120)


def test_the_wheel_carries_templates_course_and_class(wheel: Path) -> None:
    """Every file that is in the checkout, and no caches."""
    names = set(zipfile.ZipFile(wheel).namelist())
    carried = {"templates": "_templates", "assignments": "_course/assignments", "solutions": "_course/solutions"}
    carried["tests/classes/ann"] = "_course/tests/classes/ann"
    for source, target in carried.items():
        files = (path.relative_to(ROOT / source) for path in (ROOT / source).rglob("*") if path.is_file())
        wanted = {
            f"autograder/{target}/{path.as_posix()}"
            for path in files
            if not any(part.startswith(".") or part == "__pycache__" for part in path.parts)
        }
        assert wanted
        assert wanted <= names
    assert {"autograder/record.schema.json", "autograder/py.typed"} <= names
    assert not any("__pycache__" in name or "/." in name for name in names)


def test_the_wheel_has_no_tests_and_no_second_package(wheel: Path) -> None:
    """One package, and what describes it."""
    tops = {name.split("/")[0].partition("-")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"autograder"}


def test_an_installed_copy_knows_its_version(installed: Path, tmp_path: Path) -> None:
    """The one of pyproject.toml."""
    import tomllib

    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert _command(installed, "--version", cwd=tmp_path).stdout == f"autograder {version}\n"


def test_an_installed_copy_finds_course_and_class_of_its_own(installed: Path, tmp_path: Path) -> None:
    """As `autograder demo` does."""
    code = "from autograder.cli.demo import find_class; print(*find_class())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    course = installed / "autograder" / "_course"
    assert done.stdout.split() == [str(course), str(course / "tests" / "classes" / "ann")]


def test_an_installed_copy_grades_from_an_empty_folder_and_hides_itself(installed: Path, tmp_path: Path) -> None:
    """Full marks and pages, while the notebook finds nothing of the package that holds the solutions."""
    package = installed / "autograder"
    folders = [str(package / name) for name in ("", "_course", "_course/solutions", "_course/solutions/ann")]
    right = (package / "_course/tests/classes/ann/s04-complete-script.py").read_text()
    (tmp_path / "ada.py").write_text(right + "\n# %%\n" + SPY.format(folders=folders))
    result = _command(installed, "grade", "ann", "ada.py", "--out", "out", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    record = json.loads((tmp_path / "out" / "records" / "ada.json").read_text())
    assert record["score"] == record["max_score"] > 0
    assert "found []" in record["execution"]["cells"][-1]["error"]
    assert (tmp_path / "out" / "index.html").is_file()
