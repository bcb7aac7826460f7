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
# # Perceptrons
#
# One neuron draws one straight line. That is enough for AND, OR and NOT, and it is not enough for XOR.
#
# In this notebook you
#
# 1. build a neuron from a weighted sum, a bias and an activation;
# 2. write logic gates as weights, by hand;
# 3. let a neuron find its weights itself, with Rosenblatt's rule;
# 4. see it fail on XOR, and understand why;
# 5. solve XOR with two layers, first by hand, then by gradient descent.
#
# NumPy does the work, Matplotlib draws. Examples are rows: `X` has shape (m, n), for m examples with n inputs
# each.

# %%
import matplotlib.pyplot as plt
import numpy as np

# %% [markdown]
# The last section trains a small network. `N_STEPS` is the number of its steps. They take a blink.

# %% tags=["parameters"]
N_STEPS = 2000

# %% [markdown]
# Two inputs that are 0 or 1 make four rows. These are all the examples that a logic gate can meet.

# %%
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])

y_and = np.array([0, 0, 0, 1])
y_xor = np.array([0, 1, 1, 0])

# %% [markdown]
# ## 1. Two activations
#
# An activation turns the weighted sum $z$ of a neuron into its output.
#
# The oldest one is the **step** (McCulloch and Pitts, 1943). The neuron fires, or it does not:
#
# $$\mathrm{step}(z) = \begin{cases} 1 & z > 0 \\ 0 & z \le 0 \end{cases}$$
#
# The **sigmoid** is its smooth sister. Verhulst finds it in 1838, for populations that run out of room:
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}}$$

# %% [markdown]
# There is a trap. At $z = -1000$ the formula asks for $e^{1000}$, and float64 ends near $e^{709}$: NumPy
# warns of an overflow. Multiply numerator and denominator by $e^{z}$, and the same function reads
#
# $$\sigma(z) = \frac{e^{z}}{1 + e^{z}}$$
#
# This form is safe where $z$ is negative, the first where it is positive. Both need only $e^{-|z|}$, which
# never exceeds 1.
#
# **Exercise.** Write both functions. They take a number or an array, and return an output of the same shape.

# %% exercise="activations"
def step(z):
    """The step activation: 1 where z > 0, else 0.

    Args:
        z: a number or an array of any shape, float64.

    Returns:
        int, 0 or 1, of the shape of z.
    """
    ### BEGIN SOLUTION
    return np.where(z > 0, 1, 0)
    ### END SOLUTION


def sigmoid(z):
    """The logistic function, without overflow or warning for any finite z.

    Args:
        z: a number or an array of any shape, float64.

    Returns:
        float64, between 0 and 1, of the shape of z.
    """
    ### BEGIN SOLUTION
    decay = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, decay) / (1 + decay)
    ### END SOLUTION

# %% [markdown]
# Look at both. Far from zero they agree. Near zero the sigmoid hesitates, and that slope is what gradient
# descent will live on.

# %%
z = np.linspace(-6, 6, 241)
plt.figure(figsize=(5, 2.5))
plt.plot(z, step(z), label="step")
plt.plot(z, sigmoid(z), label="sigmoid")
plt.xticks([-6, 0, 6])
plt.yticks([0, 0.5, 1])
plt.xlabel("z")
plt.legend()
plt.show()

# %% [markdown]
# ## 2. One neuron
#
# A neuron weighs its inputs, adds a bias and applies the activation $f$. For one example $x$:
#
# $$a = f(w_1 x_1 + \dots + w_n x_n + b)$$
#
# For all rows of $X$ at once, this is one matrix product:
#
# $$a = f(Xw + b)$$
#
# The activation is an argument: a function in Python is a value like any other.
#
# **Exercise.** Write the neuron. Its inputs stay as they are.

# %% exercise="neuron"
def neuron(X, w, b, activation):
    """The outputs of one neuron.

    Args:
        X: (m, n), examples in rows, int or float64.
        w: (n,), weights, float64.
        b: float, bias.
        activation: a function of an array, such as `step` or `sigmoid`.

    Returns:
        (m,), one output an example.
    """
    ### BEGIN SOLUTION
    return activation(X @ w + b)
    ### END SOLUTION

# %% [markdown]
# Here is a neuron that adds its two inputs and fires above 1.5. Which gate is it?

# %%
neuron(X, np.array([1.0, 1.0]), -1.5, step)

