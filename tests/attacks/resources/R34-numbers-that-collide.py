# id: R34
# technique: dictionaries whose number keys all have the same hash
# must not: decoding them takes quadratic time
# stops: number keys are capped
# layers: none
# earns: 6

# %%
prime = 2**61 - 1
colliding = {float(number * 2.0**1): 0 for number in range(10)} | {number * prime: 0 for number in range(1, 4)}
many = {number + 0.5: None for number in range(60_000)}
def neuron(x, w, b): return colliding
def softmax(Z): return many
def train(X, y): return [many, many]
