"""Puts into the wheel what lies outside the package: templates, the course, and the class that `demo` grades.

A checkout, and an editable installation of it, use the folders where they are.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
CARRIED = {
    "templates": "_templates",
    "assignments": "_course/assignments",
    "solutions": "_course/solutions",
    "tests/classes/ann": "_course/tests/classes/ann",
}
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__")


class BuildWithCourse(build_py):
    """The package, and the carried folders inside it."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        package = Path(self.build_lib) / "autograder"
        for target in ("_templates", "_course"):  # an earlier build may have left what has been removed since
            shutil.rmtree(package / target, ignore_errors=True)
        for source, target in CARRIED.items():
            shutil.copytree(ROOT / source, package / target, ignore=LEFT_OUT)


setup(cmdclass={"build_py": BuildWithCourse})
