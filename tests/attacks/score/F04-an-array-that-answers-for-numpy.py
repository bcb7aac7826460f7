# id: F04
# technique: an ndarray subclass with __array_function__
# must not: np.allclose and its kin say True
# stops: only exact ndarrays are values; NumPy in the grader never meets the class
# layers: none

# %%
class Yes(np.ndarray):
    def __array_function__(self, function, types, arguments, keywords): return np.True_
def forged(shape): return np.zeros(shape).view(Yes)
def softmax(Z): return forged((3, 5))
def train(X, y): return forged(3)
