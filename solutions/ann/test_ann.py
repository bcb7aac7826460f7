"""Checks of `ann`, in the order of the page: contract, shape, value, invariance or gradient, step, behaviour.

Sizes all differ (n_x 3, n_h 4, n_y 2, m 7), so that no transposition and no wrong axis fits by chance; the
square case is there because with equal sizes everything fits. Parameters are drawn by the check, biases
included: a bias of zero would hide that it is forgotten.
"""

import math
from typing import NamedTuple

import numpy as np
import pytest

from autograder.checks import assert_close, assert_shape

NAMES = ("W1", "b1", "W2", "b2")
OUTPUTS = ("Z1", "A1", "Z2", "A2")
SYMBOLS = {
    "W1": "(n_h, n_x)", "b1": "(n_h, 1)", "W2": "(n_y, n_h)", "b2": "(n_y, 1)",
    "Z1": "(n_h, m)", "A1": "(n_h, m)", "Z2": "(n_y, m)", "A2": "(n_y, m)",
}  # fmt: skip


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


def descend(net, X, Y, steps, rate):
    """Gradient descent without a figure: the costs before each step. Runs beside student code."""
    costs = []
    for _ in range(steps):
        output = net.forward_propagation(X)
        costs.append(net.compute_cost(Y, output["A2"]))
        net.back_propagation(X, Y, output, rate)
    return costs


def call_and_warnings(function, z):
    """The value of a function, and the warnings on its way. Runs beside student code."""
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = function(z)
    return value, [str(warning.message) for warning in caught]


# 1. activations


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


@pytest.mark.exercise("activations")
@pytest.mark.points(1.5)
@pytest.mark.hint("compute all entries with one NumPy expression, and return an array of the shape of z")
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu"])
def test_activation_of_a_matrix(student, reference, rng, name):
    """The activation of a matrix is right in every entry."""
    z = rng.uniform(-5, 5, size=(4, 7))
    value, expected = getattr(student, name)(z.copy()), getattr(reference, name)(z)
    assert_close(value, expected, name, atol=1e-15, symbols="of z")


@pytest.mark.exercise("activations")
@pytest.mark.points(0.5)
@pytest.mark.hint("exp of a large positive number overflows: try np.logaddexp, or write sigmoid by tanh(z / 2)")
def test_sigmoid_does_not_overflow(student):
    """The sigmoid is 0 at -1000 and 1 at 1000, without a warning."""
    value, warnings = student.probe(call_and_warnings, student.sigmoid, np.array([[-1000.0, 1000.0]]))
    assert_close(value, [[0.0, 1.0]], "sigmoid(±1000)", atol=1e-8)
    assert not len(warnings), "sigmoid should give no warning at ±1000"


# 2. derivatives


@pytest.mark.exercise("derivatives")
@pytest.mark.points(1.5)
@pytest.mark.hint("sigmoid_dev and tanh_dev are given the activation a, relu_dev is given z")
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu"])
def test_derivative_is_the_slope(student, rng, name):
    """The derivative is the slope of its function."""
    z = rng.uniform(0.1, 3, size=(4, 7)) * rng.choice([-1.0, 1.0], size=(4, 7))  # never at relu's corner
    argument, slope = {
        "sigmoid": (1 / (1 + np.exp(-z)), 1 / (2 + np.exp(z) + np.exp(-z))),
        "tanh": (np.tanh(z), 1 / np.cosh(z) ** 2),
        "relu": (z, np.heaviside(z, 0.0)),
    }[name]
    assert_close(getattr(student, f"{name}_dev")(argument), slope, f"{name}_dev", symbols="of its argument")


# 3. parameters


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


@pytest.mark.exercise("parameters")
@pytest.mark.points(1)
@pytest.mark.hint("multiply np.random.randn by the standard deviation: the square root of 2 / (n_in + n_out)")
@pytest.mark.parametrize(("name", "shape"), [("W1", (300, 200)), ("W2", (250, 300))], ids=["W1", "W2"])
def test_weights_follow_glorot(student, name, shape):
    """The weights have the variance of Glorot's rule.

    n is at least 60,000. With S = mean(w²) / target, n S follows χ² with n degrees of freedom:
    P(S outside [0.9696, 1.0311]) = 1e-7. P(|mean| > 0.022 σ) = 7e-8.
    """
    value = getattr(student.ANN(200, 300, 250), name)
    assert_shape(value, shape, name, SYMBOLS[name])
    weights = np.asarray(value, dtype=float)
    target = 2 / sum(shape)
    assert abs(weights.mean()) < 0.022 * math.sqrt(target), f"the mean of {name} is not 0"
    assert 0.9696 < np.mean(weights**2) / target < 1.0311, f"the variance of {name} is not Glorot's"


