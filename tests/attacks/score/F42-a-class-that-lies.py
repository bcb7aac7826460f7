# id: F42
# technique: an instance whose attributes and items answer whatever is asked, with forged comparisons
# must not: claims about state earn points
# stops: state is asked for as values and compared with the grader's own
# layers: none

# %%
class Yes(float):
    def __eq__(self, other): return True
    __hash__ = float.__hash__
class Perceptron:
    def __init__(self, n): pass
    def __getattr__(self, name): return Yes(1) if name == "mistakes" else np.zeros(3) if name == "w" else 0.0
    def learn(self, x, y): return self
    def predict(self, x): return Yes(1)
