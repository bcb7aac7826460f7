"""A plain script without cells: masks, in-place updates of its own state, inheritance, logits for labels."""

import matplotlib.pyplot as plt
import numpy as np


def step(z):
    return np.array(np.asarray(z) > 0, dtype=np.uint8)

def sigmoid(z):
    z = np.asarray(z, dtype=float)
    result = np.empty_like(z)
    up = z >= 0
    result[up] = 1 / (1 + np.exp(-z[up]))
    grown = np.exp(z[~up])
    result[~up] = grown / (1 + grown)
    return result

def neuron(X, w, b, activation):
    return activation((X * w).sum(axis=-1) + b)

def gate(*w, bias):
    return np.array(w, float), float(bias)

AND = gate(12, 12, bias=-18)
OR = gate(15, 15, bias=-6)
NOT = gate(-11, bias=5.5)
NOR = tuple(-part for part in OR)

class Unit:
    activation = staticmethod(step)

    def __init__(self, n_inputs):
        self.weights, self.bias = np.zeros((n_inputs,)), 0.0

    def __call__(self, X):
        return neuron(np.asarray(X), self.weights, self.bias, self.activation)

class Perceptron(Unit):
    def __init__(self, n_inputs, learning_rate=1.0):
        super().__init__(n_inputs)
        self.learning_rate = learning_rate

    predict = Unit.__call__

    def update(self, x, y):
        wanted, answer = 2 * int(y) - 1, 2 * int(self(x)) - 1
        if wanted != answer:
            self.weights = np.add(self.weights, self.learning_rate * wanted * np.asarray(x))
            self.bias += self.learning_rate * wanted
        return wanted != answer

    def fit(self, X, y, max_epochs=100, verbose=False):
        def epoch():
            return sum([self.update(*example) for example in zip(X, y)])

        history = [epoch()]
        while history[-1] and len(history) < max_epochs:
            history += [epoch()]
        return history

square = np.array([(a, b) for a in range(2) for b in range(2)])
conjunction = Perceptron(2, learning_rate=0.1)
conjunction.fit(square, square.prod(axis=1))
grid = np.linspace(-1, 2, 50)
plt.imshow([[conjunction([a, b]) for a in grid] for b in grid], origin="lower", extent=(-1, 2, -1, 2))
plt.scatter(square[:, 0], square[:, 1], c=square.prod(axis=1), cmap="gray")
plt.savefig("and_boundary.png")
plt.close()

def xor(X):
    second = lambda first: neuron(first, *AND, sigmoid)
    return second(np.array([neuron(X, *OR, sigmoid), 1 - neuron(X, *AND, sigmoid)]).T)

class XORNetwork:
    def __init__(self, hidden_size=8, learning_rate=0.5, seed=0):
        rng = np.random.default_rng(seed)
        self.w2 = rng.standard_normal(hidden_size)
        self.W1 = rng.standard_normal((hidden_size, 2)).T
        self.b1, self.b2 = np.zeros_like(self.w2), 0.0
        self.learning_rate, self.steps = learning_rate, 0

    def logits(self, X):
        self._hidden = np.tanh(np.asarray(X) @ self.W1 + self.b1)
        return self._hidden @ self.w2 + self.b2

    def predict(self, X):
        return (self.logits(X) > 0) * 1

    def step_once(self, X, y):
        error = sigmoid(self.logits(X)) - y
        slope = 1 / np.cosh(np.asarray(X) @ self.W1 + self.b1) ** 2
        back = error.reshape(-1, 1) * slope * self.w2
        rate = self.learning_rate / len(error)
        self.W1 = self.W1 - rate * np.transpose(X) @ back
        self.b1 = self.b1 - rate * back.sum(0)
        self.w2 = self.w2 - rate * error @ self._hidden
        self.b2 = self.b2 - rate * error.sum()
        self.steps += 1

    def fit(self, X, y, n_steps=1500):
        while n_steps > 0:
            self.step_once(X, y)
            n_steps -= 1

network = XORNetwork(seed=5)
network.fit(square, np.array([0, 1, 1, 0]))
print(network.predict(square), "after", network.steps, "steps")
