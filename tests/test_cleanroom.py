"""The clean room: what a model says about itself counts for nothing, and what cannot be rebuilt is refused in words."""

from __future__ import annotations

import copy
import functools
import json
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import pytest
from courses import Course, check, course, write_course
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from autograder.assignment import Limits
from autograder.checks import Job
from autograder.checks.misconceptions import agree
from autograder.errors import SessionDied
from autograder.notebook import Cell
from autograder.student import Namespace, NotAValue, NotebookRun, Refused, Session, StudentError, architecture
from autograder.student.cleanroom import CleanRoom

LIBRARIES = 'libraries = ["numpy", "tensorflow", "keras", "matplotlib.pyplot"]\n'
LIMITS = """
[limits]
memory_mb = 1024
check_seconds = 20
deaths = 4
"""
MODEL = """
import keras
def build():
    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(1, "sigmoid")])
def build_images():
    return keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
"""
CHECKS = """
def test_parameters(student):
    '''The model has 33 parameters.'''
    assert student.rebuild(student.build()).count_params() == 33

def test_predictions(student, reference, rng):
    '''Equal weights give equal predictions.'''
    x = rng.normal(size=(5, 6))
    model, wanted = student.rebuild(student.build()), reference.rebuild(reference.build())
    assert_shape(model.predict(x), wanted.predict(x).shape, "predictions", "(m, 1)")

@pytest.mark.timeout(12)
def test_images(student):
    '''An image gives a number.'''
    assert_shape(student.rebuild(student.build_images()).predict(np.ones((1, 8, 8, 3))), (1, 1), "the prediction")

def test_without_a_model(student):
    '''A check that rebuilds nothing is not touched by what another one rebuilt.'''
    assert student.has("build")
"""


@pytest.fixture(scope="module")
def grading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """One course and one warm process for the whole file: TensorFlow takes its time to import."""
    root = tmp_path_factory.mktemp("course")
    toml = root / "assignments" / write_course(root, MODEL, CHECKS, LIMITS) / "assignment.toml"
    toml.write_text(LIBRARIES + toml.read_text())
    with course(root, CHECKS) as opened:
        yield opened


Opened = Callable[[str], AbstractContextManager[Namespace]]


@pytest.fixture
def opened(grading: Course) -> Opened:
    """A notebook of one cell, run in a session, with a clean room, as a check's `student`."""
    fork, limits = grading.grader._zygote.session, grading.grader.assignment.limits

    @contextmanager
    def open_(source: str) -> Iterator[Namespace]:
        run = NotebookRun(fork, [Cell(1, "code", HEAD + source, ())], limits)
        room = CleanRoom(run)
        try:
            assert run.begin("check", 1, limits.check_seconds, hidden=True)
            assert [cell.status for cell in run.execution().cells] == ["ok"], run.execution().cells
            yield Namespace(run.ask, functools.partial(room.ask, "check", 1, limits.check_seconds))
        finally:
            room.close()
            run.close()

    return open_


HEAD = """
import json
import keras, numpy as np, tensorflow as tf
from keras import layers

def honest():
    return keras.Sequential([keras.Input((6,)), layers.Dense(4, "relu"), layers.Dense(1, "sigmoid")])

def value(x, model):
    return model(tf.constant(x), training=False)
"""
HONEST_COUNT = 6 * 4 + 4 + 4 + 1
X = np.random.default_rng(7).normal(size=(9, 6)).astype(np.float32)


# honest models come out as they are

CNN = """
def cnn():
    model = keras.Sequential([
        keras.Input((16, 16, 3)),
        keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.2)]),
        layers.Rescaling(1 / 255),
        layers.Conv2D(8, 3, activation=tf.nn.relu, kernel_initializer="he_normal"),
        layers.MaxPooling2D(3, strides=2), layers.BatchNormalization(), layers.Dropout(0.2),
        layers.Conv2DTranspose(4, 3, strides=2, padding="same"), layers.ReLU(), layers.AveragePooling2D(2),
        layers.Flatten(),
        layers.Dense(10, activation=layers.LeakyReLU(0.1), kernel_regularizer=keras.regularizers.L2(0.03)),
        layers.Dense(1), layers.Activation("sigmoid"),
    ])
    for weight in model.weights:  # no weight is left at a value that an initialiser gives
        weight.assign(weight + tf.random.uniform(weight.shape, 0.01, 0.1))
    return model
"""


def test_a_convolutional_network_is_rebuilt_with_its_predictions(opened: Opened) -> None:
    """Augmentation nested in it, regularised, normalised: inference gives what the student's gives."""
    x = np.random.default_rng(0).integers(0, 256, size=(7, 16, 16, 3)).astype(np.float32)
    with opened(CNN) as student:
        model = student.cnn()
        clean = student.rebuild(model)
        assert_allclose(clean.predict(x, batch_size=3), student.probe(_infer, model, x), rtol=1e-5, atol=1e-6)
        shapes = [weight.shape for weight in model.get_weights()]
    assert [weight.shape for weight in clean.weights] == shapes
    assert clean.count_params() == sum(math.prod(shape) for shape in shapes)
    assert clean.trainable_count == clean.count_params() - 2 * 8
    assert (clean.input_shape, clean.output_shape) == ((None, 16, 16, 3), (None, 1))


