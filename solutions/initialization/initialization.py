# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Initialization
#
# Before a network learns anything, you choose its weights. All equal, and its neurons stay copies of one another.
# Too small, and the signal dies on its way. Too large, and it hits the ceiling.
#
# In this notebook you
#
# 1. see what equal weights do;
# 2. set the variance of an array, by one factor;
# 3. write Glorot's rule for tanh, sigmoid and softmax, and He's rule for ReLU;
# 4. send a signal through twenty layers, and look at what arrives.
#
# NumPy does the work, Matplotlib draws. Examples are rows: `X` has shape (m, n), for m examples with n features
# each.

# %%
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Image

# %% [markdown]
# The last section sends `N_EXAMPLES` examples through twenty layers. Grading sets a smaller number here.

# %% tags=["parameters"]
N_EXAMPLES = 1000

# %% [markdown]
# **Random numbers.** Every draw in this notebook comes from a generator that you are handed, `rng`. It remembers
# where it is: two calls give two results. A new generator with the same seed gives the first result again.

# %%
rng = np.random.default_rng(7)
print("first call  ", rng.normal(size=3))
print("second call ", rng.normal(size=3))
print("same seed   ", np.random.default_rng(7).normal(size=3))

# %% [markdown]
# ## 1. Why not all equal?
#
# Here is one hidden layer of eight tanh units, and gradient descent. The code is given: watch `W1`, one row for each
# hidden unit.

# %%
def train(W1, w2, X, y, n_steps=300, learning_rate=1.0):
    """Gradient descent on one hidden layer of tanh units and a sigmoid output, without biases.

    Args:
        W1: (n_h, n_x) float64, weights of the hidden layer at the start.
        w2: (n_h,) float64, weights of the output at the start.
        X: (m, n_x) float64, examples in rows.
        y: (m,) float64, labels 0 or 1.
        n_steps: int.
        learning_rate: float.

    Returns:
        (n_h, n_x) float64, weights of the hidden layer at the end.
    """
    for _ in range(n_steps):
        A1 = np.tanh(X @ W1.T)
        delta2 = (1 / (1 + np.exp(-(A1 @ w2))) - y) / len(y)
        delta1 = np.outer(delta2, w2) * (1 - A1**2)
        W1, w2 = W1 - learning_rate * delta1.T @ X, w2 - learning_rate * A1.T @ delta2
    return W1

# %%
rng = np.random.default_rng(0)
points = rng.normal(size=(100, 5))
labels = (points[:, 0] * points[:, 1] > 0).astype(float)
starts = {
    "all equal": (np.full((8, 5), 0.5), np.full(8, 0.5)),
    "random": (rng.normal(0, 0.5, size=(8, 5)), rng.normal(0, 0.5, size=8)),
}
figure, axes = plt.subplots(1, 2, figsize=(4, 2.8))
for ax, (name, (W1, w2)) in zip(axes, starts.items()):
    ax.imshow(train(W1, w2, points, labels), cmap="RdBu", vmin=-2, vmax=2)
    ax.set(title=f"{name} at first", xlabel="input", xticks=[], yticks=[])
axes[0].set_ylabel("hidden unit, after training")
plt.show()

# %% [markdown]
# On the left, all eight rows move, and they move together. Equal units compute the same output, receive the same
# gradient and stay equal: eight units, worth one. This is **symmetry**, and only different starts break it.
#
# So the weights are drawn at random, around 0. What is left to choose is their variance.

# %% [markdown]
# ## 2. One factor sets the variance
#
# Multiply every number by $c$. Deviations from the mean grow by $c$, and their squares by $c^2$:
#
# $$\mathrm{Var}(c\,z) = c^2\, \mathrm{Var}(z)$$
#
# Twice the numbers, four times the variance. Read from right to left, this tells you the factor that leads to any
# variance you like.
#
# **Exercise.** Multiply `z` by the positive factor that gives it the variance `target`. Its mean is multiplied
# too; leave that as it is. The variance is `np.var`, which divides by the number of entries.

