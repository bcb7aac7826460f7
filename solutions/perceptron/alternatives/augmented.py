# %% [markdown]
# The bias as the weight of a column of ones; `weights` and `bias` are views of one vector.

# %%
import numpy as np
from matplotlib.figure import Figure

table = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


# %%
def step(z):
    return np.greater(z, 0)


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z)))


def with_ones(X):
    return np.insert(np.asarray(X, dtype=float), 0, 1, axis=-1)


def neuron(X, w, b, activation):
    return activation(with_ones(X) @ np.concatenate([[b], np.ravel(w)]))


# %%
GATES = {"AND": [-30, 20, 20], "OR": [-10, 20, 20], "NOT": [10, -20], "NOR": [10, -20, -20]}
AND, OR, NOT, NOR = ((np.array(theta[1:]), theta[0]) for theta in GATES.values())


# %%
class Perceptron:
    def __init__(self, n_inputs, learning_rate=1.0):
        self.theta = np.zeros(n_inputs + 1)
        self.learning_rate = learning_rate

    @property
    def weights(self):
        return self.theta[1:]

    @weights.setter
    def weights(self, value):
        self.theta[1:] = value

    @property
    def bias(self):
        return self.theta[0]

    @bias.setter
    def bias(self, value):
        self.theta[0] = value

    def score(self, X):
        return with_ones(X) @ self.theta

    def predict(self, X):
        return (self.score(X) > 0).astype(np.int8)

    def update(self, x, y):
        error = int(y) - int(self.score(x) > 0)
        self.theta += self.learning_rate * error * with_ones(x)
        return error != 0

    def fit(self, X, y, max_epochs=100):
        history = np.zeros(max_epochs, dtype=int)
        for epoch in range(max_epochs):
            for i in range(len(X)):
                history[epoch] += self.update(X[i], y[i])
            if not history[epoch]:
                return history[: epoch + 1]
        return history


# %%
unit = Perceptron(2)
unit.fit(table, [0, 0, 0, 1])
figure = Figure(figsize=(3, 3))
axes = figure.add_subplot()
axes.contourf(unit.score(np.stack(np.meshgrid([0.0, 1.0], [0.0, 1.0]), axis=-1)), levels=[-9, 0, 9])
figure.savefig("and_boundary.png")


# %%
def xor(X):
    nand = (-AND[0], -AND[1])
    layer = np.stack([neuron(X, *OR, step), neuron(X, *nand, step)], axis=1)
    return neuron(layer, *AND, step).astype(float)


# %%
def part(layer, index):
    """A property that reads and writes a part of a layer's matrix."""

    def get(self):
        return getattr(self, layer)[index]

    def put(self, value):
        getattr(self, layer)[index] = value

    return property(get, put)


class XORNetwork:
    """Both layers in augmented form; the names of the text are properties."""

    def __init__(self, hidden_size=8, learning_rate=0.5, seed=0):
        generator = np.random.RandomState(seed)
        self.first = np.vstack([np.zeros(hidden_size), generator.randn(2, hidden_size)])
        self.second = np.append(0.0, generator.randn(hidden_size))
        self.learning_rate = learning_rate

    W1, b1 = part("first", slice(1, None)), part("first", 0)
    w2, b2 = part("second", slice(1, None)), part("second", 0)

    def gradients(self, X, y):
        inputs = with_ones(X)
        hidden = np.tanh(inputs @ self.first)
        error = sigmoid(with_ones(hidden) @ self.second) - y
        back = error[:, None] * self.second[1:] * (1 - hidden**2)
        return np.einsum("mi,mk->ik", inputs, back) / len(X), with_ones(hidden).T @ error / len(X)

    def fit(self, X, y, n_steps=1000):
        costs = []
        for _ in range(n_steps):
            first, second = self.gradients(X, y)
            self.first -= self.learning_rate * first
            self.second -= self.learning_rate * second
            costs.append(float(np.abs(second).sum()))
        return costs

    def predict(self, X):
        return np.rint(sigmoid(with_ones(np.tanh(with_ones(X) @ self.first)) @ self.second))


# %%
network = XORNetwork(seed=1)
network.fit(table, np.array([0, 1, 1, 0]))
print(network.predict(table))
