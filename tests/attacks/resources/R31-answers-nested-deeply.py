# id: R31
# technique: lists nested a hundred thousand deep, lists that hold themselves, the same list a million times
# must not: the grader's stack or memory gives out
# stops: depth and number of parts are capped on both sides
# layers: none
# earns: 6

# %%
deep = []
for _ in range(100_000):
    deep = [deep]
loop = []
loop.append(loop)
wide = [0.0]
for _ in range(30):
    wide = [wide, wide]
def neuron(x, w, b): return deep
def softmax(Z): return loop
def train(X, y): return wide
