"""The files that a session may see: the Python installation and the system's libraries, nothing of anybody's.

Two layers use the same list: a narrow root folder of read-only bind mounts (built once, in the zygote), and
Landlock rules (in every session). Paths that must stay hidden are cut out even when they lie inside a visible
folder, as an installed course does inside site-packages.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Final

from autograder.sandbox import kernel

_SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC: Final = tuple(
    f"/etc/{name}"
    for name in (
        "alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types", "timezone",
    )
)  # fmt: skip
_KERNEL: Final = ("/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/version")
DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
DATA: Final = "/course/data"


def visible(data: str) -> list[str]:
    """Folders and files that may be read, existing ones only, none inside another."""
    python = [sys.prefix, sys.base_prefix, sys.exec_prefix, *(entry for entry in sys.path if os.path.isabs(entry))]
    candidates = [*_SYSTEM, *_ETC, "/sys/devices/system/cpu", *python, *map(os.path.realpath, python)]
    if data:
        candidates.append(data)
    kept: list[str] = []
    for path in sorted({os.path.normpath(path) for path in candidates if os.path.exists(path)}):
        if not any(inside(path, other) for other in kept):
            kept.append(path)
    return kept


@functools.cache
def scratch() -> str:
    """Where a session's own folder is mounted: `/tmp`, as notebooks expect, unless that would cover the interpreter."""
    return "/scratch" if any(inside(path, "/tmp") for path in visible("")) else "/tmp"


def inside(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or below it, by name."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def without_hidden(path: str, hidden: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """`path` cut into (subtree, whole): what holds a hidden path is not whole, and its children follow."""
    hidden = tuple(hidden)
    if any(inside(path, secret) for secret in hidden):
        return
    if not any(inside(secret, path) for secret in hidden) or not os.path.isdir(path):
        yield path, True
        return
    yield path, False
    for name in sorted(os.listdir(path)):
        child = os.path.join(path, name)
        if not os.path.islink(child):
            yield from without_hidden(child, hidden)


@functools.cache  # asked once in the zygote, for all the sessions that it forks
def landlock_readable(data: str, hidden: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """(subtrees that may be read, folders that may only be listed), for the rules of a session."""
    whole: list[str] = []
    listed: list[str] = []
    for path in sorted({os.path.realpath(path) for path in (*visible(data), *_KERNEL)}):  # `hidden` is real paths
        for part, complete in without_hidden(path, hidden):
            (whole if complete else listed).append(part)
    if data:  # also where the course lies inside a hidden folder, as a packaged one does
        whole.append(data)
    return whole, listed


def enter(base: str, data: str, hidden: Iterable[str]) -> None:
    """Build the narrow root at `base` and make it this process's root. Needs a mount namespace of its own.

    Raises:
        OSError: the kernel refuses one of the mounts; the old root is still in place then.
    """
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("none", base, "tmpfs", kernel.MS_NOSUID, "size=1m,mode=755")
    for path in visible(""):
        _show(base, path, path)
    if data:
        _show(base, data, DATA)
    for path in DEVICES:
        _show(base, path, path)
    _show(base, "/proc", "/proc")
    for folder in (scratch(), "/dev/shm", "/home"):
        os.makedirs(base + folder, exist_ok=True)
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(target, f"{base}/dev/{name}")
    for secret in hidden:
        _mask(base, secret)
    kernel.make_read_only(base)
    os.chdir(base)
    kernel.pivot_root(".", ".")  # the old root now lies on top of the new one; pivot_root(2) describes the idiom
    kernel.umount(".")
    os.chdir("/")


def _show(base: str, source: str, target: str) -> None:
    place = base + target
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if (real := os.path.realpath(source)) != source and target == source:  # one way in, which `_mask` can close
        os.symlink(real, place)
        return
    if os.path.isdir(source):
        os.makedirs(place, exist_ok=True)
    else:
        os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.mount(source, place, None, kernel.MS_BIND | kernel.MS_REC)


def _mask(base: str, secret: str) -> None:
    place = base + os.path.realpath(secret)
    if os.path.isdir(place):
        kernel.mount("none", place, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=4k,mode=755")
    elif os.path.exists(place):
        kernel.mount("/dev/null", place, None, kernel.MS_BIND)
