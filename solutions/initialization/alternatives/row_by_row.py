# %% [markdown]
# Loops: each neuron draws its own weights. The bell is made of uniform numbers (Box and Muller, 1958).

# %%
import math

import matplotlib.pyplot as plt
import numpy as np


# %%
def scale_to_variance(z, target):
    copy = np.array(z)
    copy *= math.sqrt(target / copy.var())
    return copy


def fan_avg(fan_in, fan_out):
    return 0.5 * fan_in + 0.5 * fan_out


# %%
def bell(n, rng):
    radius = np.sqrt(-2 * np.log(1 - rng.random(n)))
    return radius * np.cos(2 * np.pi * rng.random(n))


def glorot_normal(fan_in, fan_out, rng):
    W = np.empty((fan_out, fan_in))
    for i in range(fan_out):
        W[i, :] = bell(fan_in, rng) / math.sqrt(fan_avg(fan_in, fan_out))
    return W


def glorot_uniform(fan_in, fan_out, rng):
    r = math.sqrt(6) / math.sqrt(fan_in + fan_out)
    W = []
    for i in range(fan_out):
        W.append([r * (2 * u - 1) for u in rng.random(fan_in)])
    return np.array(W)


def he_normal(fan_in, fan_out, rng):
    W = np.vstack([bell(fan_in, rng) for _ in range(fan_out)])
    return W * math.sqrt(2 / fan_in)


# %%
def init_parameters(sizes, activation, rng):
    if activation not in {"tanh", "sigmoid", "softmax", "relu"}:
        raise ValueError(f"activation {activation}?")
    parameters = {}
    fan_in = sizes[0]
    for layer, fan_out in enumerate(sizes[1:]):
        if activation == "relu":
            W = he_normal(fan_in, fan_out, rng)
        else:
            W = glorot_normal(fan_in, fan_out, rng)
        parameters[f"W{layer + 1}"], parameters[f"b{layer + 1}"] = W, W[:, :1] * 0
        fan_in = fan_out
    return parameters


# %%
def unit(activation, z):
    if activation == "tanh":
        return math.tanh(z)
    if activation == "sigmoid":
        return 1 / (1 + math.exp(-z))
    return max(z, 0.0)


def activation_variances(X, parameters, activation):
    rows = [list(x) for x in X]
    variances = []
    for layer in range(len(parameters) // 2):
        W, b = parameters[f"W{layer + 1}"], parameters[f"b{layer + 1}"]
        rows = [[unit(activation, float(np.dot(w, row)) + float(c[0])) for w, c in zip(W, b)] for row in rows]
        numbers = [a for row in rows for a in row]
        mean = math.fsum(numbers) / len(numbers)
        variances.append(math.fsum((a - mean) ** 2 for a in numbers) / len(numbers))
    return variances


# %%
rng = np.random.default_rng(2)
network = init_parameters([20, 20, 20], "sigmoid", rng)
print(activation_variances(rng.normal(size=(10, 20)), network, "sigmoid"))
plt.hist(bell(2000, rng), bins=40)
plt.savefig("histograms.png")
plt.show()