def _infer(model: Any, x: Any) -> Any:
    return model(x, training=False)


def test_layers_are_described_with_nested_models_opened(opened: Opened) -> None:
    with opened(CNN) as student:
        layers = student.rebuild(student.cnn()).layers
    names = [layer["class_name"] for layer in layers]
    assert names[:5] == ["RandomFlip", "RandomRotation", "RandomZoom", "Rescaling", "Conv2D"]
    convolution, dense = layers[4]["config"], layers[12]["config"]
    assert (convolution["filters"], convolution["kernel_size"], convolution["activation"]) == (8, (3, 3), "relu")
    assert convolution["kernel_initializer"] == "HeNormal"
    assert convolution["kernel_regularizer"] is None
    assert dense["activation"] == {"class_name": "LeakyReLU", "negative_slope": 0.1}
    assert dense["kernel_regularizer"] == {"class_name": "L2", "l2": pytest.approx(0.03)}


FUNCTIONAL = """
def build():
    first, second = keras.Input((6,), name="first"), keras.Input((2,), name="second")
    shared = layers.Dense(4, "tanh", name="shared")
    left = shared(layers.Dense(6, name="z")(first))
    right = shared(layers.Dense(6, name="a")(second))
    inner = keras.Model(i := keras.Input((8,)), layers.Dense(3, use_bias=False)(i), name="inner")
    joined = inner(layers.Concatenate()([left, right]))
    return keras.Model([first, second], [layers.Add()([joined, 2.0 * joined]) / 3 - 1, keras.ops.relu(left)])
"""


def test_a_functional_model_keeps_its_branches_shared_layers_and_order_of_weights(opened: Opened) -> None:
    second = X[:, :2] + 1
    with opened(FUNCTIONAL) as student:
        model = student.build()
        clean = student.rebuild(model)
        wanted = student.probe(_infer, model, [X, second])
        got = clean.predict([X, second], batch_size=4)
    assert clean.input_shape == [(None, 6), (None, 2)]
    assert clean.output_shape == [(None, 3), (None, 4)]
    assert clean.count_params() == 6 * 6 + 6 + 2 * 6 + 6 + 6 * 4 + 4 + 8 * 3
    assert len(got) == 2
    for mine, theirs in zip(got, wanted, strict=True):
        assert_allclose(mine, theirs, rtol=1e-6)


def test_a_model_built_by_its_first_data_is_rebuilt_for_any_batch(opened: Opened) -> None:
    with opened("model = keras.Sequential([layers.Dense(2)])\nmodel(np.ones((5, 6)))") as student:
        clean = student.rebuild(student.model)
    assert (clean.input_shape, clean.count_params()) == ((None, 6), 14)


