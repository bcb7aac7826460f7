"""Checks of `initialization`: contract, shape, value, distribution, invariance, behaviour.

Random weights are judged by statistics with 60,000 numbers, at (200, 300) and (300, 200): in a square matrix every
mistake about the fans is invisible. Each bound states the probability P that right weights break it, at most 1e-7.
The generators that student functions are handed get their seeds from `rng`, so they are fresh for each submission.
"""

import math
import struct

import numpy as np
import pytest

from autograder.checks import assert_close, assert_shape

SHAPES = [(200, 300), (300, 200)]  # (fan_in, fan_out)
GLOROT = ["glorot_normal", "glorot_uniform"]
SIZES = [3, 4, 2, 5]
M = 7

# n = 60,000 weights w = σ g, g normal: n S = Σ g² follows χ² with n degrees of freedom, S = mean(w²) / σ².
# P(S < 0.9696) = 5.3e-8, P(S > 1.0311) = 4.8e-8, together 1.0e-7. For uniform weights Var(w²/σ²) is 0.8 and not 2,
# and the same bounds lie 8.2 standard deviations out or more: P < 1e-15.
S_BOUNDS = (0.9696, 1.0311)
# Where one check looks at two layers, each takes half: P(S < 0.9688) = 2.4e-8, P(S > 1.0319) = 2.3e-8.
S_BOUNDS_OF_TWO = (0.9688, 1.0319)

# mean(w) / σ has the standard deviation 1 / √n = 0.00408: P(|mean| > 0.022 σ) = P(|g| > 5.389) = 7.1e-8. Exact for
# normal weights; for uniform ones the next term of the expansion (kurtosis -1.2, over 24 n) changes it by 0.1 %.
MEAN_BOUND = 0.022

# S of two independent draws: their quotient follows F with (n, n) degrees of freedom. P(outside 1.045 either way) =
# 7.0e-8. Uniform weights scatter less: P < 1e-16.
RATIO_BOUND = 1.045

# Massart's form of the Dvoretzky-Kiefer-Wolfowitz inequality, for every continuous distribution:
# P(D > d) <= 2 exp(-2 n d²), here 2 exp(-17.28) = 6.3e-8.
KS_BOUND = 0.012


def generator(seed):
    """A generator where student code runs. Runs beside student code."""
    import numpy as np

    return np.random.default_rng(seed)


def new_generator(student, rng):
    """A handle to a generator with a seed that nobody knows beforehand."""
    return student.probe(generator, int(rng.integers(2**60)))


def numbers(value, shape, name, symbols=""):
    """`value` as float64, after its shape, kind and finiteness have been checked."""
    assert_shape(value, shape, name, symbols)
    found = np.asarray(value)
    assert found.dtype.kind in "biuf", f"{name} should hold real numbers"
    assert np.isfinite(found).all(), f"{name} holds NaN or infinity"
    return found.astype(float)


def draw(student, rng, name, fan_in, fan_out):
    """Weights of a student function, (fan_out, fan_in), from a generator of their own."""
    value = getattr(student, name)(fan_in, fan_out, new_generator(student, rng))
    return numbers(value, (fan_out, fan_in), name, "(fan_out, fan_in)")


def draw_twice_and_again(function, fan_in, fan_out, seed):
    """Two draws from one generator, and the first of another with the same seed. Runs beside student code."""
    import numpy as np

    rng = np.random.default_rng(seed)
    first, second = function(fan_in, fan_out, rng), function(fan_in, fan_out, rng)
    return first, second, function(fan_in, fan_out, np.random.default_rng(seed))


def refuses(function, sizes, activation, rng):
    """Whether a ValueError is raised. Runs beside student code."""
    try:
        function(sizes, activation, rng)
    except ValueError:
        return True
    return False


def variance_of(name, fan_in, fan_out):
    """What the rules say."""
    return 2 / fan_in if name == "he_normal" else 2 / (fan_in + fan_out)


def assert_variance(weights, target, name, bounds=S_BOUNDS):
    """S = mean(w²) / target is 1, within its bounds: the power, so that a shifted mean is no excuse."""
    low, high = bounds
    assert low < np.mean(weights**2) / target < high, f"the variance of {name} is not what the rule says"


