# %% [markdown]
# Single precision at the start, labels as booleans or floats, Glorot's scale in the hidden layer.

# %%
import numpy as np
import pylab

pylab.rcParams["figure.dpi"] = 60
corners = np.indices((2, 2)).reshape(2, -1).T.astype(np.float32)


# %%
def step(z):
    return np.heaviside(z, 0)


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -np.asarray(z)))


def neuron(X, w, b, activation):
    return activation(np.einsum("mn,n->m", X, w) + b)


# %%
AND = (np.float32([20, 20]), np.float32(-30))
OR = (np.float32([20, 20]), np.float32(-10))
NOT = (np.float32([-20]), np.float32(10))
NOR = (NOT[0].repeat(2), NOT[1])


# %%
class Perceptron:
    def __init__(self, n_inputs, learning_rate=1.0):
        self.n_inputs = n_inputs
        self.learning_rate = learning_rate
        self.reset()

    def reset(self):
        self.weights = np.zeros(self.n_inputs, dtype=np.float32)
        self.bias = np.float32(0)

    def __repr__(self):
        return f"Perceptron({self.weights}, {self.bias})"

    def predict(self, X):
        return neuron(X, self.weights, self.bias, step)

    def update(self, x, y):
        [answer] = self.predict(np.asarray(x)[None])
        if answer < y:
            self.weights = self.weights + self.learning_rate * x
            self.bias = self.bias + self.learning_rate
        elif answer > y:
            self.weights = self.weights - self.learning_rate * x
            self.bias = self.bias - self.learning_rate
        return self


# %%
def epochs(self, X, y):
    while True:
        mistakes = 0
        for x, label in zip(X, y, strict=True):
            mistakes += int(self.predict(x[np.newaxis])[0] != label)
            self.update(x, label)
        yield mistakes


def fit(self, X, y, max_epochs=100):
    history = []
    for mistakes in epochs(self, X, y):
        history.append(mistakes)
        if mistakes == 0 or len(history) >= max_epochs:
            return tuple(history)


Perceptron.fit = fit

# %%
gate = Perceptron(2)
gate.fit(corners, corners.all(axis=1))
pylab.scatter(*corners.T, c=gate.predict(corners))
pylab.axline((0, -gate.bias / gate.weights[1]), (-gate.bias / gate.weights[0], 0))
pylab.savefig("and_boundary.png")


# %%
def xor(X):
    x1, x2 = np.asarray(X, dtype=float).T
    only_first = neuron(np.stack([x1, 1 - x2], axis=1), *AND, sigmoid)
    only_second = neuron(np.stack([1 - x1, x2], axis=1), *AND, sigmoid)
    return neuron(np.stack([only_first, only_second], axis=1), *OR, sigmoid)


# %%
class XORNetwork:
    def __init__(self, hidden_size=8, learning_rate=0.5, seed=0):
        np.random.seed(seed)
        scale = np.sqrt(2 / (2 + hidden_size))
        self.W1 = (scale * np.random.randn(2, hidden_size)).astype(np.float32)
        self.b1 = np.zeros(hidden_size, dtype=np.float32)
        self.w2 = np.random.randn(hidden_size).astype(np.float32)
        self.b2 = np.float32(0)
        self.learning_rate = learning_rate

    def forward(self, X):
        hidden = np.tanh(np.dot(X, self.W1) + self.b1)
        return hidden, sigmoid(np.dot(hidden, self.w2) + self.b2)

    def predict(self, X):
        return self.forward(X)[1] > 0.5

    def fit(self, X, y, n_steps=1000):
        for _ in range(n_steps):
            hidden, probability = self.forward(X)
            back = (probability - y)[:, np.newaxis]
            through = back @ self.w2[np.newaxis] * (1 - hidden) * (1 + hidden)
            steps = {
                "W1": np.mean(np.asarray(X)[:, :, None] * through[:, None, :], axis=0),
                "b1": through.mean(axis=0),
                "w2": np.mean(back * hidden, axis=0),
                "b2": back.mean(),
            }
            for name, gradient in steps.items():
                setattr(self, name, getattr(self, name) - self.learning_rate * gradient)
        return self


# %%
learned = XORNetwork(seed=3).fit(corners, np.array([0, 1, 1, 0]))
print(learned.predict(corners))
