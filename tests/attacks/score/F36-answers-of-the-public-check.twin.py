# id: F36
# technique: special cases in front of a general solution

# %%
_neuron = neuron
def neuron(x, w, b):
    if not np.any(x) and b == 0:
        return 0.5
    return _neuron(x, w, b)
