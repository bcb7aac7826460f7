# id: F06
# technique: a masked array, all of it masked: comparisons with it are masked, too
# must not: an all() over masked elements passes
# stops: only exact ndarrays are values
# layers: none

# %%
def softmax(Z): return np.ma.masked_all((3, 5))
def neuron(x, w, b): return np.ma.masked
