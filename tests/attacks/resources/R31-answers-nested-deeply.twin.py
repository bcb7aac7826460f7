# id: R31
# technique: nested lists of ordinary depth as answers

# %%
_train = train
def train(X, y): return _train(X, y).tolist()
