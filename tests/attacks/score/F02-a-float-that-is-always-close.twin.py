# id: F02
# technique: NumPy scalars and zero-dimensional arrays instead of floats

# %%
_neuron = neuron
def neuron(x, w, b): return np.float64(_neuron(x, w, b))
def label(words): return str(np.array(words)[np.argmax([len(word) for word in words])])