def assert_distribution(weights, cdf, name):
    """The Kolmogorov-Smirnov distance D between the weights and a distribution function is small."""
    ordered = cdf(np.sort(weights, axis=None))
    n = ordered.size
    above, below = np.arange(1, n + 1) / n - ordered, ordered - np.arange(n) / n
    assert max(above.max(), below.max()) < KS_BOUND, f"{name} does not have the distribution in its name"


def normal_cdf(variance):
    """The distribution function of N(0, variance), for an array."""
    scale = math.sqrt(2 * variance)
    return lambda w: np.array([0.5 + 0.5 * math.erf(x) for x in (w / scale).tolist()])


def uniform_cdf(variance):
    """The distribution function of the uniform distribution around 0 with this variance."""
    limit = math.sqrt(3 * variance)
    return lambda w: np.clip((w + limit) / (2 * limit), 0, 1)


def assert_drawn_from_its_generator(student, rng, name):
    """Same state, same weights; and a generator goes on where it was, so that the next weights are others."""
    draws = student.probe(draw_twice_and_again, getattr(student, name), 3, 4, int(rng.integers(2**60)))
    first, second, again = (numbers(value, (4, 3), name, "(fan_out, fan_in)") for value in draws)
    assert np.array_equal(first, again), f"{name} gives other weights for a generator in the same state"
    assert not np.array_equal(first, second), f"{name} gives the same weights twice from one generator"


def network(rng, sizes, scale=0.8):
    """Parameters drawn by the check, biases included: a zero bias would hide that it is forgotten."""
    parameters = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:]), start=1):
        parameters[f"W{layer}"] = scale * rng.normal(size=(fan_out, fan_in))
        parameters[f"b{layer}"] = scale * rng.normal(size=(fan_out, 1))
    return parameters


def parameter(parameters, name, shape):
    """One entry of what init_parameters returned, as float64."""
    assert isinstance(parameters, dict), "init_parameters should return a dictionary"
    assert name in parameters, f"the dictionary of init_parameters has no {name}"
    return numbers(parameters[name], shape, name)


# 1. scaling


@pytest.mark.public
@pytest.mark.exercise("scaling")
@pytest.mark.points(0.5)
@pytest.mark.hint("twice the numbers have four times the variance")
def test_four_times_the_variance_is_twice_the_numbers(student):
    """For four times the variance, every number doubles."""
    z = np.array([[1.0, 2.0], [3.0, 6.0]])  # mean 3, variance 3.5
    assert_close(student.scale_to_variance(z, 14.0), [[2.0, 4.0], [6.0, 12.0]], "scale_to_variance(z, target)")


@pytest.mark.exercise("scaling")
@pytest.mark.points(1)
@pytest.mark.hint("the factor is the root of target / np.var(z), whatever the mean of z and its variance are")
def test_scaling_reaches_any_target(student, rng):
    """scale_to_variance multiplies by the factor that leads to the target."""
    z = rng.uniform(1, 2) + rng.uniform(0.5, 3) * rng.normal(size=(4, 7))
    target = float(rng.uniform(0.1, 0.9))
    assert_close(student.scale_to_variance(z, target), z * math.sqrt(target / z.var()), "scale_to_variance(z, target)")


@pytest.mark.exercise("scaling")
@pytest.mark.points(0.5)
@pytest.mark.hint("z *= factor changes the caller's array: return a new one")
def test_scaling_leaves_z_alone(student, rng):
    """scale_to_variance returns a new array and leaves z as it is."""
    z = rng.normal(size=(4, 7))
    held = student.hold(z)
    assert_shape(student.scale_to_variance(held, 2.0), (4, 7), "scale_to_variance(z, target)", "of z")
    assert_close(student.value(held), z, "z after the call", rtol=0)


# 2. fan_avg


@pytest.mark.public
@pytest.mark.exercise("fan_avg")
@pytest.mark.points(0.5)
@pytest.mark.hint("the mean of two numbers is half their sum")
def test_fan_avg_of_a_layer(student):
    """A layer of 300 units with 200 inputs has a fan_avg of 250."""
    assert_close(student.fan_avg(200, 300), 250.0, "fan_avg(200, 300)")


