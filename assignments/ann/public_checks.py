"""Public checks of "A neural network from scratch".

Keep this file beside the notebook, which calls `public_checks.check("<exercise>", globals())`.
It needs pytest and NumPy, and is generated: changes are lost with the next release.
"""

# ruff: noqa
from __future__ import annotations

import contextlib
import copy
import io
import math
import os
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

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


NAMES = ("W1", "b1", "W2", "b2")
OUTPUTS = ("Z1", "A1", "Z2", "A2")
SYMBOLS = {
    "W1": "(n_h, n_x)", "b1": "(n_h, 1)", "W2": "(n_y, n_h)", "b2": "(n_y, 1)",
    "Z1": "(n_h, m)", "A1": "(n_h, m)", "Z2": "(n_y, m)", "A2": "(n_y, m)",
}


class Case(NamedTuple):
    """A network's sizes and parameters, and examples for it."""

    sizes: tuple
    parameters: dict
    X: np.ndarray
    Y: np.ndarray


def draw(rng, n_x=3, n_h=4, n_y=2, m=7):
    """Random parameters and inputs; each row of Y holds 70 % ones, lest a bias gradient cancels to zero."""
    shapes = {"W1": (n_h, n_x), "b1": (n_h, 1), "W2": (n_y, n_h), "b2": (n_y, 1)}
    parameters = {name: 0.5 * rng.normal(size=shape) for name, shape in shapes.items()}
    ones = np.arange(m) < math.ceil(0.7 * m)
    Y = np.stack([rng.permutation(ones) for _ in range(n_y)]).astype(float)
    return Case((n_x, n_h, n_y), parameters, rng.normal(size=(n_x, m)), Y)


def place(namespace, case):
    """A new network of a namespace that holds the case's parameters."""
    net = namespace.ANN(*case.sizes)
    for name, value in case.parameters.items():
        setattr(net, name, value.copy())
    return net


def parameters_of(net):
    """The four parameters of a network, as float64 arrays of our own."""
    found = {name: np.asarray(getattr(net, name)) for name in NAMES}
    for name, value in found.items():
        assert value.dtype.kind in "biuf", f"{name} should be an array of numbers"
    return {name: np.array(value, dtype=float) for name, value in found.items()}


def forward(net, X, name):
    """One entry of what the forward pass returns."""
    output = net.forward_propagation(X.copy())
    assert isinstance(output, dict), "forward_propagation should return a dictionary"
    assert name in output, f"the dictionary of forward_propagation has no {name}"
    return output[name]


def step(net, X, Y, rate):
    """One forward pass and one step of gradient descent."""
    net.back_propagation(X.copy(), Y.copy(), net.forward_propagation(X.copy()), rate)


def scalar(value, name):
    """A number, whether it comes as a float or as an array of one element."""
    numbers = (bool, int, float, np.generic, np.ndarray)
    assert isinstance(value, numbers) and np.size(value) == 1, f"{name} should be one number"
    return float(np.asarray(value, dtype=float).item())


def costs_around(net, name, X, Y, h):
    """The costs with each entry of a parameter moved by +h, then by -h: two lists. Runs beside student code."""
    import numpy as np

    parameter = np.array(getattr(net, name), dtype=float)

    def cost(index, shift):
        moved = parameter.copy()
        moved.flat[index] += shift
        setattr(net, name, moved)
        return float(np.asarray(net.compute_cost(Y, net.forward_propagation(X)["A2"])).item())

    costs = [[cost(index, shift) for index in range(parameter.size)] for shift in (h, -h)]
    setattr(net, name, parameter)
    return costs


def assert_gradient(namespace, net, name, X, Y):
    """A step at learning rate 1 moves a parameter by its gradient, here by central differences."""
    h = 1e-5
    before = parameters_of(net)[name]
    plus, minus = namespace.probe(costs_around, net, name, X, Y, h)
    numerical = (np.asarray(plus, dtype=float) - np.asarray(minus, dtype=float)).reshape(before.shape) / (2 * h)
    step(net, X, Y, 1.0)
    after = getattr(net, name)
    assert_shape(after, before.shape, name, SYMBOLS[name])
    size = np.linalg.norm(numerical)
    assert size > 1e-6, f"the cost does not depend on {name}"
    error = np.linalg.norm(before - np.asarray(after, dtype=float) - numerical) / size
    assert error < 1e-6, f"the step of {name} is not the gradient of your cost"