@pytest.mark.exercise("parameters")
@pytest.mark.points(0.5)
@pytest.mark.hint("np.zeros((n, 1)) makes a column of zeros")
@pytest.mark.parametrize(("name", "size"), [("b1", 4), ("b2", 2)], ids=["b1", "b2"])
def test_biases_start_at_zero(student, name, size):
    """The biases start as a column of zeros."""
    assert_close(getattr(student.ANN(3, 4, 2), name), np.zeros((size, 1)), name, symbols=SYMBOLS[name])


@pytest.mark.exercise("parameters")
@pytest.mark.points(0.5)
@pytest.mark.hint("call np.random.seed(2) inside __init__, before the weights are drawn")
def test_networks_of_one_size_start_alike(student):
    """Two networks of one size start with the same weights, neuron by neuron different."""
    first, second = parameters_of(student.ANN(3, 4, 2)), parameters_of(student.ANN(3, 4, 2))
    for name in ("W1", "W2"):
        assert_close(second[name], first[name], f"{name} of the second network")
        assert len(np.unique(first[name])) == first[name].size, f"{name} repeats its entries"


@pytest.mark.exercise("parameters")
@pytest.mark.points(0.5)
@pytest.mark.hint("keep the parameters on self: what is on the class or global is shared by all networks")
def test_networks_are_independent(student, reference, rng):
    """A second network of another size leaves the first one alone."""
    case = draw(rng)
    net, other = place(student, case), place(student, draw(rng, n_x=5, n_h=6, n_y=1))
    step(other, rng.normal(size=(5, 8)), np.ones((1, 8)), 1.0)
    expected = forward(place(reference, case), case.X, "A2")
    assert_close(forward(net, case.X, "A2"), expected, "A2 of the first network")


# 4. forward_propagation


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


@pytest.mark.exercise("forward_propagation")
@pytest.mark.points(2)
@pytest.mark.hint("Z is W times the input plus b; the hidden activation is tanh, the last one the sigmoid")
@pytest.mark.parametrize("name", OUTPUTS)
def test_forward_propagation_has_the_right_values(student, reference, rng, name):
    """The forward pass computes Z1, A1, Z2 and A2."""
    case = draw(rng)
    expected = forward(place(reference, case), case.X, name)
    assert_close(forward(place(student, case), case.X, name), expected, name, atol=1e-12, symbols=SYMBOLS[name])


@pytest.mark.exercise("forward_propagation")
@pytest.mark.points(0.5)
@pytest.mark.hint("with equal sizes a transposed matrix goes unnoticed: the products are W @ X and W @ A")
def test_forward_propagation_of_a_square_network(student, reference, rng):
    """The forward pass is right where n_x = n_h = n_y = m."""
    case = draw(rng, 4, 4, 4, 4)
    expected = forward(place(reference, case), case.X, "A2")
    assert_close(forward(place(student, case), case.X, "A2"), expected, "A2", atol=1e-12, symbols="(n_y, m)")


@pytest.mark.exercise("forward_propagation")
@pytest.mark.points(0.5)
@pytest.mark.hint("one example is a column too, of shape (n_x, 1): do not squeeze it")
def test_forward_propagation_of_one_example(student, reference, rng):
    """The forward pass takes a single example, a column."""
    case = draw(rng, m=1)
    expected = forward(place(reference, case), case.X, "A2")
    assert_close(forward(place(student, case), case.X, "A2"), expected, "A2", atol=1e-12, symbols="(n_y, 1)")


# 5. cost
# The page allows a clip or an epsilon of up to 1e-7: it moves these costs by less than 1e-6, hence rtol 1e-5.


@pytest.mark.exercise("cost")
@pytest.mark.points(1)
@pytest.mark.hint("-1/m times the sum of y log a + (1 - y) log(1 - a): both terms, and the minus")
@pytest.mark.public
def test_cost_of_undecided_predictions(student):
    """The cost is ln 2 where every probability is 0.5."""
    Y = np.array([[0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0]])
    cost = student.ANN(3, 4, 1).compute_cost(Y, np.full((1, 7), 0.5))
    assert_close(scalar(cost, "the cost"), math.log(2), "the cost", rtol=1e-5)


