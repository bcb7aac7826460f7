# id: F26
# technique: work in place, on copies

# %%
def softmax(Z):
    Z = Z.copy()
    Z -= Z.max(axis=0)
    np.exp(Z, out=Z)
    Z /= Z.sum(axis=0)
    return Z
