"""The output folder of a run: records and figures, each written whole and by rename, one run at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

from autograder.errors import InternalError, UsageError
from autograder.files import PART, write_whole
from autograder.pipeline.grader import Graded
from autograder.records import Record, from_json


class Store:
    """`out/records/<student>.json` and `out/figures/<student>/…png`."""

    def __init__(self, out: Path) -> None:
        self.out = out

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs away from this folder.

        Raises:
            UsageError: the folder cannot be written to, or another run is at work in it.
        """
        try:
            (self.out / "records").mkdir(parents=True, exist_ok=True)
            lock = os.open(self.out / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(f"cannot write to {self.out}: {reason}", "name another folder with --out") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise UsageError(f"another run is at work in {self.out}", "wait for it, or name another --out") from None
        try:
            self._sweep()
            yield
        finally:
            os.close(lock)

    def _sweep(self) -> None:
        """Half-written files of a run that was killed."""
        for stale in (self.out / "records").glob(f".*{PART}"):
            stale.unlink(missing_ok=True)

    def record(self, student: str) -> Record | None:
        """A student's record, if there is a valid one."""
        try:
            return from_json((self.out / "records" / f"{student}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def write(self, graded: Graded) -> None:
        """Figures first, then the record that makes them count.

        Raises:
            UsageError: the folder cannot be written to any more; what stands in it stays valid.
        """
        student = graded.record.student
        try:
            self._write_figures(student, graded)
            write_whole(self.out / "records" / f"{student}.json", graded.record.to_json().encode())
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(
                f"cannot write the record of {student} to {self.out}: {reason}",
                "make room or permission, then run the same command again: what is done is kept",
            ) from None

    def _write_figures(self, student: str, graded: Graded) -> None:
        folder = self.out / "figures" / student
        if folder.exists():
            shutil.rmtree(folder)
        for name, content in graded.figures:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / name, content)


class StoredRecords(Sequence[Record]):
    """Records of these students, in this order, each read when it is asked for: a class may have thousands.

    Raises:
        InternalError: on access, when a record that was written is there no more.
    """

    def __init__(self, store: Store, students: Sequence[str]) -> None:
        self._store = store
        self._students = tuple(students)

    def __len__(self) -> int:
        return len(self._students)

    @overload
    def __getitem__(self, place: int) -> Record: ...

    @overload
    def __getitem__(self, place: slice) -> StoredRecords: ...

    def __getitem__(self, place: int | slice) -> Record | StoredRecords:
        if isinstance(place, slice):
            return StoredRecords(self._store, self._students[place])
        record = self._store.record(self._students[place])
        if record is None:
            raise InternalError(f"the record of {self._students[place]} has gone from {self._store.out}")
        return record
