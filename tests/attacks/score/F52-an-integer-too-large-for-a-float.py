# id: F52
# technique: integers beyond the range of floats, also where a mistake's value is compared with them
# must not: the overflow stops the batch, or counts as agreement
# stops: a value that overflows is unequal
# layers: none

# %%
huge = 10**400
def neuron(x, w, b): return huge if np.any(x) else -huge
def softmax(Z): return [[huge] * 5] * 3
def train(X, y): return [huge, 1.0, -huge]
def label(words): return huge
class Perceptron:
    def __init__(self, n): self.w, self.b, self.mistakes = [huge] * n, huge, huge
    def learn(self, x, y): pass
