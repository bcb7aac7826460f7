# id: F47
# technique: float32, big-endian and object arrays inside

# %%
_softmax = softmax
def softmax(Z):
    boxed = np.array(_softmax(Z), dtype=object)
    return boxed.astype(">f8")
