# id: F46
# technique: empty arrays, scalars and shapes of length one, for which an all() is True or broadcasting helps
# must not: an empty comparison passes
# stops: shapes are compared before values
# layers: none

# %%
def neuron(x, w, b): return np.empty((0,))
def softmax(Z): return np.empty((0, 5))
def train(X, y): return np.empty((3, 0))
def label(words): return []
class Perceptron:
    def __init__(self, n): self.w, self.b, self.mistakes = np.empty((0, 3)), np.empty((1, 0)), []
    def learn(self, x, y): pass
