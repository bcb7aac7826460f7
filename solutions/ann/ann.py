# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   language_info:
#     name: python
# ---

# %% [markdown]
# # A neural network from scratch
#
# Forward pass, cost, back-propagation, descent: four ideas, some thirty lines of NumPy.
# At the end a network of yours tells a disc from the ring around it, and you know every number in it.
#
# The network has one hidden layer. Inputs come in, `tanh` bends them, a sigmoid turns them into probabilities:
#
# $$X \;\longrightarrow\; Z_1 = W_1 X + b_1 \;\longrightarrow\; A_1 = \tanh Z_1
#   \;\longrightarrow\; Z_2 = W_2 A_1 + b_2 \;\longrightarrow\; A_2 = \sigma(Z_2)$$

# %% [markdown]
# ## How to work
#
# Replace each `raise NotImplementedError()` by your code, and leave names and arguments as they are.
# Nothing needs a loop over examples or neurons: one matrix product does them all.
#
# Columns are examples. A set of $m$ examples with $n_x$ features is a matrix of shape $(n_x, m)$.
#
# After a section, ask the public checks, in a cell of your own:
#
# ```python
# import public_checks
# public_checks.check("activations", globals())
# ```
#
# The other names are `parameters`, `forward_propagation`, `cost`, `back_propagation`, `fit` and `predict`.
# Grading knows more checks than these.

# %%
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Image

# %% [markdown]
# How long to train. Grading sets a smaller number here, so do not rely on this one further down.

# %% tags=["parameters"]
N_ITER = 10000

# %% [markdown]
# ## 1. Activations
#
# Without a nonlinear function between them, two layers are no more than one. Three functions do the bending:
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}} \qquad \tanh(z) = \frac{e^z - e^{-z}}{e^z + e^{-z}}
#   \qquad \mathrm{relu}(z) = \max(0, z)$$
#
# Mind the sigmoid. At $z = -1000$ the formula asks for $e^{1000}$, which no float64 holds, and NumPy warns of an
# overflow. The answer is harmless, it is 0, so find a way that never takes $e$ to a large power.
# Two ways among many: $\sigma(z) = e^{-\log(1 + e^{-z})}$ with `np.logaddexp`, or
# $\sigma(z) = \frac{1}{2}\left(1 + \tanh\frac{z}{2}\right)$.
#
# (The network below uses `tanh` and `sigmoid`; `relu` is here for comparison.)

# %% exercise="activations"
def sigmoid(z):
    """The logistic function, element by element, without overflow.

    Args:
        z: float64 array of any shape.

    Returns:
        float64 array of the shape of z, values from 0 to 1.
    """
    ### BEGIN SOLUTION
    return np.exp(-np.logaddexp(0, -z))
    ### END SOLUTION


def tanh(z):
    """The hyperbolic tangent, element by element.

    Args:
        z: float64 array of any shape.

    Returns:
        float64 array of the shape of z, values from -1 to 1.
    """
    ### BEGIN SOLUTION
    return np.tanh(z)
    ### END SOLUTION


def relu(z):
    """The positive part of z, element by element.

    Args:
        z: float64 array of any shape.

    Returns:
        float64 array of the shape of z, no value below 0.
    """
    ### BEGIN SOLUTION
    return np.maximum(0, z)
    ### END SOLUTION

# %% [markdown]
# ## 2. Their derivatives
#
# Back-propagation needs slopes. Two of them are cheap, because the activation itself is all they need. With
# $a = \sigma(z)$ or $a = \tanh(z)$:
#
# $$\sigma'(z) = a\,(1 - a) \qquad \tanh'(z) = 1 - a^2$$
#
# So `sigmoid_dev` and `tanh_dev` take the *activation* $a$, which the forward pass has already computed.
# `relu_dev` takes $z$: its slope is 1 where $z > 0$ and 0 elsewhere.

# %% exercise="derivatives"
def sigmoid_dev(a):
    """The slope of the sigmoid where its value is a.

    Args:
        a: float64 array of any shape, a = sigmoid(z).

    Returns:
        float64 array of the shape of a.
    """
    ### BEGIN SOLUTION
    return a * (1 - a)
    ### END SOLUTION


def tanh_dev(a):
    """The slope of the hyperbolic tangent where its value is a.

    Args:
        a: float64 array of any shape, a = tanh(z).

    Returns:
        float64 array of the shape of a.
    """
    ### BEGIN SOLUTION
    return 1 - a**2
    ### END SOLUTION


def relu_dev(z):
    """The slope of relu at z.

    Args:
        z: float64 array of any shape, before the activation.

    Returns:
        float64 array of the shape of z, 1 where z > 0 and 0 elsewhere.
    """
    ### BEGIN SOLUTION
    return (z > 0).astype(float)
    ### END SOLUTION

