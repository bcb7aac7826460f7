"""An interpreter that an ordinary user can start, for tests as root: the same Python, the same packages.

Root's own Python may lie below a home folder of mode 0700. Then what cannot be reached is linked (or copied, on
another file system) to a folder that can, and a virtual environment made by hand points there. Not below /tmp: that
is where a session sees its scratch folder.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import autograder

ORDINARY_UID = 54_321  # nobody's, and none of the sandbox's spare ones
_NOT_NEEDED = shutil.ignore_patterns(
    "test", "tests", "idlelib", "__pycache__", "site-packages", "tensorflow*", "keras*", "libclang*", "jax*", "torch*",
    "*.a", "nbgrader*", "jupyterlab*", "sklearn*", "scipy*", "pandas*", "playwright*",
)  # fmt: skip


@contextmanager
def ordinary_python() -> Iterator[tuple[str, dict[str, str]]]:
    """(executable, environment) for `ORDINARY_UID`, as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="ordinary-python-", dir="/var/tmp") as name:
        base = Path(name)
        base.chmod(0o755)
        home = base / "home"
        home.mkdir()
        os.chown(home, ORDINARY_UID, ORDINARY_UID)
        (base / "tmp").mkdir()
        os.chown(base / "tmp", ORDINARY_UID, ORDINARY_UID)
        python = _venv(base)
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "TMPDIR": str(base / "tmp"),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        yield str(python), environment


def _venv(base: Path) -> Path:
    """A virtual environment whose packages are ours, by a .pth file."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    real = Path(os.path.realpath(sys.executable))
    if not _reachable(real) or not _reachable(Path(os.__file__)):
        real = _python_beside(base / "python", version)
    site = base / "venv" / "lib" / version / "site-packages"
    site.mkdir(parents=True)
    (base / "venv" / "bin").mkdir()
    (base / "venv" / "bin" / "python").symlink_to(real)
    (base / "venv" / "pyvenv.cfg").write_text(f"home = {real.parent}\ninclude-system-site-packages = false\n")
    packages = {Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("platlib"))}
    package = Path(autograder.__file__).parent.parent
    folders = [_seen(folder, base / f"packages{i}") for i, folder in enumerate(sorted(packages))]
    if package not in packages:
        folders.append(package if _reachable(package) else _only_the_package(package, base / "package"))
    (site / "ours.pth").write_text("".join(f"{folder}\n" for folder in folders))
    return base / "venv" / "bin" / "python"


def _reachable(path: Path) -> bool:
    """Whether an ordinary user may go there and read it."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents) and bool(path.stat().st_mode & 0o004)


def _seen(folder: Path, instead: Path) -> Path:
    return folder if _reachable(folder) else _linked(folder, instead)


def _linked(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, symlinks=True, ignore=_NOT_NEEDED, copy_function=_link)
    return target


def _only_the_package(parent: Path, target: Path) -> Path:
    _linked(parent / "autograder", target / "autograder")
    return target


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system
        shutil.copy2(source, target, follow_symlinks=False)
    return target


def _python_beside(target: Path, version: str) -> Path:
    """The interpreter and its library under `target`, where it finds its own prefix."""
    prefix = Path(sys.base_prefix)
    (target / "bin").mkdir(parents=True)
    (target / "lib").mkdir()
    executable = prefix / "bin" / version
    _link(os.path.realpath(executable), str(target / "bin" / version))
    _linked(prefix / "lib" / version, target / "lib" / version)
    for library in (prefix / "lib").glob("libpython*"):
        _link(str(library), str(target / "lib" / library.name))
    return target / "bin" / version
