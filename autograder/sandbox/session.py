"""The far end of a session: runs the notebook's cells and answers requests, until the grader hangs up.

Everything here lives in one process with student code, which may read, replace or imitate any of it. Nothing
depends on its honesty: what it sends is parsed as plain values by the grader and judged there.
"""

from __future__ import annotations

import gc
import io
import linecache
import os
import random
import socket
import sys
import traceback
import types
import warnings
from collections.abc import Callable
from typing import Any, Final

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from autograder.sandbox import figures, shell, wire
from autograder.sandbox.config import ZygoteConfig
from autograder.sandbox.supervisor import Serve

_MAX_MESSAGE: Final = 2000
_MAX_FRAMES: Final = 12
_MAX_FILE: Final = 16 * 1024 * 1024

_entropy_counter = 0


def prepare(config: ZygoteConfig) -> Serve:
    """Do in the zygote, once, what every session would otherwise repeat. Returns what a session runs."""
    mpl.use("module://autograder.sandbox.figures")
    plt.close("all")
    _settle_random_generators()
    interpreter = shell.create_shell()
    warnings.filterwarnings("ignore", category=ResourceWarning)
    sys.argv[:] = [""]
    server = _Server(interpreter, config.output_bytes)
    _rehearse(interpreter)
    sys.modules["public_checks"] = _public_checks()
    gc.collect()
    gc.freeze()  # the collector would otherwise write to, and so copy, every page that sessions share
    return server.serve


_REHEARSAL: Final = """
import numpy as np
import matplotlib.pyplot as plt
print(np.linalg.norm(np.random.randn(8, 8) @ np.ones((8, 3))))
figure, axes = plt.subplots(1, 2, figsize=(4, 2))
axes[0].plot([0, 1], [0, 1], label="$\\\\sigma(z)$")
axes[0].scatter([0, 1], [0, 1], c=[0, 1])
axes[0].set(xlabel="x", ylabel="y", title="warm")
axes[0].legend()
axes[1].contourf(np.eye(3))
axes[1].imshow(np.eye(3))
plt.show()
"""


def _rehearse(interpreter: shell.NotebookShell) -> None:
    """Fonts, mathtext, the PNG writer and parts of IPython load when they are first used: use them once, here."""
    failure = shell.run_cell(interpreter, 0, _REHEARSAL)
    if failure is not None:
        raise failure
    plt.figure().savefig(io.BytesIO(), format="png")
    plt.close("all")
    figures.shown.clear()
    sys.stdout.flush()
    for name in ("figure", "axes", "np", "plt"):
        interpreter.user_ns.pop(name, None)


def _public_checks() -> types.ModuleType:
    """What the release's check cells import: here they have nothing to say, the real checks come later."""
    module = types.ModuleType("public_checks")
    module.check = lambda *arguments, **keywords: None  # type: ignore[attr-defined]  # made up on the spot
    return module


def _settle_random_generators() -> None:
    """`np.random.default_rng()` without a seed takes entropy from the system; here it counts from the last seed."""
    original = np.random.default_rng

    def default_rng(seed: Any = None) -> np.random.Generator:
        global _entropy_counter
        if seed is None:
            _entropy_counter += 1
            seed = np.random.SeedSequence([0x5EED, _entropy_counter])
        return original(seed)

    default_rng.__doc__ = original.__doc__
    np.random.default_rng = default_rng  # same signature, but a plain function


