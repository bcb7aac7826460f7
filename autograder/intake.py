"""Taking submissions in: folders, nbgrader's `submitted/`, zips; who handed in what, and when.

Nothing in a class folder is trusted. A file that is a link, a pipe, a folder or too big is never opened:
it becomes a submission with a `problem`, so that the record says so and the batch goes on. So does what
leaves two answers to "which file is this student's?": nobody guesses, and nobody else has to wait.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from autograder.errors import SubmissionError, UsageError
from autograder.notebook import CLEAR, MAX_BYTES, megabytes, printable

MAX_ENTRIES = 10_000  # of a zip
MAX_DIRECTORY_BYTES = 8 * 2**20  # a zip's table of contents, which is read into memory
MAX_TOTAL_BYTES = 2 * 2**30  # unpacked, all files of a zip
MAX_RATIO = 200  # unpacked to packed, for files over a megabyte
MAX_STUDENT_BYTES = 120

_SUFFIXES = (".ipynb", ".py")
_NOT_SUBMISSIONS = ("public_checks.py", "conftest.py")
_NOT_FOLDERS = ("__pycache__", "__macosx")
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\.|$)", re.IGNORECASE)
_FORBIDDEN = '/\\:*?"<>|%'
_UNPACK_ERRORS = (  # all that `zipfile` has been seen to raise on damaged archives
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, struct.error,
    LookupError, OverflowError,
)  # fmt: skip
_NO_NOTEBOOK = re.compile(  # what students hand in by mistake: an export, a document, an archive, a renamed notebook
    r"(.+?)(\.ipynb\..+|(\.tar)?\.(7z|docx?|gz|html?|odt|pdf|rar|tar|tgz|zip))", re.IGNORECASE
)
_ITSELF = "hand in the .ipynb file itself"
_AGAIN = "hand it in again, or ask your instructor"
_LAYOUT = (
    "expected <student>.ipynb, <student>/….ipynb or <student>/<assignment>/….ipynb, a zip of these, or one notebook"
)


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    `student` is safe as a file name and unique in the class, also where names ignore case. `file` is the
    path inside the class folder or zip, `path` where it is now. `received_at` is ISO 8601, UTC. `problem` is
    empty, or why the file cannot be read and what the student can do about it; then `sha256` is empty too.
    """

    student: str
    file: str
    path: Path
    sha256: str
    received_at: str
    problem: str = ""


@contextmanager
def collect(submissions: Path, slug: str) -> Iterator[list[Submission]]:
    """The submissions in a folder, a zip or one file, by student; a zip is unpacked until the block ends.

    Args:
        submissions: a folder, a zip, a notebook or a script; a link here is the caller's own and is followed.
        slug: the assignment, which picks one of several notebooks in a student's folder.

    Raises:
        UsageError: there is nothing there, or it cannot be read as a whole.
    """
    try:
        root = submissions.resolve(strict=True)
        is_zip = root.is_file() and root.suffix.lower() == ".zip"
    except (OSError, RuntimeError, ValueError):
        raise UsageError(f"no submissions at {printable(str(submissions))}: it does not exist", _LAYOUT) from None
    if is_zip:
        with tempfile.TemporaryDirectory(prefix="autograder-intake-") as folder:
            problems, outside = _unpack(root, Path(folder).resolve())
            found = _in_folder(_class_folder(Path(folder).resolve(), slug), slug)
            marked = [_marked(entry, problems.get(entry.path, "")) for entry in found]
            yield _checked([*marked, *outside], submissions)
    elif root.is_dir():
        yield _checked(_in_folder(root, slug), submissions)
    else:
        name = submissions.name  # of a link, the link's: it says whose the file is
        yield _checked([_submission(Path(name).stem, name, root)] if _is_candidate(name) else [], submissions)


def read_bytes(submission: Submission) -> bytes:
    """The file's bytes, at most `notebook.MAX_BYTES`.

    Raises:
        SubmissionError: the submission has a problem, or its file is no longer the one that was collected.
    """
    if submission.problem:
        raise SubmissionError(submission.problem)
    try:
        with _open(submission.path) as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SubmissionError(_why(error)) from None
    if hashlib.sha256(data).hexdigest() != submission.sha256:
        raise SubmissionError("the file has changed since it was taken in; it is graded when grading is run again")
    return data


