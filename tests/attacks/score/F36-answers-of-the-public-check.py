# id: F36
# technique: the known answers of public checks are written down, nothing is computed
# must not: hidden checks pass
# stops: hidden checks draw fresh inputs for every submission
# layers: none
# earns: 1

# %%
def neuron(x, w, b): return 0.5
def label(words): return "a"
def softmax(Z): return np.full(Z.shape, 1 / len(Z))