EACH = """
L = layers
image, row, sequence = (8, 8, 3), (6,), (8, 3)
ones = {
    "Dense": (row, L.Dense(3, "gelu", kernel_initializer="orthogonal", bias_regularizer="l1",
                           kernel_constraint="max_norm")),
    "Conv1D": (sequence, L.Conv1D(4, 3, padding="causal", dilation_rate=2)),
    "Conv2D": (image, L.Conv2D(6, (3, 2), strides=(2, 1), padding="same", groups=3, use_bias=False)),
    "Conv2DTranspose": (image, L.Conv2DTranspose(4, 3, strides=2, output_padding=1)),
    "SeparableConv2D": (image, L.SeparableConv2D(4, 3, depth_multiplier=2)),
    "DepthwiseConv2D": (image, L.DepthwiseConv2D(3, depthwise_regularizer="l2")),
    "MaxPooling1D": (sequence, L.MaxPooling1D(3, 2)),
    "MaxPooling2D": (image, L.MaxPool2D(3, strides=2, padding="same")),
    "AveragePooling2D": (image, L.AveragePooling2D((2, 3))),
    "GlobalAveragePooling2D": (image, L.GlobalAveragePooling2D(keepdims=True)),
    "GlobalMaxPooling2D": (image, L.GlobalMaxPooling2D()),
    "Flatten": (image, L.Flatten()), "Reshape": (image, L.Reshape((4, -1))), "Permute": (image, L.Permute((3, 1, 2))),
    "RepeatVector": (row, L.RepeatVector(3)), "UpSampling2D": (image, L.UpSampling2D((2, 3), interpolation="bilinear")),
    "ZeroPadding2D": (image, L.ZeroPadding2D(((1, 2), (3, 4)))), "Cropping2D": (image, L.Cropping2D((1, 2))),
    "Identity": (row, L.Identity()), "Dropout": (row, L.Dropout(0.5, noise_shape=(None, 1), seed=3)),
    "SpatialDropout2D": (image, L.SpatialDropout2D(0.5)), "GaussianNoise": (row, L.GaussianNoise(1.0)),
    "GaussianDropout": (row, L.GaussianDropout(0.5)), "ActivityRegularization": (row, L.ActivityRegularization(l1=0.1)),
    "BatchNormalization": (image, L.BatchNormalization(momentum=0.9, scale=False)),
    "LayerNormalization": (image, L.LayerNormalization(axis=[1, 2])),
    "GroupNormalization": (image, L.GroupNormalization(3)),
    "Activation": (row, L.Activation("softsign")), "ReLU": (row, L.ReLU(6, negative_slope=0.1, threshold=0.2)),
    "LeakyReLU": (row, L.LeakyReLU(0.2)), "PReLU": (image, L.PReLU(shared_axes=[1, 2])), "ELU": (row, L.ELU(0.7)),
    "Softmax": (image, L.Softmax(axis=(1, 2))), "Rescaling": (image, L.Rescaling([0.1, 0.2, 0.3], offset=-1)),
    "Resizing": (image, L.Resizing(5, 7, interpolation="nearest")), "CenterCrop": (image, L.CenterCrop(4, 5)),
    "RandomFlip": (image, L.RandomFlip("vertical")),
    "RandomRotation": (image, L.RandomRotation((0.1, 0.2), "constant")),
    "RandomZoom": (image, L.RandomZoom(0.1, (0.1, 0.2))), "RandomTranslation": (image, L.RandomTranslation(0.1, 0.2)),
    "RandomContrast": (image, L.RandomContrast(0.2)), "RandomBrightness": (image, L.RandomBrightness(0.2, (0, 1))),
}
joins = {"Add": L.Add(), "Subtract": L.Subtract(), "Multiply": L.Multiply(), "Average": L.Average(),
         "Maximum": L.Maximum(), "Minimum": L.Minimum(), "Concatenate": L.Concatenate(axis=1)}

def single(name):
    shape, layer = ones[name]
    return shape, moved(keras.Sequential([keras.Input(shape), layer]))
def joined(name):
    i = keras.Input(row)
    return row, moved(keras.Model(i, joins[name]([layers.Dense(6)(i), i])))
def moved(model):
    for weight in model.weights:
        weight.assign(weight + tf.random.uniform(weight.shape, 0.01, 0.1))
    return model
"""


def test_every_layer_of_the_list_is_rebuilt_and_predicts_the_same(opened: Opened) -> None:
    seen = set()
    with opened(EACH) as student:
        for kind, build in (("ones", student.single), ("joins", student.joined)):
            for name in getattr(student, kind):
                shape, model = build(name)
                x = np.random.default_rng(1).random((3, *shape)).astype(np.float32)
                clean = student.rebuild(model)
                wanted = student.probe(_infer, model, x)
                assert clean.output_shape[1:] == wanted.shape[1:], name
                assert_allclose(clean.predict(x), wanted, rtol=1e-5, atol=1e-6, err_msg=name)
                assert clean.layers[-1]["class_name"] == name
                seen.add(name)
    assert ", ".join(sorted(seen)) == architecture.ALLOWED


COMPILED = """
def own(y, p): return keras.ops.mean(y - p)
class Own(keras.losses.Loss):
    def call(self, y, p): return own(y, p)
def compiled(loss, optimizer="adam"):
    model = honest()
    model.compile(optimizer, loss, metrics=["accuracy", own])
    model.fit(np.ones((4, 6)), np.ones((4, 1)), verbose=0)
    return model
def function(): return compiled(own)
def lambda_(): return compiled(lambda y, p: keras.ops.mean(y - p))
def class_(): return compiled(Own(), keras.optimizers.RMSprop(0.01, clipnorm=1.0))
"""


@pytest.mark.parametrize("name", ["function", "lambda_", "class_"])
def test_how_a_model_was_compiled_does_not_matter(opened: Opened, name: str) -> None:
    """Losses and metrics of the student's own are no obstacle: they are no part of the architecture."""
    with opened(COMPILED) as student:
        assert student.rebuild(getattr(student, name)()).count_params() == HONEST_COUNT


def test_the_loss_is_the_closed_form_plus_regularisation(opened: Opened) -> None:
    source = """
def build():
    return keras.Sequential([keras.Input((6,)), layers.Dense(1, "sigmoid", kernel_regularizer="l2")])
"""
    y = np.array([0, 1, 1, 0, 1, 0, 0, 1, 1])
    with opened(source) as student:
        clean = student.rebuild(student.build())
        p = clean.predict(X).astype(np.float64)[:, 0]
        loss = clean.evaluate(X, y, "binary_crossentropy")
    entropy = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    assert type(loss) is float
    assert loss == pytest.approx(entropy + 0.01 * np.sum(clean.weights[0].astype(np.float64) ** 2), rel=1e-5)


