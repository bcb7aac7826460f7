"""A Keras model rebuilt where no student code has ever run, from its architecture and its weights.

The submission's session says two things about a model, both as values: the JSON of its architecture and its weight
arrays. The grader reads the JSON against closed lists and writes it anew (`architecture`); a session of its own,
forked from the same zygote for this submission only, builds the model with Keras and sets the weights. What a check
learns from a `CleanModel` is computed there. The grader itself never imports Keras.

A model that is too large or slow for the clean room ends it as a notebook ends its session, and is charged alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from autograder.errors import AssignmentError, SessionDied
from autograder.student import architecture
from autograder.student.architecture import Architecture, Refused, claimed
from autograder.student.namespace import Ask, Handle, NotAValue, StudentError, probe, receive
from autograder.student.run import NotebookRun

MAX_PARAMETERS: Final = 16_000_000  # float32 weights of that many still fit into one frame of the wire

LOSSES: Final = {
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "mean_squared_error": "MeanSquaredError",
    "mse": "MeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError",
    "mae": "MeanAbsoluteError",
}

Array = np.ndarray[Any, np.dtype[Any]]
Shape = tuple[int | None, ...] | list[tuple[int | None, ...]]


@dataclass(frozen=True)
class CleanModel:
    """A model as the clean room rebuilt it. It lasts as long as the check.

    `layers` are dicts `class_name`, `name`, `config`, nested models opened; `weights` the arrays as they were sent,
    in Keras's order; shapes begin with None, the batch, and are lists of tuples for several inputs or outputs.
    """

    layers: list[dict[str, Any]]
    weights: list[Array]
    input_shape: Shape
    output_shape: Shape
    trainable_count: int
    _parameters: int = field(repr=False)
    _room: Ask = field(repr=False)
    _model: Handle = field(repr=False)

    def count_params(self) -> int:
        """How many numbers the weights hold, trainable or not."""
        return self._parameters

    def predict(self, x: Array | Sequence[Array], batch_size: int = 256) -> Any:
        """Outputs for `x` (n, …), as in inference; an array, or a list of arrays where there are several outputs.

        Raises:
            Refused: the model does not take an `x` of this shape.
        """
        return self._ask(_predict, x, batch_size)

    def evaluate(self, x: Array | Sequence[Array], y: Array, loss: str) -> float:
        """Mean loss over the examples, plus the model's regularisation, as Keras's `evaluate` reports it.

        Raises:
            Refused: the model does not take an `x` of this shape, or its output does not fit `y`.
        """
        return float(self._ask(_evaluate, x, y, _loss_class(loss)))

    def one_step(self, x: Array | Sequence[Array], y: Array, loss: str, learning_rate: float) -> list[Array]:
        """The weights after one step of plain gradient descent on all of `x`, dropout off; the model stays as it is.

        Raises:
            Refused: as `evaluate`.
        """
        stepped: list[Array] = self._ask(_one_step, x, y, _loss_class(loss), learning_rate)
        return stepped

    def _ask(self, function: Callable[..., Any], x: Any, *arguments: object) -> Any:
        try:
            return probe(self._room, function, self._model, x, *arguments)
        except StudentError as error:  # no student's code: Keras, about a model of the student's
            shapes = f"its input shape is {claimed(self.input_shape)}, its output shape {claimed(self.output_shape)}"
            raise Refused(f"the rebuilt model cannot work on the check's data: {shapes}") from error


def _loss_class(loss: str) -> str:
    if loss not in LOSSES:
        raise AssignmentError(f"a check names the loss {loss!r}", f"known are {', '.join(LOSSES)}")
    return LOSSES[loss]


class CleanRoom:
    """The clean room of one run: a session without a notebook, under the same limits, forked when first needed.

    Its deaths are the run's: they stand in the same record and count against the same limit.
    """

    def __init__(self, beside: NotebookRun) -> None:
        self._beside = beside
        self._run = NotebookRun(beside._fork, (), beside._limits)
        self._begun = ""

    def ask(
        self, check: str, seed: int, seconds: float, operation: str, arguments: tuple[object, ...]
    ) -> tuple[bool, Any]:
        """A request on behalf of a check, which may spend `seconds` here.

        Raises:
            SessionDied: the room ended, during this request or an earlier one of the same check, or too often before.
        """
        known = len(self._run.deaths)
        try:
            if self._begun != check:
                self._begun = check
                if not self._run.begin(check, seed, seconds, hidden=True):
                    self._run.death = SessionDied(self._run.deaths[-1].cause if self._run.deaths else "timeout")
            return self._run.ask(operation, arguments)
        finally:
            self._beside.deaths.extend(self._run.deaths[known:])

    def death(self, check: str) -> SessionDied | None:
        """What ended it during this check."""
        return self._run.death if self._begun == check else None

    def renew(self) -> None:
        """Ready for another submission: for the reference's."""
        self._begun = ""
        self._run.renew()

    def close(self) -> None:
        """End its session, if there is one."""
        self._run.close()


def rebuild(session: Ask, room: Ask, model: object, label: str = "the model") -> CleanModel:
    """Rebuild in `room` the model that `model` stands for in `session`.

    Raises:
        Refused: it is no model, or one that cannot be rebuilt; the message is for the student.
        StudentError: student code raised while it described the model.
        SessionDied: the session or the clean room ended; the model is too large or too slow.
    """
    if type(model) is not Handle:
        raise NotAValue(f"a Keras model is expected, and {label} is a {type(model).__name__}")
    read = architecture.read(_claim(session, model, "to_json", "architecture"))
    weights = _weights(_claim(session, model, "get_weights", "weights"))
    try:
        built, facts = probe(room, _build, read.text)
    except StudentError as error:
        raise Refused(f"the model cannot be rebuilt: {_reason(error)}") from error
    if facts["parameters"] > MAX_PARAMETERS:
        count = claimed(facts["parameters"])
        raise Refused(f"the model has {count} parameters; at most {MAX_PARAMETERS} can be rebuilt")
    _compare(weights, facts["weights"], read)
    probe(room, _set_weights, built, weights)
    return CleanModel(
        layers=list(read.layers),
        weights=weights,
        input_shape=facts["input_shape"],
        output_shape=facts["output_shape"],
        trainable_count=facts["trainable"],
        _parameters=facts["parameters"],
        _room=room,
        _model=built,
    )


