"""Public checks of "Perceptrons: logic gates, Rosenblatt's rule, XOR".

Keep this file beside the notebook, which calls `public_checks.check("<exercise>", globals())`.
It needs pytest and NumPy, and is generated: changes are lost with the next release.
"""

# ruff: noqa
from __future__ import annotations

import contextlib
import copy
import io
import os
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose


def assert_shape(value: Any, shape: tuple[int, ...], name: str, symbols: str = "") -> None:
    """`value` is an array of this shape; `symbols` spells it for the student, as in "(n_h, n_x)".

    Raises:
        AssertionError: it is not an array or number, or its shape is another.
    """
    wanted = f" {symbols}" if symbols else ""
    try:
        found = np.asarray(value).shape
    except ValueError:  # a ragged list
        raise AssertionError(f"{name} should be an array of shape{wanted}, and is a ragged list") from None
    if found != tuple(shape):
        error = AssertionError(f"{name} does not have the right shape{wanted}")
        error.add_note(f"got {found}, expected {tuple(shape)}")
        raise error


def assert_close(
    value: Any, expected: Any, name: str, rtol: float = 1e-9, atol: float = 0.0, symbols: str = ""
) -> None:
    """`value` has the shape of `expected`, is finite where it is, and agrees within `atol + rtol * |expected|`.

    Raises:
        AssertionError: it does not.
    """
    expected = np.asarray(expected)
    assert_shape(value, expected.shape, name, symbols)
    found = np.asarray(value)
    if found.dtype.kind not in "biufc":
        raise AssertionError(f"{name} should hold numbers")
    if np.isfinite(expected).all() and not np.isfinite(found).all():
        raise AssertionError(f"{name} holds NaN or infinity")
    try:
        assert_allclose(found, expected, rtol=rtol, atol=atol)
    except AssertionError as difference:
        error = AssertionError(f"{name} has the right shape, but not the right values")
        error.add_note(str(difference))
        raise error from None


class LocalNamespace:
    """A notebook's variables. Nothing here is a boundary: it is for feedback, not for scores."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self._variables = variables

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._variables:
            raise AssertionError(f"{name} is not defined yet: run the cell that defines it")
        return self._variables[name]

    def has(self, name: str) -> bool:
        """Whether the notebook defines `name`."""
        return name in self._variables

    def probe(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call an instructor's function where student objects live."""
        return function(*args)

    def hold(self, value: Any) -> Any:
        """A copy of `value` that lives where student code does, for checks of what is changed in place."""
        return copy.deepcopy(value)

    def value(self, held: Any) -> Any:
        """The present value of something held."""
        return copy.deepcopy(held)

    def file(self, name: str) -> bytes:
        """The bytes of a file that the notebook left in its working folder."""
        path = Path(name)
        assert path.is_file(), f"the notebook leaves no file {name}"
        return path.read_bytes()


def gate_parts(student, name):
    """The pair (w, b) of a gate, in a tuple or a list."""
    pair = getattr(student, name)
    assert type(pair) in (tuple, list) and len(pair) == 2, f"{name} should be a pair (w, b)"
    return pair


def with_tanh(neuron, X, w, b):
    """Call a neuron with an activation that no notebook defines."""
    import numpy as np

    return neuron(X, w, b, np.tanh)


@pytest.mark.public
@pytest.mark.exercise("activations")
@pytest.mark.points(0.5)
@pytest.mark.hint("np.where works for numbers and for arrays of every shape")
@pytest.mark.parametrize("name", ["step", "sigmoid"])
def test_activations_keep_the_shape(student, name):
    """step and sigmoid return an output of the shape of z."""
    activation = getattr(student, name)
    for z in (0.7, np.linspace(-2.0, 2.0, 5), np.array([[1.0, -2.0, 3.0], [-4.0, 5.0, -6.0]])):
        assert_shape(activation(z), np.shape(z), f"{name}(z)", "z.shape")


@pytest.mark.public
@pytest.mark.exercise("neuron")
@pytest.mark.points(0.5)
@pytest.mark.hint("X @ w has one entry for each row of X")
def test_neuron_gives_one_output_per_row(student):
    """neuron returns one output for each row of X."""
    X = np.arange(10.0).reshape(5, 2) / 10
    a = student.probe(with_tanh, student.neuron, X, np.array([0.5, -1.0]), 0.1)
    assert_shape(a, (5,), "the output of neuron", "(m,)")