def test_one_step_follows_the_gradient_and_leaves_the_model_as_it_was(opened: Opened) -> None:
    """For a linear unit and squared error, the gradient is 2 X^T (X w + b - y)/m."""
    y = X[:, :1] * 3 + 1
    with opened("def build(): return keras.Sequential([keras.Input((6,)), layers.Dense(1)])") as student:
        clean = student.rebuild(student.build())
        kernel, bias = clean.weights
        stepped = clean.one_step(X, y, "mse", 0.1)
        after = clean.predict(X)
    error = X @ kernel + bias - y
    assert_allclose(stepped[0], kernel - 0.1 * 2 * X.T @ error / len(X), rtol=1e-4, atol=1e-5)
    assert_allclose(stepped[1], bias - 0.1 * 2 * error.mean(axis=0), rtol=1e-4, atol=1e-5)
    assert_allclose(after, X @ kernel + bias, rtol=1e-5, atol=1e-6)


def test_two_models_of_one_check_do_not_disturb_each_other(opened: Opened) -> None:
    with opened("def other(): return keras.Sequential([keras.Input((6,)), layers.Dense(3)])") as student:
        one = student.rebuild(student.honest())
        before = one.predict(X)
        other = student.rebuild(student.other())
        assert other.count_params() == 21
        np.testing.assert_array_equal(one.predict(X), before)


# lies

LIES = {
    "counts on itself": "model.count_params = lambda: 7",
    "predicts what is wanted": "model.predict = lambda x, **kw: np.ones((len(x), 1))",
    "summary and shapes": "model.summary = lambda *a, **k: print('7'); model.__dict__['output_shape'] = (None, 99)",
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_what_a_model_says_about_itself_is_not_believed(opened: Opened, lie: str) -> None:
    with opened(f"model = honest()\nweights = model.get_weights()\n{lie}\n") as student:
        clean, (w1, b1, w2, b2) = student.rebuild(student.model), student.weights
        predicted = clean.predict(X)
    assert (clean.count_params(), clean.output_shape) == (HONEST_COUNT, (None, 1))
    expected = 1 / (1 + np.exp(-(np.maximum(X @ w1 + b1, 0) @ w2 + b2)))
    assert_allclose(predicted, expected, rtol=1e-5, atol=1e-6)


def test_a_call_that_lies_is_not_what_is_rebuilt(opened: Opened) -> None:
    """A subclass of Sequential whose outputs are not its layers' is a class of the student's: refused."""
    source = """
class Sequential(keras.Sequential):
    def call(self, x, **kw): return tf.ones((len(x), 1))
def build(): return Sequential([keras.Input((6,)), layers.Dense(1)])
"""
    with opened(source) as student, pytest.raises(Refused, match=r"\(Sequential, a class that is not Keras's own\)"):
        student.rebuild(student.build())


FORGED = """
def forged(change):
    model = honest()
    body = json.loads(model.to_json())
    change(body["config"]["layers"], body)
    model.to_json = lambda **kw: json.dumps(body)
    return model
def wide(): return forged(lambda layers, _: layers[1]["config"].update(units=400))
def deeper(): return forged(lambda layers, _: layers.insert(2, layers[2]))
def relu_to_tanh(): return forged(lambda layers, _: layers[1]["config"].update(activation="tanh"))
def get_config():
    model = honest()
    wide = keras.Sequential([keras.Input((6,)), layers.Dense(400, "relu"), layers.Dense(1, "sigmoid")])
    model.get_config = wide.get_config
    return model
"""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wide", r"kernel of layer 'dense\w*' \(Dense\) is \(6, 400\), and \(6, 4\) came"),
        ("get_config", r"kernel of layer 'dense\w*' \(Dense\) is \(6, 400\), and \(6, 4\) came"),
        ("deeper", r"gives 4 weight arrays, and its architecture has 6|cannot be rebuilt"),
    ],
)
def test_an_architecture_that_the_weights_do_not_have_is_refused(opened: Opened, name: str, message: str) -> None:
    with opened(FORGED) as student, pytest.raises(Refused, match=message):
        student.rebuild(getattr(student, name)())


def test_an_architecture_that_is_claimed_is_the_one_that_is_computed_with(opened: Opened) -> None:
    """Claiming tanh where relu is gives the model with tanh: it can be compared with the student's own outputs."""
    with opened(FORGED) as student:
        model = student.relu_to_tanh()
        clean, own = student.rebuild(model), student.probe(_infer, model, X)
        predicted = clean.predict(X)
        w1, b1, w2, b2 = clean.weights
    assert_allclose(predicted, 1 / (1 + np.exp(-(np.tanh(X @ w1 + b1) @ w2 + b2))), rtol=1e-5, atol=1e-6)
    assert not np.allclose(own, predicted)