@pytest.mark.exercise("fan_avg")
@pytest.mark.points(0.5)
@pytest.mark.hint("// drops the half")
def test_fan_avg_keeps_the_half(student, rng):
    """fan_avg is right where the sum is odd, too."""
    fan_in = int(rng.integers(1, 50))
    fan_out = fan_in + 2 * int(rng.integers(1, 50)) + 1
    assert_close(student.fan_avg(fan_in, fan_out), (fan_in + fan_out) / 2, "fan_avg(fan_in, fan_out)")


# 3. glorot


@pytest.mark.public
@pytest.mark.exercise("glorot")
@pytest.mark.points(1)
@pytest.mark.hint("one row for each output, one column for each input")
@pytest.mark.parametrize("name", GLOROT)
def test_glorot_shape(student, rng, name):
    """Weights by Glorot's rule have the shape (fan_out, fan_in)."""
    draw(student, rng, name, 3, 4)


@pytest.mark.exercise("glorot")
@pytest.mark.points(0.5)
@pytest.mark.hint("size=(fan_out, fan_in) holds for ones as well: no squeeze, no special case")
@pytest.mark.parametrize("name", GLOROT)
def test_glorot_of_tiny_layers(student, rng, name):
    """Layers with a single input or output get a matrix as well."""
    for shape in ((1, 1), (1, 5), (5, 1)):
        draw(student, rng, name, *shape)


@pytest.mark.exercise("glorot")
@pytest.mark.points(2)
@pytest.mark.hint("the variance is 1 / fan_avg; rng.normal wants its root, and a uniform limit is its root times √3")
@pytest.mark.parametrize("shape", SHAPES, ids=["200-300", "300-200"])
@pytest.mark.parametrize("name", GLOROT)
def test_glorot_variance(student, rng, name, shape):
    """Weights by Glorot's rule have the variance 1 / fan_avg (P = 1e-7)."""
    assert_variance(draw(student, rng, name, *shape), variance_of(name, *shape), name)


@pytest.mark.exercise("glorot")
@pytest.mark.points(0.5)
@pytest.mark.hint("positive and negative weights balance: rng.random starts at 0, not at -1")
@pytest.mark.parametrize("name", GLOROT)
def test_glorot_mean(student, rng, name):
    """Weights by Glorot's rule have mean 0 (P = 7e-8)."""
    weights = draw(student, rng, name, 200, 300)
    assert abs(weights.mean()) < MEAN_BOUND * math.sqrt(variance_of(name, 200, 300)), f"the mean of {name} is not 0"


@pytest.mark.exercise("glorot")
@pytest.mark.points(0.5)
@pytest.mark.hint("the rule is symmetric: it uses the sum of fan_in and fan_out")
@pytest.mark.parametrize("name", GLOROT)
def test_glorot_treats_both_fans_alike(student, rng, name):
    """Inputs and outputs swapped, the variance stays (P = 7e-8)."""
    one, other = (np.mean(draw(student, rng, name, *shape) ** 2) for shape in SHAPES)
    assert 1 / RATIO_BOUND < one / max(other, 1e-300) < RATIO_BOUND, f"{name} does not treat fan_in and fan_out alike"


@pytest.mark.exercise("glorot")
@pytest.mark.points(1)
@pytest.mark.hint("all weights come independently from the whole distribution that the name says, none cut off")
@pytest.mark.parametrize("name", GLOROT)
def test_glorot_distribution(student, rng, name):
    """glorot_normal is normal, glorot_uniform is uniform (P = 6e-8)."""
    cdf = {"glorot_normal": normal_cdf, "glorot_uniform": uniform_cdf}[name](variance_of(name, 200, 300))
    assert_distribution(draw(student, rng, name, 200, 300), cdf, name)