@pytest.mark.public
@pytest.mark.exercise("gates")
@pytest.mark.points(0.5)
@pytest.mark.hint("first an array with one weight for each input, then the bias, a number")
@pytest.mark.parametrize("name", ["AND", "OR", "NOT", "NOR"])
def test_gates_are_pairs(student, name):
    """Each gate is a pair (w, b): an array of weights and a number."""
    w, b = gate_parts(student, name)
    assert_shape(w, (1,) if name == "NOT" else (2,), f"the weight vector of {name}", "(n_inputs,)")
    assert_shape(b, (), f"the bias of {name}", "(), a number")


@pytest.mark.public
@pytest.mark.exercise("perceptron")
@pytest.mark.points(0.5)
@pytest.mark.hint("the number of weights is the number of inputs")
def test_perceptron_starts_at_zero(student):
    """A new perceptron has a zero weight for each input, and a zero bias."""
    unit = student.Perceptron(5)
    assert_close(unit.weights, np.zeros(5), "Perceptron.weights", symbols="(n_inputs,)")
    assert_close(unit.bias, 0.0, "Perceptron.bias", symbols="(), a number")


@pytest.mark.public
@pytest.mark.exercise("training")
@pytest.mark.points(0.5)
@pytest.mark.hint("add the count of the clean epoch to the list before you stop")
def test_fit_ends_with_a_clean_epoch(student):
    """fit lists the mistakes of each epoch, and the last one is the clean epoch's 0."""
    X, y = np.array([[3.0], [1.0], [-1.0]]), np.array([1, 0, 0])  # one missed, then two false alarms
    assert_close(student.Perceptron(1).fit(X, y), [2, 1, 0], "the list of mistakes", symbols="(epochs,)")


@pytest.mark.public
@pytest.mark.exercise("network")
@pytest.mark.points(0.5)
@pytest.mark.hint("examples are rows, so W1 has one row for each input and one column for each hidden unit")
@pytest.mark.parametrize("name", ["W1", "b1", "w2", "b2"])
def test_network_has_its_parameters(student, name):
    """A new network has W1, b1, w2 and b2, in the shapes of the text."""
    shape, symbols = {
        "W1": ((2, 8), "(2, hidden_size)"),
        "b1": ((8,), "(hidden_size,)"),
        "w2": ((8,), "(hidden_size,)"),
        "b2": ((), "(), a number"),
    }[name]
    assert_shape(getattr(student.XORNetwork(), name), shape, name, symbols)


_MARKERS = (
    "exercise(id): the exercise that the check belongs to",
    "points(n): what the check is worth",
    "hint(text): shown when it fails",
    "timeout(seconds): the time that it may take when it is graded",
    "public: students have it too",
)
_OPTIONS = ["-q", "--noconftest", "--capture=sys", "--import-mode=importlib", "-c", os.devnull]
_PLUGINS_OFF = ("cacheprovider", "faulthandler", "unraisableexception", "threadexception", "logging", "doctest")


def check(exercise: str | None = None, variables: dict[str, Any] | None = None) -> None:
    """Run the public checks of one exercise, or of all, and print a line for each.

    Args:
        exercise: its id, as in the notebook; None for all exercises.
        variables: where your functions are: pass `globals()`. None means the notebook's own.

    Raises:
        AssertionError: a check failed.
        ValueError: there are no public checks for that exercise.
    """
    __tracebackhide__ = True
    run = _Run(exercise, vars(sys.modules["__main__"]) if variables is None else variables)
    log = io.StringIO()
    with _as_it_was(), contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        folder = os.path.dirname(os.path.abspath(__file__))
        off = [word for name in _PLUGINS_OFF for word in ("-p", f"no:{name}")]
        status = pytest.main([*_OPTIONS, *off, f"--rootdir={folder}", os.path.abspath(__file__)], plugins=[run])
    if run.exercises and not run.checks and status == 5:
        raise ValueError(f"no public checks for {exercise!r}: there are some for {', '.join(run.exercises)}")
    if status not in (0, 1, 5):
        raise AssertionError(f"the public checks could not be run:\n{log.getvalue()}")
    run.show()


@dataclass
class _Check:
    """One check, over all its cases."""

    title: str
    hint: str
    cases: int = 0
    passed: int = 0
    failures: list[str] = field(default_factory=list)


