# %% [markdown]
# float32 inside: weights are born in single precision, slopes of relu and labels are float32 (0 and 1 are exact in
# it), the accuracy comes in float32. Loops over examples and neurons where others multiply matrices.

# %%
import matplotlib.pyplot as plt
import numpy as np

# %% tags=["parameters"]
N_ITER = 10000

# %%
def sigmoid(z):
    out = np.empty(z.shape)
    positive = z >= 0
    out[positive] = 1 / (1 + np.exp(-z[positive]))
    grown = np.exp(z[~positive])
    out[~positive] = grown / (1 + grown)
    return out


def tanh(z):
    return np.tanh(z)


def relu(z):
    return np.where(z < 0, 0.0, z)


def sigmoid_dev(a):
    return a * (1.0 - a)


def tanh_dev(a):
    return 1.0 - np.power(a, 2)


def relu_dev(z):
    return (z > 0).astype(np.float32)

# %%
class ANN:
    def __init__(self, n_x, n_h, n_y):
        np.random.seed(2)
        self.W1 = (np.random.randn(n_h, n_x) * np.sqrt(2 / (n_x + n_h))).astype(np.float32)
        self.W2 = (np.random.randn(n_y, n_h) * np.sqrt(2 / (n_h + n_y))).astype(np.float32)
        self.b1 = np.zeros((n_h, 1), dtype=np.float32)
        self.b2 = np.zeros((n_y, 1), dtype=np.float32)

    def forward_propagation(self, X):
        Z1 = self.W1.dot(X) + self.b1
        A1 = tanh(Z1)
        Z2 = self.W2.dot(A1) + self.b2
        A2 = sigmoid(Z2)
        return {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}

    def compute_cost(self, Y, A2):
        tiny = np.finfo(np.float64).tiny
        yes = Y * np.log(np.maximum(A2, tiny))
        no = (1 - Y) * np.log(np.maximum(1 - A2, tiny))
        return -(yes + no).sum(axis=0).mean()

    def back_propagation(self, X, Y, output, lambd):
        m = X.shape[1]
        dZ2 = output["A2"] - Y.astype(np.float32)
        dZ1 = self.W2.T.dot(dZ2) * tanh_dev(output["A1"])
        dW1, dW2 = np.zeros(self.W1.shape), np.zeros(self.W2.shape)
        db1, db2 = np.zeros(self.b1.shape), np.zeros(self.b2.shape)
        for i in range(m):
            dW2 += np.outer(dZ2[:, i], output["A1"][:, i]) / m
            db2 += dZ2[:, i : i + 1] / m
            dW1 += np.outer(dZ1[:, i], X[:, i]) / m
            db1 += dZ1[:, i : i + 1] / m
        self.W1 = self.W1 - lambd * dW1
        self.b1 = self.b1 - lambd * db1
        self.W2 = self.W2 - lambd * dW2
        self.b2 = self.b2 - lambd * db2

    def fit(self, X, Y, n_iter=10000, lambd=0.1):
        costs = []
        for _ in range(n_iter):
            output = self.forward_propagation(X)
            costs.append(self.compute_cost(Y, output["A2"]))
            self.back_propagation(X, Y, output, lambd)
        fig, ax = plt.subplots()
        ax.plot(costs)
        fig.savefig("cost.png")
        plt.close(fig)
        return costs

    def predict(self, X):
        return np.greater(self.forward_propagation(X)["A2"], 0.5)

# %%
def accuracy(Y, Y_hat):
    return np.mean(Y == Y_hat, dtype=np.float32)