@pytest.mark.exercise("glorot")
@pytest.mark.points(0.5)
@pytest.mark.hint("the limit is the root of 6 / (fan_in + fan_out), on both sides")
def test_uniform_weights_fill_their_limits(student, rng):
    """Uniform weights reach from -r to r, and never beyond.

    P(all n below 0.999 r) = 0.9995^60000 = 9e-14, and the same above -0.999 r. Single precision may round r up.
    """
    weights = draw(student, rng, "glorot_uniform", 300, 200) / math.sqrt(6 / 500)
    assert np.abs(weights).max() < 1 + 1e-6, "weights of glorot_uniform lie beyond the limit"
    assert weights.max() > 0.999 and weights.min() < -0.999, "glorot_uniform does not reach its limits"


@pytest.mark.exercise("glorot")
@pytest.mark.points(0.5)
@pytest.mark.hint("draw the whole matrix at once: a repeated row or column is a pair of equal neurons or inputs")
@pytest.mark.parametrize("name", GLOROT)
def test_glorot_repeats_nothing(student, rng, name):
    """No two rows and no two columns are equal.

    Weights carry at least 24 random bits, so two of the 200 rows agree with P < 1e-1000.
    """
    weights = draw(student, rng, name, 300, 200)
    assert len(np.unique(weights, axis=0)) == 200, f"{name} repeats a row"
    assert len(np.unique(weights, axis=1).T) == 300, f"{name} repeats a column"


@pytest.mark.exercise("glorot")
@pytest.mark.points(0.5)
@pytest.mark.hint("draw from the rng that was handed in: no np.random, no new generator, no seed")
@pytest.mark.parametrize("name", GLOROT)
def test_glorot_draws_from_its_generator(student, rng, name):
    """The weights follow the state of the generator that is handed in."""
    assert_drawn_from_its_generator(student, rng, name)


# 4. he


@pytest.mark.public
@pytest.mark.exercise("he")
@pytest.mark.points(0.5)
@pytest.mark.hint("one row for each output, one column for each input")
def test_he_shape(student, rng):
    """Weights by He's rule have the shape (fan_out, fan_in), with single inputs and outputs as well."""
    for shape in ((3, 4), (1, 1), (1, 5), (5, 1)):
        draw(student, rng, "he_normal", *shape)


@pytest.mark.exercise("he")
@pytest.mark.points(1)
@pytest.mark.hint("the variance is 2 / fan_in, and rng.normal wants its root")
@pytest.mark.parametrize("shape", SHAPES, ids=["200-300", "300-200"])
def test_he_variance(student, rng, shape):
    """Weights by He's rule have the variance 2 / fan_in (P = 1e-7)."""
    assert_variance(draw(student, rng, "he_normal", *shape), variance_of("he_normal", *shape), "he_normal")


@pytest.mark.exercise("he")
@pytest.mark.points(0.5)
@pytest.mark.hint("He's rule looks at the inputs only")
def test_he_looks_at_the_inputs_only(student, rng):
    """From 200 inputs to 300, the variance falls by the factor 1.5 (P = 7e-8)."""
    few, many = (np.mean(draw(student, rng, "he_normal", *shape) ** 2) for shape in SHAPES)
    assert 1 / RATIO_BOUND < few / max(1.5 * many, 1e-300) < RATIO_BOUND, "he_normal does not follow fan_in"


@pytest.mark.exercise("he")
@pytest.mark.points(0.5)
@pytest.mark.hint("rng.normal, around 0, the whole bell")
def test_he_distribution(student, rng):
    """he_normal is normal (P = 6e-8)."""
    weights = draw(student, rng, "he_normal", 300, 200)
    assert_distribution(weights, normal_cdf(variance_of("he_normal", 300, 200)), "he_normal")


@pytest.mark.exercise("he")
@pytest.mark.points(0.5)
@pytest.mark.hint("draw from the rng that was handed in: no np.random, no new generator, no seed")
def test_he_draws_from_its_generator(student, rng):
    """The weights follow the state of the generator that is handed in."""
    assert_drawn_from_its_generator(student, rng, "he_normal")


# 5. init_parameters