WEIGHTS = """
def with_weights(change):
    model = honest()
    sent = change(model.get_weights())
    model.get_weights = lambda: sent
    return model
class Array(np.ndarray): pass
def reversed_(): return with_weights(lambda w: w[::-1])
def transposed(): return with_weights(lambda w: [w[0].T, *w[1:]])
def flat(): return with_weights(lambda w: [w[0].ravel(), *w[1:]])
def short(): return with_weights(lambda w: w[:3])
def nan(): return with_weights(lambda w: [w[0] * np.nan, *w[1:]])
def infinite(): return with_weights(lambda w: [w[0], w[1] + np.inf, *w[2:]])
def objects(): return with_weights(lambda w: [w[0].astype(object), *w[1:]])
def integers(): return with_weights(lambda w: [w[0].astype(int), *w[1:]])
def texts(): return with_weights(lambda w: "weights")
def nothing(): return with_weights(lambda w: None)
def lists(): return with_weights(lambda w: [x.tolist() for x in w])
def subclass(): return with_weights(lambda w: [w[0].view(Array), *w[1:]])
def huge(): return with_weights(lambda w: [np.zeros(20_000_000, np.float32)])
def many(): return with_weights(lambda w: w * 100)
"""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("reversed_", r"weights do not fit the architecture: kernel of layer 'dense\w*' \(Dense\) is \(6, 4\)"),
        ("transposed", r"is \(6, 4\), and \(4, 6\) came"),
        ("flat", r"is \(6, 4\), and \(24,\) came"),
        ("short", "gives 3 weight arrays, and its architecture has 4"),
        ("many", "gives 400 weight arrays, and its architecture has 4"),
        ("nan", "weight array 1 holds NaN or infinity"),
        ("infinite", "weight array 2 holds NaN or infinity"),
        ("objects", "should give a list of arrays"),
        ("integers", "weight array 1 should hold floating-point numbers, and holds int64"),
        ("texts", "should give a list of arrays"),
        ("nothing", "should give a list of arrays"),
        ("lists", "should give a list of arrays"),
        ("subclass", "should give a list of arrays"),
        ("huge", "at most 16000000 numbers"),
    ],
)
def test_weights_that_do_not_fit_are_refused_in_words(opened: Opened, name: str, message: str) -> None:
    with opened(WEIGHTS) as student, pytest.raises(Refused, match=message):
        student.rebuild(getattr(student, name)())


def test_weights_in_another_order_of_the_same_shapes_give_another_model(opened: Opened) -> None:
    """Two layers of one shape, exchanged on the way out: the rebuilt model does not predict what the student's does."""
    source = """
def build():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(6, "tanh"), layers.Dense(6), layers.Dense(1)])
    w = model.get_weights()
    model.get_weights = lambda: [w[2], w[3], w[0], w[1], *w[4:]]
    return model
"""
    with opened(source) as student:
        model = student.build()
        assert not np.allclose(student.rebuild(model).predict(X), student.probe(_infer, model, X))


# what cannot be rebuilt

