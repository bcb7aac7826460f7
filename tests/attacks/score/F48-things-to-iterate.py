# id: F48
# technique: generators, iterators, sets, ranges, endless sequences and coroutines as answers
# must not: the grader iterates, and what it gets suits it
# stops: they are no values, and handles do not iterate
# layers: none

# %%
import itertools
class Endless:
    def __iter__(self): return itertools.repeat(0.5)
    def __len__(self): return 10**9
    def __getitem__(self, index): return 0.5
def neuron(x, w, b): return Endless()
def softmax(Z): return (row for row in Z)
def train(X, y): return range(3)
async def label(words): return words[1]
