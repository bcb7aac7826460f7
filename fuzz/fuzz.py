"""Coverage-guided fuzzing of what reads hostile bytes: `python fuzz/fuzz.py wire|notebook SECONDS`.

Inputs that reach new code are kept in `fuzz/corpus/<target>/`. Anything but the documented exception, or a run that
takes more than 512 MB, ends the fuzzer with the input that caused it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["autograder"]):
    from autograder.errors import SubmissionError
    from autograder.notebook import read_submission
    from autograder.sandbox import wire

HERE = Path(__file__).parent
MEGABYTES = 512


def read_wire(data: bytes) -> None:
    """A body from the far side: a value or WireError; what was decoded can be encoded again."""
    try:
        value = wire.decode(data)
    except wire.WireError:
        return
    wire.encode(value)


def read_notebook(data: bytes) -> None:
    """A file that was handed in: a notebook or SubmissionError. The first byte picks the kind of file."""
    name = "x.ipynb" if data[:1] < b"\x80" else "x.py"
    try:
        read_submission(data[1:], name)
    except SubmissionError:
        return


TARGETS: dict[str, Callable[[bytes], None]] = {"wire": read_wire, "notebook": read_notebook}


def main() -> None:
    """Fuzz one target for so many seconds."""
    target, seconds = sys.argv[1], int(sys.argv[2])
    corpus = HERE / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", f"-rss_limit_mb={MEGABYTES}", "-max_len=4096", "-timeout=10"]
    atheris.Setup([sys.argv[0], str(corpus), *limits], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
