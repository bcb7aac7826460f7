# id: R08
# technique: a few megabytes of results

# %%
np.save("weights.npy", np.zeros(250_000))
assert np.load("weights.npy").size == 250_000
