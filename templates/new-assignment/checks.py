"""Checks of the assignment `{{ slug }}`."""

import numpy as np
import pytest
from autograder.checks import assert_close, assert_shape

SCORES = np.array([[0.0, 1.0, 2.0], [3.0, 3.0, 3.0]])


@pytest.mark.public
@pytest.mark.exercise("softmax")
@pytest.mark.points(1)
@pytest.mark.hint("one probability for each score")
def test_shape(student):
    """The probabilities have the shape of the scores."""
    assert_shape(student.softmax(SCORES), (2, 3), "softmax(Z)", "(m, k)")


@pytest.mark.exercise("softmax")
@pytest.mark.points(2)
@pytest.mark.hint("divide by the sum of the row, not of the column")
def test_values(student, reference, rng):
    """The probabilities are right, whatever the scores are."""
    Z = rng.normal(size=(5, 3))
    assert_close(student.softmax(Z), reference.softmax(Z), "softmax(Z)", rtol=1e-9)


@pytest.mark.exercise("softmax")
@pytest.mark.points(1)
@pytest.mark.hint("take the largest score of each row away before the exponential")
def test_large_scores(student):
    """Scores of a thousand give probabilities, too."""
    expected = np.array([[1.0, 0.0, 0.0], [0.5, 0.0, 0.5]])
    found = student.softmax(np.array([[1000.0, 0.0, -1000.0], [1000.0, -1000.0, 1000.0]]))
    assert_close(found, expected, "softmax(Z) at scores of a thousand", atol=1e-12)


@pytest.mark.exercise("softmax")
@pytest.mark.points(1)
@pytest.mark.hint("Z -= … changes the caller's array")
def test_scores_are_kept(student, rng):
    """The scores that were given are not changed."""
    Z = rng.normal(size=(4, 3))
    held = student.hold(Z)
    student.softmax(held)
    assert_close(student.value(held), Z, "Z after the call", rtol=0)
