# %% [markdown]
# Weights in single precision, which is what most libraries use. Variances are still computed in double precision.

# %%
import numpy as np
from matplotlib.figure import Figure


# %%
def scale_to_variance(z, target):
    factor = np.sqrt(target) / np.sqrt(((z - z.mean()) ** 2).mean())
    return np.multiply(z, factor)


def fan_avg(fan_in, fan_out):
    return np.float32(fan_in + fan_out) / np.float32(2)


def glorot_normal(fan_in, fan_out, rng):
    sigma = np.float32(1) / np.sqrt(fan_avg(fan_in, fan_out))
    return sigma * rng.standard_normal((fan_out, fan_in), dtype=np.float32)


def glorot_uniform(fan_in, fan_out, rng):
    limit = np.sqrt(3 / fan_avg(fan_in, fan_out), dtype=np.float32)
    return limit * (2 * rng.random((fan_out, fan_in), dtype=np.float32) - 1)


def he_normal(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_out, fan_in)).astype("float32")


# %%
def init_parameters(sizes, activation, rng):
    rule = {"tanh": glorot_normal, "sigmoid": glorot_normal, "softmax": glorot_normal, "relu": he_normal}.get(activation)
    if rule is None:
        raise ValueError(f"no rule for {activation}")
    parameters = {}
    for number, (fan_in, fan_out) in enumerate(zip(sizes, sizes[1:])):
        parameters |= {
            f"W{number + 1}": rule(fan_in, fan_out, rng),
            f"b{number + 1}": np.zeros((fan_out, 1), dtype=np.float32),
        }
    return parameters


# %%
class Network:
    """The forward pass as an object."""

    functions = {"tanh": np.tanh, "relu": lambda z: np.clip(z, 0, None), "sigmoid": lambda z: 1 / (1 + np.exp(-z))}

    def __init__(self, parameters, activation):
        self.depth = len(parameters) // 2
        self.parameters, self.activation = parameters, self.functions[activation]

    def __call__(self, X):
        if self.depth == 0:
            return []
        first = self.activation(X @ self.parameters["W1"].T + self.parameters["b1"].T)
        rest = {f"{name[0]}{int(name[1:]) - 1}": value for name, value in self.parameters.items() if name[1:] != "1"}
        deeper = Network(rest, "relu")
        deeper.activation = self.activation
        return [first, *deeper(first)]


def activation_variances(X, parameters, activation):
    return [A.var().item() for A in Network(parameters, activation)(np.asarray(X, dtype=float))]


# %%
rng = np.random.default_rng(0)
figure = Figure()
axes = figure.add_subplot()
axes.hist([A.ravel() for A in Network(init_parameters([50] * 4, "tanh", rng), "tanh")(rng.normal(size=(20, 50)))])
figure.savefig("histograms.png")
