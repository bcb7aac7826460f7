# id: F45
# technique: single precision where it is good enough

# %%
_neuron = neuron
def neuron(x, w, b):
    with np.errstate(over="ignore"):
        return float(_neuron(np.asarray(x, np.float64), w, np.longdouble(b)))
