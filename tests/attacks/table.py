"""docs/attacks.md from the corpus: `python tests/attacks/table.py [--measure]`.

Which layers an attack needs is found by running it with layers removed; the result is kept in `layers.json` beside
this file. For the rest the table repeats what the attack's head says, and marks it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from attacks.corpus import HERE, KINDS, Attack, attacks, twins  # noqa: E402  # the path is set above
from autograder.errors import SandboxError  # noqa: E402  # the path is set above
from autograder.student import SandboxChoice  # noqa: E402  # the path is set above

PAGE = HERE.parents[1] / "docs" / "attacks.md"
MEASURED = HERE / "layers.json"
NAMESPACES = ("user-namespace", "mount-namespace", "pid-namespace", "network-namespace", "ipc-namespace")
REMOVALS = {
    "landlock": ("landlock",),
    "seccomp": ("seccomp",),
    "namespaces": NAMESPACES,
    "namespaces, spare uid and rlimits": (*NAMESPACES, "spare-uid", "rlimits"),
    "landlock and namespaces": ("landlock", *NAMESPACES),
    "seccomp and namespaces": ("seccomp", *NAMESPACES),
    "seccomp, namespaces and spare uid": ("seccomp", *NAMESPACES, "spare-uid"),
}
TITLES = {
    "score": "Forging a score",
    "leak": "Leaking a hidden check or answer",
    "resources": "Exhausting resources",
    "host": "Escaping to the host, and file formats",
    "cross": "One submission against another",
    "reports": "Through reports and exports",
    "malformed": "Stopping the batch with a malformed file",
}
_HEAD = """\
# Attacks

Made by `python tests/attacks/table.py` from the corpus in `tests/attacks/`: {attacks} attacks, {twins} benign twins.
Each file says what must not happen; `tests/test_attacks.py` looks for that effect itself, under every layering of the
machine, and has the twin, honest code that looks alike, keep its points.

*Layers needed* was found by running the attack with layers removed. *Design* means that what stops it is not the
sandbox. *Refused* means that without these layers the start-up trial refuses to grade at all. In *italics*: from the
attack's own head, not measured.

Removed in turn: {removed}.
"""


def measured() -> dict[str, dict[str, list[str] | str]]:
    """What `measure` found: by removal, the ids that got through, or "refused"."""
    found: dict[str, dict[str, list[str] | str]] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return found


def measure() -> dict[str, list[str] | str]:
    """Run what could depend on a layer with each of `REMOVALS` taken away; as root, several minutes."""
    from attacks.world import world

    result: dict[str, list[str] | str] = {}
    chosen = [attack for attack in attacks("leak", "host", "cross", "resources", "score") if _may_depend(attack)]
    for name, without in REMOVALS.items():
        try:
            with world(SandboxChoice(True, without)) as found:
                result[name] = [attack.id for attack in chosen if found.effects(attack)]
        except SandboxError:
            result[name] = "refused"
        print(name, result[name], flush=True)
    return result


def _may_depend(attack: Attack) -> bool:
    return attack.words["layers"] != "none" or attack.id in ("L18", "L21", "R03", "R11", "R18", "R19", "X07")


def page(corpus: Sequence[Attack], found: Mapping[str, Mapping[str, list[str] | str]]) -> str:
    """The page as text."""
    by_removal = found["removals"]
    removed = "; ".join(f"{name} ({_seen(by_removal[name])})" for name in REMOVALS if name in by_removal)
    parts = [_HEAD.format(attacks=len(corpus), twins=len(list(twins())), removed=removed)]
    for kind in KINDS:
        parts.append(f"\n## {TITLES[kind]}\n\n| id | technique | must not occur | what stops it | layers needed |\n")
        parts.append("|---|---|---|---|---|\n")
        parts += [_row(attack, by_removal) for attack in corpus if attack.kind == kind]
    return "".join(parts)


def _seen(result: list[str] | str) -> str:
    if isinstance(result, str):
        return "refused"
    return f"{len(result)} got through" if result else "nothing got through"


def _row(attack: Attack, by_removal: Mapping[str, list[str] | str]) -> str:
    words = attack.words
    name = f"[{attack.id}](../{attack.path.relative_to(HERE.parents[1]).as_posix()})"
    cells = (name, words["technique"], words["must not"], words["stops"], _layers(attack, by_removal))
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |\n"


def _cell(text: str) -> str:
    return (
        text
        if text.startswith(("[", "*"))
        else text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")
    )


def _layers(attack: Attack, by_removal: Mapping[str, list[str] | str]) -> str:
    through = [name for name, result in by_removal.items() if isinstance(result, list) and attack.id in result]
    if through:
        return "open without " + "; without ".join(through)
    if attack.words["layers"] == "none":
        return "design"
    refused = [name for name, result in by_removal.items() if result == "refused"]
    return f"*{attack.words['layers']}*" + ("; without " + " or ".join(refused) + " refused" if refused else "")


def main() -> None:
    """Write the page; with `--measure`, find out about the layers first."""
    if "--measure" in sys.argv:
        MEASURED.write_text(json.dumps({"removals": measure()}, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(attacks(), measured()), encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
