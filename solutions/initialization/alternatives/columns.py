"""A plain script: examples become columns inside, uniform numbers come from rng.random, matrices are drawn transposed."""
import numpy as np
import pylab


def scale_to_variance(z, target):
    c = 1.0
    while abs(np.var(c * z) / target - 1) > 1e-12:  # Newton on c² Var(z) = target
        c = (c + target / (c * np.var(z))) / 2
    return c * z


def fan_avg(fan_in, fan_out):
    return fan_in + (fan_out - fan_in) / 2


def glorot_normal(fan_in, fan_out, rng):
    return (rng.standard_normal((fan_in, fan_out)) / fan_avg(fan_in, fan_out) ** 0.5).T


def glorot_uniform(fan_in, fan_out, rng):
    r = (3 / fan_avg(fan_in, fan_out)) ** 0.5
    return -r + 2 * r * rng.random((fan_in, fan_out)).T


def he_normal(fan_in, fan_out, rng):
    return rng.normal(scale=(fan_in / 2) ** -0.5, size=fan_in * fan_out).reshape(fan_out, fan_in)


def init_parameters(sizes, activation, rng):
    if activation in ["tanh", "sigmoid", "softmax"]:
        rule = glorot_normal
    elif activation == "relu":
        rule = he_normal
    else:
        raise ValueError("tanh, sigmoid, softmax or relu, please")
    parameters = {}
    for l in reversed(range(1, len(sizes))):  # the last layer is drawn first
        parameters["b" + str(l)] = np.zeros((sizes[l], 1), dtype=int)
        parameters["W" + str(l)] = rule(sizes[l - 1], sizes[l], rng)
    return parameters


def forward(X, parameters, activation):
    A = X.T
    count = sum(name.startswith("W") for name in parameters)
    for l in range(1, count + 1):
        Z = np.dot(parameters["W%d" % l], A) + parameters["b%d" % l]
        if activation == "tanh":
            A = np.tanh(Z)
        elif activation == "sigmoid":
            A = np.exp(-np.logaddexp(0, -Z))
        else:
            A = Z * (Z > 0)
        yield A


def activation_variances(X, parameters, activation):
    return tuple(np.mean((A - np.mean(A)) ** 2) for A in forward(X, parameters, activation))


rng = np.random.default_rng()
X = rng.normal(size=(30, 80))
for number, A in enumerate(forward(X, init_parameters([80] * 5, "relu", rng), "relu"), 1):
    pylab.subplot(2, 2, number)
    pylab.hist(A[A > 0], bins=20)
pylab.savefig("histograms.png", dpi=60)
pylab.close("all")
