# id: F44
# technique: NaN, infinity and signalling NaN as answers: every comparison with them is False
# must not: "not larger than the tolerance" passes
# stops: finiteness is compared before values
# layers: none

# %%
nan = float(np.frombuffer(b"\x01\x00\x00\x00\x00\x00\xf4\x7f")[0])
def neuron(x, w, b): return nan
def softmax(Z): return np.full(Z.shape, nan)
def train(X, y): return np.full(3, np.inf)
class Perceptron:
    def __init__(self, n): self.w, self.b, self.mistakes = np.full(n, nan), nan, nan
    def learn(self, x, y): pass
