# id: F44
# technique: NaN and infinity used inside

# %%
_softmax = softmax
def softmax(Z):
    best = np.full(Z.shape[1], -np.inf)
    for row in Z:
        best = np.fmax(best, row)
    assert np.isnan(np.nan)
    return _softmax(Z - best)