# %% [markdown]
# ## 3. Gates as weights
#
# With a sigmoid, a gate needs sums that are far from zero. At $z = 10$ the output is 0.99995; at $z = -10$ it
# is 0.00005.
#
# AND has the bias $-30$ and the weights $(20, 20)$. Follow the sum:
#
# | $x_1$ | $x_2$ | $z = -30 + 20 x_1 + 20 x_2$ | $\sigma(z)$ |
# |:-:|:-:|:-:|:-:|
# | 0 | 0 | −30 | ≈ 0 |
# | 0 | 1 | −10 | ≈ 0 |
# | 1 | 0 | −10 | ≈ 0 |
# | 1 | 1 | 10 | ≈ 1 |
#
# The bias says how much evidence the neuron wants before it fires.

# %% [markdown]
# **Exercise.** Give each gate as a pair `(w, b)`, so that `neuron(X, *AND, sigmoid)` is within 0.01 of its
# truth table.
#
# * `AND`, `OR`: two inputs.
# * `NOT`: one input, so `w` has shape (1,).
# * `NOR`: two inputs. It is (NOT $x_1$) AND (NOT $x_2$): 1 only where both inputs are 0.

# %% exercise="gates"
# AND, OR, NOT, NOR: pairs (w, b); w is an array, (2,) float64, for NOT (1,); b is a float.
### BEGIN SOLUTION
AND = (np.array([20.0, 20.0]), -30.0)
OR = (np.array([20.0, 20.0]), -10.0)
NOT = (np.array([-20.0]), 10.0)
NOR = (np.array([-20.0, -20.0]), 10.0)
### END SOLUTION

# %%
print("  inputs", X.tolist())
for name, gate in {"AND": AND, "OR": OR, "NOR": NOR}.items():
    print(f"{name:>8}", np.round(neuron(X, *gate, sigmoid), 4))
print(f"{'NOT 0, 1':>8}", np.round(neuron(np.array([[0], [1]]), *NOT, sigmoid), 4))

# %% [markdown]
# ## 4. A neuron that learns
#
# So far you choose the weights. In 1958 Frank Rosenblatt lets the neuron choose them.
#
# Show it one example $x$ with its label $y$, 0 or 1. It answers $\hat y = \mathrm{step}(w \cdot x + b)$.
# Then:
#
# $$w \leftarrow w + \eta\,(y - \hat y)\,x \qquad\qquad b \leftarrow b + \eta\,(y - \hat y)$$
#
# The factor $y - \hat y$ has three values, and they tell the whole story:
#
# | $y - \hat y$ | what happens | what the rule does |
# |:-:|:--|:--|
# | 0 | the answer is right | nothing |
# | 1 | it should fire, and does not | adds $\eta x$: next time the sum is larger |
# | −1 | it fires, and should not | subtracts $\eta x$: next time the sum is smaller |
#
# The bias is the weight of an input that is always 1. It learns by the same rule.

# %% [markdown]
# **Exercise.** Write the class. It starts with zero weights and a zero bias. `update` looks at one example.

# %% exercise="perceptron"
class Perceptron:
    """One neuron with a step activation, and Rosenblatt's rule.

    Attributes:
        weights: (n_inputs,) float64, zeros at first.
        bias: float, zero at first.
        learning_rate: float, η in the formulas.
    """

    def __init__(self, n_inputs, learning_rate=1.0):
        """Set the three attributes.

        Args:
            n_inputs: int, the number of inputs.
            learning_rate: float, positive.
        """
        ### BEGIN SOLUTION
        self.weights = np.zeros(n_inputs)
        self.bias = 0.0
        self.learning_rate = learning_rate
        ### END SOLUTION

    def predict(self, X):
        """The neuron's answers.

        Args:
            X: (m, n_inputs), examples in rows.

        Returns:
            (m,) int, labels 0 or 1.
        """
        ### BEGIN SOLUTION
        return neuron(X, self.weights, self.bias, step)
        ### END SOLUTION

    def update(self, x, y):
        """One step of Rosenblatt's rule: changes `weights` and `bias` where the answer is wrong.

        Args:
            x: (n_inputs,), one example.
            y: its label, 0 or 1.

        Returns:
            The error y - ŷ before the step: -1, 0 or 1.
        """
        ### BEGIN SOLUTION
        error = y - step(x @ self.weights + self.bias)
        self.weights = self.weights + self.learning_rate * error * x
        self.bias = self.bias + self.learning_rate * error
        return error
        ### END SOLUTION

# %% [markdown]
# One example, one mistake, one step. The neuron starts silent, sees (1, 1), and should have fired.

