"""TensorFlow in sessions: forked from one warm process, deterministic, cheap, values in and values out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.assignment import Assignment, Limits
from autograder.errors import SessionDied
from autograder.notebook import Cell
from autograder.student import Handle, Namespace, NotebookRun, SandboxChoice, StudentError, Zygote

LIBRARIES = ("numpy", "tensorflow", "keras", "matplotlib.pyplot")
LIMITS = Limits(cell_seconds=60, check_seconds=60, memory_mb=1024)

FIT = """
import resource
import keras, numpy as np, tensorflow as tf

def fit():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dropout(0.5),
                              keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    x = np.random.normal(size=(16, 4))
    return model, model.fit(x, x[:, 0] > 0, epochs=2, batch_size=5, verbose=0)

def weights():
    return fit()[0].get_weights()

def history():
    return fit()[1]

def cpu_seconds():
    fit()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
"""

Opened = Callable[[str], AbstractContextManager[Namespace]]


@pytest.fixture(scope="module")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """One warm process for the whole file: TensorFlow takes its time to import."""
    course = tmp_path_factory.mktemp("course")
    assignment = Assignment(
        "tiny", "Tiny", course / "assignments/tiny", course / "solutions/tiny", {"one": "One"}, LIBRARIES, {}, LIMITS
    )
    assignment.private.mkdir(parents=True)
    with Zygote(assignment, SandboxChoice()) as warm:
        yield warm


@pytest.fixture
def opened(zygote: Zygote) -> Opened:
    """A notebook of one cell, run in a session, as a check's `student`."""

    @contextmanager
    def open_(source: str) -> Iterator[Namespace]:
        run = NotebookRun(zygote.session, [Cell(1, "code", source, ())], LIMITS)
        try:
            assert run.begin("check", 1, LIMITS.check_seconds, hidden=True)
            assert [cell.status for cell in run.execution().cells] == ["ok"], run.execution().cells
            yield Namespace(run.ask)
        finally:
            run.close()

    return open_


def test_a_first_fit_costs_a_session_less_than_the_promised_second_and_a_half(opened: Opened) -> None:
    """The limit is on what comes on top of a submission's own training; this counts both, in CPU time."""
    with opened(FIT) as student:
        assert student.cpu_seconds() < 1.5


def test_two_sessions_train_to_the_same_bits(opened: Opened) -> None:
    """Initialisers, shuffling, dropout and NumPy's draws are seeded, and the operations are deterministic."""
    trained = []
    for _ in range(2):
        with opened(FIT) as student:
            trained.append(student.weights())
    for one, other in zip(*trained, strict=True):
        assert one.tobytes() == other.tobytes()
    assert np.ptp(trained[0][0]) > 0


def test_operations_are_deterministic_and_single_threaded(opened: Opened) -> None:
    with opened("import tensorflow as tf\nx = tf.constant(1.0) + 1.0") as student:
        assert student.probe(_determinism) == (True, "1", "1")


def _determinism() -> tuple[bool, str, str]:
    import os

    from tensorflow.python.framework import config

    threads = os.environ["TF_NUM_INTRAOP_THREADS"], os.environ["TF_NUM_INTEROP_THREADS"]
    return config.is_op_determinism_enabled(), *threads


def test_a_heavy_operation_uses_one_core(opened: Opened) -> None:
    """CPU time stays at or below the time on the clock, up to the clocks' own coarseness."""
    with opened("import time, tensorflow as tf") as student:
        cpu, clock = student.probe(_multiply)
    assert cpu < 1.15 * clock + 0.05


def _multiply() -> tuple[float, float]:
    import time

    import tensorflow as tf

    matrix = tf.ones((600, 600))
    tf.matmul(matrix, matrix)
    cpu, clock = time.process_time(), time.perf_counter()
    for _ in range(30):
        tf.matmul(matrix, matrix).numpy()
    return time.process_time() - cpu, time.perf_counter() - clock


def test_each_check_begins_with_the_same_keras_seed(zygote: Zygote) -> None:
    source = "import keras\ndef draw(): return keras.layers.Dense(3).get_config() and keras.random.normal((4,))"
    run = NotebookRun(zygote.session, [Cell(1, "code", source, ())], LIMITS)
    student = Namespace(run.ask)
    drawn = []
    for seed in (5, 5, 6):
        assert run.begin(f"check {len(drawn)}", seed, 30, hidden=False)
        drawn.append(student.draw())
    run.close()
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


