"""What the kernel says about a tree of processes, read through a /proc that sessions cannot see."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Proc:
    """An open folder descriptor of /proc: it stays valid after the root folder has changed."""

    fd: int

    def read(self, name: str) -> str:
        """The text of a file below /proc; empty when its process is gone."""
        try:
            fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.fd)
        except OSError:
            return ""
        try:
            return os.read(fd, 65536).decode("ascii", "replace")
        except OSError:
            return ""
        finally:
            os.close(fd)

    def children(self, pid: int) -> list[int]:
        """Direct children of every thread of `pid`."""
        try:
            folder = os.open(f"{pid}/task", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self.fd)
        except OSError:
            return []
        try:
            threads = os.listdir(folder)
        except OSError:
            threads = []
        finally:
            os.close(folder)
        return [int(word) for thread in threads for word in self.read(f"{pid}/task/{thread}/children").split()]

    def descendants(self, pid: int) -> Iterator[int]:
        """Every process below `pid`, parents first."""
        waiting = self.children(pid)
        while waiting:
            child = waiting.pop()
            yield child
            waiting.extend(self.children(child))

    def resident(self, pid: int) -> int:
        """Resident bytes of one process; 0 when it is gone."""
        words = self.read(f"{pid}/statm").split()
        return int(words[1]) * _PAGE if len(words) > 1 else 0

    def proportional(self, pid: int) -> int:
        """Resident bytes, each page divided among the processes that share it; 0 when that may not be read."""
        for line in self.read(f"{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        return 0

    def data_bytes(self, pid: int) -> int:
        """Private writable bytes, resident or not: what RLIMIT_DATA counts."""
        words = self.read(f"{pid}/statm").split()
        return int(words[5]) * _PAGE if len(words) > 5 else 0

    def nameless_bytes(self, pid: int) -> int:
        """Bytes on disk of files that `pid` holds open and that stand in no folder any more."""
        try:
            folder = os.open(f"{pid}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self.fd)
        except OSError:
            return 0
        sizes: dict[tuple[int, int], int] = {}
        try:
            for name in os.listdir(folder):
                with contextlib.suppress(OSError):  # closed meanwhile
                    status = os.stat(name, dir_fd=folder)
                    if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                        sizes[status.st_dev, status.st_ino] = status.st_blocks * 512
        except OSError:
            pass  # the process is gone
        finally:
            os.close(folder)
        return sum(sizes.values())

    def raise_oom_score(self) -> None:
        """Be the first that the kernel kills when the machine runs out of memory."""
        try:
            fd = os.open("self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC, dir_fd=self.fd)
        except OSError:
            return
        try:
            os.write(fd, b"1000")
        except OSError:
            pass  # a container may forbid it; the watchdog is there all the same
        finally:
            os.close(fd)


def tree_size(folder: str, most: int) -> tuple[int, int]:
    """(bytes, entries) below `folder`, counted without following links, up to `most` entries."""
    total, entries, waiting = 0, 0, [folder]
    while waiting and entries <= most:
        try:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    entries += 1
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    if entries > most:
                        break
        except OSError:
            continue
    return total, entries


def remove_tree(folder: str) -> None:
    """Remove a folder in which no process is left, however deep it is and whatever its modes; what it cannot, stays.

    What stands in a folder of the folder is moved up, so that neither depth nor the length of a path matters.
    """
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
        top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            while names := os.listdir(top):
                for name in names:
                    _flatten(top, name)
        finally:
            os.close(top)
        os.rmdir(folder)


def _flatten(top: int, name: str) -> None:
    if not stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=top)
        return
    os.chmod(name, 0o700, dir_fd=top)
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
    try:
        for child in os.listdir(inner):
            if stat.S_ISDIR(os.stat(child, dir_fd=inner, follow_symlinks=False).st_mode):
                os.chmod(child, 0o700, dir_fd=inner)  # a closed folder cannot be moved, but by root
            os.rename(child, secrets.token_hex(8), src_dir_fd=inner, dst_dir_fd=top)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)
