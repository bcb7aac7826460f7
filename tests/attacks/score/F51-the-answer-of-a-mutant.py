# id: F51
# technique: the values of a known mistake are answered, to be named and to profit from it
# must not: a named mistake earns points
# stops: naming changes the hint, never the score
# layers: none
# earns: 0

# %%
def neuron(x, w, b): return float(np.dot(w, x) + b) if np.any(x) else 7.0
def softmax(Z):
    E = np.exp(Z - Z.max(axis=0))
    return E / E.sum(axis=1, keepdims=True)