def student_id(name: str) -> str:
    """`name` in a form that is safe as a file name on every system; different names stay different.

    What is not safe (control and bidi characters, separators, a leading dot or dash, Windows' device
    names) is percent-encoded; names over 120 bytes are cut and end in a digest.
    """
    name = unicodedata.normalize("NFC", name)
    safe = "".join(c if _is_safe(c) else _percent(c) for c in name)
    if safe[:1] in ("", ".", "-", " ") or _DEVICES.match(safe):
        safe = _percent(safe[:1]) + safe[1:]
    if safe[-1:] in (".", " "):
        safe = safe[:-1] + _percent(safe[-1])
    if len(safe.encode()) > MAX_STUDENT_BYTES:
        digest = hashlib.sha256(_raw(name)).hexdigest()[:16]
        safe = safe.encode()[: MAX_STUDENT_BYTES - 17].decode(errors="ignore") + "~" + digest
    return safe


def _is_safe(character: str) -> bool:
    return character not in _FORBIDDEN and unicodedata.category(character)[0] != "C" and (
        character == " " or unicodedata.category(character)[0] != "Z"
    )


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in _raw(text)) or "%"


def _raw(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


# ---------------------------------------------------------------- folders


def _in_folder(root: Path, slug: str) -> list[Submission]:
    found: list[Submission] = []
    others: list[str] = []
    for entry in _entries(root):
        if _is_candidate(entry.name):
            found.append(_submission(Path(entry.name).stem, entry.name, Path(entry.path)))
        elif entry.is_symlink():
            if os.path.isdir(entry.path):
                found.append(_linked(entry.name, entry.name, Path(entry.path)))
        elif entry.is_dir(follow_symlinks=False):
            found += _of_student(root, entry.name, slug)
        else:
            others.append(entry.name)
    return found + _instead(root, others, {entry.student.casefold() for entry in found})


def _instead(root: Path, names: list[str], students: set[str]) -> list[Submission]:
    """Files that students hand in instead of a notebook, where there is a class and none by that student in it."""
    found = []
    for name in names:
        match = _NO_NOTEBOOK.fullmatch(name)
        if match and students and student_id(match[1]).casefold() not in students:
            held = f"{printable(name, 80)} is no notebook (.ipynb or .py); {_ITSELF}"
            found.append(_problem(match[1], name, root / name, held))
    return found


def _linked(student: str, file: str, path: Path) -> Submission:
    return _problem(student, file, path, f"the student's folder is a link, expected a folder; {_ITSELF}")


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What may matter in a folder, by name: nothing hidden, no caches."""
    try:
        with os.scandir(folder) as entries:
            visible = [e for e in entries if e.name[0] != "." and e.name.lower() not in _NOT_FOLDERS]
    except OSError as error:
        raise UsageError(f"cannot read the folder {printable(str(folder))}: {error.strerror}") from None
    return sorted(visible, key=lambda entry: entry.name)


def _is_candidate(name: str) -> bool:
    lower = name.lower()
    return lower.endswith(_SUFFIXES) and lower not in _NOT_SUBMISSIONS and not lower.startswith(".")


def _of_student(root: Path, name: str, slug: str) -> list[Submission]:
    """One submission, or none where the folder is empty or has only other assignments' folders."""
    folder = root / name
    try:
        files, nested = _files(folder), folder / slug
        if not any(_is_candidate(file) for file in files) and nested.is_dir():
            if nested.is_symlink():
                return [_linked(name, f"{name}/{slug}", nested)]
            folder, files = nested, _files(nested)
    except UsageError:  # its message holds the path, which is no business of the student's
        return [_problem(name, name, folder, f"the folder cannot be read; {_AGAIN}")]
    chosen = _choose([file for file in files if _is_candidate(file)], slug)
    place = folder.relative_to(root)
    if len(chosen) > 1:
        unclear = _ambiguous(chosen, f"hand in only one of them, or name one {slug}.ipynb")
        return [_problem(name, place.as_posix(), folder, unclear)]
    if chosen:
        return [_submission(name, (place / chosen[0]).as_posix(), folder / chosen[0])]
    if files:
        held = f"the folder holds no notebook (.ipynb or .py): found {printable(', '.join(files), 80)}; {_ITSELF}"
        return [_problem(name, place.as_posix(), folder, held)]
    return []


def _files(folder: Path) -> list[str]:
    """Names of files, and of anything else that is called like a notebook."""
    entries = _entries(folder)
    return [e.name for e in entries if _is_candidate(e.name) or e.is_file(follow_symlinks=False)]


def _choose(names: list[str], slug: str) -> list[str]:
    """A notebook goes before a script, and one named after the assignment before the others; several: who knows."""
    books = [name for name in names if name.lower().endswith(".ipynb")] or names
    return [name for name in books if Path(name).stem.lower() == slug] or books


def _ambiguous(files: Sequence[str], advice: str) -> str:
    shown = " and ".join(printable(file) for file in files[:2])
    more = f" and {len(files) - 2:,} more" if len(files) > 2 else ""
    return f"it is not clear which file counts: {shown}{more}; {advice}"


def _submission(name: str, file: str, path: Path) -> Submission:
    try:
        with _open(path) as handle:
            modified = os.fstat(handle.fileno()).st_mtime
            digest = _digest(handle)
    except OSError as error:
        return _problem(name, file, path, _why(error))
    return Submission(student_id(name), printable(file, 200), path, digest, _utc(modified))


def _problem(name: str, file: str, path: Path, problem: str) -> Submission:
    modified = 0.0
    with suppress(OSError, ValueError):
        modified = os.lstat(path).st_mtime
    return Submission(student_id(name), printable(file, 200), path, "", _utc(modified), problem)


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    """A regular file of permitted size, for reading; opening has no effect on, and never waits for, others.

    Raises:
        OSError: it is something else; `strerror` is for the record.
    """
    _regular(os.lstat(path))
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    with open(os.open(path, flags), "rb") as file:
        _regular(os.fstat(file.fileno()))  # it may have been exchanged in between
        yield file


def _regular(status: os.stat_result) -> None:
    for test, what in (
        (stat.S_ISLNK, "a link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(status.st_mode):
            raise OSError(0, f"the file is {what}, expected a notebook; {_ITSELF}")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, f"the file is a device, expected a notebook; {_ITSELF}")
    if status.st_size > MAX_BYTES:
        raise OSError(0, f"the file is too big: {megabytes(status.st_size)}, at most {megabytes(MAX_BYTES)}; {CLEAR}")


def _digest(file: BinaryIO) -> str:
    total, size = hashlib.sha256(), 0
    while chunk := file.read(2**18):
        size += len(chunk)
        if size > MAX_BYTES:
            raise OSError(0, f"the file grew while it was read; {_AGAIN}")
        total.update(chunk)
    return total.hexdigest()


def _why(error: OSError) -> str:
    known = error.errno == 0 and error.strerror
    return known or f"the file cannot be read: {(error.strerror or 'unknown error').lower()}; {_AGAIN}"


def _utc(seconds: float) -> str:
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):  # a file may claim any date
        moment = datetime.fromtimestamp(0, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _checked(found: list[Submission], where: Path) -> list[Submission]:
    """Sorted by student, not none; of names that fall together, one submission with a problem that names them.

    Raises:
        UsageError: there are none; or a folder has two by the very same name, and whoever laid it out can settle that.
            What a zip holds is nobody's to tidy up.
    """
    if not found:
        raise UsageError(f"no submissions in {printable(str(where))}", _LAYOUT)
    by_student: dict[str, list[Submission]] = {}
    for entry in sorted(found, key=lambda entry: (entry.student, entry.file)):
        by_student.setdefault(entry.student.casefold(), []).append(entry)
    return [_one_of(entries, where) for entries in by_student.values()]


def _one_of(entries: list[Submission], where: Path) -> Submission:
    if len(entries) == 1:
        return entries[0]
    files = [entry.file for entry in entries]
    if where.is_dir() and len({_called(file) for file in files}) == 1:
        raise UsageError(f"two submissions for {entries[0].student}: {files[0]} and {files[1]}", "keep one of them")
    return _marked(entries[0], _ambiguous(files, "hand in only one of them (capitals make no difference in names)"))


def _called(file: str) -> str:
    """The student as the file or its folder spells it, before anything is made of that."""
    folder, slash, _ = file.partition("/")
    return folder if slash else Path(file).stem


# ---------------------------------------------------------------- zips


def _unpack(archive: Path, folder: Path) -> tuple[dict[Path, str], list[Submission]]:
    """Unpack notebooks and scripts.

    Returns what is wrong with files that stand empty in their place, and submissions for those that have none.
    """
    name = printable(archive.name)
    try:
        _refuse_big_directory(archive, name)
        with zipfile.ZipFile(archive) as opened:
            infos = opened.infolist()
            if len(infos) > MAX_ENTRIES:
                raise UsageError(f"{name} holds {len(infos):,} entries, at most {MAX_ENTRIES:,}", _LAYOUT)
            unpacker = _Unpacker(opened, folder)
            unpacker.unpack(infos)
            return unpacker.problems, unpacker.outside
    except _UNPACK_ERRORS as error:
        raise UsageError(f"{name} is not a zip that can be read: {error}", "make it again") from None
    except OSError as error:
        raise UsageError(f"{name} cannot be unpacked: {error.strerror or error}") from None


def _refuse_big_directory(archive: Path, name: str) -> None:
    """Look at the end record before `zipfile` reads a table of contents of any size into memory."""
    with archive.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 65_557 - 20))  # longest comment, end record, 64-bit locator
        tail = file.read()
    start = tail.rfind(b"PK\x05\x06")
    if start < 0 or len(tail) - start < 22:
        raise zipfile.BadZipFile("it has no table of contents")
    entries, length = struct.unpack_from("<HI", tail, start + 10)
    if b"PK\x06\x07" in tail[max(0, start - 20) : start]:
        raise UsageError(f"{name} is a 64-bit zip", "unpack it and name the folder instead")
    if entries > MAX_ENTRIES or length > MAX_DIRECTORY_BYTES:
        raise UsageError(f"{name} holds more than {MAX_ENTRIES:,} entries", "unpack it and name the folder instead")