# %% [markdown]
# Look at them: functions solid, slopes dashed. The sigmoid's slope is 0.25 at most. A deep stack of sigmoids
# multiplies such numbers, and its first layers hardly learn.

# %%
z = np.linspace(-4, 4, 161)
curves = {
    "sigmoid": (sigmoid(z), sigmoid_dev(sigmoid(z))),
    "tanh": (tanh(z), tanh_dev(tanh(z))),
    "relu": (relu(z), relu_dev(z)),
}
figure, axes = plt.subplots(figsize=(5, 3.8))
for color, (name, (value, slope)) in zip(("tab:blue", "tab:orange", "tab:green"), curves.items()):
    axes.plot(z, value, color=color, label=name)
    axes.plot(z, slope, color=color, linestyle="--")
axes.set(xlabel="z", ylim=(-1.2, 2.2), title="activations, and their slopes (dashed)")
axes.legend()
figure.savefig("activations.png")
plt.close(figure)
Image("activations.png")

# %% [markdown]
# ## 3. The network's parameters
#
# Two matrices, two columns of biases. This table is the best friend of the rest of the page: when a product fails,
# compare shapes first.
#
# | | shape | | shape |
# |---|---|---|---|
# | $X$ | $(n_x, m)$ | $Y$ | $(n_y, m)$ |
# | $W_1$ | $(n_h, n_x)$ | $W_2$ | $(n_y, n_h)$ |
# | $b_1$ | $(n_h, 1)$ | $b_2$ | $(n_y, 1)$ |
# | $Z_1, A_1$ | $(n_h, m)$ | $Z_2, A_2$ | $(n_y, m)$ |
#
# Were the weights zero, all hidden neurons would be copies of one another and stay so. Glorot's rule draws them from
# a normal distribution around 0 whose variance depends on the inputs and outputs of the layer:
#
# $$\mathrm{Var}(W) = \frac{2}{n_\mathrm{in} + n_\mathrm{out}}$$
#
# The biases start at zero. Seed NumPy's global generator (`np.random.seed`) with 2 first, so that every network of
# one size starts alike.

# %% exercise="parameters"
class ANN:
    """A network with one hidden layer: tanh, then sigmoid.

    Attributes:
        W1: float64 array (n_h, n_x), weights of the hidden layer.
        b1: float64 array (n_h, 1), its biases.
        W2: float64 array (n_y, n_h), weights of the output layer.
        b2: float64 array (n_y, 1), its biases.
    """

    def __init__(self, n_x, n_h, n_y):
        """Seed NumPy with 2, draw W1 and then W2 by Glorot's normal rule, set the biases to zero.

        Args:
            n_x: int, number of input features.
            n_h: int, number of hidden neurons.
            n_y: int, number of outputs.
        """
        ### BEGIN SOLUTION
        np.random.seed(2)
        self.W1 = np.random.randn(n_h, n_x) * np.sqrt(2 / (n_x + n_h))
        self.b1 = np.zeros((n_h, 1))
        self.W2 = np.random.randn(n_y, n_h) * np.sqrt(2 / (n_h + n_y))
        self.b2 = np.zeros((n_y, 1))
        ### END SOLUTION

# %% [markdown]
# The class grows cell by cell. A function assigned to a class becomes its method, so each method below gets a cell
# of its own, with one extra line at its end. (When you run the cell above again, run the ones below again, too.)

# %% [markdown]
# ## 4. Forward propagation
#
# $$Z_1 = W_1 X + b_1 \qquad A_1 = \tanh Z_1 \qquad Z_2 = W_2 A_1 + b_2 \qquad A_2 = \sigma(Z_2)$$
#
# The bias is a column, and NumPy adds it to every column of the product. Keep all four matrices: the way back
# needs them.

