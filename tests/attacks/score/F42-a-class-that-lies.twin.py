# id: F42
# technique: properties and slots in place of plain attributes

# %%
class Perceptron:
    __slots__ = ("_b", "_mistakes", "_w")
    def __init__(self, n): self._w, self._b, self._mistakes = np.zeros(n), 0.0, 0
    w = property(lambda self: self._w)
    b = property(lambda self: self._b)
    mistakes = property(lambda self: self._mistakes)
    def predict(self, x): return 1 if self._w @ x + self._b > 0 else -1
    def learn(self, x, y):
        if self.predict(x) != y:
            self._w, self._b, self._mistakes = self._w + y * x, self._b + y, self._mistakes + 1