# %% exercise="scaling"
def scale_to_variance(z, target):
    """z times the positive factor that makes its variance the target.

    Args:
        z: float64 array of any shape, entries not all equal; left as it is.
        target: float, the wanted variance, positive.

    Returns:
        float64 array of the shape of z, with np.var equal to target.
    """
    ### BEGIN SOLUTION
    return z * np.sqrt(target / np.var(z))
    ### END SOLUTION

# %%
z = np.random.default_rng(1).normal(size=10000)
for target in (0.25, 1.0, 4.0):
    print(f"target {target:4}: variance {np.var(scale_to_variance(z, target)):.4f}")

# %% [markdown]
# ## 3. Which variance?
#
# One neuron adds up $n_\mathrm{in}$ terms:
#
# $$z_i = \sum_{j=1}^{n_\mathrm{in}} w_{ij}\, a_j$$
#
# The weights are independent of each other and of $a$, with mean 0. Then the variances of the terms add up:
#
# $$\mathrm{Var}(z) = n_\mathrm{in}\, \mathrm{Var}(w)\, \mathrm{E}[a^2]$$
#
# With a hundred inputs and $\mathrm{Var}(w) = 1$, every layer multiplies the signal's power by a hundred. Small
# weights shrink it as fast.

# %% [markdown]
# **Forward.** Near 0, tanh is almost a straight line, $a \approx z$. The power stays the same from layer to layer
# when $n_\mathrm{in} \mathrm{Var}(w) = 1$.
#
# **Backward.** Gradients travel the other way, through the transposed matrix. There a sum has $n_\mathrm{out}$
# terms, and the power stays when $n_\mathrm{out} \mathrm{Var}(w) = 1$.
#
# Both can hold only where $n_\mathrm{in} = n_\mathrm{out}$. Otherwise, meet in the middle:
#
# $$\mathrm{fan_{avg}} = \frac{n_\mathrm{in} + n_\mathrm{out}}{2}$$
#
# **Exercise.** Write it. In code, $n_\mathrm{in}$ is `fan_in` and $n_\mathrm{out}$ is `fan_out`.

# %% exercise="fan_avg"
def fan_avg(fan_in, fan_out):
    """The mean of the numbers of inputs and outputs of a layer.

    Args:
        fan_in: int, the number of inputs.
        fan_out: int, the number of outputs.

    Returns:
        float, halves included.
    """
    ### BEGIN SOLUTION
    return (fan_in + fan_out) / 2
    ### END SOLUTION

# %% [markdown]
# ## 4. Glorot's rule
#
# Xavier Glorot and Yoshua Bengio propose this compromise in 2010:
#
# $$\mathrm{Var}(w) = \frac{1}{\mathrm{fan_{avg}}} = \frac{2}{n_\mathrm{in} + n_\mathrm{out}}$$
#
# It is the usual choice for layers with tanh, sigmoid or softmax. It fixes the variance, and leaves the
# distribution to you. Two are common:
#
# $$\text{normal:} \quad w \sim \mathcal{N}\bigl(0,\, \sigma^2\bigr), \qquad \sigma^2 = \frac{1}{\mathrm{fan_{avg}}}$$
#
# $$\text{uniform:} \quad w \sim \mathcal{U}(-r,\, r), \qquad r = \sqrt{\frac{6}{n_\mathrm{in} + n_\mathrm{out}}}$$

# %% [markdown]
# Where does the 6 come from? A uniform distribution on $[-r, r]$ has the variance
#
# $$\int_{-r}^{r} \frac{w^2}{2r}\, dw = \frac{r^2}{3}$$
#
# and $r^2 / 3 = 2 / (n_\mathrm{in} + n_\mathrm{out})$ gives the limit above. A limit is not a standard deviation:
# $r$ is $\sqrt{3}$ times $\sigma$.
#
# A variance is not a standard deviation either, and `rng.normal` asks for the latter.

