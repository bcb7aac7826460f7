# %% [markdown]
# Plain Python: lists, loops and the math module; NumPy only where the figures need it.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

# %%
N_STEPS = 300

# %%
TABLE = [[0, 0], [0, 1], [1, 0], [1, 1]]


# %%
def map_over(function, z):
    if np.ndim(z) == 0:
        return function(float(z))
    return np.array([map_over(function, entry) for entry in z])


def step(z):
    return map_over(lambda value: 1 if value > 0 else 0, z)


def logistic(value):
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    grown = math.exp(value)
    return grown / (1 + grown)


def sigmoid(z):
    return map_over(logistic, z)


# %%
def neuron(X, w, b, activation):
    outputs = []
    for row in X:
        total = b
        for weight, entry in zip(w, row):
            total += weight * entry
        outputs.append(activation(total))
    return outputs


# %%
AND = ([20, 20], -30)
OR = [[20, 20], -10]
NOT = ([-20], 10)
NOR = ([-20, -20], 10)


# %%
class Perceptron:
    def __init__(self, n_inputs, learning_rate=1.0):
        self.weights = [0.0] * n_inputs
        self.bias = 0
        self.learning_rate = learning_rate

    def answer(self, x):
        return step(self.bias + sum(w * value for w, value in zip(self.weights, x)))

    def predict(self, X):
        return [self.answer(x) for x in X]

    def update(self, x, y):
        answer = self.answer(x)
        if answer == y:
            return
        sign = 1 if y == 1 else -1
        self.weights = [w + sign * self.learning_rate * value for w, value in zip(self.weights, x)]
        self.bias += sign * self.learning_rate

    def fit(self, X, y, max_epochs=100):
        mistakes = []
        while len(mistakes) < max_epochs and (not mistakes or mistakes[-1] > 0):
            wrong = 0
            for x, label in zip(X, y):
                if self.answer(x) != label:
                    wrong += 1
                    self.update(x, label)
            mistakes.append(wrong)
        return mistakes


# %%
unit = Perceptron(2)
print(unit.fit(TABLE, [0, 0, 0, 1]))
w1, w2 = unit.weights
plt.plot([0, 0, 1], [0, 1, 0], "o", [1], [1], "s")
plt.plot([-0.5, 1.5], [-(unit.bias + w1 * x) / w2 for x in (-0.5, 1.5)])
plt.savefig("and_boundary.png", dpi=60)


# %%
def xor(X):
    outputs = []
    for x in X:
        either = neuron([x], *OR, sigmoid)[0]
        not_both = 1 - neuron([x], *AND, sigmoid)[0]
        outputs.append(neuron([[either, not_both]], *AND, sigmoid)[0])
    return outputs


# %%
import random


class XORNetwork:
    def __init__(self, hidden_size=8, learning_rate=0.5, seed=0):
        draw = random.Random(seed)
        self.W1 = [[draw.gauss(0, 1) for _ in range(hidden_size)] for _ in range(2)]
        self.b1 = [0.0] * hidden_size
        self.w2 = [draw.gauss(0, 1) for _ in range(hidden_size)]
        self.b2 = 0.0
        self.learning_rate = learning_rate

    def forward_one(self, x):
        hidden = [
            math.tanh(x[0] * self.W1[0][k] + x[1] * self.W1[1][k] + self.b1[k]) for k in range(len(self.b1))
        ]
        return hidden, logistic(sum(w * h for w, h in zip(self.w2, hidden)) + self.b2)

    def predict(self, X):
        return [self.forward_one(x)[1] > 0.5 for x in X]

    def fit(self, X, y, n_steps=N_STEPS):
        X = [[float(entry) for entry in row] for row in X]
        for name in ("W1", "b1", "w2"):
            setattr(self, name, np.asarray(getattr(self, name)).tolist())
        size, m = len(self.b1), len(X)
        for _ in range(n_steps):
            gW1, gb1, gw2, gb2 = [[0.0] * size, [0.0] * size], [0.0] * size, [0.0] * size, 0.0
            for x, label in zip(X, y):
                hidden, probability = self.forward_one(x)
                error = (probability - float(label)) / m
                gb2 += error
                for k in range(size):
                    gw2[k] += error * hidden[k]
                    back = error * self.w2[k] * (1 - hidden[k] ** 2)
                    gb1[k] += back
                    gW1[0][k] += back * x[0]
                    gW1[1][k] += back * x[1]
            rate = self.learning_rate
            self.b2 -= rate * gb2
            for k in range(size):
                self.w2[k] -= rate * gw2[k]
                self.b1[k] -= rate * gb1[k]
                self.W1[0][k] -= rate * gW1[0][k]
                self.W1[1][k] -= rate * gW1[1][k]


# %%
network = XORNetwork()
network.fit(TABLE, [0, 1, 1, 0])
print(network.predict(TABLE))