REFUSED = """
class Dense(layers.Dense):
    pass
class Scale(layers.Layer):
    def call(self, x): return 2 * x
class Sub(keras.Model):
    def __init__(self, units=3):
        super().__init__()
        self.inner = layers.Dense(units)
    def call(self, x): return self.inner(x)
@keras.saving.register_keras_serializable("keras.layers")
class Flatten(layers.Flatten):
    pass
def mine(x): return x * 2
def start(shape, dtype=None): return tf.zeros(shape, dtype)
class Penalty(keras.regularizers.L2):
    pass
def of(*parts): return keras.Sequential([keras.Input((6,)), *parts])
def lambda_(): return of(layers.Lambda(lambda x: x * 2))
def renamed(): return of(Dense(3))
def disguised():
    disguise = type("Dense", (Dense,), {"__module__": "keras.layers"})
    return of(disguise(3))
def registered(): return of(Flatten())
def custom(): return of(Scale())
def in_functional():
    i = keras.Input((6,))
    return keras.Model(i, Scale(name="doubling")(i))
def nested(): return of(keras.Sequential([keras.Input((6,)), Scale(name="deep")]))
def subclassed(): return Sub()
def activation(): return of(layers.Dense(2, activation=mine))
def activation_lambda(): return of(layers.Dense(2, activation=lambda x: x))
def initializer(): return of(layers.Dense(2, kernel_initializer=start))
def regularizer(): return of(layers.Dense(2, kernel_regularizer=Penalty()))
def unbuilt(): return keras.Sequential([layers.Dense(2)])
def mixed(): return of(layers.Dense(2, dtype="mixed_float16"))
def recurrent(): return keras.Sequential([keras.Input((6, 2)), layers.LSTM(2)])
"""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lambda_", r"layer 'lambda\w*' \(Lambda\) cannot be rebuilt; the layers that can are .*Dense,"),
        ("renamed", r"layer 'dense\w*' \(Dense, a class that is not Keras's own\) cannot be rebuilt; the layers"),
        ("disguised", r"cannot be rebuilt; the layers that can are"),
        ("registered", r"layer 'flatten\w*' \(Flatten, a class that is not Keras's own\)"),
        ("custom", r"layer 'scale\w*' \(Scale, a class that is not Keras's own\)"),
        ("in_functional", r"layer 'doubling' \(Scale, a class that is not Keras's own\)"),
        ("nested", r"layer 'deep' \(Scale, a class that is not Keras's own\)"),
        ("subclassed", r"model.* \(Sub, a class that is not Keras's own\) cannot be rebuilt; expected is one made by"),
        ("activation", r"'activation' is .*; allowed are Keras's own: .*relu, "),
        ("activation_lambda", r"'activation' is .*; allowed are Keras's own: .*relu, "),
        ("initializer", r"'kernel_initializer' is .*; allowed are Keras's own: .*GlorotUniform"),
        ("regularizer", r"'kernel_regularizer' is .*; allowed are Keras's own: L1, L1L2, L2"),
        ("unbuilt", r"has no input shape yet: begin the model with keras.Input\(shape\)"),
        ("mixed", r"computes in 'mixed_float16'; allowed are float32, float64"),
        ("recurrent", r"\(LSTM\) cannot be rebuilt"),
    ],
)
def test_a_model_that_cannot_be_rebuilt_is_refused_with_what_is_allowed(
    opened: Opened, name: str, message: str
) -> None:
    with opened(REFUSED) as student, pytest.raises(Refused, match=message) as caught:
        student.rebuild(getattr(student, name)())
    assert isinstance(caught.value, NotAValue)  # its text is the student's to read
    assert len(str(caught.value)) <= 1000


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("model = 3", "a Keras model is expected, and the model is a int"),
        ("def model(): pass", "no Keras model that gives its architecture"),
        ("class model:\n    to_json = staticmethod(lambda: {'module': 'keras'})\n    get_weights = list", "no text"),
        ("class model:\n    to_json = staticmethod(lambda: honest())\n    get_weights = list", "gives no text"),
        ("class model:\n    to_json = staticmethod(lambda: 'x' * 2**21)\n    get_weights = list", "gives no text"),
        ("class model:\n    to_json = staticmethod(lambda: '[' * 10**6)\n    get_weights = list", "gives no JSON"),
        ("class model:\n    to_json = staticmethod(lambda: 'None')\n    get_weights = list", "gives no JSON"),
        ("class model:\n    to_json = staticmethod(lambda: '{}')\n    get_weights = list", r"model \(of no class"),
    ],
)
def test_what_is_no_model_is_refused(opened: Opened, source: str, message: str) -> None:
    with opened(source) as student, pytest.raises(NotAValue, match=message):
        student.rebuild(student.model)


def test_an_exception_of_the_students_while_describing_is_the_students(opened: Opened) -> None:
    with (
        opened("class Model:\n    def to_json(self): return 1 / 0\nmodel = Model()") as student,
        pytest.raises(StudentError, match="ZeroDivisionError"),
    ):
        student.rebuild(student.model)


def test_data_of_another_shape_is_refused_with_the_models_own_shapes(opened: Opened) -> None:
    with opened("") as student:
        clean = student.rebuild(student.honest())
        with pytest.raises(Refused, match=r"its input shape is \(None, 6\), its output shape \(None, 1\)"):
            clean.predict(X[:, :5])


def test_no_student_code_is_in_the_clean_room(opened: Opened) -> None:
    """The notebook's patches of Keras and NumPy do not reach the process that rebuilds."""
    source = """
layers.Dense.call = lambda self, x, **kw: tf.ones((9, 1))
keras.models.model_from_json = None
np.concatenate = lambda *a, **k: np.ones((9, 1))
model = honest()
weights = model.get_weights()
"""
    with opened(source) as student:
        w1, b1, w2, b2 = student.weights
        predicted = student.rebuild(student.model).predict(X)
    assert_allclose(predicted, 1 / (1 + np.exp(-(np.maximum(X @ w1 + b1, 0) @ w2 + b2))), rtol=1e-5, atol=1e-6)


# absurd models cost the student's check, and nobody else

ABSURD = {
    "a layer of a billion": """
import keras, json
class Model:
    def to_json(self):
        body = json.loads(keras.Sequential([keras.Input((6,)), keras.layers.Dense(4)]).to_json())
        body["config"]["layers"][1]["config"]["units"] = 10**9
        return json.dumps(body)
    def get_weights(self): return []
def build(): return Model()
""",
    "a padding that fills the memory": """
import keras
def build():
    return keras.Sequential([keras.Input((8, 8, 3)), keras.layers.UpSampling2D(30_000)])
""",
}


def test_an_honest_model_passes(grading: Course) -> None:
    record = grading.grade(MODEL)
    assert [entry.outcome for entry in record.checks] == ["passed"] * 4, record.to_json()


