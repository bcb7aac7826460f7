# id: F05
# technique: an ndarray subclass with __array_ufunc__ and a forged __eq__
# must not: (a == b).all() passes
# stops: only exact ndarrays are values
# layers: none
# twin: score/F04-an-array-that-answers-for-numpy

# %%
class Yes(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **keywords): return np.zeros(1)
    def __eq__(self, other): return np.array(True)
def softmax(Z): return np.zeros((3, 5)).view(Yes)
def neuron(x, w, b): return np.zeros(()).view(Yes)
