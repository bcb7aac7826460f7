# %% [markdown]
# Labels as booleans and, where they need be numbers, float32: each probability is that of the true label. A clip of
# 1e-7, and an accuracy counted in Python.

# %%
import numpy as np
import matplotlib.pyplot as plt

# %% tags=["parameters"]
N_ITER = 10000

# %%
def sigmoid(z):
    z = np.clip(z, -500, 500)
    return 1 / (1 + np.exp(-z))


def tanh(z):
    return np.sinh(z) / np.cosh(z)


def relu(z):
    result = np.array(z)
    result[result < 0] = 0
    return result


def sigmoid_dev(a):
    return np.multiply(a, 1 - a)


def tanh_dev(a):
    return -(a**2) + 1


def relu_dev(z):
    return z > 0

# %%
class ANN(object):
    def __init__(self, n_x, n_h, n_y):
        np.random.seed(2)
        self.parameters = {
            "W1": np.random.randn(n_h, n_x) * (2 / (n_x + n_h)) ** 0.5,
            "b1": np.zeros(shape=(n_h, 1)),
            "W2": np.random.randn(n_y, n_h) * (2 / (n_h + n_y)) ** 0.5,
            "b2": np.zeros(shape=(n_y, 1)),
        }

    def _get(name):
        return property(lambda self: self.parameters[name], lambda self, value: self.parameters.update({name: value}))

    W1, b1, W2, b2 = _get("W1"), _get("b1"), _get("W2"), _get("b2")

    def forward_propagation(self, X):
        Z1 = np.matmul(self.W1, X) + self.b1
        A1 = tanh(Z1)
        Z2 = np.matmul(self.W2, A1) + self.b2
        A2 = sigmoid(Z2)
        self.output = {"A2": A2, "Z2": Z2, "A1": A1, "Z1": Z1}
        return self.output

    def compute_cost(self, Y, A2):
        Y = Y.astype(bool)
        of_the_true_label = np.clip(np.where(Y, A2, 1 - A2), 1e-7, 1 - 1e-7)
        return np.negative(np.log(of_the_true_label)).sum() / len(Y.T)

    def back_propagation(self, X, Y, output, lambd):
        Y = Y.astype(bool).astype(np.float32)
        m = len(X.T)
        dZ2 = np.subtract(output["A2"], Y)
        gradients = {"W2": dZ2 @ output["A1"].T, "b2": dZ2.sum(axis=1).reshape(-1, 1)}
        dZ1 = self.W2.T @ dZ2 * tanh_dev(output["A1"])
        gradients.update(W1=dZ1 @ X.T, b1=dZ1.sum(axis=1).reshape(-1, 1))
        self.parameters = {name: self.parameters[name] - lambd / m * gradients[name] for name in self.parameters}

    def fit(self, X, Y, n_iter=10000, lambd=0.1):
        costs = []
        i = 0
        while i < n_iter:
            output = self.forward_propagation(X)
            cost = self.compute_cost(Y, output["A2"])
            costs += [cost]
            self.back_propagation(X, Y, output, lambd)
            i += 1
        plt.figure()
        plt.plot(range(n_iter), costs)
        plt.savefig("cost.png")
        plt.close()
        return costs

    def predict(self, X):
        return np.round(self.forward_propagation(X)["A2"]).astype(bool)

# %%
def accuracy(Y, Y_hat):
    right = [y == bool(guess) for y, guess in zip(Y.ravel(), Y_hat.ravel())]
    return sum(right) / len(right)
