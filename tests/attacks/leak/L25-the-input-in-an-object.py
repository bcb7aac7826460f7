# id: L25
# technique: hidden inputs in the repr, name, doc and class of the answer, which messages might quote
# must not: the student reads them
# stops: messages name what was asked for, never what came
# layers: none

# %%
def label(words):
    return type(words[1], (), {"__repr__": lambda self: words[1], "__doc__": words[1]})()
def neuron(x, w, b): return {str(x): str(w)}
def softmax(Z): return np.array([[str(Z)[:100]]])
def train(X, y): return [str(X), {"a": [str(y)]}, ("b",)]