VALUES = """
import keras, tensorflow as tf, numpy as np
tensor = tf.constant([[1.0, 2.0]])
scalar = tf.constant(3)
truth = tf.constant(True)
variable = tf.Variable([1.0, 2.0], dtype=tf.float64)
keras_variable = keras.Variable([4.0])
nested = {"loss": tf.constant(0.5), "parts": [tf.constant(1), (tf.Variable(2.0), "text")]}
text = tf.constant("words")
ragged = tf.ragged.constant([[1], [2, 3]])
ragged_but_even = tf.ragged.constant([[1], [2]])
sparse = tf.sparse.from_dense([[0, 1]])
layer = keras.layers.Dense(2)
layer.build((None, 3))
def double(x): return tf.cast(x, tf.float32) * 2
@tf.function
def symbolic(x): return tf.cast(x, tf.float32) * 3
def same(x): return type(x).__name__
"""


@pytest.fixture(scope="module")
def values(zygote: Zygote) -> Iterator[Namespace]:
    """One session whose variables are of all TensorFlow's kinds."""
    run = NotebookRun(zygote.session, [Cell(1, "code", VALUES, ())], LIMITS)
    assert run.begin("check", 1, LIMITS.check_seconds, hidden=True)
    assert [cell.status for cell in run.execution().cells] == ["ok"], run.execution().cells
    yield Namespace(run.ask)
    run.close()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tensor", np.array([[1, 2]], np.float32)),
        ("scalar", np.array(3, np.int32)),
        ("truth", np.array(True)),
        ("variable", np.array([1, 2], np.float64)),
        ("keras_variable", np.array([4], np.float32)),
    ],
)
def test_tensors_and_variables_come_out_as_arrays(
    values: Namespace, name: str, expected: np.ndarray[Any, Any]
) -> None:
    value = getattr(values, name)
    assert type(value) is np.ndarray
    assert value.dtype == expected.dtype
    np.testing.assert_array_equal(value, expected)


def test_tensors_inside_containers_come_out_as_arrays(values: Namespace) -> None:
    nested = values.nested
    assert nested == {"loss": np.float32(0.5), "parts": [np.int32(1), (np.float32(2.0), "text")]}
    assert type(nested["loss"]) is np.ndarray


@pytest.mark.parametrize("name", ["ragged", "ragged_but_even", "sparse", "layer", "double", "symbolic"])
def test_what_is_no_array_comes_out_as_a_handle(values: Namespace, name: str) -> None:
    assert type(getattr(values, name)) is Handle


def test_a_layers_weights_are_arrays(values: Namespace) -> None:
    kernel, bias = values.layer.weights
    assert (kernel.shape, bias.shape) == ((3, 2), (2,))
    assert values.layer.kernel.shape == (3, 2)


@pytest.mark.parametrize("name", ["double", "symbolic"])
def test_arrays_go_in_as_arrays_and_results_come_out_as_arrays(values: Namespace, name: str) -> None:
    x = np.arange(6.0).reshape(2, 3)
    result = getattr(values, name)(x)
    np.testing.assert_array_equal(result, x * (2 if name == "double" else 3))
    assert values.same(x) == "ndarray"


def test_a_history_is_a_handle_to_plain_lists(opened: Opened) -> None:
    with opened(FIT) as student:
        history = student.history()
        assert type(history) is Handle
        numbers = history.history
    assert set(numbers) == {"loss", "accuracy"}
    assert [len(entry) for entry in numbers.values()] == [2, 2]
    assert all(type(item) is float for entry in numbers.values() for item in entry)


# probes

SAMPLING = """
import keras, tensorflow as tf

class Sampling(keras.layers.Layer):
    def call(self, inputs):
        mean, log_var = inputs
        return mean + tf.exp(0.5 * log_var) * tf.random.normal(tf.shape(mean))

class Halves(keras.Model):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
    def call(self, x):
        return self.encoder(x) / 2
"""


def _gradients(layer: Any, mean: Any, log_var: Any) -> Any:
    import tensorflow as tf

    mean, log_var = tf.constant(mean), tf.constant(log_var)
    with tf.GradientTape() as tape:
        tape.watch([mean, log_var])
        z = layer([mean, log_var])
    return z, tape.gradient(z, [mean, log_var])