# %% [markdown]
# **Exercise.** Write both. Row $i$ of a weight matrix belongs to output $i$, so its shape is (fan_out, fan_in). All
# entries are drawn independently, from `rng`. The normal distribution is the whole bell, not truncated.

# %% exercise="glorot"
def glorot_normal(fan_in, fan_out, rng):
    """Weights of a layer by Glorot's rule, normally distributed.

    Args:
        fan_in: int, the number of inputs.
        fan_out: int, the number of outputs.
        rng: np.random.Generator, which all draws come from.

    Returns:
        (fan_out, fan_in) float64, mean 0, variance 1 / fan_avg.
    """
    ### BEGIN SOLUTION
    sigma = np.sqrt(1 / fan_avg(fan_in, fan_out))
    return rng.normal(0, sigma, size=(fan_out, fan_in))
    ### END SOLUTION


def glorot_uniform(fan_in, fan_out, rng):
    """Weights of a layer by Glorot's rule, uniformly distributed.

    Args:
        fan_in: int, the number of inputs.
        fan_out: int, the number of outputs.
        rng: np.random.Generator, which all draws come from.

    Returns:
        (fan_out, fan_in) float64, between -r and r, mean 0, variance 1 / fan_avg.
    """
    ### BEGIN SOLUTION
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, size=(fan_out, fan_in))
    ### END SOLUTION

# %% [markdown]
# Two shapes, one variance. The dashed line is $\sigma$.

# %%
draws = {"normal": glorot_normal, "uniform": glorot_uniform}
figure, axes = plt.subplots(figsize=(5, 2.8))
for name, draw in draws.items():
    W = draw(200, 300, np.random.default_rng(3))
    print(f"{name:>8}: shape {W.shape}, variance times fan_avg {np.var(W) * fan_avg(200, 300):.3f}")
    axes.stairs(*np.histogram(W, bins=60, density=True), label=name)
axes.axvline(np.sqrt(1 / fan_avg(200, 300)), color="black", linestyle="--")
axes.set(title="weights by Glorot's rule", xticks=[-0.2, 0, 0.2], yticks=[])
axes.legend()
plt.show()

# %% [markdown]
# ## 5. He's rule
#
# ReLU sets one half of the bell to zero. Where $z$ is symmetric around 0, half of its power is lost:
#
# $$\mathrm{E}[a^2] = \mathrm{E}\bigl[\max(0, z)^2\bigr] = \tfrac{1}{2}\, \mathrm{Var}(z)$$
#
# Put this into the formula of section 3. One layer multiplies the power by
# $\tfrac{1}{2}\, n_\mathrm{in} \mathrm{Var}(w)$. To keep it at 1, the weights make up for the lost half
# (Kaiming He and others, 2015):
#
# $$\mathrm{Var}(w) = \frac{2}{n_\mathrm{in}}$$
#
# This rule looks forward only. No average here.
#
# **Exercise.** Write it, with the normal distribution.

# %% exercise="he"
def he_normal(fan_in, fan_out, rng):
    """Weights of a layer by He's rule, normally distributed.

    Args:
        fan_in: int, the number of inputs.
        fan_out: int, the number of outputs.
        rng: np.random.Generator, which all draws come from.

    Returns:
        (fan_out, fan_in) float64, mean 0, variance 2 / fan_in.
    """
    ### BEGIN SOLUTION
    return np.sqrt(2 / fan_in) * rng.normal(size=(fan_out, fan_in))
    ### END SOLUTION

# %% [markdown]
# ## 6. A whole network
#
# A network is a list of sizes: `[4, 8, 3]` has four inputs, a layer of eight and a layer of three. Layer $l$ has a
# matrix $W_l$ of shape $(n_l, n_{l-1})$ and a column of biases $b_l$ of shape $(n_l, 1)$.
#
# The activation chooses the rule, for all layers alike:
#
# | activation | rule | variance |
# |:--|:--|:--|
# | tanh, sigmoid, softmax | `glorot_normal` | $1 / \mathrm{fan_{avg}}$ |
# | ReLU | `he_normal` | $2 / \mathrm{fan_{in}}$ |
#
# Biases start at zero. They need no luck: random weights have broken the symmetry already.
#
# **Exercise.** Write it. Do not make a new generator: one `rng` serves all layers, and so they differ.

