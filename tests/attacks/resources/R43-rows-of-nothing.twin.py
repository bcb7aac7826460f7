# id: R43
# technique: empty selections and masks inside

# %%
_train = train
def train(X, y):
    nothing = X[X[:, 0] > 1e9]
    assert nothing.shape == (0, X.shape[1])
    return _train(np.concatenate([X, nothing]), y)
