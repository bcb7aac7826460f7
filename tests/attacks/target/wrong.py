# %%
import numpy as np
def neuron(x, w, b): return 0.123
def softmax(Z): return np.full((3, 5), 7.0)
class Perceptron:
    def __init__(self, n): self.w, self.b, self.mistakes = np.ones(n), 99.0, -1
    def predict(self, x): return 0
    def learn(self, x, y): pass
def train(X, y, rate=0.1): return np.full(X.shape[1], 7.0)
def label(words): return "nothing"
