"""The world that an attack is let loose in: a target course full of secrets, and what is looked for afterwards."""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import io
import os
import re
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from attacks.corpus import FULL_MARKS, TARGET, Attack, base_cells
from autograder import exports
from autograder.intake import collect
from autograder.pipeline import Graded, Grader, Task
from autograder.records import Record
from autograder.reports import student_page
from autograder.student import SandboxChoice

SECRETS = ("CHECKS", "SOLUTION", "INPUT", "OTHER", "ENV", "HOME_FILE", "RECORD")
MAX_GRADER_GROWTH = 400 * 2**20
_slugs = iter(f"target{number}" for number in range(1, 10_000))  # pytest imports checks by name


@dataclass(frozen=True)
class Marks:
    """What the attacker is told, and the canaries that it is not told."""

    told: Mapping[str, str]
    canaries: Mapping[str, str]

    def fill(self, text: str) -> str:
        """The attack with the real names in it."""
        for name, value in self.told.items():
            text = text.replace(f"@{name}@", value)
        return text


@dataclass
class World:
    """One warm grader over the target course, under one layering."""

    root: Path
    marks: Marks
    grader: Grader
    token: str
    listeners: tuple[socket.socket, ...]
    graded: list[Graded] = field(default_factory=list)

    @property
    def records(self) -> list[Record]:
        """Of the last attack."""
        return [entry.record for entry in self.graded]

    def submit(self, attack: Attack) -> None:
        """The attack as a class of one, or as what its maker lays out."""
        inbox = self.root / "inbox"
        shutil.rmtree(inbox, ignore_errors=True)
        inbox.mkdir()
        if attack.is_maker:
            make = _maker(attack)
            make(inbox, self.marks.fill(base_cells("solution")), self.marks)
            target = inbox / "class.zip" if (inbox / "class.zip").is_file() else inbox
        else:
            target = inbox / "student.py"
            target.write_text(self.marks.fill(attack.notebook()), encoding="utf-8")
        with collect(target, self.grader.assignment.slug) as found:
            self.graded = [self.grader.grade(entry) for entry in found]

    def effects(self, attack: Attack) -> list[str]:
        """Let it loose; every effect that must not occur and did."""
        before = _resident("VmRSS", reset=True)
        started = time.time()
        try:
            self.submit(attack)
        except Exception as error:
            return [f"batch stopped: {error!r}"]
        seen = [effect for record in self.records for effect in self._in_record(record, attack)]
        if attack.is_maker and not any(record.student.startswith("honest") for record in self.records):
            seen.append("a neighbour was not graded")
        seen += [
            f"leak: a figure of a check: {entry[0]}"
            for graded in self.graded
            for entry in graded.figures
            if _is_magenta(entry[1])
        ]
        seen += [f"network: {what}" for what in self._reached()]
        seen += [f"outside: {path}" for path in self._outside()]
        self._mend()
        if time.time() - started > 60:
            seen.append("batch delayed by a minute")
        seen += [f"alive: {pid}" for pid in self._alive()]
        growth = _resident("VmHWM") - before
        if growth > MAX_GRADER_GROWTH:
            seen.append(f"memory of the grader: {growth >> 20} MB more")
        return seen

    def _in_record(self, record: Record, attack: Attack) -> Iterator[str]:
        if record.status == "internal-error":
            yield f"not graded: {record.message}"
        neighbour = record.student.startswith("honest")
        if record.score > (FULL_MARKS if neighbour else attack.earns):
            yield f"score: {record.score} instead of at most {attack.earns}"
        if neighbour and record.score != FULL_MARKS:
            yield f"a neighbour lost points: {record.score}"
        for place, text in student_sees(record).items():
            yield from (f"leak: {name} in {place}" for name, value in self.marks.canaries.items() if holds(text, value))
            if place in ("page", "gradescope", "markdown", "csv"):
                exact = [
                    check.seconds for check in record.checks if check.seconds > 0.1 and f"{check.seconds:.3f}" in text
                ]
                yield from (f"leak: exact time {seconds} in {place}" for seconds in exact)
        if any(self.token in cell.error and "Error: " + self.token in cell.error for cell in record.execution.cells):
            yield f"worked: {[cell.error for cell in record.execution.cells if self.token in cell.error]}"

    def _mend(self) -> None:
        """What lies outside as it was, so that one attack's effect is not the next one's."""
        for place in (self.root / "outside", self.root / "home"):
            for path in place.rglob("*"):
                if self.token in path.name and not path.is_dir():
                    path.unlink(missing_ok=True)
        _plant_outside(self.root / "outside")

    def _reached(self) -> Iterator[str]:
        """Whatever came to the listeners."""
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                if listener.type == socket.SOCK_STREAM:
                    listener.accept()[0].close()
                    yield "a connection"
                else:
                    yield f"a datagram {listener.recv(100)!r}"

    def _outside(self) -> Iterator[str]:
        folders = [self.root / "outside", self.root / "home", self.grader.assignment.private.parent]
        places = [*folders, Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/")]
        for place in places:
            listed = place.rglob("*") if place in folders else place.glob("*")
            yield from (str(path) for path in listed if self.token in path.name)
        for path in (self.root / "outside").iterdir():
            if path.is_file() and (path.read_bytes() != b"untouched" or path.stat().st_mtime != 1e9):
                yield f"{path.name} was changed"
            if path.lstat().st_mode & 0o777 not in (0o666, 0o777):
                yield f"mode of {path.name}: {path.lstat().st_mode:o}"
        scratch = self._scratch_folders()
        for _ in range(100):  # a supervisor clears up after it has reported
            if len(scratch) <= 1:  # the reference has one where there is no mount namespace
                return
            time.sleep(0.05)
            scratch = self._scratch_folders()
        yield f"left in the work folder: {scratch}"

    def _scratch_folders(self) -> list[str]:
        return [path.name for path in (self.root / "work").glob("*/scratch-*")]

    def _alive(self) -> list[int]:
        """Processes of this grader's beyond the zygote and the reference's session with its supervisor."""
        for _ in range(40):
            found = processes(self.token)
            if len(found) <= 3:
                return []
            time.sleep(0.05)
        return found[3:]


@contextlib.contextmanager
def world(layering: SandboxChoice) -> Iterator[World]:
    """A course full of secrets, and its warm grader.

    Raises:
        SandboxError: grading is refused under this layering.
    """
    with contextlib.ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attacks-", ignore_cleanup_errors=True)))
        root.chmod(0o755)
        token = f"zz{secrets.token_hex(6)}"
        canaries = {name: f"zq{secrets.token_hex(8)}" for name in SECRETS}
        slug = _write_course(root, canaries)
        told = _plant(root, canaries) | {"COURSE": str(root), "SLUG": slug, "PID": str(os.getpid()), "MARK": token}
        listeners = tuple(_listeners(stack))
        told["PORT"] = str(listeners[0].getsockname()[1])
        libraries = os.environ.get("LD_LIBRARY_PATH", "")
        # every process of the grader's carries the token; the path itself leads nowhere
        for name, value in {
            "LD_LIBRARY_PATH": ":".join(filter(None, (libraries, f"/{token}"))),
            "SECRET_TOKEN": canaries["ENV"],
            "HOME": told["HOME"],
        }.items():
            stack.enter_context(_environment(name, value))
        cache = os.path.join(tempfile.gettempdir(), f"attacks-cache-{os.getuid()}")
        stack.enter_context(_environment("XDG_CACHE_HOME", os.environ.get("XDG_CACHE_HOME", cache)))
        stack.enter_context(_temporary_files_in(root / "work"))
        task = Task(root, slug, layering, (root / "out", root / "inbox"))
        grader = stack.enter_context(Grader(task))
        yield World(root, Marks(told, canaries), grader, token, listeners)


def _listeners(stack: contextlib.ExitStack) -> Iterator[socket.socket]:
    """TCP and UDP on one port of the loopback."""
    port = 0
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        listener = stack.enter_context(socket.socket(socket.AF_INET, kind))
        listener.bind(("127.0.0.1", port))
        port = listener.getsockname()[1]
        listener.setblocking(False)
        if kind == socket.SOCK_STREAM:
            listener.listen(16)
        yield listener


def _is_magenta(png: bytes) -> bool:
    """Whether a picture is that of `L11`: the colour with which checks are painted."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3)
    return bool((pixels == (255, 0, 255)).all(axis=1).mean() > 0.3)


def _write_course(root: Path, canaries: Mapping[str, str]) -> str:
    slug = next(_slugs)
    public, private = root / "assignments" / slug, root / "solutions" / slug
    public.mkdir(parents=True)
    private.mkdir(parents=True)
    (public / "data").mkdir()
    (public / "data" / "numbers.csv").write_text("1,2,3\n")
    files = {"assignment.toml": public, "source.py": private, "checks.py": private, "mutants.toml": private}
    names = {"source.py": f"{slug}.py", "checks.py": f"test_{slug}.py"}
    for name, folder in files.items():
        text = (TARGET / name).read_text(encoding="utf-8")
        for canary, value in canaries.items():
            text = text.replace(f"@{canary}@", value)
        (folder / names.get(name, name)).write_text(text, encoding="utf-8")
    return slug


def _plant(root: Path, canaries: Mapping[str, str]) -> dict[str, str]:
    """Secrets and things that must stay as they are; where they lie."""
    secret = {
        root / "home" / ".netrc": canaries["HOME_FILE"],
        root / "out" / "records" / "other.json": canaries["RECORD"],
        root / "others" / "other.py": canaries["OTHER"],
        root / ".git" / "packed-refs": canaries["SOLUTION"],
    }
    for path, text in secret.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    outside = root / "outside"
    _plant_outside(outside)
    (root / "work").mkdir()
    (root / "work").chmod(0o711)
    return {
        "HOME": str(root / "home"),
        "OUT": str(root / "out"),
        "OTHERS": str(root / "others"),
        "OUTSIDE": str(outside),
    }


def _plant_outside(outside: Path) -> None:
    """A folder and files that anybody may write to, and nobody should."""
    outside.mkdir(exist_ok=True)
    outside.chmod(0o777)
    for name in ("results.json", "module.py"):
        (outside / name).write_text("untouched")
        (outside / name).chmod(0o666)
        os.utime(outside / name, (1e9, 1e9))


@contextlib.contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextlib.contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def _maker(attack: Attack) -> Any:
    spec = importlib.util.spec_from_file_location(f"maker_{attack.id}", attack.path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make


def student_sees(record: Record) -> dict[str, str]:
    """All that a student is shown of a record, by place."""
    shown = {
        "message": record.message,
        "cells": "".join(f"{cell.status} {cell.error}\n" for cell in record.execution.cells),
        "deaths": " ".join(f"{death.when} {death.cause}" for death in record.execution.deaths),
        "checks": "".join(f"{check.outcome} {check.message} {check.hint}\n" for check in record.checks),
        "page": student_page(record, ()),
    }
    return shown | {name: exports.export([record], name) for name in ("gradescope", "junit", "markdown", "csv")}


def holds(text: str, canary: str) -> bool:
    """Whether a canary stands in a text: plain, reversed, spaced out, in hex, base64, decimal or binary codes."""
    bare = re.sub(r"[^a-z0-9]", "", text.lower())
    codes = [f"{ord(character):d}" for character in canary]
    forms = [canary, canary[::-1], canary.encode().hex(), "".join(codes), "".join(f"{ord(c):08b}" for c in canary)]
    for shift in range(3):
        packed = base64.b64encode(b"\0" * shift + canary.encode()).decode()
        forms.append(re.sub(r"[^a-z0-9]", "", packed[4 if shift else 0 : -4].lower()))
    return any(form in bare for form in forms)


def processes(token: str) -> list[int]:
    """Living processes that carry the token in their environment or command line, oldest first."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            words = [Path(f"/proc/{entry}/{name}").read_bytes() for name in ("environ", "cmdline")]
            state = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[0]
            if any(token.encode() in word for word in words) and state != "Z":
                found.append(int(entry))
    return sorted(found)


def _resident(name: str, reset: bool = False) -> int:
    """VmRSS or VmHWM of this process in bytes."""
    if reset:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024