class _Run:
    """The pytest plugin of one run: the fixtures, and what became of each check."""

    def __init__(self, exercise: str | None, variables: dict[str, Any]) -> None:
        self._exercise, self._variables = exercise, variables
        self.exercises: list[str] = []
        self.checks: dict[str, _Check] = {}

    @pytest.fixture
    def student(self) -> LocalNamespace:
        """The notebook's variables."""
        return LocalNamespace(self._variables)

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        """The same numbers on every run of one check."""
        return np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make the markers known, so that pytest does not warn of them."""
        for marker in _MARKERS:
            config.addinivalue_line("markers", marker)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the checks of the wanted exercise."""
        names = [_mark(item, "exercise") for item in items]
        self.exercises = list(dict.fromkeys(names))
        items[:] = [i for i, name in zip(items, names, strict=True) if self._exercise in (None, name)]
        for item in items:
            title = (getattr(getattr(item, "function", None), "__doc__", None) or _name(item)).strip().splitlines()[0]
            self.checks.setdefault(_name(item), _Check(title, _mark(item, "hint"))).cases += 1

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Iterator[None]:
        """Note what a case came to; only a call that passed is a pass."""
        outcome: Any = yield
        entry = self.checks[_name(item)]
        if outcome.get_result().passed:
            entry.passed += call.when == "call"
        else:
            entry.failures.append(_explain(call.excinfo.value if call.excinfo else None, self._variables))

    def show(self) -> None:
        """Print the checks; raise when one failed."""
        __tracebackhide__ = True
        for entry in self.checks.values():
            if entry.passed < entry.cases and not entry.failures:  # student code ended the run
                entry.failures.append(_explain(None, self._variables))
            print(_lines(entry))
        failed = sum(bool(entry.failures) for entry in self.checks.values())
        print(f"{len(self.checks) - failed} of {len(self.checks)} public checks pass")
        if failed:
            raise AssertionError(f"{failed} of {len(self.checks)} public checks failed: see above")


def _name(item: pytest.Item) -> str:
    return str(getattr(item, "originalname", None) or item.name)


def _mark(item: pytest.Item, name: str) -> str:
    marker = item.get_closest_marker(name)
    return str(marker.args[0]) if marker and marker.args else ""


def _lines(entry: _Check) -> str:
    if not entry.failures:
        return f"✓ {entry.title}"
    count = f" ({len(entry.failures)} of {entry.cases} cases)" if entry.cases > 1 else ""
    message = "\n    ".join([line for line in entry.failures[0].splitlines() if line.strip()][:12])
    hint = f"\n    hint: {entry.hint}" if entry.hint else ""
    return f"✗ {entry.title}{count}\n    {message}{hint}"


def _explain(error: BaseException | None, variables: dict[str, Any]) -> str:
    """What a student can use: the message, and the line of their own code where it happened."""
    if error is None:
        return "it did not run to its end"
    if isinstance(error, NotImplementedError):
        return "not solved yet: your code raises NotImplementedError"
    try:
        text = "\n".join([str(error), *getattr(error, "__notes__", ())])[:2000]
    except Exception:  # a student's own exception class
        text = "its message cannot be shown"
    if isinstance(error, AssertionError) and text:
        return text
    return f"{type(error).__name__}: {text}{_where(error, variables)}"


def _where(error: BaseException, variables: dict[str, Any]) -> str:
    steps = [step for step in traceback.walk_tb(error.__traceback__) if step[0].f_globals is variables]
    if not steps:
        return ""
    frame, number = steps[-1]
    lines = traceback.StackSummary.extract(iter([(frame, number)]))
    return f"\nline {number} of its cell, in {frame.f_code.co_name}: {lines[0].line or ''}"


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """pytest imports this file afresh, to explain its asserts; nothing of that remains, on disk or here."""
    this, written = __name__, sys.dont_write_bytecode
    module, path, environment = sys.modules.pop(this, None), list(sys.path), dict(os.environ)
    sys.dont_write_bytecode = True
    for variable in [variable for variable in os.environ if variable.startswith("PYTEST_")]:
        del os.environ[variable]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        sys.dont_write_bytecode, sys.path[:] = written, path
        os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)
        os.environ.update({name: value for name, value in environment.items() if name.startswith("PYTEST_")})
        sys.modules.pop(this, None)
        if module is not None:
            sys.modules[this] = module
