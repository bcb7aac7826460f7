"""The IPython shell of a session: magics, `await` and displays as in Jupyter, without a kernel around it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import types
from typing import Any, Final

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets import Type
from traitlets.config import Config

from autograder.sandbox import figures

MAX_COMMAND_OUTPUT: Final = 256 * 1024


class _NumberingCompiler(CachingCompiler):
    """Names a cell's code by its number, so that a traceback says where."""

    cell = 0

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return f"<cell {self.cell}>" if self.cell else "<setup>"


class _Displays(DisplayPublisher):
    """`display(…)` and the like: text goes to the output, pictures to the figures."""

    def publish(self, data: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        """Called by IPython with one object in several forms."""
        if not figures.add_png(data.get("image/png")):
            super().publish(data, *args, **kwargs)


class _LastValue(DisplayHook):
    """The value of a cell's last line."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        """Called by IPython with one object in several forms."""
        if not figures.add_png(format_dict.get("image/png")):
            super().write_format_data(format_dict, md_dict)


class NotebookShell(InteractiveShell):
    """A shell that prints no tracebacks, writes no history and answers `%matplotlib` and `!command`."""

    compiler_class = _NumberingCompiler
    display_pub_class = Type(_Displays)
    displayhook_class = Type(_LastValue)

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no event loop to enable."""

    def enable_matplotlib(self, gui: str | None = None) -> tuple[str, str]:
        """Figures are shown in any case; `%matplotlib inline` and its kin have nothing to switch."""
        return "inline", "inline"

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """The session reports the exception itself."""

    def showsyntaxerror(self, *args: Any, **kwargs: Any) -> None:
        """The session reports the exception itself."""

    def system(self, cmd: str) -> None:
        """`!command`: its output goes where the cell's output goes."""
        done = subprocess.run(
            self.var_expand(cmd, depth=1),  # type: ignore[no-untyped-call]  # IPython leaves it untyped
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        sys.stdout.write(done.stdout[:MAX_COMMAND_OUTPUT].decode("utf-8", "replace"))
        self.user_ns["_exit_code"] = done.returncode

    system_raw = system_piped = system


class CappedOutput(io.RawIOBase):
    """Keeps the first bytes written to it and swallows the rest."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.kept = bytearray()
        self.lost = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        room = self.limit - len(self.kept)
        self.kept += view[:room]
        self.lost = self.lost or len(view) > room
        return len(view)

    def fileno(self) -> int:
        return 1

    def take(self) -> str:
        """The text so far, and start again."""
        text = self.kept.decode("utf-8", "replace") + ("\n… output cut here\n" if self.lost else "")
        self.kept.clear()
        self.lost = False
        return text


def create_shell() -> NotebookShell:
    """One shell per zygote, made before any fork: it takes 40 ms. Its folder is gone before it returns."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 0
    config.InteractiveShell.autocall = 0
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    with tempfile.TemporaryDirectory(prefix="autograder-ipython-") as folder:
        os.environ["IPYTHONDIR"] = folder
        shell = NotebookShell.instance(config=config, user_module=module, user_ns=module.__dict__)
    os.environ["IPYTHONDIR"] = "/nonexistent"
    return shell


def run_cell(shell: NotebookShell, number: int, source: str) -> BaseException | None:
    """Run one cell; the exception that ended it, or None. `number` is 0 for cells that are not the student's."""
    shell.compile.cell = number  # type: ignore[attr-defined]  # it is of our compiler_class
    result: ExecutionResult = shell.run_cell(source, store_history=False)  # type: ignore[no-untyped-call]  # IPython's own
    failure: BaseException | None = result.error_before_exec or result.error_in_exec
    return failure
