import numpy as np
import pytest

from autograder.checks import assert_close

SECRET_TABLE = {"@CHECKS@": 0.8243561, "other": 0.25}  # nothing of this may leave
SECRET_NUMBER = 7351.92648


def _expected_neuron(x, w, b):
    secret_expected = 1 / (1 + np.exp(-(w @ x + b)))  # @CHECKS@
    return secret_expected


@pytest.mark.exercise("neuron")
@pytest.mark.points(1)
@pytest.mark.public
def test_neuron_at_zero(student):
    """A neuron without weights and bias answers one half."""
    assert_close(student.neuron(np.zeros(2), np.zeros(2), 0.0), 0.5, "neuron(0)")


@pytest.mark.exercise("neuron")
@pytest.mark.points(2)
@pytest.mark.hint("the dot product goes into the sigmoid")
def test_neuron(student, rng):
    """A neuron answers the sigmoid of its weighted sum."""
    x, w, b = rng.normal(size=4), rng.normal(size=4), float(rng.normal())
    expected = _expected_neuron(x, w, b)
    answer = student.neuron(x, w, b)
    assert_close(answer, expected, "neuron(x, w, b)", rtol=1e-6)
    assert abs(answer - expected) < 1e-6
    assert answer == pytest.approx(expected)


@pytest.mark.exercise("softmax")
@pytest.mark.points(2)
def test_softmax(student, rng):
    """Each column of a softmax is a distribution, and the right one."""
    Z = rng.normal(size=(3, 5))
    E = np.exp(Z)
    assert_close(student.softmax(Z), E / E.sum(axis=0), "softmax(Z)", rtol=1e-6)
    assert np.allclose(student.softmax(Z).sum(axis=0), 1)


@pytest.mark.exercise("softmax")
@pytest.mark.points(1)
def test_softmax_keeps_its_input(student, rng):
    """Softmax of large numbers is finite, and leaves its input as it was."""
    Z = rng.normal(size=(2, 2)) + SECRET_NUMBER
    held = student.hold(Z)
    found = student.softmax(held)
    assert_close(student.value(held), Z, "Z")
    E = np.exp(Z - Z.max(axis=0))
    assert_close(found, E / E.sum(axis=0), "softmax(Z)", rtol=1e-6)


@pytest.mark.exercise("perceptron")
@pytest.mark.points(2)
def test_perceptron(student, rng):
    """Updates move w and b, and mistakes counts them."""
    X, y = rng.normal(size=(12, 3)), np.where(rng.normal(size=12) > 0, 1, -1)
    unit, w, b, mistakes = student.Perceptron(3), np.zeros(3), 0.0, 0
    for x, label in zip(X, y):
        unit.learn(x, int(label))
        if (1 if w @ x + b > 0 else -1) != label:
            w, b, mistakes = w + label * x, b + label, mistakes + 1
    assert_close(unit.w, w, "w", rtol=1e-6)
    assert_close(unit.b, b, "b", rtol=1e-6)
    assert unit.mistakes == mistakes


@pytest.mark.exercise("training")
@pytest.mark.points(1)
def test_training(student, reference, rng):
    """Training ends at the right weights."""
    X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    held = student.hold(student.train(X, y))  # an answer that is handed back
    assert_close(student.value(held), reference.train(X, y), "train(X, y)", rtol=1e-6)


@pytest.mark.exercise("label")
@pytest.mark.points(1)
@pytest.mark.hint("max takes a key")
def test_label(student):
    """The longest word is found."""
    assert student.label(["a", "@INPUT@", "bb"]) == "@INPUT@"