@pytest.mark.parametrize("source", ABSURD.values(), ids=ABSURD)
def test_an_absurd_model_fails_its_own_check(grading: Course, source: str) -> None:
    record = grading.grade(source)
    assert record.status == "graded", record.message
    assert check(record, "test_parameters").outcome in ("failed", "memory", "timeout", "crashed")
    assert check(record, "test_predictions").outcome in ("failed", "memory", "timeout", "crashed")
    assert check(record, "test_without_a_model").outcome == "passed"


CIRCLE = """
import keras, json
class Model:
    def to_json(self):
        i = keras.Input((6,))
        body = json.loads(keras.Model(i, keras.layers.Dense(6)(keras.layers.Dense(6)(i))).to_json())
        one, other = body["config"]["layers"][1:]
        one["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = [other["name"], 0, 0]
        return json.dumps(body)
    def get_weights(self): return []
def build(): return Model()
"""


def test_layers_that_wait_for_each_other_fail_their_checks(grading: Course) -> None:
    record = grading.grade(CIRCLE)
    assert record.status == "graded", record.message
    assert check(record, "test_parameters").outcome in ("failed", "timeout")
    assert check(record, "test_without_a_model").outcome == "passed"


SLOW = """
def build_images():
    wide = [keras.layers.Conv2D(64, 31, padding="same") for _ in range(4)]
    return keras.Sequential([keras.Input((8, 8, 3)), keras.layers.UpSampling2D(40), *wide])
"""
GREEDY = """
def build_images():
    return keras.Sequential([keras.Input((8, 8, 3)), keras.layers.ZeroPadding2D(6000), keras.layers.Flatten()])
"""


def test_a_model_that_takes_too_long_is_charged_to_its_check_as_time(grading: Course) -> None:
    """The death is in the record by the check's name; the next checks and the next submission are graded in full."""
    record = grading.grade(MODEL, SLOW)
    assert record.status == "graded", record.message
    assert check(record, "test_images").outcome == "timeout"
    assert [(death.when, death.cause) for death in record.execution.deaths] == [("test_images", "timeout")]
    assert record.score == 3.0
    assert grading.grade(MODEL).score == 4.0


def test_a_model_that_takes_too_much_memory_is_charged_to_its_check(grading: Course) -> None:
    record = grading.grade(MODEL, GREEDY)
    assert record.status == "graded", record.message
    assert check(record, "test_images").outcome in ("memory", "failed", "timeout")  # the last on a busy machine
    assert record.score == 3.0


def test_a_refused_layer_is_named_in_the_record(grading: Course) -> None:
    odd = 'keras.layers.Lambda(lambda x: x, name="odd")'
    record = grading.grade(MODEL.replace('keras.layers.Dense(4, "relu")', odd))
    found = check(record, "test_parameters")
    assert found.outcome == "failed"
    assert found.message.startswith("layer 'odd' (Lambda) cannot be rebuilt; the layers that can are Activation,")


def test_a_room_is_not_forked_before_it_is_asked() -> None:
    """NumPy assignments pay nothing."""
    forked: list[int] = []

    def fork() -> Session:
        forked.append(1)
        raise SessionDied("exit")

    CleanRoom(NotebookRun(fork, (), Limits())).close()
    assert not forked


def _answers(grading: Course, *cells: str) -> dict[str, Any]:
    """What is compared with mutants' answers, check by check; the cells are run in a session of their own."""
    grader = grading.grader
    numbered = [Cell(i, "code", source, ()) for i, source in enumerate(cells, 1)]
    run = NotebookRun(grader._zygote.session, numbered, grader.assignment.limits)
    try:
        job = Job(run, grader._reference, numbered, b"fixed", frozenset({"test_parameters"}))
        return {entry.spec.id: entry.transcript.answers for entry in grader._runner.check(job)}
    finally:
        run.close()


def test_two_equal_models_give_equal_answers_whatever_their_names(grading: Course) -> None:
    """Misconceptions are named by answers: names that Keras counts up must not make them differ."""
    one = _answers(grading, MODEL)
    other = _answers(grading, MODEL + "\nbefore = [build() for _ in range(3)]")
    assert agree(one["test_parameters"], other["test_parameters"])


def test_two_models_that_differ_only_in_their_layers_give_different_answers(grading: Course) -> None:
    """The same shapes and the same weights, another activation: not the same mistake."""
    one = _answers(grading, MODEL)
    other = _answers(grading, MODEL.replace('Dense(1, "sigmoid")', "Dense(1)"))
    assert not agree(one["test_parameters"], other["test_parameters"])


# the reader of architectures, alone


