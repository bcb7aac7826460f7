# %% [markdown]
# One function draws for all rules; the parameters come from a comprehension.

# %%
import matplotlib.pyplot as plt
import numpy as np

RULES = {
    "glorot": lambda fan_in, fan_out: 1 / fan_avg(fan_in, fan_out),
    "he": lambda fan_in, fan_out: 2 / fan_in,
}


# %%
def scale_to_variance(z, target):
    return target**0.5 * z / np.std(z)


def fan_avg(fan_in, fan_out):
    return np.mean([fan_in, fan_out])


# %%
def weights(rule, distribution, fan_in, fan_out, rng):
    """Unit variance first, then the factor."""
    shape = (fan_out, fan_in)
    unit = rng.standard_normal(shape) if distribution == "normal" else rng.uniform(-(3**0.5), 3**0.5, shape)
    return unit * np.sqrt(RULES[rule](fan_in, fan_out))


def glorot_normal(fan_in, fan_out, rng):
    return weights("glorot", "normal", fan_in, fan_out, rng)


def glorot_uniform(fan_in, fan_out, rng):
    return weights("glorot", "uniform", fan_in, fan_out, rng)


def he_normal(fan_in, fan_out, rng):
    return weights("he", "normal", fan_in, fan_out, rng)


# %%
def init_parameters(sizes, activation, rng):
    rules = dict.fromkeys(("tanh", "sigmoid", "softmax"), glorot_normal) | {"relu": he_normal}
    try:
        rule = rules[activation]
    except KeyError:
        raise ValueError(activation) from None
    layers = list(zip(sizes[:-1], sizes[1:]))
    return {f"W{i}": rule(*fans, rng) for i, fans in enumerate(layers, 1)} | {
        f"b{i}": np.zeros((fan_out, 1)) for i, (_, fan_out) in enumerate(layers, 1)
    }


# %%
def activate(z, activation):
    match activation:
        case "tanh":
            return np.tanh(z)
        case "relu":
            return np.where(z > 0, z, 0.0)
        case "sigmoid":
            return (1 + np.tanh(z / 2)) / 2


def activation_variances(X, parameters, activation):
    A, found, layer = X, [], 1
    while f"W{layer}" in parameters:
        A = activate(np.einsum("mi,oi->mo", A, parameters[f"W{layer}"]) + np.ravel(parameters[f"b{layer}"]), activation)
        found.append(A.var())
        layer += 1
    return np.array(found)


# %%
rng = np.random.default_rng(1)
A = rng.normal(size=(50, 100))
network = init_parameters([100] * 6, "tanh", rng)
for layer in range(1, 6):
    A = np.tanh(A @ network[f"W{layer}"].T)
    plt.hist(A.ravel(), bins=30, histtype="step", label=str(layer))
plt.legend()
plt.savefig("histograms.png")
print(activation_variances(rng.normal(size=(50, 100)), network, "tanh"))