def test_a_probe_takes_gradients_through_student_code(opened: Opened) -> None:
    """dz/dmean is 1 and dz/dlog_var is (z - mean)/2, whatever the noise."""
    rng = np.random.default_rng(0)
    mean, log_var = rng.normal(size=(2, 5, 3)).astype(np.float32)
    with opened(SAMPLING) as student:
        z, (d_mean, d_log_var) = student.probe(_gradients, student.Sampling(), mean, log_var)
    np.testing.assert_array_equal(d_mean, np.ones((5, 3)))
    np.testing.assert_allclose(d_log_var, (z - mean) / 2, rtol=1e-5, atol=1e-6)


def _traced_twice(layer: Any, mean: Any, log_var: Any) -> Any:
    import tensorflow as tf

    traced = tf.function(layer)
    return [traced([mean, log_var]) for _ in range(2)]


def test_a_probe_traces_student_code_into_a_graph(opened: Opened) -> None:
    """Noise is fresh in each call of one traced function, and none at log_var = -100."""
    mean = np.ones((5, 3), np.float32)
    with opened(SAMPLING) as student:
        one, other = student.probe(_traced_twice, student.Sampling(), mean, 0 * mean)
        quiet, _ = student.probe(_traced_twice, student.Sampling(), mean, 0 * mean - 100)
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(quiet, mean)


def _with_encoder(model_class: Any, factor: float, x: Any) -> Any:
    import keras

    class Encoder(keras.layers.Layer):
        def call(self, inputs: Any) -> Any:
            return factor * inputs

    return model_class(Encoder())(x)


def test_a_probe_injects_a_layer_into_a_student_model(opened: Opened) -> None:
    x = np.arange(4, dtype=np.float32)[:, None]
    with opened(SAMPLING) as student:
        np.testing.assert_allclose(student.probe(_with_encoder, student.Halves, 6.0, x), 3 * x, rtol=1e-6)


SECRET = 0.806853


def _reads_a_secret(x: float) -> bool:
    return x == SECRET


def _looks_around() -> list[str]:
    import inspect

    frame = inspect.currentframe()
    seen = []
    while frame is not None:
        seen += [repr(value) for value in (*frame.f_globals.values(), *frame.f_locals.values())]
        frame = frame.f_back
    needle = "0.80" + "6853"  # in two parts, since this very source is on the student side
    return [text for text in seen if needle in text]


def test_a_probe_sends_its_source_its_name_and_its_arguments_only() -> None:
    sent: list[tuple[str, tuple[object, ...]]] = []

    def ask(operation: str, arguments: tuple[object, ...]) -> tuple[bool, Any]:
        sent.append((operation, arguments))
        return True, None

    Namespace(ask).probe(_reads_a_secret, 0.5)
    [(operation, (source, name, arguments))] = sent
    assert (operation, name, arguments) == ("probe", "_reads_a_secret", (0.5,))
    assert source == "def _reads_a_secret(x: float) -> bool:\n    return x == SECRET\n"


def test_what_surrounds_a_probe_in_the_checks_is_not_on_the_student_side(opened: Opened) -> None:
    with opened("import tensorflow") as student:
        with pytest.raises(StudentError, match="name 'SECRET' is not defined"):
            student.probe(_reads_a_secret, 0.5)
        assert student.probe(_looks_around) == []


# limits, and those who do not need TensorFlow


def test_a_tensor_too_large_for_the_session_is_a_student_error_or_a_death(opened: Opened) -> None:
    source = "import tensorflow as tf\ndef grow(): return float(tf.reduce_sum(tf.ones((60_000, 60_000))))"
    with opened(source) as student, pytest.raises((StudentError, SessionDied)) as caught:
        student.grow()
    assert getattr(caught.value, "cause", "memory") == "memory"
    assert getattr(caught.value, "type_name", "ResourceExhaustedError") == "ResourceExhaustedError"


def test_tensors_that_pile_up_end_the_session_as_memory(opened: Opened) -> None:
    source = "import tensorflow as tf\nkept = []\ndef grow():\n    while True: kept.append(tf.ones((4096, 4096)) + 1)"
    with opened(source) as student, pytest.raises((SessionDied, StudentError)) as caught:
        student.grow()
    assert getattr(caught.value, "cause", "memory") == "memory"


def test_the_grader_never_imports_tensorflow_or_keras() -> None:
    """Grading NumPy assignments pays nothing for the others."""
    code = (
        "import sys, autograder.cli, autograder.pipeline, autograder.checks, autograder.student.cleanroom;"
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
