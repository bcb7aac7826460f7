"""The commands and their arguments."""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from autograder import __version__
from autograder.errors import AutograderError, UsageError

app = typer.Typer(
    name="autograder",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_MAX_JOBS = 1024

Course = Annotated[
    Path | None,
    typer.Option("--course", metavar="DIR", help="Folder with assignments/ and solutions/; else the nearest upwards."),
]
Slug = Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="Name of a folder below assignments/.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", metavar="N", help="Worker processes, at least 1; else one a core.")
]
NoSandbox = Annotated[bool, typer.Option("--no-sandbox", help="Grade without confinement: trusted submissions only.")]
Results = Annotated[Path, typer.Argument(metavar="DIR", help="The folder that grade wrote to.")]


def _jobs(asked: int | None) -> int:
    if asked is not None and not 1 <= asked <= _MAX_JOBS:
        raise UsageError(f"--jobs {asked} is no number of workers", f"expected 1 to {_MAX_JOBS}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return asked or cores


def _show_version(asked: bool) -> None:
    if asked:
        print(f"autograder {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Grade deep-learning notebooks: student code in a sandbox, verdicts outside it."""


@app.command()
def verify(
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSIGNMENT]...", help="Names; without any, the whole course.")
    ] = None,
    jobs: Jobs = None,
    course: Course = None,
) -> None:
    """Prove an assignment: solution 100 %, stub 0, every mutant caught, every alternative 100 %.

    Exit 0 only when all of it holds.
    """
    from autograder.cli.verify import run

    raise typer.Exit(run(assignments or [], _jobs(jobs), course))


@app.command()
def release(
    assignment: Slug,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write there instead of assignments/<slug>/.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when the release has drifted.")] = False,
    course: Course = None,
) -> None:
    """Make the student notebook and the public checks from the source."""
    from autograder.cli.release import run

    raise typer.Exit(run(assignment, out, check, course))


@app.command()
def grade(
    assignment: Slug,
    submissions: Annotated[
        Path, typer.Argument(metavar="SUBMISSIONS", help="One notebook, a folder with one a student, or a zip.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where records and pages go.")],
    jobs: Jobs = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has not changed.")] = False,
    min_score: Annotated[
        float | None, typer.Option("--min-score", metavar="PERCENT", help="Exit 1 below this mark, 0 to 100.")
    ] = None,
    no_sandbox: NoSandbox = False,
    course: Course = None,
) -> None:
    """Run the hidden checks on every submission; write records and pages.

    Exit 0: all graded. 1: a submission could not be graded or is below --min-score. 2: the command is wrong.
    """
    from autograder.cli.grade import GradeRequest, run

    raise typer.Exit(
        run(GradeRequest(assignment, submissions, out, _jobs(jobs), force, min_score, not no_sandbox, course))
    )


@app.command()
def report(folder: Results, course: Course = None) -> None:
    """Write the pages again from the records."""
    from autograder.cli.results import report as run

    raise typer.Exit(run(folder, course))


@app.command()
def export(
    folder: Results,
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="csv, junit, markdown or gradescope.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write there instead of standard output.")
    ] = None,
) -> None:
    """Scores for other systems, from the records alone."""
    from autograder.cli.results import export as run

    raise typer.Exit(run(folder, to, out))


@app.command()
def new(assignment: Slug, course: Course = None) -> None:
    """Start an assignment from a scaffold that verifies at once."""
    from autograder.cli.new import run

    raise typer.Exit(run(assignment, course))


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where records and pages go.")] = Path(
        "demo-results"
    ),
    jobs: Jobs = None,
) -> None:
    """Grade a sample class and say where its pages are."""
    from autograder.cli.demo import run

    raise typer.Exit(run(out, _jobs(jobs)))


class _Stopped(BaseException):
    """SIGINT or SIGTERM. Not a KeyboardInterrupt: Typer would make a silent exit of it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main() -> None:
    """Entry point: exit 2 with one line for what is wrong with the command, 130 for Ctrl-C, 143 for SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup, or in a script's background
            signal.signal(number, _stop)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a path need not be text in any encoding
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run())


def _stop(number: int, frame: object) -> None:
    for known in (signal.SIGINT, signal.SIGTERM):
        signal.signal(known, signal.SIG_DFL)  # a second one does not wait for the tidying up
    raise _Stopped(number)


def _run() -> int:
    """One command; the exit code."""
    try:
        status = app(standalone_mode=False)
        return status if isinstance(status, int) else 0
    except AutograderError as error:
        return _complain(str(error), 2)
    except _Stopped as stopped:
        return _complain("stopped; run the same command again to go on where it was", 128 + stopped.number)
    except typer.BadParameter as error:
        text = error.format_message()
        return _complain(text[:1].lower() + text[1:].rstrip("."), 2)
    except Exception as error:
        show = getattr(error, "show", None)  # other usage errors know how to present themselves
        if show is None:
            raise
        show()
        return int(getattr(error, "exit_code", 2))


def _complain(text: str, status: int) -> int:
    print(f"autograder: {' '.join(text.split())}", file=sys.stderr)
    return status
