"""What a check cannot work with: it is the submission's failure, and its words tell a student nothing hidden."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from autograder.checks.outcomes import CheckSpec, Circumstances, Phase, judge
from autograder.errors import AssignmentError, InternalError
from autograder.notebook import Cell
from autograder.records import Visibility
from autograder.sandbox import wire
from autograder.student import NotAValue, Refused, architecture
from autograder.student.namespace import receive

CANARY = "zq73519264"


def around(source: str = "", visibility: Visibility = "hidden", answered: bool = True) -> Circumstances:
    spec = CheckSpec("test_it", "It.", "work", Fraction(1), "", visibility, 1.0)
    return Circumstances(spec, None, answered, visibility == "hidden", [Cell(1, "code", source, ())])


def phases(error: BaseException) -> Sequence[Phase]:
    return [Phase("setup", True, None), Phase("call", False, error), Phase("teardown", True, None)]


def refused(node: object) -> Refused:
    """What the grader says of a model with this JSON."""
    with pytest.raises(Refused) as caught:
        architecture.read(json.dumps(node))
    return caught.value


def layer(class_name: str, **config: object) -> object:
    node = {"module": "keras.layers", "class_name": class_name, "registered_name": None, "config": config}
    model = {"name": "sequential", "layers": [node]}
    return {"module": "keras", "class_name": "Sequential", "registered_name": None, "config": model}


@pytest.mark.parametrize(
    "node",
    [layer("Lambda", name=CANARY), layer(CANARY, name="dense"), layer("Dense", name="dense", units=CANARY),
     layer("Dense", name="dense", **{CANARY: 1}), layer("Dense", name="dense", units=[[735, 192]] * 9),
     layer(f"\x03{CANARY}\x02", name="dense"), {"module": "x", "class_name": "y", "config": {"name": CANARY}}],
    ids=["name", "class", "value", "key", "numbers", "marks", "model"],
)  # fmt: skip
def test_a_refusal_tells_a_hidden_check_nothing_that_student_code_chose(node: object) -> None:
    """The instructor and public checks have the whole sentence; a hidden check has an ellipsis."""
    error = refused(node)
    verdict = judge(phases(error), around())
    assert verdict.outcome == "failed"
    assert CANARY not in verdict.message
    assert "735" not in verdict.message
    assert "…" in verdict.message
    assert judge(phases(error), around(visibility="public")).message == str(error)[:1000]


def test_a_refusal_names_layers_as_the_source_and_keras_do() -> None:
    """Names that Keras gives, and words of the submission, stay."""
    error = refused(layer("Lambda", name="halve"))
    assert judge(phases(error), around("x = Lambda(f, name='halve')")).message.startswith("layer 'halve' (Lambda)")
    given = refused(layer("Lambda", name="lambda_2"))
    assert judge(phases(given), around()).message.startswith("layer 'lambda_2' (Lambda)")


def test_a_number_of_a_thousand_digits_is_refused() -> None:
    """JSON's integers have no bound, and floats have."""
    assert "'units'" in str(refused(layer("Dense", name="dense", units=10**1000)))


@pytest.mark.parametrize(
    "error",
    [struct.error("unpack requires a buffer"), zlib.error("incorrect header"), EOFError(), OSError("truncated"),
     UnboundLocalError("x"), StopIteration(), np.exceptions.AxisError("axis")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_what_a_check_meets_in_a_value_is_the_submissions_failure(error: Exception) -> None:
    """A file of sixteen bytes in place of a picture costs the check, not the grading."""
    assert judge(phases(error), around()).outcome == "failed"
    assert judge(phases(error), around(answered=False)).blame_grader


@pytest.mark.parametrize(
    "error", [InternalError("x"), AssignmentError("x"), NameError("x"), ImportError("x"), FileNotFoundError(2, "x")]
)
def test_what_no_value_causes_is_the_graders(error: Exception) -> None:
    """A typing error in a check is nobody's zero."""
    assert judge(phases(error), around()).blame_grader


def test_nothing_raised_where_raising_is_asked_for_is_a_failure() -> None:
    """`pytest.raises` says so by an exception of its own, which is no `Exception`."""
    with pytest.raises(pytest.fail.Exception) as caught, pytest.raises(ValueError, match="x"):
        pass
    assert judge(phases(caught.value), around(answered=False)).outcome == "failed"


def echo(operation: str, arguments: tuple[object, ...]) -> tuple[bool, object]:
    wire.encode((operation, *arguments))
    return True, None


def nested(depth: int) -> object:
    return [nested(depth - 1)] if depth else 1.0


@pytest.mark.parametrize(
    "value", [nested(wire.MAX_DEPTH), np.zeros(wire.MAX_BODY, np.int8), np.array([None])], ids=["deep", "large", "none"]
)
def test_an_answer_that_cannot_be_handed_back_fails_the_check(value: object) -> None:
    """It came within the limits, and goes out wrapped in a request."""
    with pytest.raises(NotAValue, match="cannot be given a value"):
        receive(echo, "call", (value,), "train(…)")


def test_what_no_answer_can_be_is_the_checks_mistake() -> None:
    """A set is never decoded."""
    with pytest.raises(AssignmentError):
        receive(echo, "call", ({1},), "train(…)")