# %%
unit = Perceptron(2)
print("before", unit.weights, unit.bias, "answers", unit.predict(X))
unit.update(X[3], 1)
print("after ", unit.weights, unit.bias, "answers", unit.predict(X))

# %% [markdown]
# ## 5. Again, until it makes no mistake
#
# An **epoch** shows every row once, in order. Count its mistakes. When an epoch has none, nothing moves any
# more: the neuron is done.
#
# Will it ever be done? Novikoff proves in 1962 that it will, if some line separates the two labels. Write
# $\tilde x = (1, x_1, \dots, x_n)$, with the bias as a weight, and let a unit vector $u$ separate the labels
# with margin $\gamma$:
#
# $$(2y - 1)\; u \cdot \tilde x \ge \gamma > 0 \quad\text{for every example,}\qquad
# R = \max \lVert \tilde x \rVert$$
#
# Then, starting from zero,
#
# $$\text{number of mistakes} \le \left(\frac{R}{\gamma}\right)^2$$
#
# Neither the order of the rows nor the learning rate enters this bound.

# %% [markdown]
# For AND, the longest row is $\tilde x = (1, 1, 1)$, so $R^2 = 3$. The best direction is $u = (-3, 2,
# 2)/\sqrt{17}$, with margin $\gamma = 1/\sqrt{17}$. The bound is $3 \cdot 17 = 51$ mistakes in a whole life.
#
# **Exercise.** Write `fit`. It returns the mistakes of each epoch. The clean epoch is the last one, and its 0
# is in the list. Without a clean epoch, it stops after `max_epochs`.
#
# In Python a method can join its class later. The last line does that, so each idea keeps its own cell.

# %% exercise="training"
def fit(self, X, y, max_epochs=100):
    """Train by Rosenblatt's rule, row by row in the given order, until an epoch has no mistake.

    Args:
        X: (m, n_inputs), examples in rows; left as it is.
        y: (m,), labels 0 or 1; left as it is.
        max_epochs: int, epochs at most.

    Returns:
        list of int, the mistakes in each epoch, the clean one included.
    """
    ### BEGIN SOLUTION
    history = []
    for _ in range(max_epochs):
        mistakes = sum(int(self.update(x, label) != 0) for x, label in zip(X, y))
        history.append(mistakes)
        if mistakes == 0:
            break
    return history
    ### END SOLUTION


Perceptron.fit = fit

# %% [markdown]
# AND, learned. Compare the total with Novikoff's 51. The bound is for the unluckiest order; life is kinder.

# %%
unit = Perceptron(2)
history = unit.fit(X, y_and)
print("mistakes per epoch", history, "in total", sum(history))
print("weights", unit.weights, "bias", unit.bias)

# %% [markdown]
# What has it learned? The neuron changes its mind where $w_1 x_1 + w_2 x_2 + b = 0$. That is a line.

# %%
def plot_points(axes, X, y):
    """Draw examples with two inputs, (m, 2): filled where the label is 1."""
    axes.scatter(*X[y == 0].T, s=90, facecolors="white", edgecolors="black", zorder=3)
    axes.scatter(*X[y == 1].T, s=90, color="black", zorder=3)
    axes.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=[0, 1], yticks=[0, 1], xlabel="x1", ylabel="x2")


def plot_regions(axes, predict):
    """Shade the plane where `predict`, (m, 2) to (m,), answers 1."""
    side = np.linspace(-0.5, 1.5, 101)
    x1, x2 = np.meshgrid(side, side)
    answers = np.reshape(predict(np.column_stack([x1.ravel(), x2.ravel()])), x1.shape)
    axes.contourf(x1, x2, answers, levels=[-0.5, 0.5, 1.5], colors=["#f5f0e6", "#9ecae1"])

# %%
figure, axes = plt.subplots(figsize=(3, 3), layout="constrained")
plot_regions(axes, unit.predict)
plot_points(axes, X, y_and)
axes.axline((0, -unit.bias / unit.weights[1]), slope=-unit.weights[0] / unit.weights[1], color="tab:red")
axes.set_title("AND, learned")
figure.savefig("and_boundary.png")
plt.show()

# %% [markdown]
# The line runs right through (1, 0). The sum is 0 there, and step(0) is 0, so the answer is right. The rule
# stops at the first line that works. It does not look for the best one.

# %% [markdown]
# The rule does not know which gate it learns. Here is a vote: the majority of three inputs. Novikoff's bound
# is 84.

# %%
X_votes = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
y_majority = np.array([0, 0, 0, 1, 0, 1, 1, 1])

