# %% [markdown]
# The whole network as one class, with helper methods, extra keys in the cache, sums by einsum, an epsilon in the
# cost, updates in place, and a list of costs made of 0-d arrays.

# %%
import matplotlib.pyplot as plt
import numpy as np

# %% tags=["parameters"]
N_ITER = 10000

# %%
def sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


def tanh(z):
    return 2 * sigmoid(2 * z) - 1


def relu(z):
    return z * (z > 0)


def sigmoid_dev(a):
    return a - a * a


def tanh_dev(a):
    return (1 + a) * (1 - a)


def relu_dev(z):
    return np.where(z > 0, 1, 0)

# %%
class ANN:
    def __init__(self, n_x, n_h, n_y):
        np.random.seed(2)
        self.n_x, self.n_h, self.n_y = n_x, n_h, n_y
        self.W2, self.b2 = self._layer(n_h, n_y)
        self.W1, self.b1 = self._layer(n_x, n_h)

    @staticmethod
    def _layer(n_in, n_out):
        std = np.sqrt(2.0 / (n_in + n_out))
        return np.random.normal(0.0, std, size=(n_out, n_in)), np.zeros((n_out, 1))

    def forward_propagation(self, X):
        cache = {"X": X, "m": X.shape[1]}
        cache["Z1"] = np.einsum("hx,xm->hm", self.W1, X) + self.b1
        cache["A1"] = np.tanh(cache["Z1"])
        cache["Z2"] = np.einsum("yh,hm->ym", self.W2, cache["A1"]) + self.b2
        cache["A2"] = sigmoid(cache["Z2"])
        return cache

    def compute_cost(self, Y, A2):
        eps = 1e-8
        m = Y.shape[1]
        cost = np.einsum("ym,ym->", Y, np.log(A2 + eps)) + np.einsum("ym,ym->", 1 - Y, np.log(1 - A2 + eps))
        return np.array(-cost / m)

    def _gradients(self, X, Y, output):
        m = X.shape[1]
        delta2 = (output["A2"] - Y) / m
        delta1 = np.einsum("yh,ym->hm", self.W2, delta2) * tanh_dev(output["A1"])
        return {
            "W1": np.einsum("hm,xm->hx", delta1, X),
            "b1": np.einsum("hm->h", delta1)[:, None],
            "W2": np.einsum("ym,hm->yh", delta2, output["A1"]),
            "b2": np.einsum("ym->y", delta2)[:, None],
        }

    def back_propagation(self, X, Y, output, lambd):
        for name, gradient in self._gradients(X, Y, output).items():
            parameter = getattr(self, name)
            parameter -= lambd * gradient

    def fit(self, X, Y, n_iter=10000, lambd=0.1):
        costs = []
        for i in range(n_iter):
            output = self.forward_propagation(X)
            costs.append(self.compute_cost(Y, output["A2"]))
            self.back_propagation(X, Y, output, lambd)
        plt.plot(costs)
        plt.xlabel("iteration")
        plt.ylabel("cost")
        plt.savefig("cost.png")
        plt.close()
        return costs

    def predict(self, X):
        return self.forward_propagation(X)["A2"] > 0.5

# %%
def accuracy(Y, Y_hat):
    return (Y == Y_hat).sum() / Y.size
