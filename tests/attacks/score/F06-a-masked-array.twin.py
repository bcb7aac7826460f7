# id: F06
# technique: masked arrays inside, plain ones out

# %%
_train = train
def train(X, y):
    kept = np.ma.array(X, mask=False)
    return _train(kept.filled(0.0), np.asarray(y))