@pytest.mark.exercise("cost")
@pytest.mark.points(1)
@pytest.mark.hint("sum over all outputs and examples, then divide by m, the number of columns")
def test_cost_has_the_right_value(student, rng):
    """The cost of two outputs sums over them and averages over the examples."""
    case, A2 = draw(rng), rng.uniform(0.1, 0.9, size=(2, 7))
    expected = -np.log(np.where(case.Y == 1, A2, 1 - A2)).sum() / 7
    cost = student.ANN(3, 4, 2).compute_cost(case.Y.copy(), A2.copy())
    assert_close(scalar(cost, "the cost"), expected, "the cost", rtol=1e-5)


@pytest.mark.exercise("cost")
@pytest.mark.points(1)
@pytest.mark.hint("log(0) is minus infinity: keep a away from 0 and 1 with np.clip before you take logarithms")
@pytest.mark.parametrize("answers", ["right", "wrong"])
def test_cost_is_finite_when_saturated(student, answers):
    """The cost stays finite where probabilities are exactly 0 and 1."""
    Y = np.array([[0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0]])
    cost = student.ANN(3, 4, 1).compute_cost(Y.copy(), Y.copy() if answers == "right" else 1 - Y)
    cost = scalar(cost, "the cost")
    assert math.isfinite(cost), "the cost is not finite"
    if answers == "right":
        assert abs(cost) < 1e-5, "the cost of perfect answers should be 0"
    else:
        assert cost > 15, "the cost of answers all wrong and all certain should be large"  # -ln 1e-7 is 16.1


@pytest.mark.exercise("cost")
@pytest.mark.points(0.5)
@pytest.mark.hint("the cost is an average over the examples: divide by m, the number of columns of Y")
def test_cost_is_an_average(student, rng):
    """Every example twice leaves the cost as it is."""
    case, A2 = draw(rng), rng.uniform(0.1, 0.9, size=(2, 7))
    net = student.ANN(3, 4, 2)
    once = lively_cost(net, case.Y, A2)
    twice = scalar(net.compute_cost(np.hstack([case.Y, case.Y]), np.hstack([A2, A2])), "the cost")
    assert_close(twice, once, "the cost of the doubled batch")


@pytest.mark.exercise("cost")
@pytest.mark.points(0.5)
@pytest.mark.hint("examples with y = 0 count as much as those with y = 1: add (1 - y) log(1 - a)")
def test_cost_is_symmetric(student, rng):
    """Swapping yes and no, in labels and probabilities, leaves the cost as it is."""
    case, A2 = draw(rng), rng.uniform(0.1, 0.9, size=(2, 7))
    net = student.ANN(3, 4, 2)
    cost = lively_cost(net, case.Y, A2)
    swapped = scalar(net.compute_cost(1 - case.Y, 1 - A2), "the cost")
    assert_close(swapped, cost, "the cost of the swapped labels", rtol=1e-5)


def lively_cost(net, Y, A2):
    """The cost, if it is another one for other probabilities: a constant is symmetric and an average, too."""
    cost, other = (scalar(net.compute_cost(Y.copy(), values), "the cost") for values in (A2.copy(), A2 / 2))
    assert abs(cost - other) > 1e-3, "the cost does not depend on the probabilities"
    return cost


# 6. back_propagation


@pytest.mark.exercise("back_propagation")
@pytest.mark.points(2)
@pytest.mark.hint("first make compute_cost right; then compare with section 6, line by line, the 1/m included")
@pytest.mark.public
@pytest.mark.parametrize("name", NAMES)
def test_gradient_at_the_start(student, rng, name):
    """A step of a new network follows the gradient of its own cost."""
    case = draw(rng)
    assert_gradient(student, place(student, case), name, case.X, case.Y)


@pytest.mark.exercise("back_propagation")
@pytest.mark.points(1)
@pytest.mark.hint("the slope of tanh is 1 - A1²; db sums over the examples and stays a column")
@pytest.mark.parametrize("name", NAMES)
def test_gradient_after_twenty_steps(student, rng, name):
    """A step still follows the gradient after twenty steps."""
    case = draw(rng)
    net = place(student, case)
    student.probe(descend, net, case.X, case.Y, 20, 0.1)
    assert_gradient(student, net, name, case.X, case.Y)


@pytest.mark.exercise("back_propagation")
@pytest.mark.points(2)
@pytest.mark.hint("compute all four gradients at the old parameters, then move all four by -lambd times them")
@pytest.mark.parametrize("name", NAMES)
def test_one_step_moves_every_parameter(student, reference, rng, name):
    """One step at learning rate 1 moves W1, b1, W2 and b2 to the right place."""
    case = draw(rng)
    net, expected = place(student, case), place(reference, case)
    step(net, case.X, case.Y, 1.0)
    step(expected, case.X, case.Y, 1.0)
    assert_close(getattr(net, name), getattr(expected, name), name, atol=1e-12, symbols=SYMBOLS[name])


