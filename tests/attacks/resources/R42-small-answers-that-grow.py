# id: R42
# technique: a wide array beside many narrow ones of its shape: stacked, each cell takes the widest one's room
# must not: the grader's memory grows by gigabytes
# stops: the room of the array that a list would become is capped, by shape
# layers: none
# earns: 1

# %%
wide, narrow = np.array(["x" * 256] * 4000), np.zeros(4000, bool)
grows = [wide] + [narrow] * 2000  # 12 MB on the wire, 8 GB as one array
def neuron(x, w, b): return grows
def softmax(Z): return [[part] for part in grows]
def train(X, y): return [[text] * 100 for text in ["x" * 200] + [""] * 9] + [np.zeros((10, 100), bool)] * 9000
class Perceptron:
    def __init__(self, n): self.w, self.b, self.mistakes = [1j * np.ones(40_000)] + [narrow[:1].repeat(40_000)] * 1400, 0, 0
    def learn(self, x, y): pass
