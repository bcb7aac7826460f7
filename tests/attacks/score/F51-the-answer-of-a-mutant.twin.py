# id: F51
# technique: a mistake made and mended in the next cell

# %%
_right = neuron
def neuron(x, w, b): return float(np.dot(w, x) + b)
# %%
neuron = _right
