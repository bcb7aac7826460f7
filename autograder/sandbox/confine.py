"""Confinement: what a supervisor and a session do to themselves before any student code runs.

The order matters: mounts need capabilities, capabilities go before Landlock and seccomp close the door,
and the parent-death signal comes after the change of user, which would clear it.
"""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Collection
from dataclasses import dataclass

from autograder.sandbox import kernel, landlock, root, seccomp
from autograder.sandbox.config import (
    IPC,
    LANDLOCK,
    MOUNT,
    NETWORK,
    PID,
    RLIMITS,
    SECCOMP,
    SPARE_UID,
    USER,
    ZygoteConfig,
)

_NAMESPACES = {
    PID: kernel.CLONE_NEWPID,
    NETWORK: kernel.CLONE_NEWNET,
    IPC: kernel.CLONE_NEWIPC,
    MOUNT: kernel.CLONE_NEWNS,
}
_FIRST_SPARE_UID, _SPARE_UIDS = 60_001, 4_500  # inside every container's 65,536, above every person's


@dataclass(frozen=True)
class Place:
    """Where a session works: its scratch folder as it sees it, its user, and the bytes it starts with."""

    scratch: str
    uid: int
    gid: int
    data_bytes: int


def spare_uid(seed: int) -> int:
    """A uid that no person has; sessions that live at the same time get different ones."""
    return _FIRST_SPARE_UID + seed % _SPARE_UIDS


def enter_user_namespace(proc: int | None = None) -> None:
    """Become a user of one's own namespace, with every capability inside and none outside.

    `proc` is a descriptor of a /proc that can be written to; the narrow root's is read-only.

    Raises:
        OSError: the kernel does not let this user have one.
    """
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(kernel.CLONE_NEWUSER)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # the maps belong to root while we are not dumpable
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        path = f"/proc/self/{name}" if proc is None else f"self/{name}"
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)


def enter_namespaces(layers: Collection[str], proc: int) -> None:
    """The supervisor's part: new namespaces, of which the next fork's child is the first process."""
    if USER in layers:
        enter_user_namespace(proc)
    flags = 0
    for layer, flag in _NAMESPACES.items():
        if layer in layers:
            flags |= flag
    if flags:
        kernel.unshare(flags | kernel.CLONE_NEWUTS)


def mount_scratch(config: ZygoteConfig, layers: Collection[str], place: Place) -> None:
    """A scratch folder that the kernel itself keeps small, and a /proc that shows only this session."""
    if MOUNT not in layers:
        return
    limits = f"size={config.scratch_bytes},nr_inodes={config.scratch_files}"
    owner = f"mode=700,uid={place.uid},gid={place.gid}"
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("none", place.scratch, "tmpfs", flags, f"{limits},{owner}")
    kernel.mount("none", "/dev/shm", "tmpfs", flags, f"size=16m,nr_inodes=256,{owner}")
    if PID in layers:
        try:
            kernel.mount("none", "/proc", "proc", flags | kernel.MS_NOEXEC)
            return
        except OSError:  # a container that masks parts of /proc allows no second one
            pass
    kernel.mount("none", "/proc", "tmpfs", flags | kernel.MS_RDONLY, "size=4k")


def confine(config: ZygoteConfig, layers: Collection[str], place: Place, parent: int) -> None:
    """The session's part, after which only what it was given is within reach.

    Raises:
        OSError: a layer that was tried at start could not be put on now.
    """
    if RLIMITS in layers:
        set_limits(config, layers, place.data_bytes)
    if SPARE_UID in layers:
        os.setgroups([])
        os.setgid(place.gid)
        os.setuid(place.uid)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.drop_capabilities()
    if LANDLOCK in layers:
        restrict_files(config, layers, place)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if PID not in layers and os.getppid() != parent:
        os._exit(1)  # the supervisor died before the signal was armed
    if SECCOMP in layers:
        own_pid = None if signals_confined(layers) else os.getpid()
        seccomp.install(own_pid, own_root=MOUNT in layers)


def signals_confined(layers: Collection[str]) -> bool:
    """Whether something other than the system-call filter keeps signals in.

    A spare user alone does not: two sessions can have drawn the same one.
    """
    scoped = LANDLOCK in layers and landlock.abi() >= landlock.SCOPE_ABI
    return PID in layers or scoped


def set_limits(config: ZygoteConfig, layers: Collection[str], data_bytes: int) -> None:
    """rlimits: each has a hole, so each is a second line behind a watchdog or a namespace."""
    data = data_bytes + 2 * config.memory_bytes + 2**31
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: config.scratch_bytes,
        resource.RLIMIT_CPU: config.cpu_seconds + 1,  # counted in ticks, coarser than the rusage that we judge by
        resource.RLIMIT_NOFILE: 512,
        resource.RLIMIT_DATA: data,
        resource.RLIMIT_MEMLOCK: 2**23,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_SIGPENDING: 256,
        resource.RLIMIT_RTPRIO: 0,
        resource.RLIMIT_NICE: 0,
    }
    if USER in layers or SPARE_UID in layers:  # elsewhere the count would include the user's other processes
        limits[resource.RLIMIT_NPROC] = config.processes + 8
    for which, value in limits.items():
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


def readable_paths(config: ZygoteConfig, layers: Collection[str]) -> tuple[list[str], list[str]]:
    """(subtrees that may be read, folders that may be listed) in the root that the sessions have."""
    data = root.DATA if MOUNT in layers and config.data else config.data
    return root.landlock_readable(data, config.hidden)


def restrict_files(config: ZygoteConfig, layers: Collection[str], place: Place) -> None:
    """Landlock: read the installation, write the scratch folder, nothing else."""
    rules = landlock.Ruleset()
    readable, listed = readable_paths(config, layers)
    rules.allow(readable, landlock.READ)
    rules.allow(listed, landlock.READ_DIR)
    rules.allow(root.DEVICES, landlock.DEVICE)
    own = "/proc" if MOUNT in layers else os.path.join("/proc", os.readlink("/proc/self"))  # as /proc counts
    rules.allow([own], landlock.READ)
    rules.allow_scratch(place.scratch)
    if MOUNT in layers:
        rules.allow_scratch("/dev/shm")
    rules.enforce()