class _Server:
    def __init__(self, interpreter: shell.NotebookShell, output_bytes: int) -> None:
        self.shell = interpreter
        self.output = shell.CappedOutput(output_bytes)
        self.descriptor_output = -1
        self.objects: dict[int, object] = {}
        self.last_number = 0
        self.operations: dict[str, Callable[..., object]] = {
            name.removeprefix("do_"): getattr(self, name) for name in dir(self) if name.startswith("do_")
        }

    def serve(self, link: socket.socket) -> None:
        """Answer requests until the far end closes."""
        stream = os.fdopen(os.dup(link.fileno()), "rb")
        self._capture()
        while True:
            header = stream.read(wire.HEADER.size)
            if len(header) < wire.HEADER.size:
                return
            length, nonce, _ = wire.HEADER.unpack(header)
            kind, body = self._answer(stream.read(length))
            link.sendall(wire.HEADER.pack(len(body), nonce, kind) + body)

    def _capture(self) -> None:
        """Python's streams go to a capped buffer; what writes to descriptors 1 and 2, to a file without a name."""
        sys.stdout, sys.stderr = _text_stream(self.output), _text_stream(self.output)
        try:
            self.descriptor_output = os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_APPEND, 0o600)
        except OSError:  # a file system without O_TMPFILE: such output is lost, as it was before
            return
        for stream in (1, 2):
            os.dup2(self.descriptor_output, stream)

    def _take_output(self) -> str:
        sys.stdout.flush()
        sys.stderr.flush()
        text = self.output.take()
        if self.descriptor_output < 0:
            return text
        raw = os.pread(self.descriptor_output, self.output.limit, 0)
        os.ftruncate(self.descriptor_output, 0)
        return text + raw.decode("utf-8", "replace")

    def _answer(self, request: bytes) -> tuple[int, bytes]:
        try:
            operation, *arguments = wire.decode(request, trusted=True)
            result = self.operations[operation](*(self._resolve(argument) for argument in arguments))
            return wire.VALUE, self._encode(result)
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: a student's failure is data
            return wire.ERROR, wire.encode(describe(error))

    def _encode(self, result: object) -> bytes:
        try:
            return wire.encode(as_plain(result), self._to_handle)
        except (wire.NotAValueError, RuntimeError):  # too large, too deep, or changed while it was read
            return wire.encode(self._to_handle(result))

    def _to_handle(self, value: object) -> wire.HandleRef:
        self.last_number += 1
        self.objects[self.last_number] = value
        return wire.HandleRef(self.last_number)

    def _resolve(self, argument: Any) -> Any:
        kind = type(argument)
        if kind is wire.HandleRef:
            return self.objects[argument.number]
        if kind is list or kind is tuple:
            return kind(self._resolve(item) for item in argument)
        if kind is dict:
            return {key: self._resolve(item) for key, item in argument.items()}
        return argument

    # what the grader may ask for, by name

    def do_cell(self, number: int, source: str) -> dict[str, object]:
        """Run one cell. Output, figures and the error, if any, are for the feedback page."""
        figures.shown.clear()
        failure = shell.run_cell(self.shell, number, source)
        figures.collect()
        pictures = list(figures.shown)
        figures.shown.clear()
        error = None if failure is None else describe(failure)
        return {"error": error, "output": self._take_output(), "figures": pictures}

    def do_seed(self, seed: int) -> None:
        """Seed every generator that student code is likely to use; forget the handles of the last check."""
        global _entropy_counter
        self.objects.clear()
        self._take_output()
        _entropy_counter = seed << 20
        random.seed(seed)
        np.random.seed(seed)  # the legacy generator is the one that notebooks use
        keras = sys.modules.get("keras")
        if keras is not None:
            keras.utils.set_random_seed(seed)

    def do_has(self, name: str) -> bool:
        """Whether the notebook left a variable of this name."""
        return name in self.shell.user_ns

    def do_variable(self, name: str) -> object:
        """A variable of the notebook."""
        if name not in self.shell.user_ns:
            raise NameError(f"name '{name}' is not defined")
        return self.shell.user_ns[name]

    def do_get(self, target: object, name: str) -> object:
        """An attribute."""
        return getattr(target, name)

    def do_set(self, target: object, name: str, value: object) -> None:
        """Set an attribute."""
        setattr(target, name, value)

    def do_item(self, target: Any, key: object) -> object:
        """One item, by index or key."""
        return target[key]

    def do_call(self, target: Any, arguments: tuple[object, ...], keywords: dict[str, object]) -> object:
        """Call it."""
        return target(*arguments, **keywords)

    def do_claim(self, target: object, method: str) -> object:
        """What an object says about itself when a method of its is called without arguments."""
        return getattr(target, method)()

    def do_probe(self, source: str, name: str, arguments: tuple[object, ...]) -> object:
        """Define an instructor's function from its source, in a namespace of its own, and call it."""
        namespace: dict[str, Any] = {"__name__": "probe"}
        exec(compile(source, "<probe>", "exec"), namespace)
        return namespace[name](*arguments)

    def do_hold(self, value: object) -> wire.HandleRef:
        """Keep a value here."""
        return self._to_handle(value)

    def do_value(self, value: object) -> object:
        """The present value of something held."""
        return value

    def do_file(self, name: str) -> bytes:
        """The bytes of a file in the working folder."""
        with open(name, "rb") as file:
            content = file.read(_MAX_FILE + 1)
        if len(content) > _MAX_FILE:
            raise OSError(f"{name} is larger than {_MAX_FILE} bytes")
        return content


def _text_stream(raw: shell.CappedOutput) -> io.TextIOWrapper:
    """A text stream that passes each line on at once, so that a killed cell's output is not lost in a buffer."""
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="replace", line_buffering=True)


def as_plain(value: object) -> object:
    """TensorFlow's tensors and Keras's variables as arrays, also inside lists, tuples and dictionaries."""
    if "tensorflow" not in sys.modules:
        return value
    kind = type(value)
    if kind is list or kind is tuple:
        return kind(as_plain(item) for item in value)  # type: ignore[attr-defined]  # narrowed by identity
    if kind is dict:
        return {key: as_plain(item) for key, item in value.items()}  # type: ignore[attr-defined]  # as above
    if not kind.__module__.startswith(("tensorflow.", "keras.")) or kind.__name__ == "RaggedTensor":
        return value
    numpy = getattr(value, "numpy", None)
    plain = numpy() if callable(numpy) else value
    return value if getattr(plain, "dtype", None) == np.object_ else plain  # a tensor of texts


def describe(error: BaseException) -> dict[str, object]:
    """An exception as a value: type, message, and the student's own frames as (cell, line, text, function)."""
    try:
        message = str(error)[:_MAX_MESSAGE]
    except BaseException:  # a __str__ of the student's may do anything
        message = ""
    return {"type": str(type(error).__name__)[:100], "message": message, "frames": _frames(error)}


def _frames(error: BaseException) -> list[tuple[int, int, str, str]]:
    found = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if name.startswith("<cell "):
            text = linecache.getline(name, line).strip()[:200]
            found.append((int(name[6:-1]), line, text, frame.f_code.co_name))
    if isinstance(error, SyntaxError) and (error.filename or "").startswith("<cell "):
        found.append((int(str(error.filename)[6:-1]), error.lineno or 0, (error.text or "").strip()[:200], ""))
    return found[-_MAX_FRAMES:]