@pytest.mark.public
@pytest.mark.exercise("init_parameters")
@pytest.mark.points(1)
@pytest.mark.hint("W1 leads from sizes[0] to sizes[1]: rows are outputs; the bias is a column")
def test_parameters_have_their_names_and_shapes(student, rng):
    """A network of three layers has W1, b1, W2, b2, W3 and b3, in the right shapes."""
    parameters = student.init_parameters([3, 4, 2, 5], "tanh", new_generator(student, rng))
    shapes = {"W1": (4, 3), "b1": (4, 1), "W2": (2, 4), "b2": (2, 1), "W3": (5, 2), "b3": (5, 1)}
    for name, shape in shapes.items():
        parameter(parameters, name, shape)
    assert set(parameters) == set(shapes), "the dictionary of init_parameters has more entries than it should"


@pytest.mark.exercise("init_parameters")
@pytest.mark.points(0.5)
@pytest.mark.hint("np.zeros((n, 1)) makes a column of zeros")
@pytest.mark.parametrize("activation", ["softmax", "relu"])
def test_biases_are_zero(student, rng, activation):
    """All biases are zero."""
    parameters = student.init_parameters(SIZES, activation, new_generator(student, rng))
    for layer, size in enumerate(SIZES[1:], start=1):
        bias = parameter(parameters, f"b{layer}", (size, 1))
        assert not bias.any(), f"b{layer} is not zero"


@pytest.mark.exercise("init_parameters")
@pytest.mark.points(1)
@pytest.mark.hint("glorot_normal for tanh, sigmoid and softmax, he_normal for relu, in every layer")
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softmax", "relu"])
def test_activation_chooses_the_rule(student, rng, activation):
    """Each layer has the variance of the rule for its activation (P = 9e-8)."""
    parameters = student.init_parameters([200, 300, 200], activation, new_generator(student, rng))
    rule = "he_normal" if activation == "relu" else "glorot_normal"
    for name, (fan_in, fan_out) in zip(("W1", "W2"), SHAPES):
        weights = parameter(parameters, name, (fan_out, fan_in))
        assert_variance(weights, variance_of(rule, fan_in, fan_out), name, S_BOUNDS_OF_TWO)


@pytest.mark.exercise("init_parameters")
@pytest.mark.points(0.5)
@pytest.mark.hint("no seed and no new generator inside: with either, layers of one size are copies")
def test_layers_differ(student, rng):
    """Layers of the same size get different weights."""
    parameters = student.init_parameters([6, 6, 6, 6], "tanh", new_generator(student, rng))
    W1, W2, W3 = (parameter(parameters, name, (6, 6)) for name in ("W1", "W2", "W3"))
    assert not any(np.array_equal(a, b) for a, b in ((W1, W2), (W2, W3), (W1, W3))), "two layers have equal weights"


@pytest.mark.exercise("init_parameters")
@pytest.mark.points(0.5)
@pytest.mark.hint("raise ValueError where the activation is none of the four")
def test_unknown_activation_is_refused(student, rng):
    """An activation that no rule is known for raises ValueError."""
    known = student.init_parameters([3, 4], "relu", new_generator(student, rng))
    parameter(known, "W1", (4, 3))
    refused = student.probe(refuses, student.init_parameters, [3, 4], "rectifier", new_generator(student, rng))
    assert refused is True, "init_parameters accepts an unknown activation"


