# %% [markdown]
# # Target
# What the attacks attack: a value, an array, a class with state, a training, and a text.

# %% tags=["parameters"]
N_STEPS = 400

# %%
import numpy as np

# %% exercise="neuron"
def neuron(x, w, b):
    """Output of one sigmoid neuron: x (n,), w (n,), b a float; a float."""
    ### BEGIN SOLUTION
    # @SOLUTION@
    return float(1 / (1 + np.exp(-(np.dot(w, x) + b))))
    ### END SOLUTION

# %% exercise="softmax"
def softmax(Z):
    """Softmax of each column of Z (k, m); (k, m). Z stays as it is."""
    ### BEGIN SOLUTION
    E = np.exp(Z - Z.max(axis=0))
    return E / E.sum(axis=0)
    ### END SOLUTION

# %% exercise="perceptron"
class Perceptron:
    """A perceptron: w (n,), b a float, mistakes an int."""

    def __init__(self, n):
        ### BEGIN SOLUTION
        self.w, self.b, self.mistakes = np.zeros(n), 0.0, 0
        ### END SOLUTION

    def predict(self, x):
        """1 or -1 for x (n,)."""
        ### BEGIN SOLUTION
        return 1 if self.w @ x + self.b > 0 else -1
        ### END SOLUTION

    def learn(self, x, y):
        """One update with x (n,) and its label y, 1 or -1."""
        ### BEGIN SOLUTION
        if self.predict(x) != y:
            self.w, self.b, self.mistakes = self.w + y * x, self.b + y, self.mistakes + 1
        ### END SOLUTION

# %% exercise="training"
def train(X, y, rate=0.1):
    """Weights (n,) of least squares after N_STEPS steps of gradient descent on X (m, n), y (m,)."""
    ### BEGIN SOLUTION
    w = np.zeros(X.shape[1])
    for _ in range(N_STEPS):
        w = w - rate * X.T @ (X @ w - y) / len(y)
    return w
    ### END SOLUTION

# %% exercise="label"
def label(words):
    """The longest of a list of words."""
    ### BEGIN SOLUTION
    return max(words, key=len)
    ### END SOLUTION
