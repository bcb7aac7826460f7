"""What the grader tells a zygote when it starts it: one frozen value, passed as JSON on its command line."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Final

USER: Final = "user-namespace"
MOUNT: Final = "mount-namespace"
PID: Final = "pid-namespace"
NETWORK: Final = "network-namespace"
IPC: Final = "ipc-namespace"
LANDLOCK: Final = "landlock"
SECCOMP: Final = "seccomp"
SPARE_UID: Final = "spare-uid"
RLIMITS: Final = "rlimits"
WATCHDOG: Final = "watchdog"
LAYERS: Final = (USER, MOUNT, PID, NETWORK, IPC, LANDLOCK, SECCOMP, SPARE_UID, RLIMITS, WATCHDOG)


@dataclass(frozen=True)
class ZygoteConfig:
    """How to warm up and how to confine.

    `work` is a folder of this run's; `data` the assignment's data folder or ""; `hidden` are
    paths that no session may read, wherever they lie; `canary` is a file that the start-up trial must fail to
    read; `without` names layers to leave out (tests of what remains); `confined` is False with --no-sandbox.
    """

    libraries: tuple[str, ...]
    work: str
    data: str
    hidden: tuple[str, ...]
    canary: str
    memory_bytes: int
    scratch_bytes: int
    scratch_files: int
    processes: int
    cpu_seconds: int
    output_bytes: int
    confined: bool = True
    without: tuple[str, ...] = ()

    def to_json(self) -> str:
        """As one line of JSON."""
        return json.dumps(dataclasses.asdict(self))


def from_json(text: str) -> ZygoteConfig:
    """Read what `to_json` wrote."""
    body = json.loads(text)
    for key in ("libraries", "hidden", "without"):
        body[key] = tuple(body[key])
    return ZygoteConfig(**body)