# %% exercise="forward_propagation"
def forward_propagation(self, X):
    """One pass from the inputs to the probabilities.

    Args:
        X: float64 array (n_x, m), one example a column; it is left as it is.

    Returns:
        dict of float64 arrays: "Z1" and "A1" of shape (n_h, m), "Z2" and "A2" of shape (n_y, m).
    """
    ### BEGIN SOLUTION
    Z1 = self.W1 @ X + self.b1
    A1 = tanh(Z1)
    Z2 = self.W2 @ A1 + self.b2
    A2 = sigmoid(Z2)
    return {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
    ### END SOLUTION


ANN.forward_propagation = forward_propagation

# %% [markdown]
# ## 5. The cost
#
# How wrong are the probabilities? Cross-entropy adds up the surprise over the outputs and averages it over the
# $m$ examples:
#
# $$J = -\frac{1}{m} \sum_{i=1}^{m} \sum_{k=1}^{n_y}
#   \left[\, y_{ki} \log a_{ki} + (1 - y_{ki}) \log(1 - a_{ki}) \,\right]$$
#
# A network of one output that answers 0.5 to everything pays $\log 2 \approx 0.693$: remember that number,
# every training curve of yours starts near it.
#
# A probability of exactly 0 or 1 makes a logarithm infinite. Keep $a$ a hair away from both (`np.clip`, with a hair
# of 1e-7 or less).

# %% exercise="cost"
def compute_cost(self, Y, A2):
    """Cross-entropy, summed over the outputs and averaged over the examples; finite even where A2 is 0 or 1.

    Args:
        Y: float64 array (n_y, m), labels 0 and 1.
        A2: float64 array (n_y, m), probabilities from 0 to 1.

    Returns:
        float, the cost in nats.
    """
    ### BEGIN SOLUTION
    m = Y.shape[1]
    A = np.clip(A2, 1e-12, 1 - 1e-12)
    return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    ### END SOLUTION


ANN.compute_cost = compute_cost

# %% [markdown]
# ## 6. Back-propagation
#
# Which way is down? Follow the cost back through the network, one chain-rule factor at a time.
#
# **The output.** For one entry of one example, the cost's slope in $a$, times the sigmoid's slope:
#
# $$\frac{\partial J}{\partial a} = \frac{1}{m}\,\frac{a - y}{a\,(1 - a)} \qquad
#   \frac{\partial a}{\partial z} = a\,(1 - a) \qquad\Longrightarrow\qquad
#   \frac{\partial J}{\partial z} = \frac{1}{m}\,(a - y)$$
#
# The sigmoid's slope cancels: that is why cross-entropy and sigmoid belong together. So $dZ_2 = A_2 - Y$, and the
# $\frac{1}{m}$ waits until the sums over the examples below.

# %% [markdown]
# **The output layer.** $Z_2 = W_2 A_1 + b_2$ is linear, so its weights see their inputs and its bias sees 1:
#
# $$dW_2 = \frac{1}{m}\, dZ_2\, A_1^\top \qquad db_2 = \frac{1}{m} \sum_{i=1}^{m} dZ_2^{(i)}$$
#
# The product $dZ_2 A_1^\top$ sums over the examples by itself. For the bias, sum the columns, and keep the result a
# column (`axis=1, keepdims=True`).

# %% [markdown]
# **The hidden layer.** The error travels back along $W_2$, and through the slope of `tanh`
# ($\odot$ multiplies element by element):
#
# $$dZ_1 = W_2^\top dZ_2 \odot (1 - A_1^2) \qquad
#   dW_1 = \frac{1}{m}\, dZ_1\, X^\top \qquad db_1 = \frac{1}{m} \sum_{i=1}^{m} dZ_1^{(i)}$$
#
# **The step.** Every parameter $\theta$ moves downhill, $\theta \leftarrow \theta - \lambda\, d\theta$, with the
# learning rate $\lambda$ (in code `lambd`, as `lambda` is a word of Python). Each $d$ has the shape of its
# parameter, and all four belong to the *same* point: compute them all before you move anything.

# %% exercise="back_propagation"
def back_propagation(self, X, Y, output, lambd):
    """One step of gradient descent: moves W1, b1, W2 and b2.

    Args:
        X: float64 array (n_x, m), inputs; left as they are.
        Y: float64 array (n_y, m), labels 0 and 1; left as they are.
        output: dict, what forward_propagation(X) returned.
        lambd: float, the learning rate.

    Returns:
        None
    """
    ### BEGIN SOLUTION
    m = X.shape[1]
    dZ2 = output["A2"] - Y
    dW2 = dZ2 @ output["A1"].T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = (self.W2.T @ dZ2) * tanh_dev(output["A1"])
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    self.W1 = self.W1 - lambd * dW1
    self.b1 = self.b1 - lambd * db1
    self.W2 = self.W2 - lambd * dW2
    self.b2 = self.b2 - lambd * db2
    ### END SOLUTION


ANN.back_propagation = back_propagation

# %% [markdown]
# ## 7. Training
#
# One iteration is forward, cost, back. Repeat it `n_iter` times, starting from the parameters that the network has
# now, and write down each cost *before* its step. A picture of the costs tells at a glance whether a network learns,
# so `fit` saves one as `cost.png` (and closes the figure, with `plt.close`).

# %% exercise="fit"
def fit(self, X, Y, n_iter=10000, lambd=0.1):
    """Gradient descent on the whole set; saves the curve of the costs as cost.png.

    Args:
        X: float64 array (n_x, m), inputs; left as they are.
        Y: float64 array (n_y, m), labels 0 and 1; left as they are.
        n_iter: int, number of steps.
        lambd: float, the learning rate.

    Returns:
        list of n_iter floats, costs[i] being the cost before step i.
    """
    ### BEGIN SOLUTION
    costs = []
    for _ in range(n_iter):
        output = self.forward_propagation(X)
        costs.append(self.compute_cost(Y, output["A2"]))
        self.back_propagation(X, Y, output, lambd)
    figure, axes = plt.subplots(figsize=(5, 3.8))
    axes.plot(costs)
    axes.set(xlabel="iteration", ylabel="cost")
    figure.savefig("cost.png")
    plt.close(figure)
    return costs
    ### END SOLUTION


ANN.fit = fit

# %% [markdown]
# ## 8. Prediction
#
# A probability becomes a decision: yes above one half, no otherwise.

# %% exercise="predict"
def predict(self, X):
    """Decide for each example whether its probability is above 0.5.

    Args:
        X: float64 array (n_x, m), inputs.

    Returns:
        bool array (n_y, m), A2 > 0.5.
    """
    ### BEGIN SOLUTION
    return self.forward_propagation(X)["A2"] > 0.5
    ### END SOLUTION


ANN.predict = predict

# %% [markdown]
# ## 9. Accuracy
#
# The share of decisions that are right, from 0 to 1. `True == 1.0` holds in NumPy, so booleans and labels compare.

# %% exercise="accuracy"
def accuracy(Y, Y_hat):
    """The share of entries in which labels and predictions agree.

    Args:
        Y: float64 array (n_y, m), labels 0 and 1.
        Y_hat: bool array (n_y, m), predictions.

    Returns:
        float from 0 to 1.
    """
    ### BEGIN SOLUTION
    return np.mean(Y == Y_hat)
    ### END SOLUTION

# %% [markdown]
# ## A disc and a ring
#
# One hundred points in a disc, one hundred in a ring around it. No straight line parts them.

# %%
generator = np.random.default_rng(1)
radius = np.concatenate([generator.uniform(0, 0.7, 100), generator.uniform(1, 1.7, 100)])
angle = generator.uniform(0, 2 * np.pi, 200)
X = np.stack([radius * np.cos(angle), radius * np.sin(angle)])  # (2, 200)
Y = np.repeat([[0.0, 1.0]], 100, axis=1)  # (1, 200): 0 the disc, 1 the ring

# %% [markdown]
# Eight hidden neurons are plenty. Training takes a second.

# %%
network = ANN(2, 8, 1)
costs = network.fit(X, Y, n_iter=N_ITER, lambd=0.1)
print(f"cost {costs[0]:.3f} at first, {costs[-1]:.3f} at the end")
print(f"accuracy {accuracy(Y, network.predict(X)):.3f}")

# %%
Image("cost.png")

# %% [markdown]
# Ask the network about every point of the plane, and it draws its decision boundary: the line where the
# probability is one half.

# %%
ticks = np.linspace(-2, 2, 81)
plane = np.stack(np.meshgrid(ticks, ticks)).reshape(2, -1)  # (2, 81 * 81)
probability = network.forward_propagation(plane)["A2"].reshape(81, 81)
figure, axes = plt.subplots(figsize=(4, 4))
axes.contourf(ticks, ticks, probability, levels=[0, 0.5, 1], colors=["lightsteelblue", "moccasin"])
axes.scatter(X[0], X[1], c=Y[0], s=8, cmap="coolwarm")
axes.set(title="the decision boundary", aspect="equal")
figure.savefig("boundary.png")
plt.close(figure)
Image("boundary.png")

# %% [markdown]
# ## Go on
#
# - With how few hidden neurons does the boundary still close? Guess, then try 2, 3 and 4.
# - XOR has four points: `X = np.array([[0., 0., 1., 1.], [0., 1., 0., 1.]])`, `Y = np.array([[0., 1., 1., 0.]])`.
#   Does your network learn it? What does its boundary look like?
# - Leave the bias out of the hidden layer. Which of the two sets can it still learn, and why?
#
# ## Sources
#
# - D. E. Rumelhart, G. E. Hinton, R. J. Williams, *Learning representations by back-propagating errors*,
#   Nature 323 (1986), 533–536: the paper that made it known.
# - X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*,
#   AISTATS (2010): the variance of section 3.
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning*, MIT Press (2016), chapter 6: the same network, at length.
# - M. Nielsen, *Neural Networks and Deep Learning* (2015), chapter 2: the four equations of back-propagation, proved.