def _not_unpacked(why: str, advice: str = "") -> str:
    return f"the file cannot be unpacked: {why}; {advice or _ITSELF}"


class _Unpacker:
    """Writes the candidates of one zip under a folder, within the caps."""

    def __init__(self, archive: zipfile.ZipFile, folder: Path) -> None:
        self.archive, self.folder, self.left = archive, folder, MAX_TOTAL_BYTES
        self.problems: dict[Path, str] = {}
        self.outside: list[Submission] = []

    def unpack(self, infos: list[zipfile.ZipInfo]) -> None:
        for info in infos:
            parts = info.filename.split("/")
            if info.is_dir() or not self._wanted(parts):
                continue
            if problem := self._place(info, parts):
                if _is_candidate(parts[-1].lstrip(".")):  # `..\\ada.ipynb` is not hidden, it leads outside
                    self.outside.append(self._outside(info, parts, problem))
            elif _is_candidate(parts[-1]):
                self._fill(info, self.folder.joinpath(*parts))

    def _wanted(self, parts: list[str]) -> bool:
        if any(part.lower() in _NOT_FOLDERS or (part[:1] == "." and part[:2] != "..") for part in parts):
            return False
        return len(parts) > 1 or parts[-1].lower().endswith(_SUFFIXES) or bool(_NO_NOTEBOOK.fullmatch(parts[-1]))

    def _place(self, info: zipfile.ZipInfo, parts: list[str]) -> str:
        """Make an empty file, or say why not. Files that are no notebooks stay empty: only their names matter."""
        if problem := _bad_path(info.filename, parts):
            return problem
        target = self.folder.joinpath(*parts)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch(exist_ok=False)
        except OSError as error:  # the same name twice, or a file where another entry has a folder
            return _not_unpacked((error.strerror or "unknown error").lower())
        return ""

    def _fill(self, info: zipfile.ZipInfo, target: Path) -> None:
        try:
            _refuse_content(info)
            self._copy(info, target)
        except SubmissionError as error:
            self.problems[target] = _not_unpacked(error.message, error.hint)
        except (*_UNPACK_ERRORS, OSError):  # what they say is about bits, and may hold a path
            self.problems[target] = _not_unpacked("it is damaged in the zip", _AGAIN)
        if target in self.problems:
            target.write_bytes(b"")
        moment = _entry_time(info)
        os.utime(target, (moment, moment))

    def _copy(self, info: zipfile.ZipInfo, target: Path) -> None:
        """Counts what really comes out: the sizes in a zip are claims."""
        size = 0
        with self.archive.open(info) as source, target.open("wb") as sink:
            while chunk := source.read(2**16):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise SubmissionError(f"it is too big: more than {megabytes(MAX_BYTES)}", CLEAR)
                if size > 2**20 and size > MAX_RATIO * max(info.compress_size, 1):
                    raise SubmissionError(f"it unpacks to more than {MAX_RATIO} times its size", CLEAR)
                if size > self.left:
                    total = f"{MAX_TOTAL_BYTES // 2**30} GB"
                    raise SubmissionError(f"the zip unpacks to more than {total}", "ask your instructor")
                sink.write(chunk)
        self.left -= size

    def _outside(self, info: zipfile.ZipInfo, parts: list[str], problem: str) -> Submission:
        """The student's name where the path is an ordinary one, else the whole path, escaped."""
        plain = "" not in parts and "\\" not in info.filename and not any(part.strip(".") == "" for part in parts)
        student = (parts[0] if len(parts) > 1 else Path(parts[0]).stem) if plain else info.filename
        entry = _problem(student, info.filename, self.folder / "refused", problem)
        return replace(entry, received_at=_utc(_entry_time(info)))