@pytest.mark.exercise("activations")
@pytest.mark.points(1.5)
@pytest.mark.hint("write the three formulas of section 1 with NumPy functions, which work element by element")
@pytest.mark.public
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sigmoid", [[0.2, 0.5, 0.8]]),
        ("tanh", [[-15 / 17, 0.0, 15 / 17]]),
        ("relu", [[0.0, 0.0, math.log(4)]]),
    ],
    ids=["sigmoid", "tanh", "relu"],
)
def test_activation_at_three_points(student, name, expected):
    """The activation is right at -ln 4, 0 and ln 4."""
    value = getattr(student, name)(np.array([[-math.log(4), 0.0, math.log(4)]]))
    assert_close(value, expected, name, atol=1e-12)


@pytest.mark.exercise("parameters")
@pytest.mark.points(1)
@pytest.mark.hint("compare with the table of shapes: rows are outputs of the layer, columns its inputs")
@pytest.mark.public
@pytest.mark.parametrize(
    ("name", "shape"), [("W1", (4, 3)), ("b1", (4, 1)), ("W2", (2, 4)), ("b2", (2, 1))], ids=NAMES
)
def test_parameters_have_their_shapes(student, name, shape):
    """ANN(n_x, n_h, n_y) has parameters of the right shapes."""
    net = student.ANN(n_x=3, n_h=4, n_y=2)
    assert_shape(getattr(net, name), shape, name, SYMBOLS[name])


@pytest.mark.exercise("forward_propagation")
@pytest.mark.points(1)
@pytest.mark.hint("compare with the table of shapes: (n_h, n_x) times (n_x, m) makes (n_h, m)")
@pytest.mark.public
@pytest.mark.parametrize(
    ("name", "shape"), [("Z1", (4, 7)), ("A1", (4, 7)), ("Z2", (2, 7)), ("A2", (2, 7))], ids=OUTPUTS
)
def test_forward_propagation_has_the_right_shapes(student, name, shape):
    """The forward pass returns Z1, A1, Z2 and A2 in their shapes."""
    value = forward(student.ANN(3, 4, 2), np.linspace(-1, 1, 21).reshape(3, 7), name)
    assert_shape(value, shape, name, SYMBOLS[name])


@pytest.mark.exercise("cost")
@pytest.mark.points(1)
@pytest.mark.hint("-1/m times the sum of y log a + (1 - y) log(1 - a): both terms, and the minus")
@pytest.mark.public
def test_cost_of_undecided_predictions(student):
    """The cost is ln 2 where every probability is 0.5."""
    Y = np.array([[0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0]])
    cost = student.ANN(3, 4, 1).compute_cost(Y, np.full((1, 7), 0.5))
    assert_close(scalar(cost, "the cost"), math.log(2), "the cost", rtol=1e-5)


@pytest.mark.exercise("back_propagation")
@pytest.mark.points(2)
@pytest.mark.hint("first make compute_cost right; then compare with section 6, line by line, the 1/m included")
@pytest.mark.public
@pytest.mark.parametrize("name", NAMES)
def test_gradient_at_the_start(student, rng, name):
    """A step of a new network follows the gradient of its own cost."""
    case = draw(rng)
    assert_gradient(student, place(student, case), name, case.X, case.Y)


@pytest.mark.exercise("fit")
@pytest.mark.points(1)
@pytest.mark.hint("in each iteration: forward pass, append the cost, step back; then return the list")
@pytest.mark.public
def test_fit_returns_its_costs_and_saves_their_picture(student, rng):
    """fit returns one cost for each iteration, the first one before any step, and saves cost.png."""
    case = draw(rng)
    net = place(student, case)
    first = net.compute_cost(case.Y.copy(), forward(net, case.X, "A2"))
    costs = net.fit(case.X.copy(), case.Y.copy(), n_iter=3, lambd=0.5)
    assert_shape(costs, (3,), "the list of costs", "(n_iter,)")
    assert_close(np.asarray(costs)[0], scalar(first, "the cost"), "the first cost")
    assert student.file("cost.png").startswith(b"\x89PNG"), "cost.png is not a PNG picture"


@pytest.mark.exercise("predict")
@pytest.mark.points(0.5)
@pytest.mark.hint("return the comparison A2 > 0.5 itself: an array of booleans, no probabilities")
@pytest.mark.public
def test_predictions_are_booleans(student):
    """Predictions are booleans, one column for each example."""
    value = student.ANN(3, 4, 2).predict(np.linspace(-1, 1, 21).reshape(3, 7))
    assert_shape(value, (2, 7), "predict(X)", "(n_y, m)")
    assert np.asarray(value).dtype == bool, "predict(X) should hold booleans"


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
