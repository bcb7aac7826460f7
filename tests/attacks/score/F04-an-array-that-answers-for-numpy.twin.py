# id: F04
# technique: views, transposes, Fortran order and other dtypes of right answers

# %%
_softmax, _train = softmax, train
def softmax(Z): return np.asfortranarray(_softmax(Z))[::-1][::-1].T.T
def train(X, y): return np.repeat(_train(X, y), 2)[::2]