# %% exercise="init_parameters"
def init_parameters(sizes, activation, rng):
    """The parameters of a network at the start.

    Args:
        sizes: list of int, the number of inputs first, then the number of units of each layer.
        activation: "tanh", "sigmoid", "softmax" (Glorot, normal) or "relu" (He, normal).
        rng: np.random.Generator, which all draws come from.

    Returns:
        dict: for layer l = 1, 2, ... the weights "W1", "W2", ..., (sizes[l], sizes[l - 1]) float64, and the biases
        "b1", "b2", ..., (sizes[l], 1) float64, zeros.

    Raises:
        ValueError: the activation has another name.
    """
    ### BEGIN SOLUTION
    if activation not in ("tanh", "sigmoid", "softmax", "relu"):
        raise ValueError(f"unknown activation {activation!r}")
    draw = he_normal if activation == "relu" else glorot_normal
    parameters = {}
    for layer in range(1, len(sizes)):
        parameters[f"W{layer}"] = draw(sizes[layer - 1], sizes[layer], rng)
        parameters[f"b{layer}"] = np.zeros((sizes[layer], 1))
    return parameters
    ### END SOLUTION

# %%
for name, value in init_parameters([4, 8, 3], "tanh", np.random.default_rng(0)).items():
    print(name, value.shape)

# %% [markdown]
# ## 7. Watch the signal
#
# Now send examples through the layers. Examples are rows, so the weights are transposed, and so is the column of
# biases. With $A_0 = X$ and the activation $f$:
#
# $$A_l = f\bigl(A_{l-1} W_l^\top + b_l^\top\bigr)$$
#
# **Exercise.** Two functions. The first returns all $A_l$. The second returns one number for each of them: the
# variance over all its entries, examples and units together.

