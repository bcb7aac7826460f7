# id: R30
# technique: megabytes of intermediate results

# %%
_train = train
def train(X, y):
    history = [np.zeros(1000) for _ in range(500)]
    return _train(X, y)