voter = Perceptron(3)
print("mistakes per epoch", voter.fit(X_votes, y_majority))
print("weights", voter.weights, "bias", voter.bias)

# %% [markdown]
# ## 6. What one neuron cannot do
#
# XOR is 1 where exactly one input is 1. Take a pencil, and try to draw one line between the filled and the
# empty points.

# %%
figure, axes = plt.subplots(figsize=(3, 3))
plot_points(axes, X, y_xor)
axes.set_title("XOR: where is the line?")
plt.show()

# %% [markdown]
# You cannot, and here is why (Minsky and Papert, 1969). The four rows ask for
#
# $$b \le 0, \qquad w_2 + b > 0, \qquad w_1 + b > 0, \qquad w_1 + w_2 + b \le 0$$
#
# Add the two in the middle: $w_1 + w_2 + 2b > 0$. Add the first and the last: $w_1 + w_2 + 2b \le 0$. Both
# cannot hold.
#
# So the rule never rests. It makes mistakes in every epoch, and at most three rows of four are right at a
# time.

# %%
unit = Perceptron(2)
history = unit.fit(X, y_xor, max_epochs=20)
print("mistakes per epoch", history)
print("answers", unit.predict(X), "of", y_xor)

# %% [markdown]
# One line is not enough. Two lines are. Say XOR in words: *not both, and not none*.
#
# $$x_1 \oplus x_2 = \mathrm{NOR}\bigl(\mathrm{AND}(x_1, x_2),\ \mathrm{NOR}(x_1, x_2)\bigr)$$
#
# | $x_1$ | $x_2$ | AND | NOR | NOR of the two |
# |:-:|:-:|:-:|:-:|:-:|
# | 0 | 0 | 0 | 1 | 0 |
# | 0 | 1 | 0 | 0 | 1 |
# | 1 | 0 | 0 | 0 | 1 |
# | 1 | 1 | 1 | 0 | 0 |
#
# The two gates in the middle are a **hidden layer**. Their outputs are the inputs of the last neuron.
#
# **Exercise.** Build XOR from your gates: two neurons in the first layer, one in the second. (There are other
# ways than this table. They are welcome.)

# %% exercise="xor"
def xor(X):
    """XOR of two inputs, by two layers of gates.

    Args:
        X: (m, 2), zeros and ones, examples in rows.

    Returns:
        (m,), within 0.01 of 0 or 1.
    """
    ### BEGIN SOLUTION
    hidden = np.column_stack([neuron(X, *AND, sigmoid), neuron(X, *NOR, sigmoid)])
    return neuron(hidden, *NOR, sigmoid)
    ### END SOLUTION

# %%
print(np.round(xor(X), 4))

# %% [markdown]
# ## 7. XOR, learned
#
# Now the network finds its own hidden layer. Rosenblatt's rule cannot help: nobody says what a hidden neuron
# should answer. Gradient descent can (Rumelhart, Hinton and Williams, 1986), because tanh and sigmoid have
# slopes.
#
# Eight tanh units feed one sigmoid neuron. For all rows at once:
#
# $$A_1 = \tanh(X W_1 + b_1) \qquad\qquad a_2 = \sigma(A_1 w_2 + b_2)$$
#
# with $W_1$ of shape (2, 8), $b_1$ and $w_2$ of shape (8,), and $b_2$ a number.

# %% [markdown]
# **Where it starts.** Draw $W_1$ and $w_2$ from the standard normal distribution. Set the biases to zero.
#
# If all weights start at zero, all hidden units are equal, get equal gradients and stay equal: eight units,
# worth one. If they start tiny, tanh is a straight line, and straight lines are what failed above.
#
# The seed makes the draw repeatable: `np.random.default_rng(seed)`.

# %% [markdown]
# **How it moves.** The cost is the cross-entropy, averaged over the $m$ examples:
#
# $$J = -\frac{1}{m} \sum_{i=1}^{m} \bigl[\, y_i \log a_{2,i} + (1 - y_i) \log (1 - a_{2,i}) \,\bigr]$$
#
# The chain rule walks from the output back to the input. The notebook `ann` derives these lines; here you use
# them:
#
# $$\delta_2 = \tfrac{1}{m}\,(a_2 - y) \qquad \frac{\partial J}{\partial w_2} = A_1^\top \delta_2 \qquad
# \frac{\partial J}{\partial b_2} = \sum_i \delta_{2,i}$$
#
# $$\Delta_1 = (\delta_2\, w_2^\top) \odot (1 - A_1^2) \qquad
# \frac{\partial J}{\partial W_1} = X^\top \Delta_1 \qquad
# \frac{\partial J}{\partial b_1} = \sum_i \Delta_{1,i}$$
#
# The factor $1 - A_1^2$ is the slope of tanh. $\delta_2 w_2^\top$ is an outer product, of shape (m, 8), and
# $\Delta_{1,i}$ is row $i$ of $\Delta_1$.
#
# A step subtracts the learning rate times the gradient. All four gradients use the parameters from *before*
# the step.

