# id: F46
# technique: keepdims, reshape and squeeze on the way

# %%
_softmax, _train = softmax, train
def softmax(Z): return _softmax(Z.reshape(Z.shape[0], -1)).reshape(Z.shape)
def train(X, y): return np.squeeze(_train(X, y)[:, None])
