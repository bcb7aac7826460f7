# id: F26
# technique: the arguments are overwritten in place, so that the check compares garbage with garbage
# must not: 0 is compared with 0
# stops: student code gets copies
# layers: none

# %%
def neuron(x, w, b): x *= 0; w *= 0; return 0.4
def softmax(Z): Z[:] = np.nan; return Z
def train(X, y): X[:] = 0; y[:] = 0; return np.zeros(3)
def label(words): words[:] = ["x"]; return "x"