# %% [markdown]
# **Exercise.** Write the network.

# %% exercise="network"
class XORNetwork:
    """Two inputs, one hidden layer of tanh units, one sigmoid output, trained by gradient descent.

    Attributes:
        W1: (2, hidden_size) float64, standard normal at first.
        b1: (hidden_size,) float64, zeros at first.
        w2: (hidden_size,) float64, standard normal at first.
        b2: float, zero at first.
        learning_rate: float.
    """

    def __init__(self, hidden_size=8, learning_rate=0.5, seed=0):
        """Draw the weights.

        Args:
            hidden_size: int, the number of hidden units.
            learning_rate: float, positive.
            seed: int; the same seed gives the same weights.
        """
        ### BEGIN SOLUTION
        generator = np.random.default_rng(seed)
        self.W1 = generator.normal(size=(2, hidden_size))
        self.b1 = np.zeros(hidden_size)
        self.w2 = generator.normal(size=hidden_size)
        self.b2 = 0.0
        self.learning_rate = learning_rate
        ### END SOLUTION

    def forward(self, X):
        """Both layers' outputs.

        Args:
            X: (m, 2), examples in rows.

        Returns:
            A1: (m, hidden_size) float64, outputs of the hidden layer.
            a2: (m,) float64, probabilities that the label is 1.
        """
        ### BEGIN SOLUTION
        A1 = np.tanh(X @ self.W1 + self.b1)
        return A1, neuron(A1, self.w2, self.b2, sigmoid)
        ### END SOLUTION

    def predict(self, X):
        """Labels: 1 where the probability is above 0.5.

        Args:
            X: (m, 2), examples in rows.

        Returns:
            (m,) int, 0 or 1.
        """
        ### BEGIN SOLUTION
        _, a2 = self.forward(X)
        return step(a2 - 0.5)
        ### END SOLUTION

    def fit(self, X, y, n_steps=N_STEPS):
        """Gradient descent on all rows at once, going on from the present parameters.

        Args:
            X: (m, 2), examples in rows.
            y: (m,), labels 0 or 1.
            n_steps: int, the number of steps.
        """
        ### BEGIN SOLUTION
        for _ in range(n_steps):
            A1, a2 = self.forward(X)
            delta2 = (a2 - y) / len(y)
            delta1 = np.outer(delta2, self.w2) * (1 - A1**2)
            self.w2 = self.w2 - self.learning_rate * (A1.T @ delta2)
            self.b2 = self.b2 - self.learning_rate * delta2.sum()
            self.W1 = self.W1 - self.learning_rate * (X.T @ delta1)
            self.b1 = self.b1 - self.learning_rate * delta1.sum(axis=0)
        ### END SOLUTION

# %%
network = XORNetwork(seed=0)
network.fit(X, y_xor)
print("probabilities", np.round(network.forward(X)[1], 3))
print("labels       ", network.predict(X))

# %% [markdown]
# And this is what eight units together can draw, and one alone cannot.

# %%
figure, axes = plt.subplots(figsize=(3, 3))
plot_regions(axes, network.predict)
plot_points(axes, X, y_xor)
axes.set_title("XOR, learned")
plt.show()

# %% [markdown]
# ## What to keep
#
# * A neuron is a weighted sum, a bias and an activation. It draws one straight line.
# * Rosenblatt's rule finds a line whenever there is one. Novikoff says how many mistakes that costs at most.
# * XOR has no line. A hidden layer moves the points to where there is one.
#
# ## Sources
#
# * P.-F. Verhulst, *Notice sur la loi que la population suit dans son accroissement*, 1838.
# * W. McCulloch, W. Pitts, *A logical calculus of the ideas immanent in nervous activity*, 1943.
# * F. Rosenblatt, *The perceptron: a probabilistic model for information storage and organization in the
#   brain*, 1958.
# * A. Novikoff, *On convergence proofs on perceptrons*, 1962.
# * M. Minsky, S. Papert, *Perceptrons*, 1969.
# * D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*, 1986.
