# id: X10
# technique: an honest training right after

# %%
w = train(np.eye(3), np.ones(3))
assert w.shape == (3,)