@pytest.mark.exercise("back_propagation")
@pytest.mark.points(0.5)
@pytest.mark.hint("with equal sizes a wrong axis goes unnoticed: db sums over axis 1 and stays a column")
def test_one_step_of_a_square_network(student, reference, rng):
    """One step is right where n_x = n_h = n_y = m."""
    case = draw(rng, 4, 4, 4, 4)
    net, expected = place(student, case), place(reference, case)
    step(net, case.X, case.Y, 1.0)
    step(expected, case.X, case.Y, 1.0)
    for name in NAMES:
        assert_close(getattr(net, name), getattr(expected, name), name, atol=1e-12, symbols=SYMBOLS[name])


@pytest.mark.exercise("back_propagation")
@pytest.mark.points(0.5)
@pytest.mark.hint("a step goes against the gradient: theta - lambd * dtheta")
def test_small_step_lowers_the_cost_as_promised(student, rng):
    """A small step lowers the cost by the learning rate times the squared gradient, within 5 %."""
    case, rate = draw(rng), 1e-3
    net = place(student, case)
    before = net.compute_cost(case.Y.copy(), forward(net, case.X, "A2"))
    step(net, case.X, case.Y, rate)
    after = net.compute_cost(case.Y.copy(), forward(net, case.X, "A2"))
    moved = parameters_of(net)
    squared = sum(np.sum(((case.parameters[name] - moved[name]) / rate) ** 2) for name in NAMES)
    assert squared > 0, "the step moves nothing"
    ratio = (scalar(before, "the cost") - scalar(after, "the cost")) / (rate * squared)
    assert abs(ratio - 1) < 0.05, "the cost does not fall as the gradient promises"


@pytest.mark.exercise("back_propagation")
@pytest.mark.points(0.5)
@pytest.mark.hint("lambd multiplies every gradient, and nothing else moves a parameter")
def test_step_is_proportional_to_the_learning_rate(student, rng):
    """Learning rate 0 changes nothing, and twice the rate makes twice the step."""
    case, moves = draw(rng), {}
    for rate in (0.0, 0.5, 1.0):
        net = place(student, case)
        step(net, case.X, case.Y, rate)
        moved = parameters_of(net)
        moves[rate] = {name: moved[name] - case.parameters[name] for name in NAMES}
    for name in NAMES:
        assert np.any(moves[1.0][name]), f"{name} does not move at learning rate 1"
        nothing = np.zeros_like(moves[0.0][name])
        assert_close(moves[0.0][name], nothing, f"the step of {name} at learning rate 0")
        assert_close(2 * moves[0.5][name], moves[1.0][name], f"the step of {name}", atol=1e-12)


@pytest.mark.exercise("back_propagation")
@pytest.mark.points(0.5)
@pytest.mark.hint("an operator such as -= changes the caller's array: write A2 - Y, not Y -= A2")
def test_examples_are_left_alone(student, rng):
    """Forward pass and step leave X and Y as they are."""
    case = draw(rng)
    net, X, Y = place(student, case), student.hold(case.X), student.hold(case.Y)
    net.back_propagation(X, Y, net.forward_propagation(X), 1.0)
    assert np.any(parameters_of(net)["W2"] != case.parameters["W2"]), "the step moves nothing"
    assert_close(student.value(X), case.X, "X after the step")
    assert_close(student.value(Y), case.Y, "Y after the step")


@pytest.mark.exercise("back_propagation")
@pytest.mark.points(0.5)
@pytest.mark.hint("the checks above help to find the error: begin with the first that fails")
def test_xor_is_learned(student, rng):
    """Eight hidden neurons learn XOR.

    300 steps at rate 1: 400 honest runs, 200 of them with weights drawn anew, all get all 200 points right.
    """
    centres = rng.permutation(np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]]), axis=1)
    X = np.repeat(centres, 50, axis=1) + rng.uniform(-0.2, 0.2, size=(2, 200))
    Y = np.repeat((centres.sum(axis=0) == 1).astype(float), 50)[np.newaxis]
    net = student.ANN(2, 8, 1)
    student.probe(descend, net, X, Y, 300, 1.0)
    A2 = forward(net, X, "A2")
    assert_shape(A2, (1, 200), "A2", "(n_y, m)")
    assert np.mean((np.asarray(A2) > 0.5) == Y) >= 0.9, "XOR is not learned"


# 7. fit


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


