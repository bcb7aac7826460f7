# id: L28
# technique: a hidden input is remembered, and told by the messages of a public check and of public names
# must not: a public check repeats it
# stops: public checks run first; after a hidden one nothing that a session writes is repeated
# layers: none

# %%
seen = []
def label(words):
    seen.append(words[1])
    return words[1]
def neuron(x, w, b):
    raise ValueError(repr(seen))
def softmax(Z):
    globals().pop("Perceptron", None)
    raise KeyError(repr(seen))
