# id: R43
# technique: empty arrays of four thousand million rows, and bools by the ten million, of which floats take eight times more
# must not: a loop or a conversion in the grader takes minutes or gigabytes
# stops: cells of an answer are capped, empty rows among them, and a check's answers are weighed as floats
# layers: none
# earns: 1

# %%
nothing, many = np.empty((2**32 - 1, 0)), np.zeros(60_000_000, bool)
def neuron(x, w, b): return nothing
def softmax(Z): return many
def train(X, y): return [nothing, many]
class Perceptron:
    def __init__(self, n): self.w, self.b, self.mistakes = many, nothing, many
    def learn(self, x, y): pass
