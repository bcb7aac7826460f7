# id: R30
# technique: arrays, texts, lists and dictionaries beyond every cap, and very many of nearly that size
# must not: the grader's memory grows with them
# stops: sizes are capped before anything is allocated; what exceeds them is a handle
# layers: none
# earns: 6

# %%
def neuron(x, w, b): return np.zeros(7_000_000)
def softmax(Z): return "x" * 60_000_000
def train(X, y): return {str(number): [number] for number in range(300_000)}