def _dense_model() -> dict[str, Any]:
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}
    glorot = {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {}, "registered_name": None}
    dense = {
        "module": "keras.layers", "class_name": "Dense", "registered_name": None,
        "config": {
            "name": "dense", "trainable": True, "dtype": policy, "units": 3, "activation": "relu", "use_bias": True,
            "kernel_initializer": glorot, "kernel_regularizer": None, "quantization_config": None,
        },
    }  # fmt: skip
    entry = {
        "module": "keras.layers", "class_name": "InputLayer", "registered_name": None,
        "config": {"batch_shape": [None, 6], "dtype": "float32", "sparse": False, "name": "input"},
    }  # fmt: skip
    return {
        "module": "keras", "class_name": "Sequential", "registered_name": None,
        "config": {"name": "model", "trainable": True, "layers": [entry, dense]},
        "compile_config": {"optimizer": {"module": "os", "class_name": "system"}},
    }  # fmt: skip


def test_what_is_written_anew_holds_nothing_of_the_session_but_listed_values() -> None:
    body = _dense_model()
    body["config"]["layers"][1]["config"]["name"] = "../../etc/passwd"
    written = architecture.read(json.dumps(body)).text
    assert "passwd" not in written
    assert "os" not in [node.get("module") for node in _nodes(json.loads(written))]
    assert "compile_config" not in written
    assert "GlorotUniform" not in written


def test_too_many_layers_are_refused_however_they_are_nested() -> None:
    body = _dense_model()
    entry, dense = body["config"]["layers"]
    inner = _dense_model() | {"config": {"layers": [entry, *[dense] * 70]}}
    body["config"]["layers"] = [entry, *[inner] * 3]
    with pytest.raises(Refused, match="more than 200 layers"):
        architecture.read(json.dumps(body))


def test_models_nested_too_deeply_are_refused() -> None:
    body = _dense_model()
    for _ in range(10):
        body = _dense_model() | {"config": {"layers": [body]}}
    with pytest.raises(Refused, match="nested deeper than 8"):
        architecture.read(json.dumps(body))


def _nodes(body: Any) -> Iterator[dict[str, Any]]:
    if isinstance(body, dict):
        yield body
    for item in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from _nodes(item)


@pytest.mark.parametrize(
    "change",
    [
        {"module": "os"},
        {"module": "keras.src.layers.core.lambda_layer", "class_name": "Lambda"},
        {"class_name": "TFSMLayer"},
        {"class_name": "TorchModuleWrapper"},
        {"class_name": "Lambda"},
        {"module": "builtins", "class_name": "function"},
        {"module": "keras.utils", "class_name": "get_file"},
        {"module": None},
        {"module": ["keras.layers"]},
        {"registered_name": "Custom>Dense"},
        {"class_name": ["Dense"]},
        {"config": None},
    ],
    ids=repr,
)
def test_a_layer_from_elsewhere_is_refused(change: dict[str, Any]) -> None:
    body = _dense_model()
    body["config"]["layers"][1].update(change)
    with pytest.raises(Refused, match=r"cannot be rebuilt|has no configuration"):
        architecture.read(json.dumps(body))


@pytest.mark.parametrize(
    "change",
    [
        {"filepath": "/etc/passwd"},
        {"units": 1e300},
        {"units": float("inf")},
        {"units": "3"},
        {"units": [[[1]]]},
        {"units": {"class_name": "__lambda__"}},
        {"activation": "lambda"},
        {"activation": {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "relu"}},
        {"kernel_initializer": {"module": "os", "class_name": "Zeros", "config": {}, "registered_name": None}},
        {"kernel_regularizer": {"module": "keras.regularizers", "class_name": "L2", "config": {"l2": "x"}}},
        {"kernel_regularizer": {"module": "keras.regularizers", "class_name": "L2", "config": {"fn": 1}}},
        {"dtype": {"module": "os", "class_name": "system", "config": {"name": "float32"}}},
        {"trainable": "yes"},
        {"quantization_config": {"module": "os"}},
    ],
    ids=repr,
)
def test_a_setting_that_is_on_no_list_is_refused(change: dict[str, Any]) -> None:
    body = _dense_model()
    body["config"]["layers"][1]["config"].update(change)
    with pytest.raises(Refused):
        architecture.read(json.dumps(body))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(["Dense", "os"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_MODULES = {None, "keras", "keras.layers", "keras.regularizers", "keras.src.models.functional"}


@given(st.data())
def test_whatever_is_put_into_an_architecture_it_is_refused_or_written_of_listed_parts(data: st.DataObject) -> None:
    """Replace any part by any JSON: nothing but `Refused` is raised, and no foreign module gets through."""
    body = copy.deepcopy(_dense_model())
    places = [(node, key) for node in _nodes(body) for key in node]
    node, key = data.draw(st.sampled_from(places))
    node[key] = data.draw(_JSON)
    try:
        written = json.loads(architecture.read(json.dumps(body)).text)
    except Refused:
        return
    assert {found.get("module") for found in _nodes(written)} <= _MODULES
    assert all(found["config"]["name"].startswith("layer_") for found in _nodes(written) if "class_name" in found)