def _bad_path(name: str, parts: list[str]) -> str:
    if any(part in ("", ".", "..") for part in parts) or "\\" in name or re.match(r"[A-Za-z]:", name):
        return "its name in the zip leads outside the folder; hand in the .ipynb file under a plain name"
    if len(parts) > 8 or any(len(_raw(part)) > 255 for part in parts):
        return "its name in the zip is too long or too deep; hand in the .ipynb file under a short name"
    return ""


def _refuse_content(info: zipfile.ZipInfo) -> None:
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise SubmissionError("it is a link or device, expected a notebook")
    if info.flag_bits & 1:
        raise SubmissionError("it is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SubmissionError("it is compressed in an unusual way, expected deflate")
    if info.file_size > MAX_BYTES:
        raise SubmissionError(f"it is too big: {megabytes(info.file_size)}, at most {megabytes(MAX_BYTES)}", CLEAR)


def _marked(entry: Submission, problem: str) -> Submission:
    return replace(entry, sha256="", problem=problem) if problem else entry


def _entry_time(info: zipfile.ZipInfo) -> float:
    """Seconds since 1970: the UTC time that most zip programs add, else the entry's clock time read as UTC."""
    extra = info.extra
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == 0x5455 and length >= 5 and len(extra) >= 9 and extra[4] & 1:
            return float(struct.unpack_from("<i", extra, 5)[0])
        extra = extra[4 + length :]
    try:
        return datetime(*info.date_time, tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _class_folder(folder: Path, slug: str) -> Path:
    """Where the class is in an unpacked zip: a folder that was zipped with its own name is stepped into."""
    entries = [entry for entry in _entries(folder) if entry.is_dir() or _is_candidate(entry.name)]
    if len(entries) != 1 or not entries[0].is_dir(follow_symlinks=False):
        return folder
    inner = folder / entries[0].name
    names = [entry.name for entry in _entries(inner)]
    books = [name for name in names if _is_candidate(name)]
    students = [name for name in names if (inner / name).is_dir() and name.lower() != slug and _has_book(inner / name)]
    is_student = any(Path(name).stem.lower() == slug for name in books)
    return inner if (len(books) > 1 or students) and not is_student else folder


def _has_book(folder: Path) -> bool:
    return any(_is_candidate(path.name) for path in folder.rglob("*"))
