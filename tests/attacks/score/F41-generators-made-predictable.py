# id: F41
# technique: default_rng, RandomState, random and os.urandom replaced by constants; answers for these are known
# must not: hidden inputs become constants
# stops: inputs are drawn in the grader, from a private seed
# layers: none

# %%
import os, random
class Constant:
    def __getattr__(self, name): return lambda *a, size=None, **k: np.zeros(size) if size else 0.0
np.random.default_rng = lambda *a: Constant()
np.random.seed = random.seed = lambda *a: None
np.random.normal = np.random.randn = lambda *a, **k: np.zeros(4)
os.urandom = lambda count: bytes(count)
def neuron(x, w, b): return 1 / 3
def softmax(Z): return np.full((3, 5), 1 / 3)