def power_gain(parameters, activation, x):
    """How the power |a|² of one example, (n, 1), changes on its way through all layers, computed here."""
    a = x
    for layer in range(1, len(parameters) // 2 + 1):
        z = parameter(parameters, f"W{layer}", (100, 100)) @ a + parameter(parameters, f"b{layer}", (100, 1))
        a = np.tanh(z) if activation == "tanh" else np.maximum(0, z)
    return np.sum(a**2) / np.sum(x**2)


@pytest.mark.exercise("init_parameters")
@pytest.mark.points(1)
@pytest.mark.hint("is it the right rule for this activation, with a variance turned into a standard deviation once?")
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_signal_survives_twenty_layers(student, rng, activation):
    """A small signal keeps its power through twenty layers, within a factor of 1000 (P = 5e-8).

    One example, n = 100 units a layer. With He's rule, |a|² grows in each layer by the factor (2/n) Σ max(0, g)², g
    normal, whatever a is: (2/n) χ² with K degrees of freedom, K binomial (n, 1/2). Chernoff's bound on the product of
    20 such factors: P(> 1000) < 4e-14; P(< 1/1000) < 3.3e-8, and 1.2e-8 more for a layer with K <= 20, left out there.
    With Glorot's rule and without tanh the factor is χ²/n, n degrees of freedom: P(outside 1/300 … 300) < 4e-15. tanh
    only shrinks: inputs of 0.0001 keep |z| below 0.1, where it takes less than 1 % of the power a layer.
    A variance wrong by 2 moves the product by 2^20, about a million.
    """
    parameters = student.init_parameters([100] * 21, activation, new_generator(student, rng))
    gain = power_gain(parameters, activation, 1e-4 * rng.normal(size=(100, 1)))
    assert gain > 1e-3, "the signal dies on its way through twenty layers"
    assert gain < 1e3, "the signal explodes on its way through twenty layers"


# 6. activation_variances


def variances_of(X, parameters, activation):
    """The closed form, layer by layer."""
    functions = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "relu": lambda z: np.maximum(0, z)}
    found, a = [], X.T
    for layer in range(1, len(parameters) // 2 + 1):
        a = functions[activation](parameters[f"W{layer}"] @ a + parameters[f"b{layer}"])
        found.append(np.mean((a - a.mean()) ** 2))
    return found


@pytest.mark.public
@pytest.mark.exercise("activation_variances")
@pytest.mark.points(0.5)
@pytest.mark.hint("A is X @ W.T + b.T, then the activation; np.var over all entries")
def test_variances_of_two_small_layers(student):
    """Two layers with known numbers have known variances."""
    X = np.array([[1.0, 0.0], [0.0, 3.0]])
    parameters = {
        "W1": np.array([[1.0, 1.0], [-1.0, 1.0]]), "b1": np.array([[0.0], [1.0]]),
        "W2": np.array([[1.0, 1.0]]), "b2": np.array([[-2.0]]),
    }  # fmt: skip
    # A1 = [[1, 0], [3, 4]], mean 2; A2 = [[0], [5]]
    assert_close(student.activation_variances(X, parameters, "relu"), [2.5, 6.25], "activation_variances")


@pytest.mark.exercise("activation_variances")
@pytest.mark.points(1)
@pytest.mark.hint("bias, then activation, then the variance of all entries of the layer, its mean taken off")
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_variances_have_the_right_values(student, rng, activation):
    """Each layer's variance is right, for any network and every activation."""
    X, parameters = rng.normal(size=(M, SIZES[0])), network(rng, SIZES)
    parameters["b2"] = np.abs(parameters["b2"])  # a layer of two ReLU units that are not both silent
    expected = variances_of(X, parameters, activation)
    assert_close(student.activation_variances(X, parameters, activation), expected, "activation_variances", atol=1e-15)


@pytest.mark.exercise("activation_variances")
@pytest.mark.points(0.5)
@pytest.mark.hint("one number per layer, in the order 1, 2, …, 12: sorted by name, W10 comes before W2")
def test_signal_vanishes_with_tiny_weights(student, rng):
    """Twelve layers with weights of 0.01 shrink the variance step by step, down to almost nothing."""
    X, parameters = rng.normal(size=(M, 5)), network(rng, [5] * 13, scale=0.01)
    parameters.update({name: np.zeros_like(value) for name, value in parameters.items() if name[0] == "b"})
    expected = variances_of(X, parameters, "tanh")
    assert_close(student.activation_variances(X, parameters, "tanh"), expected, "activation_variances", rtol=1e-6)


@pytest.mark.exercise("activation_variances")
@pytest.mark.points(0.5)
@pytest.mark.hint('figure.savefig("histograms.png")')
def test_histograms_are_saved(student):
    """The notebook leaves the histograms of the activations as histograms.png."""
    data = student.file("histograms.png")
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR", "histograms.png is not a PNG image"
    width, height = struct.unpack(">II", data[16:24])
    assert min(width, height) >= 100, "histograms.png is too small to show a figure"
