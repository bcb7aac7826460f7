# id: R32
# technique: one long text beside many short ones: as an array each takes the space of the longest
# must not: the grader's memory grows by gigabytes
# stops: texts in lists are capped together with their number
# layers: none
# earns: 6

# %%
words = ["x" * 1_000_000] + [""] * 149
def neuron(x, w, b): return words
def softmax(Z): return [[word] for word in words]
def train(X, y): return tuple(words)
