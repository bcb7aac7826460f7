# id: F47
# technique: object, structured, date and text arrays, decimals, fractions and digits as text
# must not: a conversion in the grader runs student code or makes them equal
# stops: dtypes are an allow-list; objects stay behind
# layers: none

# %%
import decimal, fractions
class Number:
    def __float__(self): return 0.5
    __index__ = __complex__ = __float__
    def __array__(self, *a, **k): return np.full((3, 5), 0.5)
def neuron(x, w, b): return Number()
def softmax(Z): return np.full((3, 5), Number(), dtype=object)
def train(X, y): return np.array(["0.1", "0.2", "0.3"])
def label(words): return fractions.Fraction(1, 2)
class Perceptron:
    def __init__(self, n): self.w, self.b, self.mistakes = np.zeros(3, "datetime64[s]"), decimal.Decimal(0), np.zeros(1, "i4,f4")
    def learn(self, x, y): pass