# %% exercise="activation_variances"
def layer_outputs(X, parameters, activation):
    """What each layer answers. The activation follows every layer, the last one included.

    Args:
        X: (m, sizes[0]) float64, examples in rows; left as it is.
        parameters: dict, as init_parameters returns it, for any number of layers; left as it is.
        activation: "tanh", "sigmoid" or "relu".

    Returns:
        list of float64 arrays, (m, sizes[l]) for layer l = 1, 2, ...
    """
    ### BEGIN SOLUTION
    functions = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "relu": lambda z: np.maximum(0, z)}
    outputs, A = [], X
    for layer in range(1, len(parameters) // 2 + 1):
        A = functions[activation](A @ parameters[f"W{layer}"].T + parameters[f"b{layer}"].T)
        outputs.append(A)
    return outputs
    ### END SOLUTION


def activation_variances(X, parameters, activation):
    """The variance of each layer's activations, over all examples and units of the layer.

    Args:
        X: (m, sizes[0]) float64, examples in rows; left as it is.
        parameters: dict, as init_parameters returns it, for any number of layers; left as it is.
        activation: "tanh", "sigmoid" or "relu".

    Returns:
        list of float, one for each layer, the first layer first.
    """
    ### BEGIN SOLUTION
    return [float(np.var(A)) for A in layer_outputs(X, parameters, activation)]
    ### END SOLUTION

# %% [markdown]
# Three starts for twenty layers of a hundred tanh units: standard deviation 0.01, Glorot's rule, standard
# deviation 1.

# %%
sizes = [100] * 21
X = np.random.default_rng(4).normal(size=(N_EXAMPLES, 100))


def with_deviation(sigma):
    """Parameters of the same network, weights normal with standard deviation sigma, biases zero."""
    parameters = init_parameters(sizes, "tanh", np.random.default_rng(5))
    return {name: scale_to_variance(value, sigma**2) if name[0] == "W" else value for name, value in parameters.items()}

# %%
networks = {
    "σ = 0.01": with_deviation(0.01),
    "Glorot": init_parameters(sizes, "tanh", np.random.default_rng(5)),
    "σ = 1": with_deviation(1.0),
}
figure, axes = plt.subplots(1, 3, figsize=(7, 2.2), sharey=True)
for ax, (name, parameters) in zip(axes, networks.items()):
    outputs = layer_outputs(X, parameters, "tanh")
    for layer, color in zip((1, 3, 20), ("#9ecae1", "#4292c6", "#08306b")):
        counts, edges = np.histogram(outputs[layer - 1], bins=41, range=(-1, 1))
        ax.stairs(100 * counts / outputs[layer - 1].size, edges, color=color, label=f"layer {layer}")
    ax.set(title=name, xticks=[-1, 0, 1], yticks=[0, 10, 20, 30], ylim=(0, 30))
axes[0].set_ylabel("% of activations")
axes[1].legend(fontsize="small")
figure.savefig("histograms.png")
plt.close(figure)
Image("histograms.png")

# %% [markdown]
# Left: from layer 3 on, all activations are in one bin, at 0. They **vanish**. Right: most are close to −1 or 1, where
# tanh is flat. They are **saturated**, and little gradient comes through. In the middle, layer 20 still has
# something to say.
#
# (The figure is saved as `histograms.png`. If you draw your own, keep that name.)

# %% [markdown]
# The same story in one number per layer, for tanh and for ReLU. The axis is logarithmic: each line is a power of
# ten.

# %%
starts = {
    "tanh": {"σ = 0.01": networks["σ = 0.01"], "Glorot": networks["Glorot"]},
    "relu": {
        "σ = 0.01": networks["σ = 0.01"],
        "Glorot": networks["Glorot"],
        "He": init_parameters(sizes, "relu", np.random.default_rng(5)),
    },
}
colors = {"σ = 0.01": "tab:red", "Glorot": "tab:blue", "He": "tab:green"}
figure, axes = plt.subplots(1, 2, figsize=(6.5, 3), sharey=True)
for ax, (activation, chosen) in zip(axes, starts.items()):
    for name, parameters in chosen.items():
        powers = np.log10(activation_variances(X, parameters, activation))
        ax.plot(range(1, 21), powers, ".-", color=colors[name], label=name)
    ax.set(title=f"{activation}, layer by layer", xticks=[1, 10, 20], yticks=[0, -10, -20, -30, -40])
    ax.legend()
axes[0].set_ylabel("log10 of the variance")
plt.show()

# %% [markdown]
# * With 0.01, each tanh layer multiplies the variance by $100 \cdot 0.01^2 = 0.01$. After twenty layers it is near
#   $10^{-40}$.
# * Glorot's rule keeps it with tanh, but for a slow decline: tanh is a little flatter than its straight line.
# * With ReLU, Glorot's rule loses one half per layer: $2^{-20}$ is one in a million. He's rule does not.

# %% [markdown]
# ## What to keep
#
# * Random weights break the symmetry. Biases may be zero.
# * The variance of a sum grows with its number of terms, so the variance of the weights shrinks with it.
# * Glorot: $1 / \mathrm{fan_{avg}}$, for tanh, sigmoid and softmax. He: $2 / \mathrm{fan_{in}}$, for ReLU.
# * A standard deviation is the root of a variance, and a uniform limit is $\sqrt 3$ standard deviations.
#
# Keras draws its dense layers by `GlorotUniform` unless told otherwise. Its `GlorotNormal` and `HeNormal` cut the
# bell at two standard deviations, and then stretch it to the right variance.
#
# ## Sources
#
# * X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010.
# * K. He, X. Zhang, S. Ren, J. Sun, *Delving deep into rectifiers: surpassing human-level performance on ImageNet
#   classification*, ICCV 2015.