@pytest.mark.exercise("fit")
@pytest.mark.points(1.5)
@pytest.mark.hint("start from the parameters that the network has, and use lambd in every step")
def test_fifty_iterations_follow_the_reference(student, reference, rng):
    """Fifty iterations of fit take the cost down the right path."""
    case = draw(rng)
    expected = reference.probe(descend, place(reference, case), case.X, case.Y, 50, 0.5)
    costs = place(student, case).fit(case.X.copy(), case.Y.copy(), n_iter=50, lambd=0.5)
    assert_close(costs, np.ravel(expected), "the list of costs", rtol=1e-5, symbols="(n_iter,)")


@pytest.mark.exercise("fit")
@pytest.mark.points(1)
@pytest.mark.hint("draw the costs of a run of yours: a curve that is flat, rises or jumps says where to look")
def test_ring_is_learned(student, rng):
    """Eight hidden neurons learn to tell a disc from its ring.

    300 steps at rate 1: the worst of 400 honest runs, 200 of them with weights drawn anew, gets 0.99.
    """
    X, Y = ring(rng, 200)
    net = student.ANN(2, 8, 1)
    net.fit(X.copy(), Y.copy(), n_iter=300, lambd=1.0)
    A2 = forward(net, X, "A2")
    assert_shape(A2, Y.shape, "A2", "(n_y, m)")
    assert np.mean((np.asarray(A2) > 0.5) == Y) >= 0.9, "the ring is not learned"


def ring(rng, m):
    """m points, half of them in a disc (label 0), half in the ring around it (label 1)."""
    radius = np.concatenate([rng.uniform(0, 0.7, m // 2), rng.uniform(1, 1.7, m // 2)])
    angle = rng.uniform(0, 2 * np.pi, m)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)]), np.repeat([[0.0, 1.0]], m // 2, axis=1)


# 8. predict


@pytest.mark.exercise("predict")
@pytest.mark.points(0.5)
@pytest.mark.hint("return the comparison A2 > 0.5 itself: an array of booleans, no probabilities")
@pytest.mark.public
def test_predictions_are_booleans(student):
    """Predictions are booleans, one column for each example."""
    value = student.ANN(3, 4, 2).predict(np.linspace(-1, 1, 21).reshape(3, 7))
    assert_shape(value, (2, 7), "predict(X)", "(n_y, m)")
    assert np.asarray(value).dtype == bool, "predict(X) should hold booleans"


@pytest.mark.exercise("predict")
@pytest.mark.points(0.5)
@pytest.mark.hint("yes where the probability is above 0.5")
def test_predictions_are_the_likelier_answers(student, reference, rng):
    """The prediction is yes exactly where the probability is above 0.5."""
    case = draw(rng, m=200)
    A2 = forward(place(reference, case), case.X, "A2")
    clear = np.abs(A2 - 0.5).min(axis=0) > 1e-6  # no example on the edge, where rounding decides
    found = place(student, case).predict(case.X[:, clear])
    assert_close(found, (A2 > 0.5)[:, clear], "predict(X)", symbols="(n_y, m)")


@pytest.mark.exercise("predict")
@pytest.mark.points(0.5)
@pytest.mark.hint("each column is decided by itself: no mean, maximum or ranking over the batch")
def test_predictions_do_not_depend_on_the_batch(student, rng):
    """A column alone gets the prediction that it gets within the batch."""
    case = draw(rng)
    net = place(student, case)
    together = net.predict(case.X.copy())
    assert_shape(together, (2, 7), "predict(X)", "(n_y, m)")
    alone = [net.predict(case.X[:, [i]].copy()) for i in range(7)]
    for value in alone:
        assert_shape(value, (2, 1), "predict(X) of one example", "(n_y, 1)")
    assert_close(np.hstack(alone), together, "predict(X) of single columns")


# 9. accuracy


@pytest.mark.exercise("accuracy")
@pytest.mark.points(1)
@pytest.mark.hint("count the entries in which Y and Y_hat agree, and divide by their number")
@pytest.mark.parametrize("n_y", [1, 2], ids=["one-output", "two-outputs"])
def test_accuracy_is_the_share_of_right_answers(student, rng, n_y):
    """Accuracy is the share of predictions that agree with the labels, from 0 to 1."""
    Y, Y_hat = rng.integers(0, 2, size=(n_y, 50)), rng.integers(0, 2, size=(n_y, 50))
    Y_hat[0, :3] = 1 - Y[0, :3]  # never all right
    value = student.accuracy(Y.astype(float), Y_hat == 1)
    assert_close(scalar(value, "accuracy(Y, Y_hat)"), np.mean(Y == Y_hat), "accuracy(Y, Y_hat)", rtol=1e-6)
