# id: X02
# technique: a fresh import and the data as they were given

# %%
import importlib, sys
import numpy.polynomial
assert np.loadtxt("data/numbers.csv", delimiter=",").tolist() == [1, 2, 3]
importlib.reload(numpy.polynomial)