def _claim(session: Ask, model: Handle, method: str, noun: str) -> Any:
    """What the session says when a method of the model's is called."""
    try:
        return receive(session, "claim", (model, method), f"{method}()")
    except StudentError as error:
        if error.frames:  # the student's own code, and the student's own line to be shown
            raise
        raise Refused(f"the object is no Keras model that gives its {noun}: {method}() does not work") from error


def _weights(claimed: object) -> list[Array]:
    """Weight arrays as Keras's `get_weights` gives them: finite floats, not too many.

    Raises:
        Refused: they are something else.
    """
    if isinstance(claimed, Handle):  # larger than a frame, or of a class of its own
        raise Refused(f"the model's get_weights() gives no list of arrays of at most {MAX_PARAMETERS} numbers in all")
    if type(claimed) is not list or not all(type(item) is np.ndarray for item in claimed):
        raise Refused("the model's get_weights() should give a list of arrays")
    if sum(item.size for item in claimed) > MAX_PARAMETERS:
        raise Refused(f"the model has more than {MAX_PARAMETERS} parameters")
    for position, item in enumerate(claimed, 1):
        if item.dtype.kind != "f":
            raise Refused(f"weight array {position} should hold floating-point numbers, and holds {item.dtype}")
        if not np.isfinite(item).all():
            raise Refused(f"weight array {position} holds NaN or infinity")
    return claimed


def _compare(weights: list[Array], expected: list[tuple[str, tuple[int, ...]]], read: Architecture) -> None:
    """The arrays have the shapes that the architecture gives them, in its order."""
    if len(weights) != len(expected):
        given = claimed(len(weights))
        raise Refused(f"the model gives {given} weight arrays, and its architecture has {len(expected)}")
    for item, (path, shape) in zip(weights, expected, strict=True):
        if item.shape != shape:
            *_, layer, name = ["", *path.split("/")]
            place = f"{name} of {read.names.get(layer, 'a layer')}"
            differ = f"{place} is {claimed(shape)}, and {claimed(item.shape)} came"
            raise Refused(f"the weights do not fit the architecture: {differ}")


def _reason(error: StudentError) -> str:
    """Keras's complaint in one line; it knows nothing but the student's architecture."""
    if error.type_name in ("ResourceExhaustedError", "MemoryError"):
        return "it needs more memory than is allowed"
    line = error.message.strip().partition("\n")[0][:300]
    line = re.sub(r"(?<![\w.])\d[\d.]*", lambda number: claimed(number[0]), line)  # words are Keras's, numbers are not
    return f"{error.type_name}: {line}" if line else error.type_name


# what the clean room runs: each is sent as source, so each stands alone


def _build(text: str) -> tuple[Any, dict[str, Any]]:
    import hashlib
    import math

    import keras

    try:
        model = keras.models.model_from_json(text)
    except Exception as error:  # Keras wraps the reason in a copy of the whole configuration
        reason: BaseException = error
        while reason.__cause__ or reason.__context__:
            reason = reason.__cause__ or reason.__context__  # type: ignore[assignment]  # not None, by the line above
        raise reason from None
    weights = [(weight.path, tuple(weight.shape)) for weight in model.weights]
    facts = {
        "architecture": hashlib.sha256(text.encode()).hexdigest(),  # for those who compare what was answered
        "parameters": sum(math.prod(shape) for _, shape in weights),
        "trainable": sum(math.prod(weight.shape) for weight in model.trainable_weights),
        "weights": weights,
        "input_shape": model.input_shape,
        "output_shape": model.output_shape,
    }
    return model, facts


def _set_weights(model: Any, weights: list[Any]) -> int:
    model.set_weights(weights)
    return len(weights)


def _predict(model: Any, x: Any, batch_size: int) -> Any:
    import numpy as np

    several = isinstance(x, (list, tuple))
    size = len(x[0]) if several else len(x)
    parts = []
    for start in range(0, max(size, 1), batch_size):  # plain calls: `model.predict` would first trace a graph
        batch = slice(start, start + batch_size)
        parts.append(model([part[batch] for part in x] if several else x[batch], training=False))
    if isinstance(parts[0], (list, tuple)):
        return [np.concatenate([np.asarray(part[i]) for part in parts]) for i in range(len(parts[0]))]
    return np.concatenate([np.asarray(part) for part in parts])


def _evaluate(model: Any, x: Any, y: Any, loss: str) -> float:
    import keras

    outputs = model(x, training=False)
    penalties = [float(penalty) for penalty in model.losses]
    return float(getattr(keras.losses, loss)()(y, outputs)) + sum(penalties)


def _one_step(model: Any, x: Any, y: Any, loss: str, learning_rate: float) -> list[Any]:
    import keras
    import tensorflow as tf

    before = model.get_weights()
    with tf.GradientTape() as tape:
        total = getattr(keras.losses, loss)()(y, model(x, training=False))
        for penalty in model.losses:
            total += penalty
    gradients = tape.gradient(total, model.trainable_weights)
    keras.optimizers.SGD(learning_rate).apply_gradients(zip(gradients, model.trainable_weights, strict=True))
    after = model.get_weights()
    model.set_weights(before)
    return list(after)
