"""Public checks of "A variational autoencoder".

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


LOSSES = ("loss", "reconstruction_loss", "kl_loss")
FLOAT32 = {"rtol": 1e-5, "atol": 1e-6}


def scalar(value, name):
    """A number, whether it comes as a float or as an array of one element."""
    assert_shape(value, (), name, "of a scalar")
    return float(np.asarray(value, dtype=float))


def on_tensors(function, *arrays):
    """A function's value for float32 tensors. Runs beside student code."""
    import tensorflow as tf

    return function(*(tf.constant(array, tf.float32) for array in arrays))


def sample(Sampling, z_mean, z_log_var, times=1):
    """Samples of a new layer, inside one tf.function. Runs beside student code."""
    import tensorflow as tf

    layer = Sampling()
    draw = tf.function(lambda mean, log_var: layer([mean, log_var]))
    mean, log_var = tf.constant(z_mean, tf.float32), tf.constant(z_log_var, tf.float32)
    return [draw(mean, log_var) for _ in range(times)]


def encode(build_encoder, input_shape, latent_dim, images):
    """The outputs of a new encoder and the shapes of its weights. Runs beside student code."""
    import tensorflow as tf

    encoder = build_encoder(input_shape, latent_dim)
    outputs = encoder(tf.constant(images, tf.float32))
    return list(outputs), [tuple(weight.shape) for weight in encoder.get_weights()]


def decode(build_decoder, latent_dim, output_shape, codes):
    """The images of a new decoder. Runs beside student code."""
    import tensorflow as tf

    return build_decoder(latent_dim, output_shape)(tf.constant(codes, tf.float32))


def fit_given_networks(VAE, networks, noise, images, options, plan):
    """Train a VAE around two given networks whose noise is given, too, by plain gradient descent.

    Runs beside student code. Returns what fit reports for each epoch, and all weights.
    """
    import keras

    layers = {name: keras.layers.Dense(len(bias)) for name, (_, bias) in networks.items()}
    layers["pixels"].activation = keras.activations.sigmoid
    inputs = keras.Input(images.shape[1:])
    pixels = keras.layers.Reshape((-1,))(inputs)
    mean, log_var = layers["z_mean"](pixels), layers["z_log_var"](pixels)
    encoder = keras.Model(inputs, [mean, log_var, mean + keras.ops.exp(0.5 * log_var) * noise])
    codes = keras.Input((len(networks["z_mean"][1]),))
    decoder = keras.Model(codes, keras.layers.Reshape(images.shape[1:])(layers["pixels"](codes)))
    for name, values in networks.items():
        layers[name].set_weights(list(values))
    vae = VAE(encoder, decoder, **options)
    vae.compile(optimizer=keras.optimizers.SGD(plan["rate"]), run_eagerly=plan.get("eager", True))
    history = vae.fit(
        images, batch_size=plan["batch_size"], epochs=plan.get("epochs", 1), shuffle=False, verbose=0
    ).history
    weights = {name: layer.get_weights() for name, layer in layers.items()}
    return {name: list(values) for name, values in history.items()}, weights


class Case(NamedTuple):
    """Two small networks without hidden layers, the noise that the encoder adds, and images for them."""

    networks: dict
    noise: np.ndarray
    images: np.ndarray


class Pass(NamedTuple):
    """A forward pass: parameters, images as rows, mean and log-variance, the code, the logits of the pixels."""

    networks: dict
    x: np.ndarray
    mean: np.ndarray
    log_var: np.ndarray
    z: np.ndarray
    logits: np.ndarray


def draw(rng, m=5):
    """Images of 4×6 pixels and one channel, two latent dimensions; biases too, lest forgetting them goes unseen.

    No logit is beyond ±2.5: where a pixel is 1e-4, an ε of 1e-7 in its logarithm would be seen in the gradient.
    """
    images = rng.uniform(0, 1, size=(m, 4, 6, 1)).astype("float32")
    shapes = {"z_mean": (24, 2), "z_log_var": (24, 2), "pixels": (2, 24)}
    networks = {
        name: (
            (rng.normal(size=shape) / math.sqrt(shape[0])).astype("float32"),
            rng.normal(scale=0.5, size=shape[1]).astype("float32"),
        )
        for name, shape in shapes.items()
    }
    noise = (rng.uniform(0.8, 1.6, size=(1, 2)) * rng.choice([-1, 1], size=(1, 2))).astype("float32")
    case = Case(networks, noise, images)
    scale = np.float32(min(1.0, 2.5 / np.abs(forward(case).logits).max()))
    networks["pixels"] = (networks["pixels"][0] * scale, networks["pixels"][1] * scale)
    return case


def train(student, case, options, plan):
    """What the student's VAE reports of training the case's networks, and their weights then."""
    history, weights = student.probe(
        fit_given_networks, student.VAE, case.networks, case.noise, case.images, options, plan
    )
    assert isinstance(history, dict), "fit should report losses by name"
    return history, weights


def reported(history, name, epochs=1):
    """A loss as fit reports it, one number for each epoch."""
    assert name in history, f"train_step does not report {name}"
    assert_shape(history[name], (epochs,), f"the history of {name}", "(epochs,)")
    return np.asarray(history[name], dtype=float)


def forward(case):
    """The forward pass in float64: the networks' parameters, and what each layer gives, a row for an image."""
    networks = {name: [np.asarray(value, dtype=float) for value in pair] for name, pair in case.networks.items()}
    x = np.asarray(case.images, dtype=float).reshape(len(case.images), -1)
    (Wm, bm), (Wl, bl), (Wp, bp) = networks["z_mean"], networks["z_log_var"], networks["pixels"]
    mean, log_var = x @ Wm + bm, x @ Wl + bl
    z = mean + np.exp(log_var / 2) * case.noise
    return Pass(networks, x, mean, log_var, z, z @ Wp + bp)


