# id: F45
# technique: 1e308, the largest integers, subnormal numbers and minus zero, to overflow the grader's arithmetic
# must not: an overflow makes a tolerance infinite
# stops: tolerances depend on expected values only
# layers: none

# %%
def neuron(x, w, b): return 1.7e308
def softmax(Z): return np.full(Z.shape, np.finfo(float).max)
def train(X, y): return np.full(3, np.iinfo(np.int64).min)
class Perceptron:
    def __init__(self, n): self.w, self.b, self.mistakes = np.full(n, 5e-324), -0.0, 2**62
    def learn(self, x, y): pass
