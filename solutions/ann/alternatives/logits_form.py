# %% [markdown]
# The cost from logits; a back-propagation that takes its outputs from the inputs again; weights in the attributes of
# the instance only; costs in an array.

# %%
import numpy as np
from matplotlib import pyplot as plt

N_ITER = 10000

# %%
def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


tanh = np.tanh


def relu(z):
    return (np.abs(z) + z) / 2


sigmoid_dev = lambda a: a * (1 - a)
tanh_dev = lambda a: 1 - np.square(a)
relu_dev = lambda z: (np.sign(z) + 1) // 2

# %%
class ANN:
    def __init__(self, n_x, n_h, n_y):
        np.random.seed(2)
        self.W1 = np.random.standard_normal((n_h, n_x)) / np.sqrt((n_x + n_h) / 2)
        self.W2 = np.random.standard_normal((n_y, n_h)) / np.sqrt((n_h + n_y) / 2)
        self.b1, self.b2 = np.zeros((n_h, 1)), np.zeros((n_y, 1))

    def forward_propagation(self, X):
        Z1 = np.dot(self.W1, X) + self.b1
        A1 = tanh(Z1)
        Z2 = np.dot(self.W2, A1) + self.b2
        return dict(Z1=Z1, A1=A1, Z2=Z2, A2=sigmoid(Z2))

    def compute_cost(self, Y, A2):
        A2 = np.clip(A2, 1e-15, 1 - 1e-15)
        logits = np.log(A2) - np.log1p(-A2)
        return float(np.mean(np.sum(np.logaddexp(0, logits) - Y * logits, axis=0)))

    def back_propagation(self, X, Y, output, lambd):
        ones = np.ones((X.shape[1], 1))
        error = (output["A2"] - Y) / X.shape[1]
        hidden = self.W2.T.dot(error) * (1 - output["A1"] ** 2)
        self.W2, self.b2, self.W1, self.b1 = (
            self.W2 - lambd * error.dot(output["A1"].T),
            self.b2 - lambd * error.dot(ones),
            self.W1 - lambd * hidden.dot(X.T),
            self.b1 - lambd * hidden.dot(ones),
        )

    def fit(self, X, Y, n_iter=10000, lambd=0.1):
        costs = np.empty(n_iter)
        for i in range(n_iter):
            output = self.forward_propagation(X)
            costs[i] = self.compute_cost(Y, output["A2"])
            self.back_propagation(X, Y, output, lambd)
        fig = plt.figure(figsize=(4, 3))
        plt.semilogy(costs)
        plt.title("cost")
        fig.savefig("cost.png", dpi=80)
        plt.close(fig)
        return costs

    def predict(self, X):
        return self.forward_propagation(X)["Z2"] > 0

# %%
def accuracy(Y, Y_hat):
    return 1 - np.abs(Y - Y_hat).mean()