@pytest.mark.exercise("sampling")
@pytest.mark.points(0.5)
@pytest.mark.hint("z = mean + standard deviation * noise, and the standard deviation is exp(z_log_var / 2)")
@pytest.mark.public
def test_sample_without_variance_is_the_mean(student):
    """Where the variance is almost 0, the sample is the mean."""
    mean = np.linspace(-2, 2, 15).reshape(5, 3)
    (z,) = student.probe(sample, student.Sampling, mean, np.full((5, 3), -100.0))
    assert_close(z, mean, "the sample", symbols="(m, d)", **FLOAT32)


@pytest.mark.exercise("kl_divergence")
@pytest.mark.points(1)
@pytest.mark.hint("at mean 0 and variance 1 the terms 1 + 0 - 0 - 1 cancel; one dimension at mean 1 costs 0.5")
@pytest.mark.public
@pytest.mark.parametrize(("mean", "cost"), [(0.0, 0.0), (1.0, 0.5)], ids=["mean-0", "mean-1"])
def test_kl_of_unit_variance(student, mean, cost):
    """At variance 1 the KL divergence is 0 for mean 0, and 0.5 a dimension for mean 1."""
    value = student.probe(on_tensors, student.kl_divergence, np.full((5, 3), mean), np.zeros((5, 3)))
    assert_close(scalar(value, "the KL divergence"), 3 * cost, "the KL divergence", **FLOAT32)


@pytest.mark.exercise("reconstruction_loss")
@pytest.mark.points(1)
@pytest.mark.hint("sum over all pixels of an image, then average over the batch: a pixel answered by 0.5 costs ln 2")
@pytest.mark.public
def test_reconstruction_loss_of_undecided_pixels(student):
    """An image of 96 pixels answered by 0.5 everywhere costs 96 ln 2."""
    x = np.tile([0.0, 1.0], (5, 8, 6))[..., np.newaxis]
    value = student.probe(on_tensors, student.reconstruction_loss, x, np.full(x.shape, 0.5))
    assert_close(scalar(value, "the reconstruction loss"), 96 * math.log(2), "the reconstruction loss", rtol=1e-5)


@pytest.mark.exercise("encoder")
@pytest.mark.points(1)
@pytest.mark.hint("return keras.Model(inputs, [z_mean, z_log_var, z]): three outputs, each of latent_dim columns")
@pytest.mark.public
@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 12, 3)], ids=["digits", "colour"])
def test_encoder_gives_three_codes(student, shape):
    """The encoder gives z_mean, z_log_var and z, one row for each image."""
    outputs, _ = student.probe(encode, student.build_encoder, shape, 2, np.full((5, *shape), 0.5))
    assert_shape([0] * len(outputs), (3,), "the list of the encoder's outputs", "(3,)")
    for name, value in zip(("z_mean", "z_log_var", "z"), outputs, strict=True):
        assert_shape(value, (5, 2), name, "(m, d)")


@pytest.mark.exercise("decoder")
@pytest.mark.points(1)
@pytest.mark.hint("compute the first dense layer's size from output_shape, and give the last layer c filters")
@pytest.mark.public
@pytest.mark.parametrize("shape", [(28, 28, 1), (8, 12, 3)], ids=["digits", "colour"])
def test_decoder_gives_images(student, shape):
    """The decoder gives an image of the shape asked for to each code."""
    value = student.probe(decode, student.build_decoder, 2, shape, np.zeros((5, 2)))
    assert_shape(value, (5, *shape), "the decoder's output", "(m, h, w, c)")


@pytest.mark.exercise("train_step")
@pytest.mark.points(1)
@pytest.mark.hint("return a dictionary with the result of each tracker; the loss is reconstruction + beta * KL")
@pytest.mark.public
@pytest.mark.parametrize("options", [{}, {"beta": 2.5}], ids=["default", "beta"])
def test_reported_losses_add_up(student, options):
    """fit reports loss, reconstruction_loss and kl_loss, and the first is the sum of the others, KL times beta."""
    history, _ = train(student, draw(np.random.default_rng(3)), options, {"rate": 0.1, "batch_size": 5})
    loss, reconstruction, kl = (reported(history, name) for name in LOSSES)
    assert_shape(kl, (1,), "kl_loss")
    assert kl[0] > 0.01, "kl_loss should be positive here"
    assert_close(loss, reconstruction + options.get("beta", 1.0) * kl, "loss", rtol=1e-5)


def generate_with(generate, latent_dim, shape, n, seeds):
    """Images by a decoder that only gives the codes another shape. Runs beside student code."""
    import keras
    import numpy as np

    decoder = keras.Sequential([keras.Input([latent_dim]), keras.layers.Reshape(shape)])
    return [np.asarray(generate(decoder, n, seed)) for seed in seeds]


@pytest.mark.exercise("generate")
@pytest.mark.points(0.5)
@pytest.mark.hint("draw n codes of decoder.input_shape[-1] numbers each, and decode them")
@pytest.mark.public
def test_generate_gives_n_images(student):
    """generate gives n images of the decoder's shape, each another."""
    (value,) = student.probe(generate_with, student.generate, 12, (2, 3, 2), 5, [0])
    assert_shape(value, (5, 2, 3, 2), "generate(decoder, 5, 0)", "(n, h, w, c)")
    assert len(np.unique(np.reshape(value, (5, 12)), axis=0)) == 5, "generate repeats an image"


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
